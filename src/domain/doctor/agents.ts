// Which identities of this cluster are agents, and what RBAC gives to each. Policies name agents by globs and by groups, and
// bindings name groups that agents are in: both are followed, so that a right of all ServiceAccounts is one of every agent. So is
// a right of whoever sends no token, since every agent can leave its token out.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { agentPatterns, isAgent, SERVICE_ACCOUNT_PREFIX, type AgentPattern } from '../policy/agents.ts';
import { globMatches, globsOverlap, isExact } from '../policy/glob.ts';
import type { User } from '../policy/policy.ts';
import type { Subject } from './facts.ts';
import type { Gift, Held } from './rights.ts';

const ALL_ACCOUNTS = 'system:serviceaccounts';
const EVERYBODY = 'system:authenticated';

/** Whoever sends no token. */
export const ANONYMOUS: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

/** An agent, or all agents of one pattern: then its names hold the stars of the pattern. */
export interface Identity {
  readonly user: User;
  /** Such as `ServiceAccount agents/bot`. */
  readonly words: string;
  /** Names of the policies that name it. */
  readonly policies: readonly string[];
}

/** The user behind a subject of a binding; undefined for a group. */
export function userOf({ kind, name, namespace = '' }: Subject): User | undefined {
  if (kind === 'ServiceAccount') return accountUser(namespace, name);
  return kind === 'User' ? plainUser(name) : undefined;
}

const accountUser = (namespace: string, name: string): User => ({
  username: `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`,
  groups: [ALL_ACCOUNTS, `${ALL_ACCOUNTS}:${namespace}`, EVERYBODY],
});

function plainUser(username: string): User {
  if (username === ANONYMOUS.username) return ANONYMOUS;
  const [namespace, name] = username.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  return username.startsWith(SERVICE_ACCOUNT_PREFIX) && namespace !== undefined && name !== undefined
    ? accountUser(namespace, name)
    : { username, groups: [EVERYBODY] };
}

/** Accounts of one namespace are among all accounts. */
const groupUser = (group: string): User => ({
  username: '',
  groups: [group, ...(group.startsWith(`${ALL_ACCOUNTS}:`) ? [ALL_ACCOUNTS] : []), EVERYBODY],
});

/** Every agent that policies name or that bindings make known. */
export function identitiesOf(
  policies: readonly ApprovalPolicy[],
  gifts: readonly Gift[],
): readonly Identity[] {
  const patterns = policies.flatMap(({ spec }) => spec.agents.flatMap(agentPatterns));
  const subjects = gifts.flatMap((gift) => gift.subjects);
  const users = [
    ...patterns.map(patternUser),
    ...subjects.flatMap((subject) => userOf(subject) ?? usersOfGroup(subject.name, patterns)),
  ];
  const byKey = new Map(users.map((user) => [JSON.stringify([user.username, user.groups]), user]));
  byKey.delete(JSON.stringify([ANONYMOUS.username, ANONYMOUS.groups]));
  const known = [...byKey.values()].flatMap((user) => {
    const naming = policies.filter(({ spec }) => isAgent(spec, user) !== undefined);
    return naming.length === 0 ? [] : [{ user, words: wordsOf(user), policies: namesOf(naming) }];
  });
  // Any agent of any policy can be it.
  const anonymous = { user: ANONYMOUS, words: 'whoever sends no token', policies: namesOf(policies) };
  return policies.length === 0 ? [] : [...known, anonymous];
}

const namesOf = (policies: readonly ApprovalPolicy[]): readonly string[] =>
  policies.map(({ metadata }) => metadata.name).sort();

function patternUser(pattern: AgentPattern): User {
  if (pattern.kind === 'serviceAccount') return accountUser(pattern.namespace, pattern.name);
  return pattern.kind === 'user' ? plainUser(pattern.glob) : groupUser(pattern.glob);
}

