// The stage of the sweep: a real API server that serves every API it has, our three CRDs, Assent, one policy that names
// all there is, a recorder beside the gate, and as many agents as are asked for.
import { WEBHOOK_CONFIGURATIONS } from '../../src/api/installation.ts';
import type { Review } from '../../src/domain/change/review.ts';
import { NEVER_GATED_GROUPS } from '../../src/domain/policy/rules.ts';
import { readDiscovery, type ServedResource } from '../../src/kube/discovery.ts';
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { KUBERNETES_VERSION, minorOf } from '../../tools/controlplane/version.ts';
import { startOperator } from '../../tools/operator/start.ts';
import { APPLY, OURS, requestIn, sender, type Answer, type Send } from './client.ts';
import { startRecorder, type Recorder } from './recorder.ts';
import { DEFINITIONS } from './stubs/index.ts';
import type { Manifest } from './stub.ts';
import { until } from './wait.ts';

/** APIs behind feature gates that bring kinds of their own; the API server does not start with one that it does not know. */
const FEATURES = [
  'ClusterTrustBundle',
  'ClusterTrustBundleProjection',
  'PodCertificateRequest',
  'StorageVersionMigrator',
  ...(minorOf(KUBERNETES_VERSION) === '1.34' ? [] : ['GenericWorkload']),
];
const AGENTS = 'sweep-agents';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** An agent: a ServiceAccount that may do everything. */
export interface Agent {
  readonly username: string;
  readonly token: string;
  readonly kubeconfig: string;
}

/** An object that Assent or a person made. */
export interface Existing {
  readonly name: string;
  readonly spec: unknown;
}

/** A running stage. */
export interface Stage {
  readonly plane: ControlPlane;
  readonly send: Send;
  /** As the administrator, who is no agent. @throws unless it succeeds */
  admin(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  readonly recorder: Recorder;
  readonly served: readonly ServedResource[];
  /** `1.36` */
  readonly minor: string;
  agent(name: string): Promise<Agent>;
  /** A person approves a request; returns when it is Approved. */
  approve(request: string): Promise<void>;
  /** A request, a decision and a link that exist. */
  readonly existing: Readonly<Record<'request' | 'decision' | 'link' | 'freeze', Existing>>;
  stop(): Promise<void>;
}

/** One review of each operation on each resource is kept, where the gate may be asked about it. */
function labelOf({ operation, resource, subResource }: Review): string | undefined {
  if (NEVER_GATED_GROUPS.has(resource.group)) return undefined;
  return `${operation} ${resource.group}/${resource.resource}/${subResource}`;
}

/** Sets the stage. */
export async function setStage(): Promise<Stage> {
  const plane = await startControlPlane({
    name: 'sweep',
    apiServerFlags: {
      'runtime-config': 'api/all=true',
      'feature-gates': FEATURES.map((feature) => `${feature}=true`).join(','),
    },
  });
  const recorder = await startRecorder(labelOf);
  try {
    return await furnish(plane, recorder);
  } catch (error) {
    recorder.stop();
    await plane.stop();
    throw error;
  }
}

async function furnish(plane: ControlPlane, recorder: Recorder): Promise<Stage> {
  const send = sender(plane);
  const admin: Stage['admin'] = async (method, path, body, contentType) => {
    const answer = await send(plane.adminKubeconfig, method, path, {
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    if (answer.status >= 300)
      throw new Error(`${method} ${path} answered ${answer.status}: ${answer.message}`);
    return answer;
  };
  await define(admin);
  const operator = await startOperator(plane, { run: true });
  const agent: Stage['agent'] = (name) => plane.serviceAccount(AGENTS, name);
  const probe = await agent('probe');
  await admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'sweep-agents' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [
      { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: `system:serviceaccounts:${AGENTS}` },
    ],
  });
  const approver = await appoint(plane, admin);
  await admin('POST', '/api/v1/nodes', {
    metadata: { name: 'sweep-node' },
    status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] },
  });
  await hold({ admin, send, recorder, probe });
  const decide = async (request: string): Promise<string> => {
    const body = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalDecision',
      metadata: { generateName: 'sweep-' },
      spec: { request, verdict: 'Approve' },
    };
    const answer = await send(approver, 'POST', `${OURS}/approvaldecisions`, { body });
    if (answer.status !== 201) throw new Error(`the approval of ${request} was refused: ${answer.message}`);
    return (answer.json as { metadata: { name: string } }).metadata.name;
  };
  const approve = async (request: string): Promise<string> => {
    const decision = await decide(request);
    const state = await until(`${request} to be approved`, async () => {
      const { json } = await admin('GET', `${OURS}/approvalrequests/${request}`);
      const { status } = json as { status?: { state?: string } };
      return status?.state !== undefined && status.state !== 'Pending' ? status.state : undefined;
    });
    if (state !== 'Approved') throw new Error(`${request} was approved and is ${state}`);
    return decision;
  };
  const asked = await send(probe.token, 'POST', '/api/v1/namespaces/default/configmaps', {
    body: { metadata: { name: 'sweep-probe' } },
  });
  const request = requestIn(asked.message);
  await admin('POST', `${OURS}/identitylinks`, LINK);
  await admin('POST', `${OURS}/agentfreezes`, FREEZE);
  const existing = async (resource: string, name: string): Promise<Existing> => {
    const { spec } = (await admin('GET', `${OURS}/${resource}/${name}`)).json;
    return { name, spec };
  };
  return {
    plane,
    send,
    admin,
    recorder,
    served: await discover(send, plane),
    minor: await servedMinor(admin),
    agent,
    async approve(name) {
      await approve(name);
    },
    existing: {
      request: await existing('approvalrequests', request),
      decision: await existing('approvaldecisions', await approve(request)),
      link: await existing('identitylinks', LINK.metadata.name),
      freeze: await existing('agentfreezes', FREEZE.metadata.name),
    },
    async stop() {
      recorder.stop();
      await operator.stop();
      await plane.stop();
    },
  };
}

