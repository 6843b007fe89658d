// A policy as the gate works with it: the stored object, its digest, and its expressions compiled by the caller.
import type { ApprovalPolicySpec } from '../../api/approval-policy.ts';

/**
 * A compiled expression; `src/cel` makes them, this folder does not know it. Evaluation never throws and its message is
 * one short line without values of the object.
 */
export interface Evaluator {
  /** Name of the condition, or `summary`. */
  readonly name: string;
  evaluate(
    variables: unknown,
  ): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };
}

/** A usable policy. */
export interface Policy {
  readonly name: string;
  readonly uid: string;
  /** See `policyDigest`. */
  readonly digest: string;
  readonly spec: ApprovalPolicySpec;
  /** One for each of `spec.match.conditions`, in their order. */
  readonly conditions: readonly Evaluator[];
  readonly summary?: Evaluator;
}

/** Who asks: the part of `userInfo` that makes somebody an agent. */
export interface User {
  readonly username: string;
  readonly groups: readonly string[];
}
