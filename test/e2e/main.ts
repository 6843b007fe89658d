// `make e2e`: Assent as people install it, on the cluster of `make cluster`: chart, image, story, upgrade under load, out
// again. Images are built outside; the steps are played inside the network of the node, where pods reach this process.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeFolder } from '../../tools/cluster/scripts.ts';
import { E2E, type Phase } from '../../tools/proofs/catalogue.ts';
import { wordsOrEnd } from '../../tools/proofs/proof.ts';
import { openCluster } from './cluster.ts';
import { loadImages, releases } from './images.ts';
import { onTheNode } from './inside.ts';
import { PLAN } from './plan.ts';
import type { Told, World } from './steps.ts';
import { slackFor } from './story-steps.ts';

const previousTree = join(nodeFolder(), 'previous');

async function play(phases: readonly Phase[]): Promise<number> {
  const cluster = await openCluster();
  const world: World = {
    cluster,
    logStart: (await stat(cluster.auditLog)).size,
    releases: releases(previousTree),
    slack: await slackFor(cluster),
    before: new Set(),
    tallies: [],
    left: [],
    kept: new Map(),
  };
  const plan = phases.flatMap((phase) => PLAN[phase]);
  let wrong = 0;
  for (const line of E2E.legend) console.log(line);
  for (const [i, step] of plan.entries()) {
    const told = await step.play(world).catch((error: unknown): Told => ({
      wrong: [error instanceof Error ? error.message : String(error)],
    }));
    const troubles = told.wrong ?? [];
    console.log(`${String(i + 1).padStart(2)}  ${step.title}${told.says ? `: ${told.says}` : ''}`);
    for (const trouble of troubles) console.log(`    NOT AS TOLD: ${trouble}`);
    if (troubles.length > 0) wrong += 1;
    // What comes after an install that failed says nothing.
    if (troubles.length > 0 && step.title.startsWith('helm install')) break;
  }
  const sum = (outcome: 'wrongly allowed' | 'ungated failure' | 'lost') =>
    world.tallies.reduce((all, { counts }) => all + counts[outcome], 0);
  if (wrong > 0)
    console.log(`e2e: ${wrong} of ${plan.length} steps were not as told; files are in ${cluster.runDir}`);
  if (sum('lost') > 0) console.log(`e2e: ${sum('lost')} lost`);
  const counts = [`${sum('wrongly allowed')} wrongly allowed`, `${sum('ungated failure')} ungated failures`];
  console.log(`e2e: ${plan.length} steps, ${counts.join(', ')}, ${world.left.length} leftovers`);
  return wrong === 0 ? 0 : 1;
}

const { only = ['install', 'upgrade'] } = wordsOrEnd(E2E).values;
await onTheNode(
  () => loadImages(previousTree),
  () => play(only as readonly Phase[]),
);
