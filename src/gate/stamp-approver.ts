// The stamp on Approvers: who wrote this version, so that an older one which is put back is not believed (INV-3).
import { createHash } from 'node:crypto';
import type { ApproverSpec } from '../api/approver.ts';
import type { Seal } from '../api/primitives.ts';
import { canonicalJson, type Json } from '../domain/change/json.ts';
import type { Review } from '../domain/change/review.ts';
import { machineKind } from '../domain/identity/person.ts';
import { instant } from '../domain/request/instant.ts';
import { approverSealBytes, toJson } from '../domain/request/sealed.ts';
import type { Sealer } from './reserve.ts';
import { refuseStamp, type PatchOperation, type StampOutcome } from './stamp-outcome.ts';

/** Stamps an Approver, or refuses it. */
export function stampApprover(review: Review, spec: ApproverSpec, sealer: Sealer, now: number): StampOutcome {
  const words = machineKind(review.userInfo);
  if (words) return refuseStamp('refused: only people write Approvers');
  // The seal binds the name, and the API server makes up a name only after this webhook.
  if (review.name === '')
    return refuseStamp('refused: an Approver needs a name; generateName gives it none yet');
  const { stamp: given, ...identity } = spec;
  const old = review.oldObject?.['spec'] as unknown as ApproverSpec | undefined;
  if (old && isSame(identity, withoutStamp(old))) {
    // Nothing that is sealed changes: the stamp of that version stays, whatever was submitted.
    return { kind: 'patch', operations: set(old.stamp, given !== undefined) };
  }
  if (review.dryRun) return { kind: 'patch', operations: set(undefined, given !== undefined) };
  const metadata = review.oldObject?.['metadata'] as
    { readonly uid?: string; readonly generation?: number } | undefined;
  const unsealed = {
    // The API server raises the generation by one when the spec changes.
    generation: (metadata?.generation ?? 0) + 1,
    uid: metadata?.uid ?? '',
    at: instant(now),
    by: review.userInfo.username,
  };
  const seal: Seal = sealer.sign(approverSealBytes(review.name, { ...identity, stamp: unsealed }));
  return { kind: 'patch', operations: set({ ...unsealed, seal }, given !== undefined) };
}

function set(stampValue: ApproverSpec['stamp'], isPresent: boolean): PatchOperation[] {
  if (stampValue) return [{ op: 'add', path: '/spec/stamp', value: stampValue }];
  return isPresent ? [{ op: 'remove', path: '/spec/stamp' }] : [];
}

function withoutStamp(spec: ApproverSpec): Omit<ApproverSpec, 'stamp'> {
  return Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'stamp')) as Omit<
    ApproverSpec,
    'stamp'
  >;
}

const isSame = (a: unknown, b: unknown): boolean => digest(toJson(a)) === digest(toJson(b));
const digest = (value: Json): string => createHash('sha256').update(canonicalJson(value)).digest('hex');
