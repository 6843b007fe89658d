// How the catalogue writes down that a right of an agent is a weakness: what it is, where it has to be held, and how admission
// sees its use (INV-1).
import type { Operation } from '../change/review.ts';
import type { Weakness } from './finding.ts';
import type { Power } from './rights.ts';

/** A weakness that one right of an agent is. */
export interface PowerWeakness extends Weakness {
  readonly powers: readonly Power[];
  /** Where the right has to be held. `cluster`: only a ClusterRoleBinding gives it. `ours`: in the namespace of Assent. */
  readonly where: 'cluster' | 'anywhere' | 'ours' | 'kube-system';
  /**
   * How admission sees it. `unseen`: not at all, or too late. `itself`: as the write that the right allows. Otherwise as these
   * writes, without which the right is of no use.
   */
  readonly seen: 'unseen' | 'itself' | readonly Seen[];
}

interface Seen {
  readonly operation: Operation;
  readonly group: string;
  readonly resource: string;
}

/** Group of roles and bindings. */
export const RBAC = 'rbac.authorization.k8s.io';
/** Group of webhook configurations and admission policies. */
export const ADMISSION = 'admissionregistration.k8s.io';
/** Every verb that changes something. */
export const CHANGE = ['create', 'update', 'patch', 'delete', 'deletecollection'];
/** Verbs that put something there. */
export const PUT = ['create', 'update', 'patch'];
/** Verbs that read. */
export const READ = ['get', 'list', 'watch'];

/** What makes pods, the pods themselves first. */
export const POD_MAKERS: readonly Power[] = [
  { verbs: PUT, group: '', resources: ['pods', 'replicationcontrollers'] },
  { verbs: PUT, group: 'apps', resources: ['deployments', 'statefulsets', 'daemonsets', 'replicasets'] },
  { verbs: PUT, group: 'batch', resources: ['jobs', 'cronjobs'] },
];

/** What leads into pods that run already, where their tokens are. */
export const POD_DOORS: readonly Power[] = [
  { verbs: ['create', 'get'], group: '', resources: ['pods/exec', 'pods/attach'] },
  { verbs: ['update', 'patch'], group: '', resources: ['pods/ephemeralcontainers'] },
];

/** Both writes of each resource. */
export const writes = (group: string, ...resources: readonly string[]): readonly Seen[] =>
  resources.flatMap((resource) =>
    (['CREATE', 'UPDATE'] as const).map((operation) => ({ operation, group, resource })),
  );

/** What to do about a right whose use admission sees. */
export const ASKING =
  'Take the right away, or let a policy in mode Enforce ask about it or deny it, without conditions.';
/** What to do about any other. */
export const OUT = 'Take the right away: admission does not see it, so that no policy can hold it.';
