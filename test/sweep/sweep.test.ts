// A part of the sweep, chosen by a seed, on a real API server. `SEED=7 npm test -- test/sweep` plays the same part again;
// `make sweep` plays all of it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readGolden, surprisesOf } from './golden.ts';
import { countAll, type CountedReview } from './leaves/kinds.ts';
import { submitTwice, type Submitted } from './manifests.ts';
import { holdable, run, unknownKinds, type Played } from './run.ts';
import { setStage, type Stage } from './stage.ts';
import { thinned } from './thin.ts';

const seed = Number(process.env['SEED'] ?? 4);
let stage: Stage;
let played: Played;
let submitted: Submitted;
let counted: readonly CountedReview[];

beforeAll(async () => {
  stage = await setStage();
  played = await run(stage, { ...thinned(seed, stage), lanes: 4 });
  submitted = await submitTwice(stage, holdable(played.subjects));
  counted = await countAll(stage);
}, 600_000);
afterAll(() => stage.stop());

describe(`a part of the sweep, seed ${seed}`, () => {
  it('has a stub for every kind that the API server serves', () => {
    expect(unknownKinds(stage)).toEqual([]);
  });

  it('INV-1, INV-2: has no cell that is not as the golden table says', async () => {
    expect([...played.broken, ...surprisesOf(played.cells, await readGolden(stage.minor))]).toEqual([]);
    expect(played.cells.length).toBeGreaterThan(50);
    expect(stage.recorder.unreadable).toEqual([]);
  });

  it('has one fingerprint for a manifest, whichever client sends it how often', () => {
    expect(submitted.complaints).toEqual([]);
    expect(submitted.fingerprints).toBe(submitted.kinds);
  });

  it('INV-1: has another fingerprint for every other value of a leaf, and for all that stands around it', () => {
    expect(counted.flatMap(({ what, complaints }) => complaints.map((one) => `${what}: ${one}`))).toEqual([]);
    const sum = (key: 'mutations' | 'distinct' | 'around') =>
      counted.reduce((total, one) => total + one[key], 0);
    expect(sum('distinct')).toBe(sum('mutations'));
    expect(sum('mutations')).toBeGreaterThan(500);
    expect(sum('around')).toBeGreaterThan(200);
  });
});
