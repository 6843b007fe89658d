// Policies and heads of reviews for tests; each test states only what it is about.
import { z } from 'zod';
import { approvalPolicySpec, type ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { ReviewHead, UserInfo } from '../../src/domain/change/review.ts';
import { policyDigest } from '../../src/domain/policy/digest.ts';
import type { Evaluator, Policy } from '../../src/domain/policy/policy.ts';

type SpecInput = z.input<typeof approvalPolicySpec>;
type MatchInput = NonNullable<SpecInput['match']>;
type RuleInput = NonNullable<MatchInput['rules']>[number];

/** Name of the agent of these builders. */
export const BOT = 'system:serviceaccount:agents:bot';

/** A rule: every operation on Deployments unless said otherwise. */
export const aRule = (over: Partial<RuleInput> = {}): RuleInput => ({
  apiGroups: ['apps'],
  resources: ['deployments'],
  operations: ['*'],
  ...over,
});

/** A spec with its defaults filled in: Ask, Enforce, agents/bot, every operation on Deployments. */
export function aPolicySpec(
  over: Partial<SpecInput> & { rules?: RuleInput[]; namespaces?: MatchInput['namespaces'] } = {},
): ApprovalPolicySpec {
  const { rules, namespaces, ...rest } = over;
  const match = { rules: rules ?? [aRule()], ...(namespaces === undefined ? {} : { namespaces }) };
  return approvalPolicySpec.parse({ agents: [{ serviceAccount: 'agents/bot' }], match, ...rest });
}

/** A loaded policy. */
export const aLoadedPolicy = (
  name: string,
  spec: ApprovalPolicySpec = aPolicySpec(),
  expressions: { conditions?: readonly Evaluator[]; summary?: Evaluator } = {},
): Policy => ({
  name,
  uid: `uid-${name}`,
  digest: policyDigest(spec),
  spec,
  conditions: [],
  ...expressions,
});

/** An evaluator that yields the value whatever it is asked about. */
export const yields = (value: unknown, name = 'c'): Evaluator => ({
  name,
  evaluate: () => ({ ok: true, value }),
});

/** An evaluator that fails. */
export const fails = (message: string, name = 'c'): Evaluator => ({
  name,
  evaluate: () => ({ ok: false, message }),
});

/** The agent of these builders, or another user. */
export const aUser = (over: Partial<UserInfo> = {}): UserInfo => ({
  username: BOT,
  uid: 'uid-bot',
  groups: ['system:serviceaccounts', 'system:serviceaccounts:agents', 'system:authenticated'],
  extra: {},
  ...over,
});

/** The head of a review: the agent updates a Deployment, unless said otherwise. `resource` is `group/resource/sub`. */
export function aHead(
  over: Partial<Omit<ReviewHead, 'resource' | 'userInfo'>> & {
    resource?: string;
    userInfo?: Partial<UserInfo>;
  } = {},
): ReviewHead {
  const { resource: path = 'apps/deployments', userInfo, ...rest } = over;
  const [group = '', resource = '', subResource = ''] = path.split('/');
  const target = { group, version: 'v1', resource };
  return {
    uid: 'review',
    kind: { group, version: 'v1', kind: 'Kind' },
    resource: target,
    subResource,
    requestResource: target,
    requestSubResource: subResource,
    name: 'web',
    namespace: 'prod',
    operation: 'UPDATE',
    userInfo: aUser(userInfo),
    ...rest,
  };
}
