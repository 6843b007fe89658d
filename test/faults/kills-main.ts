// `make kills`: kill -9 before and after every write that the gate and the controller make to the API server. Each killed
// part is started again, as a kubelet does, and within 15 s the story goes on to its end, with one approval and one
// execution; the audit oracle judges every log (INV-1, INV-2).
import { checkAuditLog, describeVerdict } from '../../tools/audit/check.ts';
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { KILLS, ORACLE_LEGEND } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { wordsOrEnd } from '../../tools/proofs/proof.ts';
import { readSources } from '../architecture/source.ts';
import { planKills, type Plan, type Point, type Told } from './kills-plan.ts';
import { writeSites } from './kills-points.ts';
import { STORIES } from './kills-stories.ts';
import { RECOVERY_MS, startWorld, type Played, type World } from './kills-world.ts';

const STAGES = ['before', 'after'] as const;
type Stage = (typeof STAGES)[number];
/** Plays until a write comes for which both parts race. */
const TRIES = 5;

/** What came of the kills at one point. */
interface Row {
  readonly point: Point;
  /** ms from the kill to the first step that needs the killed part and is done. */
  readonly recovered: Partial<Record<Stage, number>>;
  readonly broken: string[];
  /** A write that came this time less often than when it was listed; the first of its kind always comes, unless both race. */
  isMissed: boolean;
}

/** Plays each story once without a kill, and lists its writes. */
async function plan(world: World): Promise<Plan> {
  const told: Told[] = [];
  const broken: string[] = [];
  for (const [story, steps] of Object.entries(STORIES)) {
    const played = await world.play(steps);
    if (played.broken !== undefined) broken.push(`${story}, without a kill: ${played.broken}`);
    told.push({ story, writes: played.told });
  }
  const root = new URL('../../', import.meta.url).pathname;
  const planned = planKills(writeSites(readSources(root, ['src'])), told);
  return { points: planned.points, broken: [...broken, ...planned.broken] };
}

async function kill(world: World, row: Row, stage: Stage): Promise<void> {
  const { story, part, order, count, isRaced } = row.point;
  const steps = STORIES[story];
  if (!steps) throw new Error(`there is no story ${story}`);
  let played = await world.play(steps, `${part}:${stage}:${order}`);
  for (let tries = 1; tries < TRIES && wasMissed(played); tries += 1)
    played = await world.play(steps, `${part}:${stage}:${order}`);
  if (wasMissed(played) && (count > 1 || isRaced)) {
    row.isMissed = true;
    return;
  }
  const verdict = verdictOf(played);
  if (typeof verdict === 'number') row.recovered[stage] = verdict;
  else row.broken.push(`${stage}: ${verdict}`);
}

/** Both parts make the keys that are missing: the other one came first, so that this write was not needed. */
const wasMissed = ({ deaths, broken }: Played): boolean => deaths.length === 0 && broken === undefined;

/** Time to recovery in ms, or what is broken. */
function verdictOf({ deaths, broken }: Played): number | string {
  if (broken !== undefined) return broken;
  const [death, ...more] = deaths;
  if (!death || more.length > 0) return `it was killed ${deaths.length} times`;
  if (death.recoveredAt === undefined) return 'nothing that needs the killed part was done after it';
  const took = death.recoveredAt - death.at;
  return took > RECOVERY_MS ? `it took ${Math.round(took)} ms` : took;
}

const cell = (row: Row, stage: Stage): string => {
  const took = row.recovered[stage];
  if (took !== undefined) return `${(took / 1_000).toFixed(1)} s`;
  return row.isMissed ? 'not reached' : 'BROKEN';
};

const nameOf = ({ part, site, target, count }: Point): string =>
  [part.padEnd(10), `${target} #${count}`.padEnd(58), site.at.padEnd(38)].join(' ');

function print(row: Row): void {
  const cells = STAGES.map((stage) => cell(row, stage).padEnd(11));
  console.log([nameOf(row.point), ...cells, row.point.story].join(' '));
  for (const words of row.broken) console.log(`  ${words}`);
}

async function work(world: World, queue: Point[], rows: Row[]): Promise<void> {
  for (let point = queue.shift(); point; point = queue.shift()) {
    const row: Row = { point, recovered: {}, broken: [], isMissed: false };
    for (const stage of STAGES) await kill(world, row, stage);
    rows.push(row);
    print(row);
  }
}

/** The oracle's verdict on what happened on each control plane. @returns the number of violations */
async function judge(worlds: readonly World[]): Promise<number> {
  let violations = 0;
  for (const line of ORACLE_LEGEND) console.log(line);
  for (const [lane, { cluster }] of worlds.entries()) {
    const verdict = await checkAuditLog(cluster.plane.auditLog);
    violations += verdict.violations.length;
    console.log(`audit oracle: ${describeVerdict(`control plane ${lane + 1}`, verdict)}`);
  }
  return violations;
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
  const header = ['part'.padEnd(10), 'write'.padEnd(58), 'from'.padEnd(38), 'before'.padEnd(11)];
  console.log([...header, 'after'.padEnd(11), 'story'].join(' '));
  await Promise.all(worlds.map((world) => work(world, queue, rows)));
  const bad = rows.filter((row) => row.broken.length > 0).length + broken.length + (await judge(worlds));
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
