// Whether an approval could still be used when a change rested on it: not after a denial, not after it ended (INV-1). What was
// reserved before outlives both, as DESIGN 5 has it.
import type { Deed } from './deed.ts';
import type { DecisionFact, History, RequestFact } from './history.ts';
import { at } from './value.ts';

/** Whether the clocks of gate and controller can be relied on. */
export type Clocks = 'right' | 'wrong';

const CLOSED = new Set(['Denied', 'Expired', 'Superseded', 'Withdrawn']);
const OVER = new Set([...CLOSED, 'Ended']);

const when = (micros: number): string => new Date(micros / 1000).toISOString();

/**
 * Why the approval could no longer be used when the deed came; undefined when it could.
 * @param denials by people who have a say
 */
export function ended(
  { statuses }: History,
  request: RequestFact,
  deed: Deed,
  denials: readonly DecisionFact[],
  clocks: Clocks,
): string | undefined {
  const written = statuses.get(request.uid) ?? [];
  const closed = written.find(({ state, completed }) => CLOSED.has(state) && completed <= deed.received);
  if (closed !== undefined) return `was ${closed.state} at ${when(closed.completed)}`;
  const reserved = written.find(({ isReserved }) => isReserved)?.received ?? Infinity;
  const first = Math.min(reserved, deed.received);
  const denial = denials.find(({ created }) => created < first);
  if (denial !== undefined) return `was denied by ${denial.by.username} at ${when(denial.created)}`;
  const end = written.findLast(({ usableUntil }) => !Number.isNaN(usableUntil))?.usableUntil ?? Infinity;
  return clocks === 'right' && first >= end ? `could be used until ${when(end)}` : undefined;
}

/**
 * Why access was over when the deed came; undefined when it was not. What used it up before may finish, whatever came then.
 * @param denials by people who have a say, and those by which it was taken back
 */
export function accessEnded(
  { statuses }: History,
  request: RequestFact,
  deed: Deed,
  denials: readonly DecisionFact[],
  clocks: Clocks,
): string | undefined {
  const written = statuses.get(request.uid) ?? [];
  const isOnce = at(request.access, 'once') === true;
  const used = isOnce ? written.find(({ isReserved }) => isReserved)?.received : undefined;
  const first = Math.min(used ?? Infinity, deed.received);
  const over = written.find(({ state, completed }) => OVER.has(state) && completed <= first);
  if (over !== undefined) return `was ${over.state} at ${when(over.completed)}`;
  const denial = denials.find(({ created }) => created < first);
  if (denial !== undefined) return `was taken away by ${denial.by.username} at ${when(denial.created)}`;
  const end = written.findLast(({ usableUntil }) => !Number.isNaN(usableUntil))?.usableUntil ?? Infinity;
  return clocks === 'right' && first >= end ? `lasted until ${when(end)}` : undefined;
}
