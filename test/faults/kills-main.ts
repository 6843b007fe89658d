// `make kills`: kill -9 before and after every write that the gate and the controller make to the API server. Each killed
// part is started again, as a kubelet does, and within 15 s the story goes on to its end, with one approval and one
// execution; the audit oracle judges every log (INV-1, INV-2).
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { KILLS } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { wordsOrEnd } from '../../tools/proofs/proof.ts';
import { readSources } from '../architecture/source.ts';
import { judge, killAt, nameOf, print, printHeader, toldBy, type Row } from './kills-one.ts';
import { planKills, type Plan, type Point } from './kills-plan.ts';
import { writeSites } from './kills-points.ts';
import { STORIES } from './kills-stories.ts';
import { startWorld, type World } from './kills-world.ts';

async function plan(world: World): Promise<Plan> {
  const { told, broken } = await toldBy(world, STORIES);
  const root = new URL('../../', import.meta.url).pathname;
  const planned = planKills(writeSites(readSources(root, ['src'])), told);
  return { points: planned.points, broken: [...broken, ...planned.broken] };
}

async function work(world: World, queue: Point[], rows: Row[]): Promise<void> {
  for (let point = queue.shift(); point; point = queue.shift()) {
    const row = await killAt(world, point, STORIES);
    rows.push(row);
    print(row);
  }
}

const { values } = wordsOrEnd(KILLS);
const { lanes = 2, only = '' } = values;
dropRunsWhenWell();
const worlds: World[] = [];
const rows: Row[] = [];
onInterrupt(() => {
  const bad = rows.filter((row) => row.broken.length > 0).length;
  return `${rows.length} points done, ${bad} broken; nothing is kept, and --only=TEXT chooses among the points`;
});

/** @returns the exit code */
async function prove(): Promise<number> {
  for (let lane = 0; lane < lanes; lane += 1) worlds.push(await startWorld('kills'));
  const [first] = worlds;
  if (!first) throw new Error('there is no control plane');
  const { points, broken } = await plan(first);
  const queue = points.filter((point) => nameOf(point).includes(only));
  if (queue.length === 0) {
    for (const point of points) console.error(nameOf(point));
    console.error(`kills: --only=${only} is in the line of none of these ${points.length} points`);
    return 2;
  }
  for (const words of broken) console.log(`BROKEN ${words}`);
  for (const line of KILLS.legend) console.log(line);
  printHeader();
  await Promise.all(worlds.map((world) => work(world, queue, rows)));
  const violations = await judge(worlds.map(({ cluster }) => cluster.plane.auditLog));
  const bad = rows.filter((row) => row.broken.length > 0).length + broken.length + violations;
  const whole = rows.filter((row) => !row.isMissed);
  const times = rows.flatMap(({ recovered }) => Object.values(recovered));
  const longest = (Math.max(0, ...times) / 1_000).toFixed(1);
  console.log(
    `${times.length} kills, longest recovery ${longest} s, ${rows.length - whole.length} repeated writes not reached`,
  );
  console.log(`kills: ${whole.length} points, ${bad} broken`);
  // Points that were not reached are no proof.
  return bad === 0 && whole.length > 0 ? 0 : 1;
}

try {
  process.exitCode = await prove();
} finally {
  for (const world of worlds) await world.stop();
}
