// Policies and freezes as they decide: what is stored, and what went with the definition of its kind. Nobody took that back
// by deleting the definition, so that what is compiled from it stays (INV-1). Before the first list of them, and of the
// ClusterRoles that policies offer, nothing can be told: few would be taken for all.
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { GROUP, RESOURCES } from '../../api/group.ts';
import { followDepartures } from '../../kube/definition.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Reflector } from '../../kube/reflector.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Deciding, ReadingPorts } from '../policies/reading.ts';

type Cache<T extends KubeObject> = Pick<Reflector<T, T>, 'all' | 'onChange' | 'ageMs'>;

/** Whether a cache had its first list: before that it lacks nobody knows what. */
export const wasRead = (cache: Pick<Reflector<KubeObject, unknown>, 'ageMs'>): boolean =>
  cache.ageMs() !== Infinity;

/** Follows the caches. */
export function decidingIn(
  client: KubeClient,
  caches: {
    readonly policies: Cache<ApprovalPolicy & KubeObject>;
    readonly freezes: Cache<AgentFreeze & KubeObject>;
    readonly roles: Parameters<typeof wasRead>[0];
  },
): ReadingPorts['deciding'] {
  const policies = follow(client, RESOURCES.policies, caches.policies);
  const freezes = follow(client, RESOURCES.freezes, caches.freezes);
  return async () => {
    for (const [name, cache] of Object.entries(caches))
      if (!wasRead(cache)) throw new Error(`the ${name} could not be read yet`);
    return { policies: await policies(), freezes: await freezes() };
  };
}

function follow<T extends KubeObject>(
  client: KubeClient,
  plural: string,
  cache: Cache<T>,
): () => Promise<Deciding<T>> {
  const departed = followDepartures(client, `${plural}.${GROUP}`, cache);
  return async () => {
    await departed.settle();
    return { objects: [...cache.all(), ...departed.values()], isWhole: departed.isKnown };
  };
}
