// The findings about policies and about who answers: a policy that holds nothing, or that holds what nobody can release.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { GROUP, RESOURCES } from '../../api/group.ts';
import { allows } from '../grant/rules.ts';
import { isAgent } from '../policy/agents.ts';
import { parseInstant } from '../request/instant.ts';
import { userOf } from './agents.ts';
import { itemsOf, type Facts, type Subject } from './facts.ts';
import { finding, type Finding } from './finding.ts';
import { POLICY_WEAKNESSES as WEAK } from './installation-weaknesses.ts';
import { readyOf } from './registered.ts';
import type { Gift } from './rights.ts';

/** How long to try a policy out. ms. */
const TRIAL_MS = 14 * 86_400_000;
/** Whoever is in it may do everything, and nobody should have to be. */
const MASTERS = 'system:masters';

/** What is wrong with policies and approvers. */
export function examinePolicies(facts: Facts, gifts: readonly Gift[]): readonly Finding[] {
  const policies = itemsOf(facts.policies);
  const canTell = facts.clusterRoleBindings.kind === 'seen' && facts.clusterRoles.kind === 'seen';
  return [
    ...policies.flatMap((policy) => [
      ...standing(policy),
      ...trial(policy, facts.now),
      ...(canTell ? answers(policy, policies, gifts) : []),
    ]),
    ...people(facts, policies),
  ];
}

const subjectOf = ({ metadata }: ApprovalPolicy): string => `policy ${metadata.name}`;

function standing(policy: ApprovalPolicy): Finding[] {
  const ready = readyOf(policy);
  if (ready?.status === 'True') return [];
  return [
    finding(
      WEAK.notReady,
      subjectOf(policy),
      ready?.message ?? 'the controller has not looked at it as it is now',
    ),
  ];
}

function trial(policy: ApprovalPolicy, now: number): Finding[] {
  const since = parseInstant(policy.metadata.creationTimestamp ?? '') ?? now;
  const { mode } = policy.spec;
  return mode === 'Enforce' || now - since < TRIAL_MS
    ? []
    : [
        finding(
          WEAK.longNotEnforced,
          subjectOf(policy),
          `its mode is ${mode}, and it is older than two weeks`,
        ),
      ];
}

function answers(
  policy: ApprovalPolicy,
  policies: readonly ApprovalPolicy[],
  gifts: readonly Gift[],
): Finding[] {
  if (policy.spec.mode !== 'Enforce' || policy.spec.action !== 'Ask') return [];
  const deed = { verb: 'approve', group: GROUP, resource: RESOURCES.policies, name: policy.metadata.name };
  const isAnswered = gifts.some(
    ({ subjects, held, namespace }) =>
      namespace === '' &&
      subjects.some((subject) => isPerson(subject, policies)) &&
      allows(
        held.map(({ rule }) => rule),
        deed,
      ),
  );
  return isAnswered ? [] : [finding(WEAK.nobodyApproves, subjectOf(policy))];
}

/** No machine, and no agent. */
function isPerson(subject: Subject, policies: readonly ApprovalPolicy[]): boolean {
  const { kind, name } = subject;
  if (kind === 'ServiceAccount' || name === MASTERS) return false;
  if (/^system:(?:serviceaccount|node|anonymous|unauthenticated)/.test(name)) return false;
  const user = userOf(subject) ?? { username: '', groups: [name] };
  return !policies.some(({ spec }) => isAgent(spec, user) !== undefined);
}

function people({ approvers }: Facts, policies: readonly ApprovalPolicy[]): Finding[] {
  return itemsOf(approvers).flatMap(({ metadata, spec }) => {
    const usernames = spec.identities.flatMap(({ kubernetes }) => (kubernetes ? [kubernetes.username] : []));
    return usernames.flatMap((name) => {
      const user = userOf({ kind: 'User', name });
      const naming = user && policies.find((policy) => isAgent(policy.spec, user) !== undefined);
      return naming
        ? [
            finding(
              WEAK.approverIsAgent,
              `Approver ${metadata.name}`,
              `${name} is an agent of ${subjectOf(naming)}`,
            ),
          ]
        : [];
    });
  });
}
