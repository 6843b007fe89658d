// What the words of `make races` and `make sweep` choose.
import { describe, expect, it } from 'vitest';
import { FAULT_NAMES, nameOfFault, raceOf, type Block } from '../../test/faults/races-plan.ts';
import { wantedBlocks, WHOLE } from '../../test/faults/races-spread.ts';
import { faultsWithout } from '../../test/faults/races-table.ts';
import { chosenStubs } from '../../test/sweep/chosen.ts';
import { missingOf } from '../../test/sweep/golden.ts';
import { stubName } from '../../test/sweep/stub.ts';
import { STUBS } from '../../test/sweep/stubs/index.ts';

const sizeOf = (blocks: readonly Block[]) => blocks.reduce((sum, { count }) => sum + count, 0);
const faultsOf = (blocks: readonly Block[]) =>
  blocks.flatMap(({ first, count, mood }) =>
    Array.from({ length: count }, (_, index) => nameOfFault(raceOf(first + index, mood), mood)),
  );

describe('the blocks of a run of races', () => {
  it.each([200, 300, 500, 1_000, 3_500, 4_000])(
    '%i races alone have every fault, mood and number of gates',
    (count) => {
      const blocks = wantedBlocks({ count });
      expect(sizeOf(blocks)).toBe(count);
      expect(new Set(faultsOf(blocks))).toEqual(new Set(FAULT_NAMES));
      expect(new Set(blocks.map(({ gates }) => gates))).toEqual(new Set([1, 2, 3]));
      expect(new Set(blocks.map(({ mood }) => mood)).size).toBe(6);
    },
  );

  it('are seeds that `--seed` finds again, with the same mood and gates', () => {
    for (const block of wantedBlocks({ count: 21 })) {
      const last = block.first + block.count - 1;
      expect(wantedBlocks({ seed: last })).toEqual([{ ...block, first: last, count: 1 }]);
      expect(wantedBlocks({ from: block.first, count: block.count })).toEqual([block]);
    }
  });

  it('are seeds in their order with --from, the whole without anything, and a few of each with --each', () => {
    expect(wantedBlocks({ from: 0, count: 500 })).toEqual([{ first: 0, count: 500, gates: 1, mood: 'calm' }]);
    expect(wantedBlocks({ from: 490, count: 20 }).map(({ first, count }) => [first, count])).toEqual([
      [490, 10],
      [500, 10],
    ]);
    expect(sizeOf(wantedBlocks({}))).toBe(WHOLE);
    expect(wantedBlocks({ count: WHOLE })).toEqual(wantedBlocks({}));
    expect(wantedBlocks({ each: 3 }).map(({ count }) => count)).toEqual(Array.from({ length: 20 }, () => 3));
  });

  it('of a few races are none that are empty', () => {
    expect(wantedBlocks({ count: 3 }).map(({ count }) => count)).toEqual([1, 1, 1]);
  });

  it('names the faults that struck in no race', () => {
    expect(faultsWithout([])).toEqual(FAULT_NAMES.filter((name) => name !== 'none'));
  });
});

describe('the stubs of a sweep', () => {
  const names = (only: readonly string[]) => {
    const chosen = chosenStubs(only);
    return chosen.ok ? chosen.stubs.map(stubName) : chosen.why;
  };

  it('are those that were named, by resource, kind or group', () => {
    expect(names(['secrets'])).toEqual(['secrets', 'secrets~stringData']);
    expect(names(['deployments.apps', 'configmaps'])).toEqual(['configmaps', 'deployments.apps']);
    expect(names(['apps'])).toContain('statefulsets.apps');
    expect(chosenStubs(undefined)).toEqual({ ok: true, stubs: STUBS });
  });

  it.each([[['nosuch.things']], [['secrets', 'nosuch.things']]])(
    '%j names something that is not there',
    (only) => {
      expect(names(only)).toMatch(/^no kind is called nosuch\.things, there are: .*secrets/);
    },
  );

  it('must have been played: cells of the golden table about them, and about nothing else', () => {
    const golden = new Map([
      ['secrets\tcreate\tjson', 'asked 201'],
      ['pods/exec\tconnect\tget', 'asked 200'],
      ['gone.example.com\tcreate\tjson', 'asked 201'],
    ]);
    const chosen = STUBS.filter(({ resource }) => resource === 'pods');
    expect(missingOf([], golden, chosen)).toEqual(['pods/exec\tconnect\tget: in the table, not played']);
    expect(missingOf([], golden, STUBS)).toHaveLength(3);
  });
});
