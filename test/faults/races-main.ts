// `make races`: ten thousand races of an approved change, by their seeds, and what came of them (INV-2 under faults).
// --from=0 --count=10000 choose the seeds, --each=50 takes so many of each block, --seed=17 repeats one race, and
// --lanes=16 says how many are active at once.
// What was run is kept when it is interrupted: the same words again go on from there, --fresh begins anew.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { runBlock, type RanBlock } from './races-block.ts';
import { blocksOf, type Block } from './races-plan.ts';
import { openState, type Kept } from './races-state.ts';
import { percent, table, total } from './races-table.ts';

const CHECKOUT = new URL('../../', import.meta.url).pathname;
const FOLDER = join(CHECKOUT, '.run', 'races');
/** At least this share of the races meets a conflict, or they show little. */
const CONFLICTS = 0.3;

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '0' },
    count: { type: 'string', default: '10000' },
    each: { type: 'string' },
    seed: { type: 'string' },
    lanes: { type: 'string', default: '16' },
    fresh: { type: 'boolean', default: false },
  },
});
const whole = (name: 'from' | 'count' | 'each' | 'seed' | 'lanes', text: string): number => {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a whole number`);
  return number;
};
const from = whole(values.seed === undefined ? 'from' : 'seed', values.seed ?? values.from);
const count = values.seed === undefined ? whole('count', values.count) : 1;
const plan = blocksOf(from, count, values.each === undefined ? undefined : whole('each', values.each));
const wanted = plan.reduce((sum, block) => sum + block.count, 0);
const lanes = Math.max(1, whole('lanes', values.lanes));

const nameOf = ({ first, count: size, gates, mood }: Block): string =>
  `seeds ${first}-${first + size - 1}, ${mood}, ${gates} gate${gates === 1 ? '' : 's'}`;

function tell(block: Block, { scores, failures, kills, admitted }: RanBlock, took: string): void {
  const words = [
    `${scores.length} runs ${took}`,
    `${percent(total(scores, 'conflict'), scores.length)} met a conflict`,
    `${admitted} changes held against their approvals`,
    `${kills} gates killed`,
    `${total(scores, 'double')} double, ${total(scores, 'lost')} lost`,
  ];
  console.log(`${nameOf(block)}: ${words.join(', ')}`);
  for (const { seed, what } of failures) console.log(`  FAILED, seed ${seed}: ${what}`);
}

/** One block; when its control plane fails, nothing of it is kept. */
async function runOne(block: Block, kept: Kept, onTail: () => void): Promise<RanBlock> {
  const began = performance.now();
  try {
    const ran = await runBlock(block, { lanes, keep: join(CHECKOUT, '.run', 'races-failed'), onTail });
    await kept.add(block, ran);
    tell(block, ran, `in ${Math.round((performance.now() - began) / 1_000)} s`);
    return ran;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const none = { scores: [], failures: [{ seed: block.first, what }], kills: 0, admitted: 0 };
    tell(block, none, '');
    return none;
  }
}

/** While the last races of a block wait for windows to pass, the next block is begun. */
async function runAll(blocks: readonly Block[], kept: Kept): Promise<RanBlock[]> {
  const results: RanBlock[] = [];
  const running = new Set<Promise<void>>();
  for (const block of blocks) {
    const known = await kept.find(block);
    if (known) {
      tell(block, known, 'kept from before');
      results.push(known);
      continue;
    }
    if (running.size > 1) await Promise.race(running);
    const tail = Promise.withResolvers<void>();
    const work = async () => {
      results.push(await runOne(block, kept, tail.resolve));
      running.delete(one);
      tail.resolve();
    };
    const one = work();
    running.add(one);
    await tail.promise;
  }
  await Promise.all(running);
  return results;
}

await ensurePrograms(['etcd', 'kube-apiserver', 'kubectl']);
if (values.fresh) await rm(FOLDER, { recursive: true, force: true });
const kept = await openState(CHECKOUT, FOLDER);
const began = performance.now();
const results = await runAll(plan, kept);
const scores = results.flatMap((one) => one.scores);
const failures = results.flatMap((one) => one.failures);
const kills = results.reduce((sum, one) => sum + one.kills, 0);
for (const text of table(scores)) console.log(text);
const share = total(scores, 'conflict') / Math.max(1, scores.length);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(`${minutes} minutes, ${kills} gates killed, ${failures.length} failures`);
for (const { seed, what } of failures) console.log(`FAILED, make races ARGS=--seed=${seed}: ${what}`);
console.log(
  `reservations: ${total(scores, 'readmitted')} re-admitted, ${total(scores, 'released')} released, ${total(scores, 'burnt')} burnt; ` +
    `${percent(total(scores, 'conflict'), scores.length)} of the races met a conflict`,
);
const isWhole = failures.length === 0 && scores.length === wanted;
const isRough = share >= CONFLICTS || wanted < 100;
if (!isRough) console.log(`fewer than ${CONFLICTS * 100} % of the races met a conflict`);
console.log(`races: ${scores.length} runs, ${total(scores, 'double')} double, ${total(scores, 'lost')} lost`);
await kept.clear();
// Sockets that were reset while they shut down stay behind in Node and would keep this process from ending.
process.exit(isWhole && isRough ? 0 : 1);
