// The status of a policy: Ready or why not, Enforced or not, its digest, and what it leaves open. Computed from facts, written only on news.
import type { ApprovalPolicy, ApprovalPolicyStatus } from '../../api/approval-policy.ts';
import { policyDigest } from '../../domain/policy/digest.ts';
import { TOO_MANY_AGENTS } from '../../domain/policy/fit.ts';
import type { Enforcement } from '../guard/canary.ts';
import type { PolicyCheck } from './check.ts';
import { conditionOf } from './condition.ts';
import { countedAs, ENFORCED, enforcedCondition, type Standing } from './enforced.ts';

/** A policy with what a check found. */
export interface CheckedPolicy extends PolicyCheck {
  readonly policy: ApprovalPolicy;
  /** Whether the cluster serves anything of what it names, as far as that can be told. */
  readonly isServed: boolean;
}

/** What became of a policy in the webhook configuration. */
export type Place =
  | { readonly kind: 'registered' }
  /** Its agents do not fit beside those of older policies (fit.ts). */
  | { readonly kind: 'too-many-agents' }
  /** The API server did not take the configuration: what stood there before still stands. */
  | { readonly kind: 'not-registered'; readonly why: string };

/** Computes the status of a policy. */
export function policyStatus(
  checked: CheckedPolicy,
  place: Place,
  enforcement: Enforcement,
  now: number,
): {
  status: ApprovalPolicyStatus;
  changed: boolean;
  isReady: boolean;
  enforced: ReturnType<typeof countedAs>;
} {
  const { policy, warnings } = checked;
  const generation = policy.metadata.generation ?? 1;
  const { reason, message } = standing(checked, place);
  const isReady = reason === 'Compiled';
  const ready = conditionOf(policy, 'Ready', { status: isReady ? 'True' : 'False', reason, message }, now);
  const enforced = enforcedCondition(policy, standingOf(checked, place), enforcement, now);
  const others = (policy.status?.conditions ?? []).filter(
    ({ type }) => type !== 'Ready' && type !== ENFORCED,
  );
  const status: ApprovalPolicyStatus = {
    observedGeneration: generation,
    digest: policyDigest(policy.spec),
    // Ours first: the doctor puts its own behind them, and an order that both keep needs no further write.
    conditions: [ready, enforced, ...others],
    ...(warnings.length === 0 ? {} : { warnings: warnings.slice(0, 32).map((one) => one.slice(0, 512)) }),
  };
  return { status, changed: !isSame(status, policy.status), isReady, enforced: countedAs(enforced) };
}

function standingOf({ isDangerous, isServed }: CheckedPolicy, { kind }: Place): Standing {
  if (isDangerous || kind === 'too-many-agents') return 'left-out';
  if (kind === 'not-registered') return kind;
  return isServed ? 'registered' : 'unserved';
}

/** The first that is so: what keeps the policy from holding anything comes first. */
function standing({ policy, errors, warnings, isDangerous }: CheckedPolicy, place: Place) {
  const wrong = errors.join('; ');
  if (isDangerous) return { reason: 'LeftOut', message: `The policy is left out: ${wrong}.` };
  if (place.kind === 'too-many-agents') {
    return { reason: 'LeftOut', message: `The policy is left out: ${TOO_MANY_AGENTS}.` };
  }
  if (place.kind === 'not-registered') {
    const message = `What was registered before still stands, since the webhook configuration could not be written: ${place.why}`;
    return { reason: 'NotRegistered', message };
  }
  if (errors.length > 0) {
    return { reason: 'AsksTooOften', message: `Conditions that cannot be read count as true: ${wrong}.` };
  }
  return { reason: 'Compiled', message: `${effectOf(policy)}${warned(warnings)}.` };
}

function effectOf({ spec }: ApprovalPolicy): string {
  const effects = {
    Enforce: 'The policy is compiled into the webhook rules and holds changes',
    Warn: 'The policy is compiled into the webhook rules; changes go through with a warning',
    Audit: 'The policy is compiled into the webhook rules; changes go through and are recorded',
  } as const;
  return effects[spec.mode];
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
