import { describe, expect, it } from 'vitest';
import type { Copy, PlaceRequest } from './copy.ts';
import { stepsOf, type PlaceFacts, type Step } from './steps.ts';

const request = (name: string, over: Partial<PlaceRequest> = {}): PlaceRequest => ({
  name,
  uid: `uid-${name}`,
  isPending: true,
  since: 0,
  content: 'pending',
  lines: 0,
  ...over,
});
const card = (over: Partial<Copy> = {}): Copy => ({
  form: 'card',
  handle: 'h',
  content: 'pending',
  lines: 0,
  isReminded: false,
  ...over,
});
const listed = (handle: string, content = ''): Copy => card({ form: 'list', handle, content });
const steps = (requests: PlaceRequest[], over: Partial<PlaceFacts> = {}, now = 1_000): readonly Step[] =>
  stepsOf({ requests, listContent: () => 'list', isUnsure: () => false, ...over }, now);
const kinds = (all: readonly Step[]): string[] => all.map((one) => `${one.kind} ${one.request}`);

describe('stepsOf', () => {
  it('posts the oldest pending request that the place does not know', () => {
    expect(steps([request('b', { since: 2 }), request('a', { since: 1 })])).toEqual([
      { kind: 'post', request: 'a', key: 'uid-a:post', form: 'card' },
    ]);
  });

  it('says nothing of a request that ended before anybody was told', () => {
    expect(steps([request('a', { isPending: false, lines: 3 })])).toEqual([]);
  });

  it('takes the buttons from decided cards before anything else', () => {
    const decided = request('a', { isPending: false, content: 'approved', lines: 1, copy: card() });
    const changed = request('b', { content: 'pending 1/2', copy: card() });
    expect(kinds(steps([changed, decided, request('c')]))).toEqual(['edit a', 'post c', 'edit b']);
  });

  it('tells the thread line by line, once the card is right', () => {
    const one = request('a', {
      isPending: false,
      content: 'used',
      lines: 2,
      copy: card({ content: 'used', lines: 1 }),
    });
    expect(steps([one])).toEqual([{ kind: 'line', request: 'a', key: 'uid-a:line-1', thread: 'h', line: 1 }]);
    expect(steps([{ ...one, copy: card({ content: 'used', lines: 2 }) }])).toEqual([]);
  });

  it('reminds once, when it is time, and never of what is decided', () => {
    const due = request('a', { remindAt: 1_000, copy: card() });
    expect(kinds(steps([due]))).toEqual(['remind a']);
    expect(steps([due], {}, 999)).toEqual([]);
    expect(steps([{ ...due, copy: card({ isReminded: true }) }])).toEqual([]);
    expect(steps([{ ...due, isPending: false }])).toEqual([]);
  });

  it('looks before it sends what may have arrived', () => {
    const isUnsure = () => true;
    expect(steps([request('a')], { isUnsure })).toEqual([
      { kind: 'look', what: 'post', request: 'a', key: 'uid-a:post' },
    ]);
    // Its card may stand there with live buttons.
    expect(steps([request('a', { isPending: false })], { isUnsure })).toMatchObject([
      { kind: 'look', what: 'post' },
    ]);
    const behind = request('a', { lines: 1, copy: card() });
    expect(steps([behind], { isUnsure })).toEqual([
      { kind: 'look', what: 'line', request: 'a', key: 'uid-a:line-0', thread: 'h' },
    ]);
    const due = request('a', { remindAt: 0, copy: card() });
    expect(steps([due], { isUnsure })).toMatchObject([{ kind: 'look', what: 'remind', thread: 'h' }]);
  });

  describe('from five pending requests on', () => {
    const four = ['a', 'b', 'c', 'd'].map((name) => request(name, { copy: card() }));
    const opener = request('e', { since: 5, copy: listed('L', 'list') });

    it('opens a list, which the others join', () => {
      expect(steps([...four, request('e'), request('f')])).toEqual([
        { kind: 'post', request: 'e', key: 'uid-e:post', form: 'list' },
      ]);
      expect(steps([...four, opener, request('f'), request('g')])).toEqual([
        { kind: 'join', request: 'f', handle: 'L' },
        { kind: 'join', request: 'g', handle: 'L' },
      ]);
    });

    it('edits the list when it would show something else, once for all its members', () => {
      const all = [...four, opener, request('f', { since: 6, copy: listed('L') })];
      expect(steps(all)).toEqual([]);
      const members = ['e', 'f'];
      expect(steps(all, { listContent: (of) => `${of.length} of them` })).toEqual([
        { kind: 'edit-list', request: 'e', handle: 'L', members },
      ]);
    });

    it('opens another list when nothing in the last one waits any more', () => {
      const over = request('e', { isPending: false, copy: listed('L', 'list') });
      const more = request('f', { copy: card() });
      expect(steps([...four, more, over, request('g')])).toMatchObject([
        { kind: 'post', request: 'g', form: 'list' },
      ]);
    });

    it('gives cards of their own again when fewer are pending', () => {
      const done = four.map((one) => ({
        ...one,
        isPending: false,
        content: 'used',
        copy: card({ content: 'used' }),
      }));
      expect(steps([...done, request('e')])).toMatchObject([{ kind: 'post', request: 'e', form: 'card' }]);
    });

    it('tells anew of those that wait in a list which nobody can edit any more', () => {
      const orphan = request('f', { copy: listed('L') });
      const settled = request('g', { isPending: false, copy: listed('L') });
      expect(steps([orphan, settled], { listContent: () => 'other' })).toEqual([
        { kind: 'post', request: 'f', key: 'uid-f:post', form: 'card' },
      ]);
      expect(steps([...four, orphan, settled])).toMatchObject([{ kind: 'post', request: 'f', form: 'list' }]);
    });
  });
});
