// One agent with what RBAC gives to it, and whether a right of it is a weakness: a right whose use policies hold is none, and
// one that admission never sees always is (INV-1).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { operationOf } from '../grant/verbs.ts';
import type { Identity } from './agents.ts';
import type { Weakness } from './finding.ts';
import { isGated } from './gated.ts';
import type { PowerWeakness } from './powers.ts';
import { givenBy, type Held, type Power } from './rights.ts';

/** What is judged. */
export interface Case {
  readonly identity: Identity;
  readonly held: readonly Held[];
  /** Those that hold somebody. */
  readonly policies: readonly ApprovalPolicy[];
  /** Where Assent runs. */
  readonly namespace: string;
}

/** A weakness of an agent, by a binding. */
export interface Found {
  readonly weakness: Weakness;
  readonly identity: Identity;
  readonly via: string;
  /** Beside the title. */
  readonly more?: string;
  /** Which policy would hold it, once it is enforced (once-enforced.ts). */
  readonly later?: string;
}

/** Whether this rule, where it is bound, is the weakness, and no policy holds it. */
export function isMet({ powers, where, seen }: PowerWeakness, held: Held, one: Case): boolean {
  const place = { cluster: '', anywhere: held.namespace, ours: one.namespace, 'kube-system': 'kube-system' }[
    where
  ];
  if (held.namespace !== '' && held.namespace !== place) return false;
  const namespace = held.namespace === '' && where === 'anywhere' ? '' : place;
  const given = powers.flatMap((power) => givenBy(held.rule, power));
  if (seen === 'unseen') return given.length > 0;
  if (seen === 'itself') return given.some((deed) => isOpen(deed, namespace, one));
  const writes = seen.map((write) => ({ ...write, namespace: isOfCluster(write.resource) ? '' : namespace }));
  return given.length > 0 && !writes.every((write) => isGated(one.policies, one.identity.user, write));
}

const isOfCluster = (resource: string): boolean =>
  resource.startsWith('cluster') || resource.startsWith('certificate');

type Deed = ReturnType<typeof givenBy>[number];

/** Whether no policy holds what it does. Reads never come by. */
function isOpen(
  { verb, group, resource }: Deed,
  namespace: string,
  { policies, identity }: Pick<Case, 'policies' | 'identity'>,
): boolean {
  const operation = operationOf(verb === 'deletecollection' ? 'delete' : verb, resource);
  return (
    operation === undefined || !isGated(policies, identity.user, { operation, group, resource, namespace })
  );
}

/** What it holds of these powers and no policy holds, each where it is bound. */
export const openHoldings = (one: Case, powers: readonly Power[]): readonly Held[] =>
  one.held.filter(({ rule, namespace }) =>
    powers.some((power) => givenBy(rule, power).some((deed) => isOpen(deed, namespace, one))),
  );
