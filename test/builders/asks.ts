// Asks for access and what they are judged on, for tests of the pure core; each test states only what it is about.
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { Json } from '../../src/domain/change/json.ts';
import { judgeAsk, type AskFacts, type AskJudgement } from '../../src/domain/grant/ask.ts';
import { readAsk } from '../../src/domain/grant/read-ask.ts';
import type { PolicyRule } from '../../src/domain/grant/rules.ts';
import { askCommands } from '../../src/domain/message/ask-command.ts';
import { aLoadedPolicy, aPolicySpec, aUser } from './policies.ts';

/** A rule; the core group unless said otherwise. */
export const rule = (verbs: string[], resources: string[], over: Partial<PolicyRule> = {}): PolicyRule => ({
  verbs,
  apiGroups: [''],
  resources,
  ...over,
});
type OfferDraft = { role: string; namespaces: string[]; maxDuration?: string };
/** A policy that offers access and asks about nothing else. */
export const offering = (name: string, access: OfferDraft[], over: Partial<ApprovalPolicySpec> = {}) =>
  aLoadedPolicy(name, aPolicySpec({ rules: [], access, ...over }));

/** ClusterRoles that are offered; `lost` is not there. */
export const ROLES = new Map<string, { rules: PolicyRule[]; isAggregated: boolean } | 'gone'>([
  [
    'pod-fixer',
    {
      rules: [rule(['get', 'list', 'delete'], ['pods', 'pods/log']), rule(['create'], ['pods/exec'])],
      isAggregated: false,
    },
  ],
  ['token-reader', { rules: [rule(['get'], ['secrets'], { resourceNames: ['db'] })], isAggregated: false }],
  ['gathered', { rules: [rule(['*'], ['*'])], isAggregated: true }],
  ['wild', { rules: [rule(['*'], ['*'], { apiGroups: ['*'] })], isAggregated: false }],
  [
    'deployer',
    {
      rules: [
        rule(['get', 'patch'], ['deployments', 'deployments/scale'], { apiGroups: ['apps'] }),
        rule(['get'], ['nodes']),
      ],
      isAggregated: false,
    },
  ],
]);
/** What the agent of the builders is offered. */
export const POLICY = offering('shop', [
  { role: 'pod-fixer', namespaces: ['shop', 'shop-*'], maxDuration: '30m' },
  { role: 'token-reader', namespaces: ['shop'] },
  { role: 'gathered', namespaces: ['shop'] },
  { role: 'lost', namespaces: ['shop'] },
  { role: 'deployer', namespaces: ['shop'] },
]);
const CLUSTER_SCOPED = new Set(['nodes', 'namespaces', 'clusterthings']);
const SERVED = new Set([
  'pods',
  'pods/log',
  'pods/exec',
  'secrets',
  'configmaps',
  'deployments',
  'deployments/scale',
  'nodes',
  'clusterthings',
  'serviceaccounts/token',
  'roles',
]);
/** What an ask is judged on, unless said otherwise. */
export const facts = (over: Partial<AskFacts> = {}): AskFacts => ({
  requester: aUser(),
  policies: [POLICY],
  roles: ROLES,
  ceiling: [
    rule(['*'], ['pods', 'pods/log', 'pods/exec', 'deployments'], { apiGroups: ['', 'apps'] }),
    rule(['get'], ['secrets']),
  ],
  lookup(group, resource) {
    if (group === 'away.example.com') return 'unclear';
    return SERVED.has(resource) ? { namespaced: !CLUSTER_SCOPED.has(resource) } : 'unknown';
  },
  hasNamespace: (name) => !name.endsWith('-missing'),
  ownNamespace: 'assent-system',
  ...over,
});

/** Deletion of one pod. */
export const DELETE_POD = {
  verbs: ['delete'],
  apiGroups: [''],
  resources: ['pods'],
  resourceNames: ['web-7'],
};
/** An ask to delete one pod in shop, unless said otherwise. */
export const spec = (access: object, rest: object = {}): Json => ({
  access: { rules: [DELETE_POD], namespaces: ['shop'], ...access },
  ...rest,
});
/** The same under another rule. */
export const cut = (over: object): Json => spec({ rules: [{ ...DELETE_POD, ...over }] });

/** Reads and judges. */
export function judged(submitted: Json, over: Partial<AskFacts> = {}): AskJudgement {
  const read = readAsk(submitted);
  return read.ok
    ? judgeAsk(read.draft, facts(over))
    : { kind: 'refused', refusal: read.refusal, instead: [] };
}
/** `accepted`, or the code of the refusal. */
export const outcome = (submitted: Json, over: Partial<AskFacts> = {}): string => {
  const judgement = judged(submitted, over);
  return judgement.kind === 'accepted' ? 'accepted' : judgement.refusal.code;
};
/** The commands of a refusal. */
export const advice = (submitted: Json, over: Partial<AskFacts> = {}): string[] => {
  const judgement = judged(submitted, over);
  return judgement.kind === 'accepted' ? [] : judgement.instead.flatMap(askCommands);
};

/** What discovery says of a resource. */
export const served = (resource: string, namespaced: boolean, sub: string[] = [], group = '') => ({
  group,
  version: 'v1',
  rank: 0,
  resource,
  kind: '',
  namespaced,
  verbs: [],
  subresources: sub.map((name) => ({ name, verbs: [], kind: '' })),
});
