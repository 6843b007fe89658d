// The short form of `make races`: seeds that hold every way to make a change and every fault, on one control plane with
// three gates; and that plans come from their seeds alone.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runBlock } from './races-block.ts';
import { blocksOf, FAULT_NAMES, KINDS, nameOfFault, raceOf, type Block } from './races-plan.ts';
import { openState } from './races-state.ts';
import { table } from './races-table.ts';

const ALL = blocksOf(0, 10_000);
const racesOf = ({ first, count, mood }: Block) =>
  Array.from({ length: count }, (_, index) => raceOf(first + index, mood));

describe('the plan', () => {
  it('is the same for a seed however many races there are', () => {
    expect(blocksOf(1_203, 1)).toMatchObject([{ first: 1_203, count: 1, mood: ALL[2]?.mood }]);
    expect(raceOf(1_203, 'mixed')).toEqual(raceOf(1_203, 'mixed'));
    expect(ALL.reduce((sum, { count }) => sum + count, 0)).toBe(10_000);
  });

  it('has every change, every fault and every number of gates, mostly few submissions and some hundred', () => {
    const races = ALL.flatMap((block) => racesOf(block).map((race) => ({ race, mood: block.mood })));
    expect(new Set(races.map(({ race }) => race.kind))).toEqual(new Set(KINDS));
    expect(new Set(races.map(({ race, mood }) => nameOfFault(race, mood)))).toEqual(new Set(FAULT_NAMES));
    expect(new Set(ALL.map(({ gates }) => gates))).toEqual(new Set([1, 2, 3]));
    const sent = races.map(({ race }) => race.submissions);
    expect(Math.min(...sent)).toBe(2);
    expect(sent.filter((count) => count <= 8).length).toBeGreaterThan(9_500);
    expect(sent.filter((count) => count === 100).length).toBeGreaterThan(20);
  });
});

describe('what is kept of an interrupted run', () => {
  it('is found again by block', async () => {
    const root = await mkdtemp(join(tmpdir(), 'races-'));
    try {
      const checkout = new URL('../../', import.meta.url).pathname;
      const [block, other] = ALL;
      if (!block || !other) throw new Error('there are no blocks');
      const ran = { scores: [], failures: [{ seed: 1, what: 'lost' }], kills: 2, admitted: 0 };
      await (await openState(checkout, root)).add(block, ran);
      const again = await openState(checkout, root);
      expect(await again.find(block)).toEqual(ran);
      expect(await again.find(other)).toBeUndefined();
      await again.add(other, ran);
      await again.clear([block]);
      expect(await (await openState(checkout, root)).find(block)).toBeUndefined();
      expect(await again.find(other)).toEqual(ran);
    } finally {
      await rm(root, { recursive: true, force: true });
    }
  });
});

describe('races', () => {
  const block: Block = { first: 1_000, count: 36, gates: 3, mood: 'mixed' };

  it(
    `INV-1, INV-2: change nothing without approval, use an approval once, and lose none (seeds ${block.first}-${block.first + block.count - 1})`,
    { timeout: 600_000 },
    async () => {
      const keep = join(tmpdir(), `races-${process.pid}`);
      const { scores, failures, admitted } = await runBlock(block, { lanes: 20, keep });
      expect(failures, failures.map(({ seed, what }) => `seed ${seed}: ${what}`).join('; ')).toEqual([]);
      expect(scores).toHaveLength(block.count);
      expect(scores.filter(({ double, lost, unapproved }) => double + lost + unapproved > 0)).toEqual([]);
      // The oracle had something to judge: every race whose approval was used.
      const used = scores.filter((score) => score.used === 1).length;
      expect(used).toBeGreaterThan(block.count / 2);
      expect(admitted).toBeGreaterThanOrEqual(used);
      const share = scores.filter(({ conflict }) => conflict === 1).length / scores.length;
      expect(share).toBeGreaterThan(0.3);
      expect(table(scores).join('\n')).toContain('restart');
    },
  );
});
