// Whether policies hold a write of an agent, whatever it is about. Only what is certain counts: a policy that enforces, asks or
// denies, and has neither conditions nor names that the write could step out of (INV-7).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Operation } from '../change/review.ts';
import { isAgent } from '../policy/agents.ts';
import { anyGlobMatches } from '../policy/glob.ts';
import type { User } from '../policy/policy.ts';
import { coversOperation, coversTarget, NEVER_GATED_GROUPS, targetOf } from '../policy/rules.ts';

/** A write, of whatever name. */
export interface AnyWrite {
  readonly operation: Operation;
  readonly group: string;
  /** With its subresource. */
  readonly resource: string;
  /** '' for everywhere, and for what is in no namespace. */
  readonly namespace: string;
}

/** Whether every such write of this user asks somebody, or is denied. */
export function isGated(policies: readonly ApprovalPolicy[], user: User, write: AnyWrite): boolean {
  if (NEVER_GATED_GROUPS.has(write.group)) return false;
  return policies.some(({ spec }) => {
    const { match, mode, action } = spec;
    const isStrict = mode === 'Enforce' && action !== 'Allow' && (match.conditions ?? []).length === 0;
    return (
      isStrict &&
      isAgent(spec, user) !== undefined &&
      isInside(match.namespaces, write) &&
      isNamed(match.rules, write)
    );
  });
}

type Match = ApprovalPolicy['spec']['match'];

/** A selector is left out of account: labels change. */
const isInside = (namespaces: Match['namespaces'], { namespace }: AnyWrite): boolean =>
  namespaces === undefined || (namespace !== '' && anyGlobMatches(namespaces.names ?? [], namespace));

function isNamed(rules: Match['rules'], { operation, group, resource }: AnyWrite): boolean {
  const [kind = '', subresource = ''] = resource.split('/');
  const target = targetOf(group, kind, subresource);
  return rules.some(
    (rule) =>
      (rule.resourceNames ?? []).length === 0 &&
      coversOperation(rule, operation) &&
      coversTarget(rule, target),
  );
}
