// The CEL by which the API server picks out agents, so that nobody else's request reaches Assent (INV-6). It must be
// total: an error would deny every user, even system:masters, and absent fields are absent keys there (measured).
import { agentPatterns, API_SERVER_USER, SERVICE_ACCOUNT_PREFIX, type AgentPattern } from './agents.ts';
import { globMatches, isExact } from './glob.ts';
import type { Policy } from './policy.ts';

/**
 * A CEL expression that is true exactly for the agents that any of the policies names, whatever their mode and action.
 * Undefined if they name nobody.
 *
 * @param variable where the user stands, for example `request.userInfo`
 */
export function agentExpression(
  policies: readonly Pick<Policy, 'spec'>[],
  variable = 'request.userInfo',
): string | undefined {
  const patterns = policies.flatMap(({ spec }) => spec.agents.flatMap(agentPatterns));
  const username = `${variable}.?username.orValue('')`;
  const users = usersOf(patterns, username);
  const groups = groupsOf(patterns, variable, username);
  const parts = [...users, ...groups];
  return parts.length === 0 ? undefined : parts.join(' || ');
}

function usersOf(patterns: readonly AgentPattern[], username: string): string[] {
  const globs = sorted(patterns.flatMap((pattern) => (pattern.kind === 'user' ? [pattern.glob] : [])));
  const accounts = patterns.filter((pattern) => pattern.kind === 'serviceAccount');
  const wildAccounts = accounts.filter(({ namespace, name }) => !isExact(namespace) || !isExact(name));
  const wild = globs.filter((glob) => !isExact(glob));
  const exact = sorted([
    ...globs.filter(isExact),
    ...accounts
      .filter((account) => !wildAccounts.includes(account))
      .map(({ namespace, name }) => `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`),
  ]).filter((name) => !wild.some((glob) => globMatches(glob, name)));
  return [
    ...(exact.length === 0 ? [] : [`${username} in [${exact.map(literal).join(', ')}]`]),
    ...matching(username, '', wild.map(anyRun)),
    ...matching(username, SERVICE_ACCOUNT_PREFIX, sorted(wildAccounts.map(accountPattern))),
  ];
}

function groupsOf(patterns: readonly AgentPattern[], variable: string, username: string): string[] {
  const globs = sorted(patterns.flatMap((pattern) => (pattern.kind === 'group' ? [pattern.glob] : [])));
  if (globs.length === 0) return [];
  const exact = globs.filter(isExact);
  const tests = [
    ...(exact.length === 0 ? [] : [`g in [${exact.map(literal).join(', ')}]`]),
    ...matching('g', '', globs.filter((glob) => !isExact(glob)).map(anyRun)),
  ];
  const list = `${variable}.?groups.orValue([])`;
  return [`(${username} != ${literal(API_SERVER_USER)} && ${list}.exists(g, ${tests.join(' || ')}))`];
}

/** One anchored pattern for all: `(?s)` lets the run cross line breaks, as the glob does. */
function matching(text: string, prefix: string, alternatives: readonly string[]): string[] {
  if (alternatives.length === 0) return [];
  return [`${text}.matches(${literal(`(?s)^${quote(prefix)}(?:${alternatives.join('|')})$`)})`];
}

function anyRun(glob: string): string {
  return glob.split('*').map(quote).join('.*');
}

/** Neither half of a ServiceAccount is empty or crosses `/` or `:`. */
function accountPattern(account: { readonly namespace: string; readonly name: string }): string {
  return [account.namespace, account.name]
    .map((half) => (/^\*+$/.test(half) ? '[^/:]+' : half.split('*').map(quote).join('[^/:]*')))
    .join(':');
}

/** Escapes what has a meaning in RE2. */
function quote(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** A CEL string: JSON's escapes are a part of CEL's. */
function literal(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
