// Approvals of the same agent for the same object that do not fit the change that is sent now, and what sets the two apart:
// told to the agent, who may believe that one fits, and to the approver, who may believe to have approved this already.
import type {
  ApprovalRequest,
  ApprovalRequestSpec,
  DiffEntry,
  RequestedChange,
} from '../api/approval-request.ts';
import { isCurrentVersion } from '../domain/change/fingerprint.ts';
import { parseInstant } from '../domain/request/instant.ts';
import { supersedes } from '../domain/request/supersede.ts';
import { isSealedRequest } from '../domain/request/verify.ts';
import type { AskInput } from './ask.ts';
import { reviewKey, type GateFacts, type SlimRequest } from './facts.ts';
import type { GateApi } from './ports.ts';
import type { Sealer } from './reserve.ts';

/** What looking for them needs. */
export interface OtherPorts {
  readonly api: GateApi;
  readonly facts: GateFacts;
  readonly sealer: Sealer;
}

/**
 * An approval of another change by the same agent to the same object.
 * @throws when the cluster does not answer
 */
export async function approvedOther(
  input: AskInput,
  fingerprint: string,
  ports: OtherPorts,
): Promise<ApprovalRequest | undefined> {
  const slim = ofObject(input, ports).find(
    (one) => one.state === 'Approved' && one.fingerprint !== fingerprint && isCurrentVersion(one.fingerprint),
  );
  const request = await live(slim, input, ports);
  return request?.status?.state === 'Approved' ? request : undefined;
}

/**
 * The newest request about the same object whose fingerprint an earlier version of Assent made, while it would still wait
 * or could still be used: it cannot be found by the fingerprint of today, and so admits nothing.
 * @throws when the cluster does not answer
 */
export async function ofOtherVersion(
  input: AskInput,
  ports: OtherPorts,
): Promise<ApprovalRequest | undefined> {
  const [slim] = ofObject(input, ports)
    .filter((one) => !isCurrentVersion(one.fingerprint) && MAY_BE_COUNTED_ON.has(one.state))
    .toSorted((a, b) => (a.created < b.created ? 1 : -1));
  const request = await live(slim, input, ports);
  const end = request?.status?.usableUntil ?? request?.spec.expiresAt;
  return input.now < (parseInstant(end) ?? 0) ? request : undefined;
}

/**
 * A pending request about the same object, whose place this one takes.
 * @throws when the cluster does not answer
 */
export async function pendingBefore(
  request: ApprovalRequest,
  input: AskInput,
  ports: OtherPorts,
): Promise<ApprovalRequest | undefined> {
  const slim = ofObject(input, ports)
    .filter(({ state, name }) => state === 'Pending' && name !== request.metadata.name)
    .toSorted((a, b) => (a.created < b.created ? 1 : -1))[0];
  const other = await live(slim, input, ports);
  return other && supersedes(request, other) ? other : undefined;
}

const MAY_BE_COUNTED_ON: ReadonlySet<string> = new Set(['Pending', 'Approved', 'Superseded']);

function ofObject({ review }: AskInput, { facts }: OtherPorts): readonly SlimRequest[] {
  return facts.requestsByObject(review.userInfo.username, reviewKey(review));
}

async function live(slim: SlimRequest | undefined, { signal }: AskInput, { api, sealer }: OtherPorts) {
  const request = slim && (await api.getRequest(slim.name, signal));
  return request !== undefined && isSealedRequest(request, sealer.verify) ? request : undefined;
}

/** What sets two changes apart: paths of their masked diffs, or words where those look alike and so cannot tell. */
export function whatDiffers(
  { change: approved }: Pick<ApprovalRequestSpec, 'change'>,
  { change: submitted }: Pick<ApprovalRequestSpec, 'change'>,
  bindsObject: boolean,
): string[] {
  if (approved === undefined || submitted === undefined) return ['what it is about: a change, and access'];
  const text = (entries: readonly DiffEntry[]) =>
    new Map(entries.map((entry) => [entry.path, JSON.stringify(entry)]));
  const [a, b] = [text(approved.diff), text(submitted.diff)];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
  if (paths.length > 0) return paths;
  if (approved.objectUid !== submitted.objectUid) return ['the object itself, it was deleted and made again'];
  const hidden = HIDDEN.filter(([, hides]) => hides(submitted, bindsObject)).map(([words]) => words);
  return hidden.length > 0 ? hidden : ['what the paths do not show'];
}

type Hides = (change: RequestedChange, bindsObject: boolean) => boolean;

/** What two changes may differ in although their diffs look alike. */
const HIDDEN: readonly (readonly [words: string, hides: Hides])[] = [
  ['values that are masked', ({ masked }) => masked > 0],
  ['changed paths that are not stored', ({ cut }) => cut > 0],
  ['the images that run in the pod', ({ operation }) => operation === 'CONNECT'],
  [
    'the rest of a list whose elements count by their place',
    ({ diff }) => diff.some(({ path }) => /\[[0-9]+\]/.test(path)),
  ],
  ['the rest of the object, which this approval is bound to as well', (_, bindsObject) => bindsObject],
];
