// Which denial tells the requester where their change stands: a plain "needs approval", or what became of the approval
// that they may have been counting on. Facts only; the words are made in src/domain/message.
import type {
  ApprovalRequest,
  ApprovalRequestStatus,
  DiffEntry,
  RequestedChange,
} from '../api/approval-request.ts';
import { objectName } from '../domain/change/source.ts';
import type { DenialFacts, OpenRequest, Refusal } from '../domain/message/denial.ts';
import { notBefore, parseInstant } from '../domain/request/instant.ts';
import { rememberedUntil, supersededBecause } from '../domain/request/supersede.ts';
import { isSealedRequest } from '../domain/request/verify.ts';
import type { AskInput, AskPorts, Fingerprinted } from './ask.ts';
import { objectKey } from './facts.ts';

/** The finished request before a new one, and why it was set aside although its status looked usable. */
interface Before {
  readonly request: ApprovalRequest;
  readonly objection: string | undefined;
}

interface Context {
  readonly input: AskInput;
  readonly known: Fingerprinted;
  readonly ports: AskPorts;
}

/** The denial for a change whose request is pending. */
export async function denialFor(
  request: ApprovalRequest,
  last: Before | undefined,
  context: Context,
): Promise<DenialFacts> {
  const renewed = { what: request.spec.summary, request: openRequest(request, context.input.now) };
  const fromLast = last && aboutLast(last, context.input.now);
  if (fromLast) return { ...renewed, ...fromLast };
  const other = await approvedOther(context);
  if (!other) return { kind: 'approval-required', ...renewed };
  const paths = whatDiffers(other.spec.change, request.spec.change, context.input.asking.bindsObject);
  return { kind: 'changed', ...renewed, before: { name: other.metadata.name }, paths };
}

/** The denial of the very change that a person refused. */
export function refusalOf(request: ApprovalRequest): DenialFacts {
  return { kind: 'denied', what: request.spec.summary, refusal: refused(request) };
}

/** The denial of a change of an object, another change of which a person refused. `what` is asked for now. */
export function refusalBefore(request: ApprovalRequest, what: string): DenialFacts {
  return { kind: 'denied-before', what, refusal: { ...refused(request), what: request.spec.summary } };
}

function refused(request: ApprovalRequest): Refusal {
  const denied = request.status?.decisions?.findLast((one) => one.verdict === 'Deny');
  return {
    name: request.metadata.name,
    policies: denied?.policies ?? [],
    at: denied?.at ?? '',
    reason: denied?.reason,
    until: notBefore(rememberedUntil(request) ?? 0),
  };
}

function openRequest(request: ApprovalRequest, now: number): OpenRequest {
  return {
    name: request.metadata.name,
    state: request.status?.state ?? 'Pending',
    expiresAt: request.spec.expiresAt,
    leftMs: (parseInstant(request.spec.expiresAt) ?? now) - now,
    approvals: request.status?.approvals,
  };
}

type Background = { readonly before: { readonly name: string; readonly at?: string | undefined } };

/** What became of the request before, where that is news to the requester. */
function aboutLast({ request, objection }: Before, now: number) {
  const before = { name: request.metadata.name };
  if (objection !== undefined) return changed(before, objection);
  const status = request.status ?? PENDING;
  const { state, usableUntil, reservation } = status;
  switch (state) {
    case 'Superseded':
      // By the agent's own next change: no news either.
      return isPolicyOf(request, status.supersededBy)
        ? changed(before, supersededBecause(status))
        : undefined;
    case 'Reserved':
    case 'Admitted':
      return { kind: 'spent' as const, before: { ...before, at: reservation?.at } };
    case 'Expired':
      return expired(before, usableUntil !== undefined);
    case 'Approved':
    case 'Pending':
      return isOver(request, now)
        ? expired(before, state === 'Approved')
        : changed(before, 'other policies ask now');
    // A refusal that is forgotten, or an approval that was taken back, is no news: the change simply needs approval.
    case 'Denied':
    case 'Withdrawn':
      return undefined;
  }
}

const isPolicyOf = ({ spec }: ApprovalRequest, name: string | undefined): boolean =>
  spec.policies.some((policy) => policy.name === name);

const PENDING: ApprovalRequestStatus = { state: 'Pending' };

const changed = (before: Background['before'], why: string) => ({
  kind: 'policy-changed' as const,
  before,
  why,
});

const expired = ({ name }: Background['before'], wasApproved: boolean) => ({
  kind: 'expired' as const,
  before: { name, wasApproved },
});

/** Past its end although no controller has written so yet. */
function isOver({ spec, status }: ApprovalRequest, now: number): boolean {
  return now >= (parseInstant(status?.usableUntil ?? spec.expiresAt) ?? 0);
}

/** An approval of another change by the same agent to the same object: the requester may believe it fits this one. */
async function approvedOther({ input, known, ports }: Context): Promise<ApprovalRequest | undefined> {
  const { review, signal } = input;
  const { group, resource } = review.resource;
  const { subResource: subresource, namespace, operation } = review;
  const key = objectKey({ operation, group, resource, subresource, namespace, ...objectName(review) });
  const slim = ports.facts
    .requestsByObject(review.userInfo.username, key)
    .find((one) => one.state === 'Approved' && one.fingerprint !== known.fingerprint);
  const request = slim && (await ports.api.getRequest(slim.name, signal));
  const holds = request?.status?.state === 'Approved' && isSealedRequest(request, ports.sealer.verify);
  return holds ? request : undefined;
}

/** What sets two changes apart: paths of their masked diffs, or words where those look alike and so cannot tell. */
function whatDiffers(approved: RequestedChange, submitted: RequestedChange, bindsObject: boolean): string[] {
  const text = (entries: readonly DiffEntry[]) =>
    new Map(entries.map((entry) => [entry.path, JSON.stringify(entry)]));
  const [a, b] = [text(approved.diff), text(submitted.diff)];
  const paths = [...new Set([...a.keys(), ...b.keys()])].filter((path) => a.get(path) !== b.get(path));
  if (paths.length > 0) return paths;
  if (approved.objectUid !== submitted.objectUid) return ['the object itself, it was deleted and made again'];
  const hidden = [
    ...(submitted.masked > 0 ? ['values that are masked'] : []),
    ...(bindsObject ? ['the rest of the object, which this approval is bound to as well'] : []),
  ];
  return hidden.length > 0 ? hidden : ['what the paths do not show, such as the images of a running pod'];
}
