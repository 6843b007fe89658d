// The exact bytes that seals are made over: canonical JSON behind a prefix that says what is signed, so that a seal over
// one thing never passes for another. Everything that decides is inside; the signature itself is not.
import type { AgentFreezeSpec } from '../../api/agent-freeze.ts';
import type { ApprovalDecisionSpec, DecisionStamp } from '../../api/approval-decision.ts';
import type { ApprovalRequestSpec, Reservation } from '../../api/approval-request.ts';
import type { ApproverSpec } from '../../api/approver.ts';
import type { IdentityLinkSpec, IdentityLinkStatus, LinkStamp } from '../../api/identity-link.ts';
import { canonicalJson, type Json } from '../change/json.ts';

type Unsealed<T> = Omit<T, 'seal'>;

/** What the gate signs when it opens a request: the whole spec, cluster uid included. */
export function requestSealBytes(spec: Unsealed<ApprovalRequestSpec>): Uint8Array {
  return sealBytes('request', unsealed(spec));
}

/**
 * What is signed when a person decides: name and uid of the request, fingerprint, digests of the policies, verdict,
 * reason, person, user, channel and time.
 * @param spec the decision with its stamp; a decision without one has nothing to sign, and gets bytes that no seal fits
 */
export function decisionSealBytes(
  spec: Omit<ApprovalDecisionSpec, 'stamp'> & { readonly stamp?: Unsealed<DecisionStamp> | undefined },
): Uint8Array {
  return sealBytes('decision', { ...spec, stamp: spec.stamp && unsealed(spec.stamp) });
}

/**
 * What the gate signs when it uses an approval.
 * @param requestUid metadata.uid of the request, so that a reservation fits no other one
 */
export function reservationSealBytes(requestUid: string, reservation: Unsealed<Reservation>): Uint8Array {
  return sealBytes('reservation', { request: requestUid, reservation: unsealed(reservation) });
}

/** What is signed over an Approver: its name, identities and the stamp, which holds uid and generation. */
export function approverSealBytes(
  name: string,
  spec: Omit<ApproverSpec, 'stamp'> & {
    readonly stamp?: Unsealed<NonNullable<ApproverSpec['stamp']>> | undefined;
  },
): Uint8Array {
  return sealBytes('approver', { name, spec: { ...spec, stamp: spec.stamp && unsealed(spec.stamp) } });
}

/** What is signed over a link when a person makes it: its name, the digest of its code, and who made it. */
export function linkSealBytes(
  name: string,
  spec: Omit<IdentityLinkSpec, 'stamp'> & { readonly stamp?: Unsealed<LinkStamp> | undefined },
): Uint8Array {
  return sealBytes('link', { name, spec: { ...spec, stamp: spec.stamp && unsealed(spec.stamp) } });
}

/** What is signed over a freeze: its name, whom it freezes, and who made it. */
export function freezeSealBytes(
  name: string,
  spec: Omit<AgentFreezeSpec, 'stamp'> & {
    readonly stamp?: Unsealed<NonNullable<AgentFreezeSpec['stamp']>> | undefined;
  },
): Uint8Array {
  return sealBytes('freeze', { name, spec: { ...spec, stamp: spec.stamp && unsealed(spec.stamp) } });
}

/**
 * What is signed over the account of a link, once it typed the code.
 * @param link the stored link: its uid, so that the account fits no other one
 */
export function linkAccountSealBytes(
  link: { readonly uid: string; readonly channel: string },
  account: Unsealed<Pick<IdentityLinkStatus, 'account' | 'linkedAt'>>,
): Uint8Array {
  const { uid, channel } = link;
  return sealBytes('link-account', { uid, channel, account: account.account, linkedAt: account.linkedAt });
}

function unsealed(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'seal'));
}

function sealBytes(what: string, value: object): Uint8Array {
  return new TextEncoder().encode(`assent/${what}/v1\n${canonicalJson(toJson(value))}`);
}

/**
 * An object as JSON would carry it: absent fields are left out, so that a spec has the same bytes before it is stored
 * and after it is read.
 * @throws TypeError for what JSON cannot carry; no kind of ours holds such a value
 */
export function toJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== 'object') throw new TypeError(`JSON carries no ${typeof value}`);
  const present = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(present.map(([key, one]): [string, Json] => [key, toJson(one)]));
}