/** A freeze of nobody that is here. */
const FREEZE = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'AgentFreeze',
  metadata: { name: 'sweep' },
  spec: { user: 'nobody-of-the-sweep' },
};
/** A link that a person makes; nobody edits one. */
const LINK = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'IdentityLink',
  metadata: { name: 'slack-sweep' },
  spec: { channel: 'slack', code: `sha256:${'0'.repeat(64)}` },
};

/** Creates our CRDs and waits until their objects can be written. */
async function define(admin: Stage['admin']): Promise<void> {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const definition of DEFINITIONS) await admin('POST', path, definition);
  for (const { spec } of DEFINITIONS as readonly {
    spec: { group: string; names: Manifest; versions: Manifest[] };
  }[]) {
    for (const version of spec.versions) {
      const all = `/apis/${spec.group}/${String(version['name'])}/${String(spec.names['plural'])}`;
      await until(`${all} to be served`, async () => {
        try {
          return (await admin('GET', all)).status === 200;
        } catch {
          return false;
        }
      });
    }
  }
}

/** A person who may approve everything. @returns path of a kubeconfig */
async function appoint(plane: ControlPlane, admin: Stage['admin']): Promise<string> {
  const { kubeconfig } = await plane.user('alice');
  const rule = (resources: string[], verbs: string[]) => ({ apiGroups: ['assent.dev'], resources, verbs });
  await admin('POST', `${RBAC}/clusterroles`, {
    metadata: { name: 'sweep-approver' },
    rules: [rule(['approvalpolicies'], ['approve']), rule(['approvaldecisions'], ['create'])],
  });
  await admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'sweep-approver' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'sweep-approver' },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'alice' }],
  });
  return kubeconfig;
}

/** Writes the policy that names everything, and registers the recorder with the rules that were compiled from it. */
async function hold(input: {
  admin: Stage['admin'];
  send: Send;
  recorder: Recorder;
  probe: Agent;
}): Promise<void> {
  const { admin, send, recorder, probe } = input;
  const policy = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalPolicy',
    metadata: { name: 'sweep' },
    spec: {
      agents: [{ serviceAccount: `${AGENTS}/*` }],
      match: { rules: [{ apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*'] }] },
      approval: { pendingFor: '4h', usableFor: '4h', limits: { pending: 100, newPerMinute: 60 } },
    },
  };
  await admin('PATCH', `${OURS}/approvalpolicies/sweep?fieldManager=sweep&force=true`, policy, APPLY);
  await until('the gate to be asked', async () => {
    const path = '/api/v1/namespaces/default/configmaps?dryRun=All';
    const { warnings } = await send(probe.token, 'POST', path, {
      body: { metadata: { name: 'sweep-probe' } },
    });
    return warnings.some((one) => one.includes('dry-run only'));
  });
  await register(admin, recorder);
  await until('the recorder to be asked', async () => {
    await send(probe.token, 'POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
      body: { metadata: { name: 'sweep-probe' } },
    });
    return recorder.count(probe.username) > 0;
  });
}

interface Webhooks {
  readonly webhooks: readonly { readonly rules: readonly Manifest[]; readonly matchConditions: unknown }[];
}

async function register(admin: Stage['admin'], recorder: Recorder): Promise<void> {
  const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const { json } = await admin('GET', `${configurations}/${WEBHOOK_CONFIGURATIONS.validating[0]}`);
  const gate = (json as unknown as Webhooks).webhooks[0];
  if (gate === undefined) throw new Error('the gate has no webhook');
  const entry = (name: string, rules: readonly Manifest[]) => ({
    name: `${name}.sweep.example.com`,
    clientConfig: { url: `${recorder.url}/${name}`, caBundle: recorder.caBundle },
    rules,
    matchConditions: gate.matchConditions,
    failurePolicy: 'Fail',
    matchPolicy: 'Equivalent',
    sideEffects: 'None',
    timeoutSeconds: 30,
    admissionReviewVersions: ['v1'],
  });
  // What no policy holds is sent all the same, so that a review which comes is told from one that does not.
  const never = {
    apiGroups: [...NEVER_GATED_GROUPS],
    apiVersions: ['*'],
    resources: ['*/*'],
    operations: ['*'],
    scope: '*',
  };
  await admin('POST', configurations, {
    metadata: { name: 'sweep-recorder' },
    webhooks: [entry('held', gate.rules), entry('never-held', [never])],
  });
}

async function discover(send: Send, plane: ControlPlane): Promise<readonly ServedResource[]> {
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const lists = ['/api', '/apis'].map((path) => send(plane.adminKubeconfig, 'GET', path, { accept }));
  const { resources, stale } = readDiscovery((await Promise.all(lists)).map(({ json }) => json));
  if (stale.length > 0) throw new Error('discovery is not complete');
  return resources;
}

async function servedMinor(admin: Stage['admin']): Promise<string> {
  const { major, minor } = (await admin('GET', '/version')).json as { major: string; minor: string };
  return `${major}.${minor}`;
}
