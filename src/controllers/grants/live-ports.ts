// The ports of the controller of grants over our Kubernetes client. "Not found" and "there already" are answers; everything else
// throws, and the queue tries again.
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { Approver } from '../../api/approver.ts';
import { API_VERSION, ourResource, RESOURCES } from '../../api/group.ts';
import { CEILING } from '../../api/installation.ts';
import { roleNow, type ClusterRole } from '../../domain/grant/cluster-role.ts';
import { GRANT_LABEL } from '../../domain/grant/objects.ts';
import { madeAt } from '../../domain/grant/standing.ts';
import { freezeOf } from '../../domain/policy/frozen.ts';
import { hinderedWords } from '../../domain/message/grant-words.ts';
import { subjectAccessReview } from '../../kube/access-review.ts';
import { coalesced } from '../../kube/coalesce.ts';
import { ApiError, isAlreadyExists, isNotFound, isOvertaken } from '../../kube/errors.ts';
import { createEvent } from '../../kube/events.ts';
import { orUndefined } from '../../kube/expected.ts';
import { allItems } from '../../kube/list.ts';
import type { Draft, KubeObject } from '../../kube/object.ts';
import { resource, type Resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { Logger } from '../../platform/log.ts';
import type { NamedPolicy, RequestPorts } from '../requests/ports.ts';
import { grantObject, isNamedAsGrant, type GrantKind, type StoredObject } from './objects.ts';
import type { GrantPorts, Made, Removed } from './ports.ts';

const RBAC = { group: 'rbac.authorization.k8s.io', version: 'v1' } as const;
const ACCOUNTS = { group: '', version: 'v1', resource: 'serviceaccounts', namespaced: true } as const;
const PLURALS: Readonly<Record<GrantKind, string>> = { Role: 'roles', RoleBinding: 'rolebindings' };

/** Where a kind of a grant lives. */
export const grantResource = (client: KubeClient, kind: GrantKind): Resource<StoredObject> =>
  resource<StoredObject>(client, { ...RBAC, resource: PLURALS[kind], namespaced: true });

/** Where ClusterRoles live. */
export const clusterRoles = (client: KubeClient): Resource<KubeObject & ClusterRole> =>
  resource(client, { ...RBAC, resource: 'clusterroles', namespaced: false });

/** All of a kind. */
const EVERY = '';

type LivePorts = Pick<
  GrantPorts,
  | 'liveGrounds'
  | 'sharedGrounds'
  | 'accountUid'
  | 'getObject'
  | 'listObjects'
  | 'makeObject'
  | 'removeObject'
  | 'mayDo'
  | 'ceiling'
  | 'tellHindered'
>;

/** What telling people needs. */
export interface Telling {
  readonly log: Logger;
  /** Name of this process, for Events. */
  readonly instance: string;
}

/** Makes the live half of the ports. */
export function liveGrantPorts(
  client: KubeClient,
  policyDigest: RequestPorts['policyDigest'],
  telling: Telling,
): LivePorts {
  const ceilings = clusterRoles(client);
  const ceiling = coalesced(async (name) => {
    const role = await orUndefined(ceilings.get(name), isNotFound);
    return role === undefined ? [] : roleNow(role).rules;
  });
  return {
    ...liveGrounds(client, policyDigest),
    ceiling: () => ceiling(CEILING),
    accountUid: accountUid(client),
    ...objectPorts(client),
    async mayDo({ spec }, { verb, group, resource: path, name }, namespace) {
      const { username: user, uid, groups } = spec.requester;
      const [main = '', subresource] = path.split('/');
      const who = { user, groups, ...(uid === undefined ? {} : { uid }) };
      const what = { verb, group, resource: main, name, namespace };
      const question = { ...who, ...what, ...(subresource === undefined ? {} : { subresource }) };
      return (await subjectAccessReview(client, question)).allowed;
    },
    async tellHindered({ metadata: { name, uid } }, object, hindrance) {
      const { reason, message } = hinderedWords(object, hindrance);
      telling.log.warn({ request: name, object }, message);
      const draft = {
        regarding: { apiVersion: API_VERSION, kind: 'ApprovalRequest', name, uid },
        type: 'Warning' as const,
        reason,
        note: message,
        action: reason,
        controller: 'assent.dev/controller',
        id: `${uid.slice(0, 8)}-${reason.slice(5).toLowerCase()}`,
        instance: telling.instance,
      };
      // A courtesy: the log has it.
      await createEvent(client, draft).catch(() => undefined);
    },
  };
}

type ObjectPorts = Pick<GrantPorts, 'getObject' | 'listObjects' | 'makeObject' | 'removeObject'>;

function objectPorts(client: KubeClient): ObjectPorts {
  const calls = { Role: grantResource(client, 'Role'), RoleBinding: grantResource(client, 'RoleBinding') };
  return {
    async getObject(kind, namespace, name) {
      const stored = await orUndefined(calls[kind].get(name, { namespace }), isNotFound);
      return stored && grantObject(kind, stored);
    },
    async listObjects() {
      const found = await Promise.all([listed('Role', calls.Role), listed('RoleBinding', calls.RoleBinding)]);
      return found.flat();
    },
    makeObject(object) {
      const kind: Resource<StoredObject> = calls[object.kind];
      return made(kind.create(object as unknown as Draft<StoredObject>));
    },
    async removeObject({ kind, namespace, name, uid, isGoing }) {
      const stored: Resource<StoredObject> = calls[kind];
      const free = { metadata: { uid, finalizers: null } };
      if (isGoing) return freed(stored.patch(name, free, { namespace }));
      // Said outright, so that no finalizer for the garbage collector keeps it, whoever put one on.
      const now = { preconditions: { uid }, propagationPolicy: 'Background' } as const;
      return removed(stored.delete(name, { namespace, ...now }));
    },
  };
}

/** What may not be freed stays: people are told by whoever finds it there, and nothing else waits for it. */
async function freed(call: Promise<unknown>): Promise<Removed> {
  // Another object of that name has another uid, which nobody can change: 422. The next look sees what stands.
  await orUndefined(call, (error) => isOvertaken(error) || isRefusal(error));
  return { kind: 'removed' };
}

async function removed(call: Promise<unknown>): Promise<Removed> {
  try {
    await orUndefined(call, isOvertaken);
    return { kind: 'removed' };
  } catch (error) {
    if (isRefusal(error)) return { kind: 'refused', why: error.message };
    throw error;
  }
}

/** Whether it is the request that is not wanted: whoever says so in admission chooses the code. Asked again at once, it is the same. */
const isRefusal = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  error.code >= 400 &&
  error.code < 500 &&
  ![401, 408, 409, 429].includes(error.code);

async function listed(kind: GrantKind, calls: Pick<Resource<StoredObject>, 'list'>) {
  const objects = await allItems(calls.list({ labelSelector: GRANT_LABEL }));
  return objects.map((object) => grantObject(kind, object)).filter(isNamedAsGrant);
}

async function made(call: Promise<unknown>): Promise<Made> {
  try {
    await call;
    return { kind: 'created' };
  } catch (error) {
    if (isAlreadyExists(error)) return { kind: 'exists' };
    if (hasNoNamespace(error)) return { kind: 'no-namespace' };
    if (isRefusal(error)) return { kind: 'refused', why: error.message };
    throw error;
  }
}

/** Nothing can be made in a namespace that is not there, or is on its way out. */
function hasNoNamespace(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  const isEnding = error.details.causes?.some(({ reason }) => reason === 'NamespaceTerminating') === true;
  return isEnding || (isNotFound(error) && error.details.kind === 'namespaces');
}

/** Everything but the decisions is the same for many requests: a thousand ends at once share each read. */
function liveGrounds(
  client: KubeClient,
  policyDigest: RequestPorts['policyDigest'],
): Pick<GrantPorts, 'liveGrounds' | 'sharedGrounds'> {
  const decisions = resource<ApprovalDecision & KubeObject>(client, ourResource(RESOURCES.decisions));
  const approvers = resource<Approver & KubeObject>(client, ourResource(RESOURCES.approvers));
  const freezes = resource<AgentFreeze & KubeObject>(client, ourResource(RESOURCES.freezes));
  const roles = clusterRoles(client);
  const core = { group: '', version: 'v1', resource: 'namespaces', namespaced: false };
  const namespaces = resource<KubeObject>(client, core);
  const everyApprover = coalesced(() => allItems(approvers.list()));
  const everyFreeze = coalesced(() => allItems(freezes.list()));
  const digestOf = coalesced((key) => policyDigest(JSON.parse(key) as NamedPolicy));
  const roleOf = coalesced((name) => orUndefined(roles.get(name), isNotFound));
  const namespaceMadeAt = coalesced(async (name) => {
    const namespace = await orUndefined(namespaces.get(name), isNotFound);
    return namespace === undefined ? 0 : madeAt(namespace);
  });
  const sharedGrounds: GrantPorts['sharedGrounds'] = async ({ spec }) => {
    const [policies, role, frozen] = await Promise.all([
      Promise.all(
        spec.policies.map(
          async ({ name, uid }) => [name, await digestOf(JSON.stringify({ name, uid }))] as const,
        ),
      ),
      roleOf(spec.access.role),
      everyFreeze(EVERY),
    ]);
    return {
      policies: new Map(policies),
      role: role ? roleNow(role) : 'gone',
      isFrozen: freezeOf(frozen, spec.requester) !== undefined,
    };
  };
  return {
    sharedGrounds,
    async liveGrounds(request) {
      const [taken, people, shared, times] = await Promise.all([
        allItems(decisions.list({ fieldSelector: `spec.request=${request.metadata.name}` })),
        everyApprover(EVERY),
        sharedGrounds(request),
        Promise.all(request.spec.access.namespaces.map(namespaceMadeAt)),
      ]);
      const newestNamespace = Math.max(0, ...times);
      return { ...shared, newestNamespace, decisions: taken, approvers: people };
    },
  };
}

/** A thousand grants of one account share each read. */
function accountUid(client: KubeClient): GrantPorts['accountUid'] {
  const accounts = resource<KubeObject>(client, ACCOUNTS);
  const uidOf = coalesced(async (path) => {
    const [namespace, name = ''] = path.split('/');
    return (await orUndefined(accounts.get(name, { namespace }), isNotFound))?.metadata.uid;
  });
  return ({ namespace, name }) => uidOf(`${namespace}/${name}`);
}
