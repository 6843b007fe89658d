// How far `make model` and `make test` explore, for each of the eight kinds of change.
import type { ChangeKind } from '../../src/domain/change/change.ts';
import type { Bounds } from './world.ts';

/** One exploration. */
export type Scope = Bounds;

/**
 * Points in time, seconds from the start. A request is pending for 75 s, an approval usable for 80 s, a refusal remembered
 * for 20 s; windows are 40 s and 5 s long: so there is a point on either side of every end.
 */
const TIMES = [0, 30, 60, 90];

type Named = Readonly<Record<string, Omit<Bounds, 'kind'>>>;

const FULL: Named = {
  // The use of an approval, over all of its time, with one trouble.
  use: { from: 'approved', sends: 2, approvals: 1, says: 2, trouble: 1, times: TIMES },
  // The same at once, with two troubles.
  storm: { from: 'approved', sends: 2, approvals: 1, says: 2, trouble: 2, times: [0] },
  // Deciding, counting and using side by side, with one trouble.
  decide: { from: 'open', sends: 1, approvals: 1, says: 2, trouble: 1, times: [0, 90] },
  // A used approval, the next request for the same change, its approval, its use.
  next: { from: 'approved', sends: 3, approvals: 2, says: 2, trouble: 0, times: [0, 90] },
};

/** What is burnt on its first use needs no time to be spent. */
const BURNT: ReadonlySet<ChangeKind> = new Set(['create', 'connect', 'portforward', 'token']);

/** What `make model` explores of a kind of change. */
export const fullScopes = (kind: ChangeKind): readonly Scope[] =>
  Object.entries(FULL).map(([name, scope]) => {
    const times = name === 'next' && BURNT.has(kind) ? [0] : scope.times;
    return { ...scope, times, kind };
  });

/** What `make test` explores. */
export const THIN: Named = {
  use: { from: 'approved', sends: 2, approvals: 1, says: 2, trouble: 0, times: [0, 30, 60] },
  race: { from: 'approved', sends: 2, approvals: 1, says: 2, trouble: 1, times: [0] },
  next: { from: 'approved', sends: 2, approvals: 2, says: 2, trouble: 0, times: [0, 30] },
  decide: { from: 'open', sends: 1, approvals: 1, says: 2, trouble: 0, times: [0, 30] },
};
