import { describe, expect, it } from 'vitest';
import { covers } from './ensure.ts';

describe('covers', () => {
  it.each([
    ['equal values', { a: 1 }, { a: 1 }, true],
    ['fields that the API server filled in', { a: 1, b: 2 }, { a: 1 }, true],
    ['a changed value', { a: 2 }, { a: 1 }, false],
    ['a missing value', {}, { a: 1 }, false],
    ['a longer list: somebody added a webhook', [1, 2], [1], false],
    ['a shorter list', [1], [1, 2], false],
    ['defaults inside a list', [{ a: 1, b: 2 }], [{ a: 1 }], true],
    ['an emptied list', [], [{ a: 1 }], false],
    ['an empty list that is stored as absent', undefined, [], true],
    ['an empty map that is stored as absent', undefined, {}, true],
    ['an empty string that is stored as absent', undefined, '', true],
    ['a map where a list was', {}, [1], false],
    ['failurePolicy edited', { failurePolicy: 'Ignore' }, { failurePolicy: 'Fail' }, false],
  ])('%s', (_, stored, wanted, expected) => expect(covers(stored, wanted)).toBe(expected));
});
