// The condition Enforced of a policy: whether the API server was seen to ask us by the rules that the policy is compiled into
// (INV-1). Pure. While a new version of the rules is on its way to the API servers, a policy that nobody changed keeps
// what it said: a change of one policy is no news of the others.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Condition } from '../../api/primitives.ts';
import type { Enforcement } from '../guard/canary.ts';
import { conditionOf, saidBefore, type Said } from './condition.ts';

/** The condition's name. */
export const ENFORCED = 'Enforced';

/**
 * The condition.
 *
 * @param place `registered`, or why the policy is not
 */
export function enforcedCondition(
  policy: ApprovalPolicy,
  place: 'registered' | 'left-out' | 'not-registered',
  enforcement: Enforcement,
  now: number,
): Condition {
  const before = saidBefore(policy, ENFORCED);
  const fresh = conditionOf(
    policy,
    ENFORCED,
    place === 'registered' ? said(policy, enforcement) : ABSENT[place],
    now,
  );
  const isSettled = before?.observedGeneration === fresh.observedGeneration && before.reason !== 'LeftOut';
  return place === 'registered' && enforcement.kind === 'pending' && isSettled ? before : fresh;
}

const ABSENT: Readonly<Record<'left-out' | 'not-registered', Said>> = {
  'left-out': {
    status: 'False',
    reason: 'LeftOut',
    message: 'The policy is left out, so the API server asks nobody about what it names.',
  },
  'not-registered': {
    status: 'False',
    reason: 'NotRegistered',
    message:
      'The webhook configuration could not be written, so the API server goes by what stood there before.',
  },
};

function said({ spec }: ApprovalPolicy, enforcement: Enforcement): Said {
  switch (enforcement.kind) {
    case 'seen':
      return {
        status: 'True',
        reason: 'Seen',
        message: `The API server asks Assent about what the policy names: a dry-run that it had to catch was caught.${spec.mode === 'Enforce' ? '' : ` In mode ${spec.mode} changes go through all the same.`}`,
      };
    case 'unanswered':
      return {
        status: 'True',
        reason: 'GateUnreachable',
        message:
          'The API server refuses what the policy names, since it gets no answer from the gate. Look whether the gate runs.',
      };
    case 'pending':
      return {
        status: 'Unknown',
        reason: 'Pending',
        message:
          'The policy is registered, and the API server was not yet seen to go by it. That takes a moment.',
      };
    case 'through':
      return {
        status: 'False',
        reason: 'NotEnforced',
        message:
          'The API server does not ask Assent: a dry-run that it had to catch went through, and so may changes by agents. Look whether somebody removes webhook configurations, or turned admission webhooks off.',
      };
    case 'nothing':
      return {
        status: 'Unknown',
        reason: 'NothingNamed',
        message: 'What the policies name is not served, so there is nothing to ask about.',
      };
    case 'unknown':
      return {
        status: 'Unknown',
        reason: 'NotSeen',
        message: `Whether the API server asks Assent cannot be told: ${enforcement.why}`,
      };
  }
}
