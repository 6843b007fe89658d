// `make races`: ten thousand races of an approved change, by their seeds, and what came of them (INV-2 under faults).
// What was run is kept when it is interrupted: the same words again go on from there.
import { join } from 'node:path';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { RACES } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { endAsWrong, typed, wordsOrEnd } from '../../tools/proofs/proof.ts';
import { runBlock, type RanBlock } from './races-block.ts';
import type { Block } from './races-plan.ts';
import { wantedBlocks } from './races-spread.ts';
import { openState, type Kept } from './races-state.ts';
import { faultsWithout, percent, table, total } from './races-table.ts';

const CHECKOUT = new URL('../../', import.meta.url).pathname;
const FOLDER = join(CHECKOUT, '.run', 'races');
/** At least this share of the races meets a conflict, or they show little. */
const CONFLICTS = 0.3;

const { values } = wordsOrEnd(RACES);
const { lanes = 16 } = values;
if (values.seed !== undefined && (values.from ?? values.count ?? values.each) !== undefined)
  endAsWrong(RACES, '--seed is one race, and goes without --from, --count and --each');
const plan = wantedBlocks(values);
const wanted = plan.reduce((sum, block) => sum + block.count, 0);

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
    if (isInterrupted) return ran;
    await kept.add(block, ran);
    done.push(ran);
    tell(block, ran, `in ${Math.round((performance.now() - began) / 1_000)} s`);
    return ran;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    const none = { scores: [], failures: [{ seed: block.first, what }], kills: 0, admitted: 0 };
    if (isInterrupted) return none;
    tell(block, none, '');
    return none;
  }
}

/** While the last races of a block wait for windows to pass, the next block is begun. */
async function runAll(blocks: readonly Block[], kept: Kept): Promise<[Block, RanBlock][]> {
  const results: [Block, RanBlock][] = [];
  const running = new Set<Promise<void>>();
  for (const block of blocks) {
    const known = await kept.find(block);
    if (known) {
      tell(block, known, 'kept from before');
      results.push([block, known]);
      done.push(known);
      continue;
    }
    if (running.size > 1) await Promise.race(running);
    const tail = Promise.withResolvers<void>();
    const work = async () => {
      results.push([block, await runOne(block, kept, tail.resolve)]);
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

dropRunsWhenWell();
await ensurePrograms(['etcd', 'kube-apiserver', 'kubectl']);
const kept = await openState(CHECKOUT, FOLDER);
if (values.fresh) await kept.clear(plan);
const again = process.argv.slice(2).filter((word) => word !== '--fresh');
const done: RanBlock[] = [];
let isInterrupted = false;
onInterrupt(() => {
  isInterrupted = true;
  const races = done.flatMap((one) => one.scores);
  const what = `${done.length} of ${plan.length} blocks done (${races.length} races, ${total(races, 'double')} double, ${total(races, 'lost')} lost)`;
  return `${what} and kept in .run/races; go on with: ${again.length > 0 ? typed(RACES, again.join(' ')) : 'make races'}`;
});
for (const line of RACES.legend) console.log(line);
const began = performance.now();
const results = await runAll(plan, kept);
const ran = results.map(([, one]) => one);
const scores = ran.flatMap((one) => one.scores);
const failures = ran.flatMap((one) => one.failures);
const kills = ran.reduce((sum, one) => sum + one.kills, 0);
for (const text of table(scores)) console.log(text);
const share = total(scores, 'conflict') / Math.max(1, scores.length);
const minutes = ((performance.now() - began) / 60_000).toFixed(1);
console.log(`${minutes} minutes, ${kills} gates killed, ${failures.length} failures`);
for (const [block, { failures: own }] of results) {
  const whole = typed(RACES, `--from=${block.first} --count=${block.count}`);
  for (const { seed, what } of own)
    console.log(`FAILED, ${seed < 0 ? whole : typed(RACES, `--seed=${seed}`)}: ${what}`);
  if (own.length > 0) console.log(`  with its neighbours, as they were: ${whole}`);
}
console.log(
  `reservations: ${total(scores, 'readmitted')} re-admitted, ${total(scores, 'released')} released, ${total(scores, 'burnt')} burnt; ` +
    `${percent(total(scores, 'conflict'), scores.length)} of the races met a conflict`,
);
const without = faultsWithout(scores);
if (without.length > 0) console.log(`faults that struck in no race: ${without.join(', ')}`);
const isWhole = failures.length === 0 && scores.length === wanted;
const isRough = share >= CONFLICTS || wanted < 100;
if (!isRough) console.log(`fewer than ${CONFLICTS * 100} % of the races met a conflict`);
console.log(`races: ${scores.length} runs, ${total(scores, 'double')} double, ${total(scores, 'lost')} lost`);
await kept.clear(plan);
// Sockets that were reset while they shut down stay behind in Node and would keep this process from ending.
process.exit(isWhole && isRough ? 0 : 1);
