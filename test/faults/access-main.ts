// `make access`: every ask of the table is answered as the golden table says, and what is accepted is granted to the letter; then
// kill -9 around every write between an ask and its end, and nothing outlives what was approved (INV-4).
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { ACCESS } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { endAsWrong, wordsOrEnd } from '../../tools/proofs/proof.ts';
import { askAll, chosenAsks } from './access-asks.ts';
import { killAll, type Killed } from './access-kills.ts';
import { judge } from './kills-one.ts';

const { values } = wordsOrEnd(ACCESS);
const { lanes = 2, only = '', asks = '' } = values;
const chosen = chosenAsks(asks);
if (chosen.length === 0) endAsWrong(ACCESS, `--asks=${asks} is in none of: ${chosenAsks('').join(', ')}`);
dropRunsWhenWell();
const began = performance.now();
const killed: Killed = { kills: 0, broken: [], orphans: [], logs: [] };
onInterrupt(
  () =>
    `${killed.kills} kills done; nothing is kept, and --asks=TEXT and --only=TEXT choose among asks and kills`,
);

/** @returns the exit code */
async function prove(): Promise<number> {
  for (const line of ACCESS.legend) console.log(line);
  const asked = await askAll(chosen);
  for (const words of asked.surprises) console.log(`surprise: ${words}`);
  if (!(await killAll(killed, { lanes, only }))) return 2;
  const violations = await judge([asked.auditLog, ...killed.logs]);
  for (const words of killed.orphans) console.log(`orphan: ${words}`);
  const bad = killed.broken.length + violations;
  const counts = `${asked.asks} asks, ${asked.surprises.length} surprises; ${killed.kills} kills, ${killed.orphans.length} orphans`;
  console.log(`${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
  console.log(`access: ${counts}${bad === 0 ? '' : `, ${bad} broken`}`);
  const isWell = asked.surprises.length + killed.orphans.length + bad === 0;
  // Asks without kills are no proof.
  return isWell && asked.asks > 0 && killed.kills > 0 ? 0 : 1;
}

process.exitCode = await prove();