/** Agents in a group that a binding names. Who is in a group of the identity provider, it alone knows. */
function usersOfGroup(group: string, patterns: readonly AgentPattern[]): readonly User[] {
  return patterns.flatMap((pattern) => {
    if (pattern.kind === 'group') return globMatches(pattern.glob, group) ? [groupUser(group)] : [];
    if (group === ALL_ACCOUNTS) return accountsAmong(pattern, '*');
    if (!group.startsWith(`${ALL_ACCOUNTS}:`)) return [];
    return accountsAmong(pattern, group.slice(ALL_ACCOUNTS.length + 1));
  });
}

const isOfName = (character: string): boolean => /[a-z0-9.-]/.test(character);

/** Agents of a pattern that are ServiceAccounts of a namespace: by a glob of user names too. */
function accountsAmong(pattern: AgentPattern, namespace: string): readonly User[] {
  if (pattern.kind === 'group') return [];
  if (pattern.kind === 'serviceAccount')
    return globMatches(pattern.namespace, namespace) ? [accountUser(namespace, pattern.name)] : [];
  const { glob } = pattern;
  const [place = '', name, ...rest] = glob.slice(SERVICE_ACCOUNT_PREFIX.length).split(':');
  const isAccount = glob.startsWith(SERVICE_ACCOUNT_PREFIX) && name !== undefined && rest.length === 0;
  if (isAccount) return globMatches(place, namespace) ? [accountUser(namespace, name)] : [];
  if (isExact(glob) || !globsOverlap(glob, `${SERVICE_ACCOUNT_PREFIX}${namespace}:*`, isOfName)) return [];
  const groups = [ALL_ACCOUNTS, ...(namespace === '*' ? [] : [`${ALL_ACCOUNTS}:${namespace}`]), EVERYBODY];
  return [{ username: glob, groups }];
}

function wordsOf({ username, groups }: User): string {
  if (username === '') return `group ${groups[0] ?? ''}`;
  if (!/^system:serviceaccount:[^:]+:[^:]+$/.test(username)) return `user ${username}`;
  return `ServiceAccount ${username.slice(SERVICE_ACCOUNT_PREFIX.length).replace(':', '/')}`;
}

/** Whether a binding that names the subject reaches the user. */
export function reaches(subject: Subject, user: User): boolean {
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  return user.username !== '' && userOf(subject)?.username === user.username;
}

/** A ServiceAccount that a binding makes known: by its group too, of which any account will do. */
export function accountOf(
  subject: Subject,
): { readonly namespace: string; readonly name: string } | undefined {
  const { kind, name, namespace = '' } = subject;
  if (kind === 'ServiceAccount') return { namespace, name };
  const prefix = kind === 'User' ? SERVICE_ACCOUNT_PREFIX : `${ALL_ACCOUNTS}:`;
  if (!name.startsWith(prefix)) return undefined;
  const [place = '', account = kind === 'Group' ? 'default' : ''] = name.slice(prefix.length).split(':');
  return place === '' || account === '' ? undefined : { namespace: place, name: account };
}

/** Finds everything that bindings give to a user. Made once: there are thousands of bindings, and as many users. */
export function holdings(gifts: readonly Gift[]): (user: User) => readonly Held[] {
  const byKey = new Map<string, Set<Gift>>();
  for (const gift of gifts) {
    for (const subject of gift.subjects) {
      const key =
        subject.kind === 'Group' ? `Group ${subject.name}` : `User ${userOf(subject)?.username ?? ''}`;
      byKey.set(key, (byKey.get(key) ?? new Set()).add(gift));
    }
  }
  return ({ username, groups }) => {
    const keys = [
      ...(username === '' ? [] : [`User ${username}`]),
      ...groups.map((group) => `Group ${group}`),
    ];
    return [...new Set(keys.flatMap((key) => [...(byKey.get(key) ?? [])]))].flatMap(({ held }) => held);
  };
}
