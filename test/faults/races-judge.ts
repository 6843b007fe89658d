// Judges a block of races from the API server's audit log: the oracle's verdicts on INV-1 and INV-2, the life of each
// approval, and whether the last submissions were denied although their approval was provably unused.
import { approvalsOf, endsOf, type ApprovalLife, type Approvals } from '../../tools/audit/approvals.ts';
import { readAuditLog } from '../../tools/audit/check.ts';
import type { Deed } from '../../tools/audit/deed.ts';
import { judge } from '../../tools/audit/verdict.ts';
import { agentName, type Ran } from './races-run.ts';

/** Sums over races. */
export interface Tally {
  readonly runs: number;
  readonly double: number;
  readonly lost: number;
  /** Races that came to no end, violations of INV-1, processes that ended by themselves. */
  readonly broken: number;
  readonly submissions: number;
  /** Races with more than thirty submissions. */
  readonly crowds: number;
  /** Races in which another writer wrote between two reviews of a request, or between a client's read and its write. */
  readonly overtaken: number;
  /** Races in which a compare-and-swap on the approval was lost. */
  readonly swapped: number;
  /** Races with either. */
  readonly conflicts: number;
  readonly used: number;
  readonly readmitted: number;
  readonly released: number;
  readonly burnt: number;
  /** Gates that were killed, and other faults that struck. */
  readonly kills: number;
  readonly faults: number;
}

/** A tally with what went wrong, each with the seed that repeats it. */
export interface Judged {
  readonly tally: Tally;
  readonly failures: readonly { readonly seed: number; readonly what: string }[];
}

/** The empty sum. */
export const NOTHING: Tally = {
  runs: 0,
  double: 0,
  lost: 0,
  broken: 0,
  submissions: 0,
  crowds: 0,
  overtaken: 0,
  swapped: 0,
  conflicts: 0,
  used: 0,
  readmitted: 0,
  released: 0,
  burnt: 0,
  kills: 0,
  faults: 0,
};

/** Adds two sums. */
export function sum(a: Tally, b: Tally): Tally {
  const keys = Object.keys(NOTHING) as (keyof Tally)[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as unknown as Tally;
}

interface Facts {
  readonly approvals: Approvals;
  readonly lives: ReadonlyMap<string, ApprovalLife>;
  /** Deeds by user agent. */
  readonly deeds: ReadonlyMap<string, readonly Deed[]>;
}

/**
 * Judges the races of one log.
 * @throws Error when the log cannot be read
 */
export async function judgeRaces(auditLog: string, races: readonly Ran[]): Promise<Judged> {
  const { deeds, unreadable } = await readAuditLog(auditLog);
  const approvals = approvalsOf(deeds);
  const facts: Facts = {
    approvals,
    lives: new Map(approvals.lives.map((life) => [life.name, life])),
    deeds: Map.groupBy(deeds, (deed) => deed.userAgent),
  };
  const failures: { seed: number; what: string }[] = [];
  let tally = NOTHING;
  const doubles = new Set<number>();
  for (const ran of races) {
    const one = judgeRace(ran, facts);
    tally = sum(tally, one.tally);
    for (const what of one.failures) failures.push({ seed: ran.race.seed, what });
    if (one.tally.double > 0) doubles.add(ran.race.seed);
  }
  const byId = new Map(deeds.map((deed) => [deed.id, deed]));
  for (const { invariant, auditID, sentence } of [...unreadable, ...judge(deeds).violations]) {
    const seed = Number(/^races\/(\d+)\//.exec(byId.get(auditID)?.userAgent ?? '')?.[1] ?? -1);
    failures.push({ seed, what: `${invariant}: ${sentence}` });
    if (invariant !== 'INV-2') tally = sum(tally, { ...NOTHING, broken: 1 });
    else if (!doubles.has(seed)) {
      doubles.add(seed);
      tally = sum(tally, { ...NOTHING, double: 1 });
    }
  }
  return { tally, failures };
}

function judgeRace(ran: Ran, { approvals, lives, deeds }: Facts): { tally: Tally; failures: string[] } {
  const { race, request, sent, reviews } = ran;
  const life = lives.get(request);
  if (!life) return { tally: { ...NOTHING, runs: 1, broken: 1 }, failures: [`the log knows no ${request}`] };
  const raced = deeds.get(agentName(race.seed, 'race')) ?? [];
  const lost = (deeds.get(agentName(race.seed, 'probe')) ?? []).flatMap(
    (deed) => approvals.lostBy(deed) ?? [],
  );
  const isDouble = life.executions > 1;
  const ends = endsOf(life);
  const isOvertaken =
    reviews > sent || raced.some((deed) => deed.code === 409 && deed.operation === 'UPDATE');
  const isSwapped = life.lostSwaps > 0;
  const failures = lost.map((words) => `lost: ${words}`);
  if (isDouble) failures.push(`double: ${request} had ${life.executions} executions`);
  const tally: Tally = {
    ...NOTHING,
    runs: 1,
    double: Number(isDouble),
    lost: Number(lost.length > 0),
    submissions: sent,
    crowds: Number(race.submissions > 30),
    overtaken: Number(isOvertaken),
    swapped: Number(isSwapped),
    conflicts: Number(isOvertaken || isSwapped),
    used: Number(life.effects.length > 0),
    ...ends,
    faults: Number(race.fault.kind !== 'none' && race.fault.kind !== 'kill'),
  };
  return { tally, failures };
}
