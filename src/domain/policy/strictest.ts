// What holds when several policies ask: in every respect the strictest of them, so that one more policy never widens
// what an agent may do or an approver may overlook.
import type { ApprovalPolicySpec, Risk } from '../../api/approval-policy.ts';
import { durationSeconds } from '../request/duration.ts';

/** Terms of one approval, drawn from every policy that asks. Times in seconds. */
export interface ApprovalTerms {
  readonly risk: Risk;
  readonly pendingFor: number;
  readonly usableFor: number;
  /** The longest: a refusal is remembered for as long as any of the policies wants. */
  readonly coolDown: number;
  readonly reasonRequired: boolean;
  readonly approveMasked: boolean;
}

/** How the change is bound to its request, and how many an agent may have. */
export interface ChangeTerms {
  readonly limits: ApprovalPolicySpec['approval']['limits'];
  readonly binding: ApprovalPolicySpec['binding'];
  /** Field paths that every policy ignores. */
  readonly ignore: readonly string[];
  /** Field paths that every policy reveals. */
  readonly reveal: readonly string[];
}

const RISKS: readonly Risk[] = ['Low', 'Medium', 'High', 'Critical'];

/** Whether a change with masked values may be approved under this policy: as it says, else below High risk. */
export function mayApproveMasked({ approval, risk }: Pick<ApprovalPolicySpec, 'approval' | 'risk'>): boolean {
  return approval.approveMasked ?? RISKS.indexOf(risk) < RISKS.indexOf('High');
}

/** Combines the terms of approval of at least one policy; undefined if a duration cannot be read. */
export function approvalTerms(
  specs: readonly Pick<ApprovalPolicySpec, 'approval' | 'risk'>[],
): ApprovalTerms | undefined {
  const approvals = specs.map((spec) => spec.approval);
  const all = (key: 'pendingFor' | 'usableFor' | 'coolDown'): number[] =>
    approvals.map((approval) => durationSeconds(approval[key]) ?? Number.NaN);
  const times = {
    pendingFor: Math.min(...all('pendingFor')),
    usableFor: Math.min(...all('usableFor')),
    coolDown: Math.max(...all('coolDown')),
  };
  if (Object.values(times).some(Number.isNaN)) return undefined;
  return {
    ...times,
    risk: specs
      .map((spec) => spec.risk)
      .reduce((one, other) => (RISKS.indexOf(one) < RISKS.indexOf(other) ? other : one)),
    reasonRequired: approvals.some((approval) => approval.reasonRequired),
    approveMasked: specs.every(mayApproveMasked),
  };
}

/** Combines what at least one policy says of the change itself. */
export function changeTerms(specs: readonly ApprovalPolicySpec[]): ChangeTerms {
  const limits = specs.map((spec) => spec.approval.limits);
  return {
    limits: {
      pending: Math.min(...limits.map(({ pending }) => pending)),
      newPerMinute: Math.min(...limits.map(({ newPerMinute }) => newPerMinute)),
    },
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
