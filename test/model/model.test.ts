// The thinned exploration, and the broken protocols. `make model` goes further.
import { describe, expect, it } from 'vitest';
import { CHANGE_KINDS } from '../../src/domain/change/change.ts';
import type { Explored } from './explore.ts';
import { FURTHER, MUTATIONS } from './mutations.ts';
import { mutate, run } from './run.ts';
import { THIN } from './scopes.ts';
import type { Done } from './worker.ts';

/** Threads share two processors with all other tests. */
const PATIENCE = 180_000;
const HERE = Object.values(THIN);

let exploring: Promise<Done> | undefined;
/** One thread explores all kinds, since loading the code takes longer than that. */
async function explored(index: number): Promise<readonly Explored[]> {
  exploring ??= run({
    scopes: CHANGE_KINDS.flatMap((kind) => HERE.map((scope) => ({ ...scope, kind }))),
    edits: [],
  });
  return (await exploring).scopes.slice(index * HERE.length, (index + 1) * HERE.length);
}

describe.concurrent('everything that can happen to one change', () => {
  it.each(CHANGE_KINDS.map((kind, index) => ({ kind, index })))(
    'INV-2, INV-7, INV-8: nothing that is reached with $kind breaks them',
    async ({ kind, index }) => {
      const scopes = await explored(index);
      expect(scopes.flatMap(({ broken }) => broken ?? [])).toEqual([]);
      expect(scopes.reduce((sum, { states }) => sum + states, 0)).toBeGreaterThan(2_000);
      const seen = new Set(scopes.flatMap((scope) => [...scope.seen.keys()]));
      const expected = ['allowed', 'allowed again', 'effect', 'denied: approval-required'];
      expect(expected.filter((what) => !seen.has(what))).toEqual([]);
      // What is burnt on its first use is refused to everybody else; the rest is released by proof.
      const isBurnt = ['create', 'connect', 'token', 'portforward'].includes(kind);
      expect(seen.has(isBurnt ? 'opened' : 'Reserved again')).toBe(true);
      expect(seen.has('Reserved again')).toBe(!isBurnt);
    },
    PATIENCE,
  );
});

describe.concurrent('a broken protocol', () => {
  it.each([...MUTATIONS, ...FURTHER])(
    '$breaks: $name is caught',
    async (mutation) => {
      const { broken } = await mutate(mutation);
      expect(broken?.rule ?? 'not caught').toContain(mutation.breaks);
    },
    PATIENCE,
  );

  it(
    'is made of edits that fit the code, or fails',
    async () => {
      const [{ scope }] = MUTATIONS as [(typeof MUTATIONS)[number]];
      const edits = [{ file: 'src/gate/reserve.ts', from: 'no such text', to: '' }];
      await expect(run({ scopes: [scope], edits })).rejects.toThrow('has not once: no such text');
    },
    PATIENCE,
  );
});
