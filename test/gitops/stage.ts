// A cluster with Assent in it for GitOps clients: which changes are asked about, a person who approves, and a look at what
// the gate was asked. In `team` RoleBindings are asked about, in `prod` ConfigMaps, Secrets and Deployments too; in `frozen`
// bindings are refused, in `small` few requests may wait, in `records` the releases of Helm are asked about, and in `wordy` the
// policy's words are those that Flux must never read.
import { isDeepStrictEqual } from 'node:util';
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest, RequestState } from '../../src/api/approval-request.ts';
import { startAssent, type Assent } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { APPROVAL, RBAC } from '../controlplane/main-path-story.ts';

/** Who takes part. */
export interface Stage {
  readonly assent: Assent;
  /** Path of the agent's kubeconfig. */
  readonly agent: string;
  /** Path of a person's kubeconfig, who may approve. */
  readonly approver: string;
}

/** How many reviews ended in which decision; `unconcerned` are those that no policy concerns. */
export type Tally = Readonly<Record<string, number>>;

/** Namespaces of the stage. */
export const NAMESPACES = ['team', 'prod', 'frozen', 'small', 'records', 'wordy'] as const;
/** One of them. */
export type Namespace = (typeof NAMESPACES)[number];

const binding = { apiGroups: ['rbac.authorization.k8s.io'], resources: ['rolebindings'] };
const objects = { apiGroups: [''], resources: ['configmaps', 'secrets'] };
const releases = { apiGroups: [''], resources: ['secrets'], resourceNames: ['sh.helm.release.v1.*'] };
const workloads = { apiGroups: ['apps'], resources: ['deployments', 'deployments/scale'] };
type Rule = ApprovalPolicySpec['match']['rules'][number];
const all = (rule: Omit<Rule, 'operations'>): Rule => ({ ...rule, operations: ['*'] });

/** Starts the cluster; `asUser` is the ServiceAccount under which the changes arrive. */
export async function startStage(asUser: { namespace: string; name: string }): Promise<Stage> {
  const assent = await startAssent();
  const { namespace, name } = asUser;
  const { kubeconfig } = await assent.plane.serviceAccount(namespace, name);
  for (const one of NAMESPACES) await assent.plane.serviceAccount(one, 'default');
  await grant(assent, 'agent-may-everything', asUser, 'cluster-admin');
  const stage = { assent, agent: kubeconfig, approver: await assent.approver('alice') };
  const agents = [{ serviceAccount: `${namespace}/${name}` }];
  const about = (inNamespace: Namespace, rules: Rule[]) => ({
    agents,
    match: { rules, namespaces: { names: [inNamespace] } },
    approval: APPROVAL,
  });
  await assent.policy('bindings', about('team', [all(binding)]));
  await assent.policy('everything', about('prod', [all(binding), all(objects), all(workloads)]));
  await assent.policy('never', { ...about('frozen', [all(binding)]), action: 'Deny' });
  await assent.policy('releases', about('records', [all(binding), all(releases)]));
  const few = { ...APPROVAL, limits: { pending: 2, newPerMinute: 60 } };
  await assent.policy('few', {
    ...about('small', [all(binding), all(objects), all(workloads)]),
    approval: few,
  });
  const summary = '"the roleRef is immutable, an immutable field"';
  await assent.policy('immutable-field', { ...about('wordy', [all(binding)]), summary });
  for (const one of NAMESPACES) {
    const probe = { metadata: { name: 'probe' }, roleRef: { ...VIEW }, subjects: [] };
    const path = `${RBAC}/namespaces/${one}/rolebindings?dryRun=All`;
    await assent.untilHeld(() => assent.send(stage.agent, 'POST', path, probe));
  }
  return stage;
}

const VIEW = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' };

/** Binds a ClusterRole to a ServiceAccount. */
export async function grant(
  assent: Assent,
  name: string,
  account: { namespace: string; name: string },
  role: string,
): Promise<void> {
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name },
    roleRef: { ...VIEW, name: role },
    subjects: [{ kind: 'ServiceAccount', ...account }],
  });
}

/** What the gate has decided so far. Counted before an answer leaves, so it is never behind what a client saw. */
export async function tallyOf({ operator }: Assent): Promise<Tally> {
  const tally: Record<string, number> = {};
  for (const one of operator.processes) {
    const text = await operator.metrics(one);
    for (const [, path = '', decision = '', count = ''] of text.matchAll(REVIEWS)) {
      // What Assent sends itself, to see that it is asked.
      if (decision === 'canary') continue;
      const key = path === 'fast' ? 'unconcerned' : decision;
      tally[key] = (tally[key] ?? 0) + Number(count);
    }
  }
  return tally;
}

const REVIEWS = /^assent_gate_reviews_total\{path="(\w+)",decision="(\w+)"\} (\d+)$/gm;

/** What came on top of an earlier tally; decisions that did not occur are left out. */
export function since(before: Tally, now: Tally): Tally {
  const grown = Object.entries(now)
    .map(([key, count]) => [key, count - (before[key] ?? 0)] as const)
    .filter(([, count]) => count > 0);
  return Object.fromEntries(grown);
}

/** Requests that are not among the known ones, oldest first. */
export async function newRequests(assent: Assent, known: ReadonlySet<string>): Promise<ApprovalRequest[]> {
  const fresh = (await assent.requests()).filter(({ metadata }) => !known.has(metadata.name));
  return fresh.toSorted((a, b) => (a.spec.requestedAt < b.spec.requestedAt ? -1 : 1));
}

/** The states of the new requests, oldest first, once they are as wanted; after ten seconds as they are. */
export async function untilStates(
  assent: Assent,
  known: ReadonlySet<string>,
  wanted: readonly RequestState[],
): Promise<readonly RequestState[]> {
  let found: readonly RequestState[] = [];
  const look = async () => {
    found = (await newRequests(assent, known)).map(({ status }) => status?.state ?? 'Pending');
    return isDeepStrictEqual(found, wanted);
  };
  await waitFor(look, { what: 'the states', timeoutMs: 10_000 }).catch(() => undefined);
  return found;
}
