// When one request takes another one's place, how long a "no" is remembered, and whether the policies behind a request
// still mean the same. Compares sealed specs only; names and statuses of strangers decide nothing.
import type { ApprovalRequestSpec, ApprovalRequestStatus, DiffEntry } from '../../api/approval-request.ts';
import { FINGERPRINT_VERSION, fingerprintVersion, isCurrentVersion } from '../change/fingerprint.ts';
import { isSameAccess } from '../grant/rules.ts';
import { line } from '../message/plain-text.ts';
import { parseInstant } from './instant.ts';
import type { RequestFacts } from './state.ts';

/**
 * Whether `newer` takes the place of `older`: the same agent, object and operation, overlapping paths, and `older` is
 * still pending. A new commit, or the object moved on; changes of other paths stand side by side.
 */
export function supersedes(newer: RequestFacts, older: RequestFacts): boolean {
  const [after, before] = [parseInstant(newer.spec.requestedAt), parseInstant(older.spec.requestedAt)];
  return (
    (older.status?.state ?? 'Pending') === 'Pending' &&
    after !== undefined &&
    before !== undefined &&
    before < after &&
    newer.metadata.uid !== older.metadata.uid &&
    newer.spec.fingerprint !== older.spec.fingerprint &&
    // Without a name each create makes its own object: those stand side by side.
    newer.spec.change?.name !== '' &&
    isSameQuestion(newer.spec, older.spec) &&
    overlap(newer.spec.change, older.spec.change)
  );
}

/**
 * Whether two requests ask about the same agent, object and operation, whatever the content. A refusal is remembered by
 * it: a changed annotation does not reopen the question.
 */
export function isSameQuestion(a: ApprovalRequestSpec, b: ApprovalRequestSpec): boolean {
  const [one, other] = [a.change, b.change];
  if (a.cluster !== b.cluster || a.requester.username !== b.requester.username) return false;
  if (one === undefined || other === undefined)
    return a.access !== undefined && b.access !== undefined && isSameAccess(a.access, b.access);
  return (
    (['operation', 'group', 'resource', 'subresource', 'namespace', 'name'] as const).every(
      (key) => one[key] === other[key],
    ) && (one.generateName ?? '') === (other.generateName ?? '')
  );
}

/** Until when the refusal of a request is remembered. Epoch ms; undefined when it was not denied. */
export function rememberedUntil(request: RequestFacts): number | undefined {
  if (request.status?.state !== 'Denied') return undefined;
  const denial = request.status.decisions?.findLast((one) => one.verdict === 'Deny');
  const at = parseInstant(denial?.at);
  return at === undefined ? undefined : at + request.spec.coolDownSeconds * 1_000;
}

/** The policy that no longer means what it did. */
export interface PolicyChange {
  readonly policy: string;
  /** A phrase for people, such as `policy prod changed since the request was made`. */
  readonly words: string;
}

/**
 * The first policy of a request that changed its meaning or is gone; undefined when all stand.
 * @param live digest of each live policy by name; undefined or missing when it is gone
 */
export function policiesChanged(
  request: { readonly spec: Pick<ApprovalRequestSpec, 'policies'> },
  live: ReadonlyMap<string, string | undefined>,
): PolicyChange | undefined {
  const changed = request.spec.policies.find((policy) => live.get(policy.name) !== policy.digest);
  if (!changed) return undefined;
  const what = live.get(changed.name) === undefined ? 'was deleted' : 'changed';
  return {
    policy: changed.name,
    words: `policy ${line(changed.name, 120)} ${what} since the request was made`,
  };
}

/** What stands in `supersededBy` where nobody took the place of a request: Assent itself ended it. */
export const ENDED_BY_ASSENT = 'assent';

/**
 * Why a request no longer binds anything although nobody changed it: an earlier version of Assent made its fingerprint.
 * A phrase for people; undefined when it is of today's version.
 */
export function versionChanged(request: {
  readonly spec: Pick<ApprovalRequestSpec, 'fingerprint'>;
}): string | undefined {
  const { fingerprint } = request.spec;
  if (isCurrentVersion(fingerprint)) return undefined;
  const made = line(fingerprintVersion(fingerprint), 16);
  return `Assent was upgraded and compares changes in a new way (${FINGERPRINT_VERSION}, the request was made under ${made})`;
}

/** Whether nothing took the place of a superseded request: a policy changed, or Assent ended it. Then it is told why. */
export function hasNoSuccessor({ spec, status }: Pick<RequestFacts, 'spec' | 'status'>): boolean {
  const by = status?.supersededBy;
  return by === ENDED_BY_ASSENT || spec.policies.some((policy) => policy.name === by);
}

/** Why a request was superseded, as a phrase for people: its line of the record says it best. */
export function supersededBecause({ outbox, supersededBy }: ApprovalRequestStatus): string {
  const told = outbox?.findLast((entry) => entry.type === 'superseded')?.note;
  return told ?? `${line(supersededBy ?? 'another request', 253)} took its place`;
}

type Paths = { readonly diff: readonly Pick<DiffEntry, 'path'>[]; readonly cut: number };

/** Without paths, or with some left out, a change may touch anything, so it overlaps with everything. */
function overlap(a: Paths | undefined, b: Paths | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if ([a, b].some((change) => change.cut > 0 || change.diff.length === 0)) return true;
  return a.diff.some((one) =>
    b.diff.some((other) => within(one.path, other.path) || within(other.path, one.path)),
  );
}

/** Whether `path` is `parent` or below it. */
function within(path: string, parent: string): boolean {
  if (parent === '' || path === parent) return true;
  return path.startsWith(parent) && /[.[]/.test(path.charAt(parent.length));
}
