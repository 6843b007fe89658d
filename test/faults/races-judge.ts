// Judges a block of races from the API server's audit log: the oracle's verdicts on INV-1 and INV-2, the life of each
// approval, and whether the last submissions were denied although their approval was provably unused.
import { approvalsOf, endsOf, type ApprovalLife, type Approvals } from '../../tools/audit/approvals.ts';
import { readAuditLog } from '../../tools/audit/check.ts';
import type { Deed } from '../../tools/audit/deed.ts';
import { judge, type Violation } from '../../tools/audit/verdict.ts';
import { hasClocks, nameOfFault, type Block } from './races-plan.ts';
import { agentName, type Ran } from './races-run.ts';

/** What came of one race; numbers are 0 or 1 unless said otherwise, so that they can be added up. */
export interface Score {
  readonly seed: number;
  readonly kind: string;
  /** What struck, as {@link nameOfFault} has it. */
  readonly fault: string;
  readonly gates: number;
  /** How many there were. */
  readonly submissions: number;
  /** Another writer wrote between two reviews of a request, or between a client's read and its write. */
  readonly overtaken: number;
  /** A compare-and-swap on the approval was lost after it was approved. */
  readonly swapped: number;
  /** Either. */
  readonly conflict: number;
  /** Something came of the approval. */
  readonly used: number;
  /** Reservations under which more was admitted, how many. */
  readonly readmitted: number;
  /** Reservations that were proved to have done nothing, so that the approval was reserved again, how many. */
  readonly released: number;
  readonly burnt: number;
  readonly double: number;
  readonly lost: number;
  /** The oracle saw a change that rested on no approval, or not on its own (INV-1). */
  readonly unapproved: number;
}

/** Something went wrong in the race of a seed; -1 when the log does not tell which. */
export interface Failure {
  readonly seed: number;
  readonly what: string;
}

/** The scores of races that came to an end, and what went wrong. */
export interface Judged {
  readonly scores: readonly Score[];
  readonly failures: readonly Failure[];
  /** Changes that came about and that the oracle held against their approvals, how many. */
  readonly admitted: number;
}

/** What the API server says of a block. */
export interface Log {
  /** Path of its audit log. */
  readonly auditLog: string;
  /** ApprovalRequests in the end, by name: a server that is killed may not log the write before. */
  readonly stored: ReadonlyMap<string, unknown>;
}

interface Facts {
  readonly approvals: Approvals;
  readonly lives: ReadonlyMap<string, ApprovalLife>;
  /** Deeds by user agent. */
  readonly deeds: ReadonlyMap<string, readonly Deed[]>;
  /** Seeds of races in which the oracle saw an approval used twice. */
  readonly doubles: ReadonlySet<number>;
  /** Seeds of races in which it saw a change without its approval. */
  readonly unapproved: ReadonlySet<number>;
}

/**
 * Judges the races of one log.
 * @throws Error when the log cannot be read
 */
export async function judgeRaces(log: Log, races: readonly Ran[], block: Block): Promise<Judged> {
  const { deeds, unreadable } = await readAuditLog(log.auditLog);
  const approvals = approvalsOf(deeds, log.stored);
  const byId = new Map(deeds.map((deed) => [deed.id, deed]));
  const seedOf = (id: string) => Number(/^races\/(\d+)\//.exec(byId.get(id)?.userAgent ?? '')?.[1] ?? -1);
  const verdict = judge(deeds, { clocks: hasClocks(block.mood) ? 'wrong' : 'right' });
  const violations = [...unreadable, ...verdict.violations];
  const failures: Failure[] = violations.map(({ invariant, auditID, sentence }) => ({
    seed: seedOf(auditID),
    what: `${invariant}: ${sentence}`,
  }));
  const seedsOf = (broken: Violation['invariant']): Set<number> =>
    new Set(violations.flatMap(({ invariant, auditID }) => (invariant === broken ? [seedOf(auditID)] : [])));
  const facts: Facts = {
    approvals,
    lives: new Map(approvals.lives.map((life) => [life.name, life])),
    deeds: Map.groupBy(deeds, (deed) => deed.userAgent),
    doubles: seedsOf('INV-2'),
    unapproved: seedsOf('INV-1'),
  };
  const scores = races.flatMap((ran) => {
    const life = facts.lives.get(ran.request);
    if (!life) {
      failures.push({ seed: ran.race.seed, what: `the log knows no ${ran.request}` });
      return [];
    }
    const { score, wrong } = scoreOf(ran, life, facts, block);
    for (const what of wrong) failures.push({ seed: ran.race.seed, what });
    return [score];
  });
  return { scores, failures, admitted: verdict.counts.admitted };
}

function scoreOf(
  ran: Ran,
  life: ApprovalLife,
  facts: Facts,
  block: Block,
): { score: Score; wrong: string[] } {
  const { race, sent, reviews } = ran;
  const raced = facts.deeds.get(agentName(race.seed, 'race')) ?? [];
  const probes = facts.deeds.get(agentName(race.seed, 'probe')) ?? [];
  const clocks = hasClocks(block.mood) ? 'wrong' : 'right';
  const wrong = probes
    .flatMap((deed) => facts.approvals.lostBy(deed, clocks) ?? [])
    .map((words) => `lost: ${words}`);
  const lost = Number(wrong.length > 0);
  if (life.executions > 1) wrong.push(`double: ${life.name} had ${life.executions} executions`);
  const isOvertaken =
    reviews > sent || raced.some(({ code, operation }) => code === 409 && operation === 'UPDATE');
  const isSwapped = life.lostSwaps > 0;
  const score: Score = {
    seed: race.seed,
    kind: race.kind,
    fault: nameOfFault(race, block.mood),
    gates: block.gates,
    submissions: sent,
    overtaken: Number(isOvertaken),
    swapped: Number(isSwapped),
    conflict: Number(isOvertaken || isSwapped),
    used: Number(life.effects.length > 0),
    ...endsOf(life),
    double: Number(life.executions > 1 || facts.doubles.has(race.seed)),
    lost,
    unapproved: Number(facts.unapproved.has(race.seed)),
  };
  return { score, wrong };
}
