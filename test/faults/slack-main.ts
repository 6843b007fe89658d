// `make slack`: a burst of requests and racing clicks, against the fake Slack with its rules on and two controllers that are
// killed and replaced. Nothing is posted twice, nothing is lost, every request is decided once (INV-3).
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { ORACLE_LEGEND, SLACK } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { typed, wordsOrEnd } from '../../tools/proofs/proof.ts';
import { runSlack, unplayed } from './slack-run.ts';

const AGENTS = 20;
/** From so many clicks on each cell is drawn. */
const WHOLE = 1_000;

const { values } = wordsOrEnd(SLACK);
const { requests = 200, clicks = WHOLE, seed = 1 } = values;
dropRunsWhenWell();
onInterrupt(() => 'nothing is kept, and the same words play the same again');
for (const line of SLACK.legend) console.log(line);
const ran = await runSlack({
  requests,
  agents: AGENTS,
  clicks,
  seed,
  threads: true,
  name: 'slack',
  tell: console.log,
});
const off = [
  ...ran.duplicates.map((words) => `duplicate: ${words}`),
  ...ran.lost.map((words) => `lost: ${words}`),
  ...ran.surprises.map((words) => `surprise: ${words}`),
  ...(clicks >= WHOLE && unplayed(ran.cells) ? ['surprise: some cells of the table were not played'] : []),
];
for (const line of off) console.log(line);
if (off.length > 0)
  console.log(`again: ${typed(SLACK, `--seed=${seed} --requests=${requests} --clicks=${clicks}`)}`);
for (const line of ORACLE_LEGEND) console.log(line);
console.log(`audit oracle: ${ran.oracle}`);
const [twice, lost, surprises] = [
  ran.duplicates.length,
  ran.lost.length,
  off.length - ran.duplicates.length - ran.lost.length,
];
console.log(
  `slack: ${ran.requests} requests, ${twice} duplicate, ${lost} lost; ${ran.cells} cells, ${surprises} surprises`,
);
// Sockets that were reset while they shut down stay behind in Node and would keep this process from ending.
process.exit(off.length === 0 ? 0 : 1);
