// What holds when several policies ask: in every respect the strictest of them, so that one more policy never widens
// what an agent may do or an approver may overlook.
import type { ApprovalPolicySpec, Risk } from '../../api/approval-policy.ts';
import { durationSeconds } from '../request/duration.ts';

/** Terms of one approval, drawn from every policy that asks. Times in seconds. */
export interface Terms {
  readonly risk: Risk;
  readonly pendingFor: number;
  readonly usableFor: number;
  /** The longest: a refusal is remembered for as long as any of the policies wants. */
  readonly coolDown: number;
  readonly limits: { readonly pending: number; readonly newPerMinute: number };
  readonly reasonRequired: boolean;
  readonly approveMasked: boolean;
  readonly binding: ApprovalPolicySpec['binding'];
  /** Field paths that every policy ignores. */
  readonly ignore: readonly string[];
  /** Field paths that every policy reveals. */
  readonly reveal: readonly string[];
}

const RISKS: readonly Risk[] = ['Low', 'Medium', 'High', 'Critical'];

/** Whether a change with masked values may be approved under this policy: as it says, else below High risk. */
export function mayApproveMasked({ approval, risk }: ApprovalPolicySpec): boolean {
  return approval.approveMasked ?? RISKS.indexOf(risk) < RISKS.indexOf('High');
}

/** Combines the terms of at least one policy. */
export function strictestTerms(specs: readonly [ApprovalPolicySpec, ...ApprovalPolicySpec[]]): Terms {
  const approvals = specs.map((spec) => spec.approval);
  return {
    risk: specs
      .map((spec) => spec.risk)
      .reduce((one, other) => (RISKS.indexOf(one) < RISKS.indexOf(other) ? other : one)),
    pendingFor: Math.min(...approvals.map((approval) => seconds(approval.pendingFor))),
    usableFor: Math.min(...approvals.map((approval) => seconds(approval.usableFor))),
    coolDown: Math.max(...approvals.map((approval) => seconds(approval.coolDown))),
    limits: {
      pending: Math.min(...approvals.map(({ limits }) => limits.pending)),
      newPerMinute: Math.min(...approvals.map(({ limits }) => limits.newPerMinute)),
    },
    reasonRequired: approvals.some((approval) => approval.reasonRequired),
    approveMasked: specs.every(mayApproveMasked),
    binding: specs.some((spec) => spec.binding === 'Object') ? 'Object' : 'Change',
    ignore: shared(specs.map((spec) => spec.ignore)),
    reveal: shared(specs.map((spec) => spec.reveal)),
  };
}

/** Paths that stand in every list, letter by letter: two spellings of one path are not recognised, which is stricter. */
function shared(lists: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = lists;
  return first.filter((path) => others.every((list) => list.includes(path)));
}

/** An unreadable duration cannot be stored; should one appear, nothing stays usable or pending by it. */
function seconds(duration: string): number {
  return durationSeconds(duration) ?? 0;
}
