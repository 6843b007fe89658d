// What `make access` calls exactly the ask.
import { describe, expect, it } from 'vitest';
import { differenceOf, type Rights, type Rule } from './asks-rights.ts';

const rule = (verbs: string[], over: object = {}): Rule => ({
  verbs,
  apiGroups: [''],
  resources: ['pods'],
  ...over,
});
const web: Rule = rule(['delete'], { resourceNames: ['web-7'] });
const own = rule(['create'], { apiGroups: ['assent.dev'], resources: ['approvalrequests'] });
const BEFORE: Rights = new Map([
  ['shop', [own]],
  ['cart', [own]],
]);
const inShop = (...rules: Rule[]): Rights => new Map([...BEFORE, ['shop', [own, ...rules]]]);
const ASKED: Rights = new Map([['shop', [web]]]);

describe('INV-4: what the API server allows', () => {
  it.each<[string, Rights, Rights]>([
    ['with it', inShop(web), ASKED],
    [
      'with it, written in two rules',
      inShop(rule(['get']), rule(['list'])),
      new Map([['shop', [rule(['list', 'get'])]]]),
    ],
    ['after the end', BEFORE, new Map()],
  ])('is exactly the ask %s', (_, after, asked) => {
    expect(differenceOf(BEFORE, after, asked)).toEqual([]);
  });

  it.each<[string, Rights, string[]]>([
    ['is missing', BEFORE, ['missing in shop: delete "web-7" of pods']],
    [
      'has another verb',
      inShop(web, rule(['get'], { resourceNames: ['web-7'] })),
      ['more in shop: get "web-7" of pods'],
    ],
    ['has every name', inShop(web, rule(['delete'])), ['more in shop: delete any of pods']],
    [
      'is elsewhere too',
      new Map([...inShop(web), ['cart', [own, web]]]),
      ['more in cart: delete "web-7" of pods'],
    ],
    [
      'is in a new namespace',
      new Map([...inShop(web), ['new', [web]]]),
      ['more in new: delete "web-7" of pods'],
    ],
    [
      'replaces what was there',
      new Map([...inShop(web), ['shop', [web]]]),
      ['missing in shop: create any of approvalrequests.assent.dev'],
    ],
  ])('is not the ask where it %s', (_, after, words) => {
    expect(differenceOf(BEFORE, after, ASKED)).toEqual(words);
  });

  it('is not the ask after the end where anything is left', () => {
    expect(differenceOf(BEFORE, inShop(web), new Map())).toHaveLength(1);
  });
});
