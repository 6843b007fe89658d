// What the registrations are made from, as far as it can be read. What cannot be read now is as this process knew it last, and
// what it never knew is left open: whoever takes a right to read away changes nothing of what agents are asked about, and keeps
// nothing else from being put back (INV-1).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { RoleLookup } from '../../domain/grant/cluster-role.ts';
import { fitPolicies } from '../../domain/policy/fit.ts';
import type { Compile } from '../../domain/policy/load.ts';
import { discover, type Discovery } from '../../kube/discovery.ts';
import type { KubeClient } from '../../kube/transport.ts';
import { checkPolicy } from './check.ts';
import type { Compiled } from './registrations.ts';
import type { CheckedPolicy, Place } from './status.ts';
import { emptyOffers, namesServed, unknownOwners, unknownTargets } from './unknown.ts';

/** All objects of a kind that decide, as far as that can be told. */
export interface Deciding<T> {
  readonly objects: readonly T[];
  /** False: some may have gone with the definition of their kind before this process began. */
  readonly isWhole: boolean;
}

/** What reading needs. */
export interface ReadingPorts {
  readonly client: KubeClient;
  readonly compile: Compile;
  /** Those that are stored. */
  readonly policies: () => readonly ApprovalPolicy[];
  /** Those, and what went with the definition of its kind: nobody took that back. @throws when that cannot be told */
  readonly deciding: () => Promise<{
    readonly policies: Deciding<ApprovalPolicy>;
    readonly freezes: Deciding<AgentFreeze>;
  }>;
  /** Names of all Approvers. */
  readonly approvers: () => readonly string[];
  /** ClusterRoles, which policies offer as access. */
  readonly roles: RoleLookup;
  /** The namespace of Assent itself: policies may not name what runs there. */
  readonly self: { readonly namespace: string };
}

/** What could be read. */
export interface Reading {
  /** What is to be registered; undefined: nobody knows. */
  readonly compiled: Compiled | undefined;
  /** Policies that are told what became of them. */
  readonly checked: readonly CheckedPolicy[];
  readonly leftOut: readonly ApprovalPolicy[];
  /** They are not what is registered, and why. */
  readonly notYet?: Place;
  /** Something could not be read: the rest is what was known last. */
  readonly failed?: { readonly error: unknown };
}

const NOT_ALL: Place = {
  kind: 'not-registered',
  why: 'the definition of ApprovalPolicies or of AgentFreezes is missing, so that nobody can tell which there are',
};

/**
 * Reads what is there. It throws never.
 *
 * @param last what it said before
 */
export async function readNow(ports: ReadingPorts, last: Reading | undefined): Promise<Reading> {
  try {
    const discovery = await discover(ports.client);
    const { policies, freezes } = await ports.deciding();
    const checked = policies.objects.map((policy) => checkedPolicy(policy, ports, discovery));
    // A policy that names Assent or Kubernetes itself would lock the cluster: it is left out whole, and says so.
    const { kept, leftOut } = fitPolicies(
      checked.filter((one) => !one.isDangerous).map(({ policy }) => policy),
    );
    if (!policies.isWhole || !freezes.isWhole)
      return { compiled: last?.compiled, checked, leftOut, notYet: NOT_ALL };
    const compiled = { policies: kept, resources: discovery.resources, freezes: freezes.objects };
    return { compiled, checked, leftOut };
  } catch (error) {
    return { compiled: undefined, checked: [], leftOut: [], ...last, failed: { error } };
  }
}

/** A policy with what is wrong with it, what it leaves open and what it names that is not there. */
function checkedPolicy(
  policy: ApprovalPolicy,
  ports: ReadingPorts,
  { resources, stale }: Discovery,
): CheckedPolicy {
  const check = checkPolicy(policy.spec, ports);
  // While the backend of a group is away, nobody can say what it serves.
  const targets = stale.length > 0 ? [] : unknownTargets(policy.spec, resources);
  const owners = unknownOwners(policy.spec, ports.approvers());
  const offers = emptyOffers(policy.spec, ports.roles);
  // First, since a status holds only so many: a typo matters more than a gap.
  const isServed = stale.length > 0 || namesServed(policy.spec, resources, ports.roles);
  return { policy, ...check, isServed, warnings: [...targets, ...offers, ...owners, ...check.warnings] };
}
