// One kill -9 and what came of it, for the targets that kill: the stories are played once to list their writes, then again
// with a kill before and after each; the audit oracle judges the log of every control plane (INV-1, INV-2).
import { checkAuditLog, describeVerdict } from '../../tools/audit/check.ts';
import { ORACLE_LEGEND } from '../../tools/proofs/catalogue.ts';
import type { Point, Told } from './kills-plan.ts';
import { RECOVERY_MS, type Played, type Story, type World } from './kills-world.ts';

const STAGES = ['before', 'after'] as const;
type Stage = (typeof STAGES)[number];
/** Plays until a write comes for which both parts race. */
const TRIES = 5;

/** Stories by name. */
export type Stories = Readonly<Record<string, Story>>;

/** What came of the kills at one point. */
export interface Row {
  readonly point: Point;
  /** ms from the kill to the first step that needs the killed part and is done. */
  readonly recovered: Partial<Record<Stage, number>>;
  readonly broken: string[];
  /** A write that came this time less often than when it was listed; the first of its kind always comes, unless both race. */
  isMissed: boolean;
}

/** Plays each story once without a kill, and lists its writes. */
export async function toldBy(
  world: World,
  stories: Stories,
): Promise<{ readonly told: readonly Told[]; readonly broken: readonly string[] }> {
  const told: Told[] = [];
  const broken: string[] = [];
  for (const [story, steps] of Object.entries(stories)) {
    const played = await world.play(steps);
    if (played.broken !== undefined) broken.push(`${story}, without a kill: ${played.broken}`);
    told.push({ story, writes: played.told });
  }
  return { told, broken };
}

/** Kills before and after the write of one point. */
export async function killAt(world: World, point: Point, stories: Stories): Promise<Row> {
  const row: Row = { point, recovered: {}, broken: [], isMissed: false };
  for (const stage of STAGES) await kill(world, row, stage, stories);
  return row;
}

async function kill(world: World, row: Row, stage: Stage, stories: Stories): Promise<void> {
  const { story, part, order, count, isRaced } = row.point;
  const steps = stories[story];
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

/** A point as the table has it, without what came of it. */
export const nameOf = ({ part, site, target, count }: Point): string =>
  [part.padEnd(10), `${target} #${count}`.padEnd(58), site.at.padEnd(38)].join(' ');

/** The line above the table. */
export function printHeader(): void {
  const header = ['part'.padEnd(10), 'write'.padEnd(58), 'from'.padEnd(38), 'before'.padEnd(11)];
  console.log([...header, 'after'.padEnd(11), 'story'].join(' '));
}

/** A line of the table. */
export function print(row: Row): void {
  const cells = STAGES.map((stage) => cell(row, stage).padEnd(11));
  console.log([nameOf(row.point), ...cells, row.point.story].join(' '));
  for (const words of row.broken) console.log(`  ${words}`);
}

/** The oracle's verdict on what happened on each control plane. @returns the number of violations */
export async function judge(logs: readonly string[]): Promise<number> {
  let violations = 0;
  for (const line of ORACLE_LEGEND) console.log(line);
  for (const [lane, log] of logs.entries()) {
    const verdict = await checkAuditLog(log);
    violations += verdict.violations.length;
    console.log(`audit oracle: ${describeVerdict(`control plane ${lane + 1}`, verdict)}`);
  }
  return violations;
}
