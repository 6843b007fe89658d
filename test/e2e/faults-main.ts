// `make faults`: breaks one thing after the other on the cluster of `make cluster` while writes go on, and measures what is
// felt of it, how soon it is noticed, and when all is well again. The whole run writes docs/operate/faults.md.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { nodeFolder } from '../../tools/cluster/scripts.ts';
import { FAULTS as PROOF } from '../../tools/proofs/catalogue.ts';
import { wordsOrEnd } from '../../tools/proofs/proof.ts';
import { openCluster, type Cluster } from './cluster.ts';
import { faultsPage, type Row } from './faults-page.ts';
import { FAULTS, type Fault } from './faults-plan.ts';
import { startWatch, type Watch } from './faults-watch.ts';
import { loadImages, releases } from './images.ts';
import { onTheNode } from './inside.ts';
import { helmInstall, until } from './installation.ts';
import { prepareTraffic, startTraffic } from './traffic.ts';

const PAGE = fileURLToPath(new URL('../../docs/operate/faults.md', import.meta.url));
const previousTree = join(nodeFolder(), 'previous');
const PATIENCE_MS = 300_000;

async function measure(cluster: Cluster, watch: Watch, fault: Fault): Promise<Row> {
  await watch.calm();
  await fault.prepare?.(cluster);
  const began = watch.now();
  const aftermath = await fault.strike(cluster);
  await until(fault.sign, () => fault.isNoticed(cluster).catch(() => false), PATIENCE_MS);
  const noticed = watch.now() - began;
  await aftermath?.undo?.();
  await until(`${fault.name} is over`, () => fault.isOver(cluster).catch(() => false), PATIENCE_MS);
  const over = watch.now() - began;
  await watch.calm();
  return { fault, noticed, over, felt: watch.since(began) };
}

/** What is not as promised in a row. */
function wrongIn({ fault, felt }: Row): readonly string[] {
  const wrong: string[] = [];
  if (felt.wronglyAllowed > 0 && fault.mayLetThrough === undefined)
    wrong.push(`${felt.wronglyAllowed} wrongly allowed`);
  if (felt.ungatedFailures > 0) wrong.push(`${felt.ungatedFailures} ungated failures`);
  return wrong;
}

async function play(only: readonly string[] | undefined): Promise<number> {
  const cluster = await openCluster();
  await helmInstall(cluster, releases(previousTree).current);
  await prepareTraffic(cluster);
  const traffic = await startTraffic(cluster);
  await until('the gate is asked', async () => (await traffic.gated()).outcome === 'right');
  const watch = startWatch(traffic);
  const rows: Row[] = [];
  let wrong = 0;
  for (const line of PROOF.legend) console.log(line);
  for (const fault of FAULTS.filter(({ name }) => only?.includes(name.replaceAll(' ', '-')) ?? true)) {
    const row = await measure(cluster, watch, fault);
    rows.push(row);
    const off = wrongIn(row);
    if (off.length > 0) wrong += 1;
    const { felt } = row;
    console.log(
      `${fault.name}: noticed ${row.noticed.toFixed(0)} ms, over ${row.over.toFixed(0)} ms, felt until ${felt.until?.toFixed(0) ?? '-'} ms; ${felt.withoutVerdict} without verdict, ${felt.wronglyAllowed} wrongly allowed, ${felt.ungatedFailures} ungated failures, ${felt.unanswered} unanswered`,
    );
    for (const example of felt.examples) console.log(`    ${example}`);
    for (const one of off) console.log(`    NOT AS TOLD: ${one}`);
  }
  await watch.stop();
  if (only === undefined) {
    const config = await resolveConfig(PAGE);
    await writeFile(PAGE, await format(faultsPage(rows), { ...config, filepath: PAGE }));
  }
  console.log(`faults: ${rows.length} faults, ${wrong} not as told`);
  return wrong === 0 ? 0 : 1;
}

const { only } = wordsOrEnd(PROOF).values;
await onTheNode(
  () => loadImages(previousTree),
  () => play(only),
);
