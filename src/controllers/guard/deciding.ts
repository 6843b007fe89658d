// Policies and freezes as they decide: what is stored, and what went with the definition of its kind. Nobody took that back
// by deleting the definition, so that what is compiled from it stays (INV-1).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { GROUP, RESOURCES } from '../../api/group.ts';
import { followDepartures } from '../../kube/definition.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Reflector } from '../../kube/reflector.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Deciding, ReadingPorts } from '../policies/reading.ts';

type Cache<T extends KubeObject> = Pick<Reflector<T, T>, 'all' | 'onChange'>;

/** Follows the caches. */
export function decidingIn(
  client: KubeClient,
  caches: {
    readonly policies: Cache<ApprovalPolicy & KubeObject>;
    readonly freezes: Cache<AgentFreeze & KubeObject>;
  },
): ReadingPorts['deciding'] {
  const policies = follow(client, RESOURCES.policies, caches.policies);
  const freezes = follow(client, RESOURCES.freezes, caches.freezes);
  return async () => ({ policies: await policies(), freezes: await freezes() });
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
