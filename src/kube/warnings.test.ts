import { describe, expect, it } from 'vitest';
import { warningsIn } from './warnings.ts';

describe('warnings of the API server', () => {
  it.each<[string | string[] | undefined, string[]]>([
    [undefined, []],
    ['299 - "one"', ['one']],
    ['299 - "one, two", 299 apiserver "three"', ['one, two', 'three']],
    [
      ['299 - "one"', '299 - "two"'],
      ['one', 'two'],
    ],
    [String.raw`299 - "says \"no\" at C:\\"`, [String.raw`says "no" at C:\ `.trim()]],
    ['110 - "stale"', []],
  ])('%j', (header, texts) => expect(warningsIn(header)).toEqual(texts));
});
