// What an offer of access holds beside the writes that it covers: those by which an agent would step out of it. What is offered
// is read from a ClusterRole as it is now, so whoever empties that role frees what it gates; whoever fills the ceiling widens
// what can be granted; and who deletes a namespace deletes what is in it (INV-1). Nothing is granted for any of these: the
// policy holds them as if its match named them.
import type { PolicyRule } from '../../api/approval-policy.ts';
import { CEILING } from '../../api/installation.ts';
import type { ReviewHead } from '../change/review.ts';
import type { RoleLookup } from '../grant/cluster-role.ts';
import { anyGlobMatches } from './glob.ts';
import { objectsOf } from './implied.ts';
import { isOfDeletion, offeredRulesOf, type OfferIndex } from './offers.ts';
import type { Policy } from './policy.ts';
import { isNamespaceItself, type Target } from './rules.ts';
import type { Touched } from './touched.ts';

const RBAC = 'rbac.authorization.k8s.io';

/** A request, whoever sent it. */
export interface Guardable {
  readonly head: ReviewHead;
  readonly targets: readonly Target[];
  /** What an UPDATE changes; everything while only the head is known. */
  readonly touched: Touched;
}

/** Whether it is of a kind that offers may guard: most requests are not. */
export function isGuardable({ head, targets, touched }: Guardable): boolean {
  return targets.some(isClusterRole) || isEndOfNamespace({ head, targets, touched });
}

/** Whether the policy at this place guards the request. One that names no object may be about any. */
export function isGuarded({ offers }: OfferIndex, at: number, guardable: Guardable): boolean {
  const { head, targets } = guardable;
  const mine = offers.get(at) ?? [];
  const isNamed = (name: string): boolean => head.name === '' || head.name === name;
  // Of the ceiling any policy will do: it bounds what every agent is granted.
  if (targets.some(isClusterRole)) return isNamed(CEILING) || mine.some(({ role }) => isNamed(role));
  return (
    isEndOfNamespace(guardable) &&
    mine.some(
      (offer) => offer.isOfDeletion && (head.name === '' || anyGlobMatches(offer.namespaces, head.name)),
    )
  );
}

/** What guarding makes the API server send; nothing where no policy offers anything (INV-6). */
export function guardedWrites(
  policies: readonly Pick<Policy, 'spec'>[],
  roles: RoleLookup,
): readonly PolicyRule[] {
  const names = new Set(policies.flatMap(({ spec }) => spec.access.map(({ role }) => role)));
  if (names.size === 0) return [];
  const ofRoles: PolicyRule = {
    apiGroups: [RBAC],
    resources: ['clusterroles'],
    operations: ['CREATE', 'UPDATE', 'DELETE'],
  };
  const ofNamespaces: PolicyRule = { apiGroups: [''], resources: ['namespaces'], operations: ['DELETE'] };
  const deletes = [...names].some((name) => offeredRulesOf(name, roles).some(isOfDeletion));
  return deletes ? [ofRoles, ofNamespaces] : [ofRoles];
}

const isClusterRole = ({ group, resource }: Target): boolean => group === RBAC && resource === 'clusterroles';

/** The deletion of a namespace, or an update that comes to one. */
function isEndOfNamespace({ head, targets, touched }: Guardable): boolean {
  if (head.operation === 'DELETE') return targets.some(isNamespaceItself);
  return head.operation === 'UPDATE' && touched.lifetime && objectsOf(head, targets).some(isNamespaceItself);
}
