// Who decides: the user that the API server authenticated, or, for a decision that came from a chat, the user whose account
// clicked. That is looked up here, live, from what is sealed: whoever carries the click only says which account it was (INV-3).
import type { ApprovalDecisionSpec } from '../api/approval-decision.ts';
import type { Approver } from '../api/approver.ts';
import type { Review } from '../domain/change/review.ts';
import { accountOwner, type AccountOwner } from '../domain/identity/account.ts';
import { KUBECTL } from '../domain/identity/channels.ts';
import { provenLinks } from '../domain/identity/proven-links.ts';
import { refusalWords, type RefusalCode } from '../domain/message/refusal.ts';
import type { Person } from './ports.ts';
import type { Moment, StampPorts } from './stamp-outcome.ts';

/** Who decides and where, or why nobody can tell. */
export type Decider =
  | { readonly kind: 'user'; readonly user: Person; readonly channel: string }
  | { readonly kind: 'refused'; readonly words: string };

/**
 * Finds who decides.
 * @param approvers whose seal was verified
 * @throws when the links cannot be read; the caller denies
 */
export async function deciderOf(
  review: Review,
  approvers: readonly Approver[],
  ports: StampPorts,
  moment: Moment,
): Promise<Decider> {
  const spec = review.object?.['spec'] as unknown as ApprovalDecisionSpec;
  const { via } = spec;
  if (via === undefined) return { kind: 'user', user: review.userInfo, channel: KUBECTL };
  if (review.userInfo.username !== ports.own.controller)
    return { kind: 'refused', words: 'refused: spec.via is set by Assent, not by you' };
  const links = provenLinks(await ports.api.listLinks(via.user, moment), ports.sealer.verify);
  const owner = accountOwner(via, links, approvers, moment.now);
  const refused = (code: RefusalCode, about = ''): Decider => ({
    kind: 'refused',
    words: refusalWords(code, { request: spec.request, about }),
  });
  switch (owner.kind) {
    case 'unlinked':
      return refused('unlinked');
    case 'ambiguous':
      return refused('ambiguous-account', owner.names.join(', '));
    case 'user':
      return mayBeAgent(owner, ports)
        ? refused('groups-unknown')
        : { kind: 'user', user: { extra: {}, uid: '', ...present(owner.user) }, channel: via.channel };
  }
}

/** Somebody whose groups are not known may belong to one that a policy names as agents (INV-7). */
function mayBeAgent(owner: AccountOwner & { kind: 'user' }, ports: StampPorts): boolean {
  return !owner.areGroupsKnown && ports.areAgentsGroups();
}

const present = ({ username, uid, groups }: (AccountOwner & { kind: 'user' })['user']) => ({
  username,
  groups,
  ...(uid === undefined ? {} : { uid }),
});
