// The condition Contained of a policy: whether any of its agents has a right that leads round the gate, as far as RBAC tells. It
// says so and changes nothing: what the gate holds, it holds either way.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Condition } from '../../api/primitives.ts';
import type { Examination } from '../../domain/doctor/examine.ts';
import { line } from '../../domain/message/plain-text.ts';
import { conditionOf, saidBefore, type Said } from '../policies/condition.ts';

const TYPE = 'Contained';
const LONGEST = 1_024;
const MORE = 'kubectl assent doctor says what to do';

/** What RBAC is read from: without one of these nobody can tell. */
const NEEDED: ReadonlySet<string> = new Set(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']);

/** The conditions of a policy with what was found; undefined where that is no news. */
export function containedConditions(
  policy: ApprovalPolicy,
  examination: Examination,
  now: number,
): readonly Condition[] | undefined {
  const before = saidBefore(policy, TYPE);
  const contained = conditionOf(policy, TYPE, standing(policy, examination), now);
  const isSame =
    before?.status === contained.status &&
    before.reason === contained.reason &&
    before.message === contained.message &&
    before.observedGeneration === contained.observedGeneration;
  if (isSame) return undefined;
  return [...(policy.status?.conditions ?? []).filter(({ type }) => type !== TYPE), contained];
}

function standing({ metadata }: ApprovalPolicy, { findings, unseen }: Examination): Said {
  const [worst, ...more] = findings.filter(
    ({ severity, policies }) => severity === 'dangerous' && policies.includes(metadata.name),
  );
  if (worst !== undefined) {
    const rest = more.length === 0 ? '' : ` ${more.length} more.`;
    const what = line(`${worst.subject} ${worst.says}, ${worst.id}`, LONGEST - 100);
    return { status: 'False', reason: 'RightsLeadRound', message: `${what}.${rest} ${MORE}.` };
  }
  const blind = unseen.filter(({ what }) => NEEDED.has(what)).map(({ what }) => what);
  if (blind.length > 0)
    return { status: 'Unknown', reason: 'NotSeen', message: `Nobody could look at ${blind.join(', ')}.` };
  return {
    status: 'True',
    reason: 'NoSuchRight',
    message: 'No agent of this policy has a right that leads round the gate, as far as RBAC tells.',
  };
}
