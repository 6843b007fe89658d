// The kept corpus of every fuzz target, and a short, seeded round from it. `make fuzz` searches for as long as one likes.
import { describe, expect, it } from 'vitest';
import { readCorpus, spelt } from '../../tools/fuzz/corpus.ts';
import { fuzz, outcome } from '../../tools/fuzz/loop.ts';
import { TARGETS } from '../../tools/fuzz/targets/all.ts';

const SEED = Number(process.env['SEED'] ?? 20_261_122);
/** Runs of the short round: as many as two seconds or so hold. */
const RUNS: Readonly<Record<string, number>> = { json: 4_000, review: 1_000, change: 500, cel: 2_000 };

describe.each(TARGETS)('fuzz target $name: $holds', (target) => {
  it('INV-7: holds for every kept input', () => {
    const kept = readCorpus(target);
    expect(kept.length).toBeGreaterThan(5);
    for (const input of [...target.seeds(), ...kept]) {
      const { message } = outcome(target, input, input.length < 1_024);
      expect(message, spelt(input).slice(0, 2_000)).toBeUndefined();
    }
  });

  it(`INV-7: holds for a short round of new ones, seed ${SEED}`, () => {
    const runs = RUNS[target.name] ?? 1_000;
    const { found, executions } = fuzz(target, readCorpus(target), {
      seed: SEED,
      goesOn: (done) => done < runs,
    });
    expect(found.map(({ message, input }) => `${message}: ${spelt(input).slice(0, 2_000)}`)).toEqual([]);
    expect(executions).toBeGreaterThanOrEqual(runs);
  });
});
