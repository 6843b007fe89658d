// The status of a policy: Ready or why not, its digest, and what it leaves open. Computed from facts, written only on news.
import type { ApprovalPolicy, ApprovalPolicyStatus } from '../../api/approval-policy.ts';
import { policyDigest } from '../../domain/policy/digest.ts';
import { instant } from '../../domain/request/instant.ts';
import type { PolicyCheck } from './check.ts';

/** A policy with what a check found. */
export interface CheckedPolicy extends PolicyCheck {
  readonly policy: ApprovalPolicy;
}

const LONGEST = 1_024;

/** Computes the status of a policy whose webhook rules are in place. */
export function policyStatus(
  checked: CheckedPolicy,
  now: number,
): { status: ApprovalPolicyStatus; changed: boolean } {
  const { policy, errors, warnings, isDangerous } = checked;
  const generation = policy.metadata.generation ?? 1;
  const isReady = errors.length === 0;
  const before = policy.status?.conditions?.find((one) => one.type === 'Ready');
  const value = isReady ? ('True' as const) : ('False' as const);
  const ready = {
    type: 'Ready',
    status: value,
    observedGeneration: generation,
    lastTransitionTime: before?.status === value ? before.lastTransitionTime : instant(now),
    reason: isReady ? 'Compiled' : isDangerous ? 'LeftOut' : 'AsksTooOften',
    message: messageOf(checked).slice(0, LONGEST),
  };
  const others = (policy.status?.conditions ?? []).filter((one) => one.type !== 'Ready');
  const status: ApprovalPolicyStatus = {
    observedGeneration: generation,
    digest: policyDigest(policy.spec),
    conditions: [...others, ready],
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, 32).map((one) => one.slice(0, 512)) }),
  };
  return { status, changed: !isSame(status, policy.status) };
}

function messageOf({ policy, errors, warnings, isDangerous }: CheckedPolicy): string {
  if (errors.length > 0) {
    const effect = isDangerous ? 'The policy is left out' : 'Conditions that cannot be read count as true';
    return `${effect}: ${errors.join('; ')}.`;
  }
  const effects = {
    Enforce: 'The policy is compiled into the webhook rules and holds changes',
    Warn: 'The policy is compiled into the webhook rules; changes go through with a warning',
    Audit: 'The policy is compiled into the webhook rules; changes go through and are recorded',
  } as const;
  return `${effects[policy.spec.mode]}${warned(warnings)}.`;
}

/** Warnings as the end of the message, since that is what people see in a table: most of them are typos. */
function warned(warnings: readonly string[]): string {
  const [first, ...more] = warnings;
  if (first === undefined) return '';
  const count = more.length === 0 ? '1 warning' : `${warnings.length} warnings, the first`;
  return `; ${count}: ${first.replace(/\.$/, '')}`;
}

/** Whether two statuses say the same, whatever the order of their fields. */
function isSame(a: ApprovalPolicyStatus, b: ApprovalPolicyStatus | undefined): boolean {
  const text = (status: ApprovalPolicyStatus) =>
    JSON.stringify([
      status.observedGeneration,
      status.digest,
      status.warnings ?? [],
      (status.conditions ?? []).map((one) => [
        one.type,
        one.status,
        one.observedGeneration,
        one.reason,
        one.message,
      ]),
    ]);
  return b !== undefined && text(a) === text(b);
}
