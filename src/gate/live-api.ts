// The gate's port to the cluster over our Kubernetes client. "Not found" and "somebody else was first" are answers;
// everything else throws, and whoever asked denies (INV-7).
import type { AgentFreeze } from '../api/agent-freeze.ts';
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalPolicy } from '../api/approval-policy.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import { API_VERSION, GROUP, ourResource, RESOURCES } from '../api/group.ts';
import { PART_OF } from '../api/installation.ts';
import { parseLossless, type JsonObject } from '../domain/change/json.ts';
import { roleNow, type ClusterRole } from '../domain/grant/cluster-role.ts';
import { madeAt } from '../domain/grant/standing.ts';
import { subjectAccessReview } from '../kube/access-review.ts';
import { isAlreadyExists, isConflict, isNotFound, isOvertaken } from '../kube/errors.ts';
import { orUndefined } from '../kube/expected.ts';
import { allItems } from '../kube/list.ts';
import type { Draft, KubeObject } from '../kube/object.ts';
import { resourcePath } from '../kube/resource-path.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { GateApi, Ledger, Look } from './ports.ts';

interface Lease extends KubeObject {
  readonly metadata: KubeObject['metadata'] & { readonly annotations?: Readonly<Record<string, string>> };
}

const LEDGER = 'assent.dev/ledger';
const ledgerName = (agent: string): string => `assent-agent-${agent}`;

/**
 * Makes the port.
 * @param namespace where the ledgers of agents live
 */
export function liveApi(client: KubeClient, namespace: string): GateApi {
  const requests = resource<ApprovalRequest & KubeObject>(client, ourResource(RESOURCES.requests));
  const policies = resource<ApprovalPolicy & KubeObject>(client, ourResource(RESOURCES.policies));
  const decisions = resource<ApprovalDecision & KubeObject>(client, ourResource(RESOURCES.decisions));
  const approvers = resource<Approver & KubeObject>(client, ourResource(RESOURCES.approvers));
  const links = resource<IdentityLink & KubeObject>(client, ourResource(RESOURCES.links));
  return {
    getRequest: (name, signal) => orUndefined(requests.get(name, { signal }), isNotFound),
    async createRequest(name, spec, signal) {
      const draft = { apiVersion: API_VERSION, kind: 'ApprovalRequest' as const, metadata: { name }, spec };
      const request = await orUndefined(requests.create(draft, { signal }), isAlreadyExists);
      return request ? { kind: 'created', request } : { kind: 'exists' };
    },
    replaceStatus: (request, signal) => orUndefined(requests.replaceStatus(request, { signal }), isConflict),
    getPolicy: (name, signal) => orUndefined(policies.get(name, { signal }), isNotFound),
    listDecisions: (request, call) =>
      allItems(decisions.list({ fieldSelector: `spec.request=${request}`, ...call })),
    listApprovers: (call) => allItems(approvers.list(call)),
    listLinks: (user, call) =>
      allItems(links.list({ fieldSelector: `status.account.user=${user}`, ...call })),
    getObject: (look, signal) => getObject(client, look, signal),
    ...grantReads(client),
    async mayApprove(person, policy, signal) {
      const { username: user, uid, groups, extra } = person;
      const question = {
        user,
        uid,
        groups,
        extra,
        verb: 'approve',
        group: GROUP,
        resource: RESOURCES.policies,
        name: policy,
      };
      return (await subjectAccessReview(client, question, { signal })).allowed;
    },
    ...ledgers(client, namespace),
  };
}

/** What a grant stands on beside its approval. */
function grantReads(client: KubeClient): Pick<GateApi, 'getRole' | 'listFreezes' | 'namespaceMadeAt'> {
  const freezes = resource<AgentFreeze & KubeObject>(client, ourResource(RESOURCES.freezes));
  const roles = resource<KubeObject & ClusterRole>(client, {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    resource: 'clusterroles',
    namespaced: false,
  });
  const core = { group: '', version: 'v1', resource: 'namespaces', namespaced: false };
  const namespaces = resource<KubeObject>(client, core);
  return {
    async getRole(name, signal) {
      const role = await orUndefined(roles.get(name, { signal }), isNotFound);
      return role && roleNow(role);
    },
    listFreezes: (signal) => allItems(freezes.list({ signal })),
    async namespaceMadeAt(name, signal) {
      const namespace = await orUndefined(namespaces.get(name, { signal }), isNotFound);
      return namespace && madeAt(namespace);
    },
  };
}

/** Ledgers are annotations of Leases: small objects that every cluster has and that nobody watches. */
function ledgers(client: KubeClient, namespace: string): Pick<GateApi, 'readLedger' | 'writeLedger'> {
  const definition = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespaced: true };
  const leases = resource<Lease>(client, definition);
  const toLedger = (lease: Lease): Ledger => ({
    value: lease.metadata.annotations?.[LEDGER] ?? '',
    version: lease.metadata.resourceVersion ?? '',
  });
  return {
    async readLedger(agent, signal) {
      const lease = await orUndefined(leases.get(ledgerName(agent), { namespace, signal }), isNotFound);
      return lease ? toLedger(lease) : { value: '', version: '' };
    },
    async writeLedger(agent, ledger, signal) {
      const metadata = {
        name: ledgerName(agent),
        namespace,
        labels: PART_OF,
        annotations: { [LEDGER]: ledger.value },
      };
      const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata };
      const call =
        ledger.version === ''
          ? orUndefined(leases.create(lease, { signal }), isAlreadyExists)
          : orUndefined(leases.replace(guarded(lease, ledger.version), { signal }), isOvertaken);
      const written = await call;
      return written && toLedger(written);
    },
  };
}

/** The API server wants the version for a guarded write, and neither uid nor anything else of metadata. */
const guarded = (lease: Draft<Lease>, resourceVersion: string): Lease =>
  ({ ...lease, metadata: { ...lease.metadata, resourceVersion } }) as Lease;

/** Reads any object, losslessly: it becomes part of a fingerprint. */
async function getObject(
  client: KubeClient,
  look: Look,
  signal: AbortSignal,
): Promise<JsonObject | undefined> {
  const { namespace, name, ...definition } = look;
  const path = resourcePath({ ...definition, namespaced: namespace !== '' }, { namespace, name });
  const bytes = await orUndefined(
    client.request({ method: 'GET', path, signal, decode: (body) => body }),
    isNotFound,
  );
  if (bytes === undefined) return undefined;
  const parsed = parseLossless(bytes as Uint8Array);
  if (!parsed.ok) throw new Error(`${look.resource} ${name} cannot be read: ${parsed.why}`);
  return parsed.value as JsonObject;
}
