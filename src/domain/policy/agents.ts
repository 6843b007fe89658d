// Who is an agent. One reading of `spec.agents` for the gate and for the condition that the API server evaluates:
// the two must never disagree, or an agent would pass unseen (INV-1) or a person would be held (INV-6).
import type { ApprovalPolicySpec, PolicyAgent } from '../../api/approval-policy.ts';
import { globMatches, isBlank } from './glob.ts';
import type { User } from './policy.ts';

/** Prefix of the user names of ServiceAccounts. */
export const SERVICE_ACCOUNT_PREFIX = 'system:serviceaccount:';

/**
 * The API server's own client. It is in the group system:masters, so that a policy which names this group would hold
 * the API server's own leases and roles; nobody else can be it.
 */
export const API_SERVER_USER = 'system:apiserver';

/** One way to recognise an agent. */
export type AgentPattern =
  | { readonly kind: 'serviceAccount'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'user'; readonly glob: string }
  | { readonly kind: 'group'; readonly glob: string };

/** The patterns of one entry of `spec.agents`: one if the entry is well formed, none if it can match nobody. */
export function agentPatterns(agent: PolicyAgent): readonly AgentPattern[] {
  const patterns: AgentPattern[] = [];
  const account = agent.serviceAccount === undefined ? undefined : accountHalves(agent.serviceAccount, '/');
  if (account !== undefined) patterns.push({ kind: 'serviceAccount', ...account });
  if (agent.user !== undefined && !isBlank(agent.user)) patterns.push({ kind: 'user', glob: agent.user });
  if (agent.group !== undefined && !isBlank(agent.group)) patterns.push({ kind: 'group', glob: agent.group });
  return patterns;
}

/** Namespace and name; undefined unless there are exactly two halves, neither blank nor crossing `/` or `:`. */
function accountHalves(text: string, separator: '/' | ':'): { namespace: string; name: string } | undefined {
  const [namespace, name, ...rest] = text.split(separator);
  if (namespace === undefined || name === undefined || rest.length > 0) return undefined;
  const isSound = [namespace, name].every((half) => !isBlank(half) && !/[/:]/.test(half));
  return isSound ? { namespace, name } : undefined;
}

/**
 * Whether the policy names this user as an agent, and who owns the agent: the owners of every entry that matches,
 * sorted. Undefined if it is no agent. Empty and blank names and groups never match.
 */
export function isAgent(
  spec: Pick<ApprovalPolicySpec, 'agents'>,
  user: User,
): { owners: string[] } | undefined {
  const matching = spec.agents.filter((agent) =>
    agentPatterns(agent).some((pattern) => patternMatches(pattern, user)),
  );
  if (matching.length === 0) return undefined;
  return { owners: [...new Set(matching.flatMap((agent) => agent.owners ?? []))].sort() };
}

function patternMatches(pattern: AgentPattern, user: User): boolean {
  if (pattern.kind === 'serviceAccount') return serviceAccountMatches(pattern, user.username);
  if (pattern.kind === 'user') return !isBlank(user.username) && globMatches(pattern.glob, user.username);
  if (user.username === API_SERVER_USER) return false;
  return user.groups.some((group) => !isBlank(group) && globMatches(pattern.glob, group));
}

function serviceAccountMatches(
  pattern: { readonly namespace: string; readonly name: string },
  username: string,
): boolean {
  if (!username.startsWith(SERVICE_ACCOUNT_PREFIX)) return false;
  const account = accountHalves(username.slice(SERVICE_ACCOUNT_PREFIX.length), ':');
  if (account === undefined) return false;
  return globMatches(pattern.namespace, account.namespace) && globMatches(pattern.name, account.name);
}
