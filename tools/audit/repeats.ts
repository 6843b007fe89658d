// INV-2: how often one approval was used. DESIGN 5 lets a few repeats through for 40 s, since one command may be several
// requests; everything else that uses an approval twice is a violation.
import type { Deed } from './deed.ts';
import type { EffectLedger } from './effect.ts';
import { isEviction, uidOf, type Objects } from './objects.ts';

/** A change that was let through by an approval. */
export interface Use {
  readonly deed: Deed;
  readonly request: string;
}

/** A use after the first. `problem` is undefined when it is allowed. */
export interface Repeat {
  readonly deed: Deed;
  readonly problem: string | undefined;
}

const WINDOW_MICROS = 40_000_000;
/** kubectl port-forward tries WebSocket, then SPDY. */
const PORT_FORWARD_MICROS = 5_000_000;

function isOther(first: Deed, later: Deed, objects: Objects): boolean {
  const [one, other] = [uidOf(first, objects), uidOf(later, objects)];
  // Both are of one request, so the log tells both or neither, unless the pod was never seen.
  return one !== undefined && other !== undefined && one !== other;
}

/** Access says little of what is done with it; its one use is one change. */
export const isUnderGrant = ({ gate }: Deed): boolean => gate.grant !== '' && gate.grant === gate.request;

const isOtherChange = (first: Deed, later: Deed): boolean =>
  isUnderGrant(later) && later.gate.fingerprint !== first.gate.fingerprint;

function problemOf(
  first: Deed,
  later: Deed,
  objects: Objects,
  isReverted: () => boolean,
): string | undefined {
  const { operation, target } = later;
  const apart = later.received - first.completed;
  if (operation === 'CONNECT' && target.subresource === 'portforward') {
    return apart > PORT_FORWARD_MICROS ? 'more than 5 s after the first' : undefined;
  }
  if (operation !== 'UPDATE' && operation !== 'DELETE' && !isEviction(later)) return `a second ${operation}`;
  if (apart > WINDOW_MICROS) return 'more than 40 s after the first';
  if (isOtherChange(first, later)) return 'for another change';
  if (isOther(first, later, objects)) return 'on another object';
  return operation === 'UPDATE' && !isReverted() ? 'although nobody had changed the object back' : undefined;
}

/** Judges the uses of one approval, in order of completion. */
export function repeats(uses: readonly Use[], ledger: EffectLedger, objects: Objects): Repeat[] {
  const [first, ...rest] = uses;
  if (first === undefined) return [];
  const own = new Set(uses.map((use) => use.deed.id));
  return rest.map(({ deed, request }, index) => {
    const previous = uses[index]?.deed ?? first.deed;
    const uid = deed.outcome?.uid;
    const isReverted = () =>
      // Without a body (Secrets) a second write cannot be told from a no-op.
      uid === undefined || ledger.changedBetween(uid, previous.received, deed.completed, own);
    const problem = problemOf(first.deed, deed, objects, isReverted);
    return {
      deed,
      problem:
        problem === undefined
          ? undefined
          : `ApprovalRequest ${request} was used again, ${problem} (first: ${first.deed.id})`,
    };
  });
}
