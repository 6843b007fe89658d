// Whether a request that was answered with yes changed anything. Proven from resourceVersions: they come from one counter,
// so one that was already handed out before a request arrived cannot be that request's doing.
import type { Deed, Outcome } from './deed.ts';

/** `unknown`: the log holds no body (Secrets), so it cannot be told. */
type Effect = 'changed' | 'unchanged' | 'unknown';

/** Tells the effect of any deed of one log. */
export interface EffectLedger {
  of(deed: Deed): Effect;
  /** Whether somebody else changed the object between two moments. Microseconds. */
  changedBetween(uid: string, from: number, to: number, except: ReadonlySet<string>): boolean;
}

interface Version {
  readonly deed: Deed;
  readonly outcome: Outcome;
}

/** Greatest version handed out before a moment: sorted times with the running maximum. */
function handedOut(deeds: readonly Deed[]): (moment: number) => bigint {
  const sorted = deeds
    .filter((deed) => deed.outcome !== undefined && deed.outcome.version > 0n)
    .sort((a, b) => a.completed - b.completed);
  const times = sorted.map((deed) => deed.completed);
  const greatest: bigint[] = [];
  for (const deed of sorted) {
    const before = greatest.at(-1) ?? 0n;
    const version = deed.outcome?.version ?? 0n;
    greatest.push(version > before ? version : before);
  }
  return (moment) => {
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((times[middle] ?? 0) < moment) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? 0n : (greatest[low - 1] ?? 0n);
  };
}

function versionsByObject(deeds: readonly Deed[]): Map<string, Version[]> {
  const versions = new Map<string, Version[]>();
  for (const deed of deeds) {
    if (deed.outcome === undefined || deed.outcome.version === 0n || deed.dryRun) continue;
    const known = versions.get(deed.outcome.uid) ?? [];
    known.push({ deed, outcome: deed.outcome });
    versions.set(deed.outcome.uid, known);
  }
  for (const known of versions.values()) {
    known.sort((a, b) => {
      const apart = a.outcome.version - b.outcome.version;
      return apart === 0n ? a.deed.completed - b.deed.completed : Number(apart);
    });
  }
  return versions;
}

/**
 * Whether only ownership and bookkeeping moved, which DESIGN 2 calls a no-op as well; undefined when nothing before it is
 * known. A Scale shows the replicas of the object alone, so it is compared by them.
 */
function isBookkeeping(outcome: Outcome, before: readonly Outcome[]): boolean | undefined {
  const last = before.at(-1);
  if (last === undefined) return undefined;
  if (outcome.isScale) return outcome.replicas === last.replicas;
  const index = before.findLastIndex((one) => !one.isScale);
  const whole = before[index];
  const scaled = before.slice(index + 1).some((one) => one.replicas !== whole?.replicas);
  return !scaled && whole?.digest === outcome.digest;
}

/** @param deeds every deed of one log, in any order. */
export function effectLedger(deeds: readonly Deed[]): EffectLedger {
  const greatestBefore = handedOut(deeds);
  const versions = versionsByObject(deeds);

  const ofUpdate = (deed: Deed): Effect => {
    const { outcome } = deed;
    if (outcome === undefined || outcome.version === 0n) return 'unknown';
    if (outcome.version <= greatestBefore(deed.received)) return 'unchanged';
    const known = versions.get(outcome.uid) ?? [];
    const first = known.find((entry) => entry.outcome.version === outcome.version);
    if (first !== undefined && first.deed.id !== deed.id) return 'unchanged';
    const before = known.map((entry) => entry.outcome).filter((one) => one.version < outcome.version);
    const bookkeeping = isBookkeeping(outcome, before);
    if (bookkeeping !== undefined) return bookkeeping ? 'unchanged' : 'changed';
    return deed.gate.decision === 'noop' ? 'unknown' : 'changed';
  };

  const ofDelete = (deed: Deed): Effect => {
    if (deed.collection) {
      if (deed.items === undefined) return 'unknown';
      return deed.items.length > 0 ? 'changed' : 'unchanged';
    }
    const version = deed.outcome?.version ?? 0n;
    return version > 0n && version <= greatestBefore(deed.received) ? 'unchanged' : 'changed';
  };

  return {
    of(deed) {
      // The last finalizer went: the answer still carries the version of before.
      if (deed.outcome?.removed === true) return 'changed';
      if (deed.operation === 'UPDATE') return ofUpdate(deed);
      return deed.operation === 'DELETE' ? ofDelete(deed) : 'changed';
    },
    changedBetween(uid, from, to, except) {
      return (versions.get(uid) ?? []).some(
        ({ deed }) =>
          !except.has(deed.id) && deed.completed > from && deed.received < to && ofUpdate(deed) === 'changed',
      );
    },
  };
}
