// Which accounts of a chat belong to the owners of an agent: only Approvers and links whose seals hold say so. A seal is
// verified once for each stored version, since this is asked at every turn.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import type { IdentityLink } from '../../api/identity-link.ts';
import type { ProvenLink } from '../../domain/identity/account.ts';
import { provenLinks } from '../../domain/identity/proven-links.ts';
import { ownerAccounts } from '../../domain/message/routes.ts';
import { isSealedApprover, type Verify } from '../../domain/request/verify.ts';

/** What the caches know. */
export interface OwnerPorts {
  readonly approvers: () => Iterable<Approver>;
  readonly links: () => Iterable<IdentityLink>;
  readonly verify: Verify;
  /** Our own workspace or organisation; none while nobody said which. */
  readonly teams: () => readonly string[];
}

/** Makes the question: the accounts of the owners of a request's agent. */
export function ownersIn(ports: OwnerPorts): (request: ApprovalRequest) => readonly string[] {
  const { verify } = ports;
  const sealed = new WeakMap<Approver, boolean>();
  const proven = new WeakMap<IdentityLink, readonly ProvenLink[]>();
  const isSealed = (approver: Approver): boolean => {
    const known = sealed.get(approver) ?? isSealedApprover(approver, verify);
    sealed.set(approver, known);
    return known;
  };
  const provenOf = (link: IdentityLink): readonly ProvenLink[] => {
    const known = proven.get(link) ?? provenLinks([link], verify);
    proven.set(link, known);
    return known;
  };
  return ({ spec }) => {
    if (spec.policies.every(({ owners }) => owners.length === 0)) return [];
    const approvers = [...ports.approvers()].filter(isSealed);
    return ownerAccounts(spec, approvers, [...ports.links()].flatMap(provenOf), ports.teams());
  };
}
