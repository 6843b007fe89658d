// The condition Enforced of a policy: whether the API server was seen to ask us by the rules that the policy is compiled into
// (INV-1), and nothing of the kind where it names nothing that is served. Pure. While a new version of the rules is on its way to the API servers, a policy that nobody changed keeps
// what it said: a change of one policy is no news of the others.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Condition } from '../../api/primitives.ts';
import type { LabelsOf } from '../../platform/metric-table.ts';
import type { Enforcement } from '../guard/canary.ts';
import { conditionOf, saidBefore, type Said } from './condition.ts';

/** The condition's name. */
export const ENFORCED = 'Enforced';

/** Where a policy stands: why it is not registered, or registered with or without anything that the cluster serves. */
export type Standing = 'registered' | 'unserved' | 'left-out' | 'not-registered';

/** The condition. */
export function enforcedCondition(
  policy: ApprovalPolicy,
  standing: Standing,
  enforcement: Enforcement,
  now: number,
): Condition {
  const before = saidBefore(policy, ENFORCED);
  const isRegistered = standing === 'registered' || standing === 'unserved';
  const news = standing === 'unserved' ? ofNothing(enforcement) : enforcement;
  const fresh = conditionOf(policy, ENFORCED, isRegistered ? said(policy, news) : ABSENT[standing], now);
  const isSettled = before?.observedGeneration === fresh.observedGeneration && !UNSETTLED.has(before.reason);
  return isRegistered && news.kind === 'pending' && isSettled ? before : fresh;
}

/** What the canary proves is nothing about what is not there; that the API server does not go by us, it is. */
const ofNothing = (enforcement: Enforcement): Enforcement =>
  enforcement.kind === 'through' || enforcement.kind === 'unknown' ? enforcement : { kind: 'nothing' };

const NOTHING = 'NothingNamed';
/** What was said before anything could be seen. */
const UNSETTLED: ReadonlySet<string> = new Set(['LeftOut', NOTHING]);

/** How it is counted. */
export const countedAs = ({ status, reason }: Condition): LabelsOf<'policiesEnforced'>['enforced'] =>
  reason === NOTHING ? 'nothing' : COUNTED[status];

const COUNTED = { True: 'true', False: 'false', Unknown: 'unknown' } as const;

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
        reason: NOTHING,
        message:
          'The cluster serves nothing of what the policy names, so there is nothing to ask about; it holds as soon as there is.',
      };
    case 'unknown':
      return {
        status: 'Unknown',
        reason: 'NotSeen',
        message: `Whether the API server asks Assent cannot be told: ${enforcement.why}`,
      };
  }
}
