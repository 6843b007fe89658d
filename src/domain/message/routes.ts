// Who is shown a request, beside those who ask for it with kubectl: places and mentions as its policies say, and the owners
// of the agent once it has an outcome. Decides nothing about the request itself.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { ApproverSpec } from '../../api/approver.ts';
import type { ProvenLink } from '../identity/account.ts';
import { parseInstant } from '../request/instant.ts';

type Policies = Pick<ApprovalRequest['spec'], 'policies'>;

/**
 * The Slack channels that show a request: one for each policy, each once.
 * @param usual of policies that name none
 */
export function slackChannels({ policies }: Policies, usual: string): readonly string[] {
  return [...new Set(policies.map(({ slack }) => slack?.channel ?? usual))];
}

/** Ids of the groups and people that its message mentions, each once. */
export function slackMentions({ policies }: Policies): readonly string[] {
  return [...new Set(policies.flatMap(({ slack }) => slack?.mention ?? []))];
}

/** An Approver whose seal the caller verified. */
export interface OwnerFacts {
  readonly metadata: { readonly name: string };
  readonly spec: Pick<ApproverSpec, 'identities'>;
}

/**
 * The Slack accounts of the owners of the agent: those that their Approvers name, and those that their users linked.
 * @param teams our own workspace or organisation: nobody else is written to
 */
export function ownerAccounts(
  { policies }: Policies,
  approvers: readonly OwnerFacts[],
  links: readonly ProvenLink[],
  teams: readonly string[],
): readonly string[] {
  const names = new Set(policies.flatMap(({ owners }) => owners));
  const identities = approvers
    .filter(({ metadata }) => names.has(metadata.name))
    .flatMap(({ spec }) => spec.identities);
  const users = new Set(identities.flatMap(({ kubernetes }) => kubernetes?.username ?? []));
  const accounts = [
    ...identities.flatMap(({ slack }) => slack ?? []),
    ...links.filter(({ user }) => users.has(user.username)).map(({ account }) => account),
  ];
  return [...new Set(accounts.filter(({ team }) => teams.includes(team)).map(({ user }) => user))].toSorted();
}

/** An outcome that is older is told to nobody any more. ms. */
const NEWS_MS = 24 * 3_600_000;
const OUTCOMES = new Set(['approved', 'denied', 'expired']);

/** Whether a request has an outcome that an owner still wants to hear: it was approved, denied, or nobody answered. */
export function hasFreshOutcome({ status }: Pick<ApprovalRequest, 'status'>, now: number): boolean {
  const first = status?.outbox?.find(({ type }) => OUTCOMES.has(type));
  const at = parseInstant(first?.at);
  return status?.state !== 'Pending' && at !== undefined && now - at < NEWS_MS;
}
