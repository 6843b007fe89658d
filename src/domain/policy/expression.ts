// The CEL by which the API server picks out agents, so that nobody else's request reaches Assent (INV-6). It must be
// total and cheap: an error would deny every user, even system:masters, and absent fields are absent keys there (measured).
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import { agentPatterns, API_SERVER_USER, SERVICE_ACCOUNT_PREFIX, type AgentPattern } from './agents.ts';
import { globMatches, isExact } from './glob.ts';
import { globTest, literal, quote, regexTest, sumOf, type CelTest } from './glob-test.ts';

/**
 * Who the cost is reckoned for: somebody with so many groups of such names, and such a user name, in characters. A
 * directory hands out a thousand groups at most (Active Directory), and a token of 50 kB fits into no usual header.
 */
const LONGEST = { groups: 500, group: 100, username: 400 } as const;

/**
 * The CEL test that is true exactly for the agents that any of the policies names, whatever their mode and action.
 * Undefined if they name nobody. `fit.ts` says which policies fit into one.
 *
 * @param variable where the user stands, for example `request.userInfo`
 */
export function agentTest(
  policies: readonly { readonly spec: Pick<ApprovalPolicySpec, 'agents'> }[],
  variable = 'request.userInfo',
): CelTest | undefined {
  const patterns = policies.flatMap(({ spec }) => spec.agents.flatMap(agentPatterns));
  const username = `${variable}.?username.orValue('')`;
  const parts = [...usersOf(patterns, username), ...groupsOf(patterns, variable, username)];
  if (parts.length === 0) return undefined;
  return { expression: parts.map((one) => one.expression).join(' || '), cost: sumOf(parts) };
}

/** A list of constants is a set to the API server: one look, however long (measured). */
const oneOf = (variable: string, names: readonly string[]): CelTest[] =>
  names.length === 0 ? [] : [{ expression: `${variable} in [${names.map(literal).join(', ')}]`, cost: 5 }];

function usersOf(patterns: readonly AgentPattern[], username: string): CelTest[] {
  const globs = sorted(patterns.flatMap((pattern) => (pattern.kind === 'user' ? [pattern.glob] : [])));
  const accounts = patterns.filter((pattern) => pattern.kind === 'serviceAccount');
  const isWild = ({ namespace, name }: (typeof accounts)[number]): boolean =>
    !isExact(namespace) || !isExact(name);
  const exact = [
    ...globs.filter(isExact),
    ...accounts
      .filter((account) => !isWild(account))
      .map(({ namespace, name }) => `${SERVICE_ACCOUNT_PREFIX}${namespace}:${name}`),
  ];
  const wildAccounts = sorted(accounts.filter(isWild).map(accountPattern));
  const accountsTest =
    wildAccounts.length === 0
      ? []
      : [
          regexTest(
            username,
            `${quote(SERVICE_ACCOUNT_PREFIX)}(?:${wildAccounts.join('|')})`,
            LONGEST.username,
          ),
        ];
  return [...namesTest(username, [...exact, ...globs], LONGEST.username), ...accountsTest];
}

function groupsOf(patterns: readonly AgentPattern[], variable: string, username: string): CelTest[] {
  const globs = patterns.flatMap((pattern) => (pattern.kind === 'group' ? [pattern.glob] : []));
  if (globs.length === 0) return [];
  const tests = namesTest('g', globs, LONGEST.group);
  const list = `${variable}.?groups.orValue([])`;
  const any = tests.map((one) => one.expression).join(' || ');
  return [
    {
      expression: `(${username} != ${literal(API_SERVER_USER)} && ${list}.exists(g, ${any}))`,
      cost: 10 + LONGEST.groups * (4 + sumOf(tests)),
    },
  ];
}

/** Whether a name is one of these, each a glob or exact; what a glob says already is not said again. */
function namesTest(variable: string, names: readonly string[], longest: number): CelTest[] {
  const globs = sorted(names.filter((name) => !isExact(name)));
  const exact = sorted(names.filter(isExact)).filter(
    (name) => !globs.some((glob) => globMatches(glob, name)),
  );
  return [...oneOf(variable, exact), ...globs.map((glob) => globTest(variable, glob, longest))];
}

/** Neither half of a ServiceAccount is empty or crosses `/` or `:`. */
function accountPattern(account: { readonly namespace: string; readonly name: string }): string {
  return [account.namespace, account.name]
    .map((half) => (/^\*+$/.test(half) ? '[^/:]+' : half.split('*').map(quote).join('[^/:]*')))
    .join(':');
}

function sorted(texts: readonly string[]): string[] {
  return [...new Set(texts)].sort();
}
