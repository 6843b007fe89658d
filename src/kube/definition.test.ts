import { describe, expect, it } from 'vitest';
import { Departed, type Definition } from './definition.ts';

const sound = (uid = 'one'): Definition => ({ uid, isGoing: false });

/** A definition that may change, and what left. */
async function departed(first: Definition | undefined = sound()) {
  const now: { definition: Definition | undefined; fails: boolean; reads: number } = {
    definition: first,
    fails: false,
    reads: 0,
  };
  const left = new Departed<string>(() => {
    now.reads += 1;
    return now.fails ? Promise.reject(new Error('away')) : Promise.resolve(now.definition);
  });
  await left.settle();
  return { left, now };
}

describe('what left a cache', () => {
  it('is forgotten where somebody deleted it, and nothing is read while nothing leaves', async () => {
    const { left, now } = await departed();
    await left.settle();
    expect(now.reads).toBe(1);
    left.left('a', 'A');
    expect(left.isOpen).toBe(true);
    await left.settle();
    expect([left.isOpen, left.values()]).toEqual([false, []]);
  });

  it.each<[string, Definition | undefined]>([
    ['going', { uid: 'one', isGoing: true }],
    ['gone', undefined],
    ['another one', sound('two')],
  ])('is kept where its definition is %s, until it is there again', async (_, definition) => {
    const { left, now } = await departed();
    left.left('a', 'A');
    left.left('b', 'B');
    now.definition = definition;
    await left.settle();
    expect(left.values()).toEqual(['A', 'B']);
    now.definition = sound('two');
    left.isBack('a');
    await left.settle();
    expect([left.isOpen, left.values()]).toEqual([true, ['B']]);
    left.isBack('b');
    await left.settle();
    expect(left.isOpen).toBe(false);
    // From now on the new definition is the one: whoever deletes, deletes.
    left.left('a', 'A');
    await left.settle();
    expect(left.isOpen).toBe(false);
  });

  it('stays open while nobody can tell', async () => {
    const { left, now } = await departed();
    left.left('a', 'A');
    now.fails = true;
    await expect(left.settle()).rejects.toThrow('away');
    expect(left.values()).toEqual(['A']);
    now.fails = false;
    await left.settle();
    expect(left.isOpen).toBe(false);
  });

  it('is not known before a sound definition was seen', async () => {
    const { left, now } = await departed({ uid: 'one', isGoing: true });
    expect([left.isKnown, left.isOpen]).toEqual([false, true]);
    now.definition = sound();
    await left.settle();
    expect([left.isKnown, left.isOpen]).toEqual([true, false]);
  });

  it('stays open where it left while the definition was read', async () => {
    const reading = Promise.withResolvers<Definition>();
    const reads = [Promise.resolve(sound()), reading.promise];
    const left = new Departed<string>(() => reads.shift() ?? Promise.resolve(undefined));
    await left.settle();
    left.left('a', 'A');
    const settling = left.settle();
    left.left('b', 'B');
    reading.resolve(sound());
    await settling;
    expect(left.values()).toEqual(['B']);
  });
});
