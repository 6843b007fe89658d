// What is wrong with a policy, as its status tells it. The guard refuses such a policy when it is written; this finds those
// that came in while the guard was away, or that a newer version of Assent reads differently.
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';
import type { Compile } from '../../domain/policy/load.ts';
import { validatePolicy } from '../../domain/policy/validate.ts';

/** What a check found. */
export interface PolicyCheck {
  /** Paths and sentences; empty when the policy can be used as it is. */
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
  /** It names identities that must never be held: the policy is left out whole. Other errors leave it asking too often. */
  readonly isDangerous: boolean;
}

/** Checks a policy. */
export function checkPolicy(
  spec: ApprovalPolicySpec,
  ports: { readonly self: { readonly namespace: string }; readonly compile: Compile },
): PolicyCheck {
  const { errors, warnings } = validatePolicy(spec, ports.self, ports.compile);
  return {
    errors: errors.map(({ path, message }) => `${path}: ${message}`),
    warnings,
    isDangerous: errors.some((one) => one.isDangerous),
  };
}
