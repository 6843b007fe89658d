// The compiled webhook entry on a real API server: it is accepted, lets exactly the agents' changes through, and is no
// error for anybody on any kind. An error in a condition would deny every user, system:masters included.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { compileWebhook } from '../../src/domain/policy/compile.ts';
import { discover } from '../../src/kube/discovery.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { aPolicySpec, aRule } from '../builders/policies.ts';
import { startCluster, waitFor } from './cluster.ts';
import { autoscaler, configMap, core, everything, named, pod, type Call } from './policy-compile-calls.ts';
import { startReviewRecorder, type ReviewRecorder, type Reviewed } from './review-recorder.ts';

type Spec = ReturnType<typeof aPolicySpec>;

const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';

let cluster: ControlPlane;
let client: KubeClient;
let recorder: ReviewRecorder;
let reviewed: Reviewed[];
/** Identities, all of them cluster-admin: what stops them is never RBAC. */
const who = { admin: '', bot: '', other: '', member: '', mail: '', amy: '' };

/** Compiles the policies and registers the result under this name; returns when it is in force. */
async function register(name: string, specs: readonly Spec[]): Promise<void> {
  const { resources } = await discover(client);
  const compiled = compileWebhook(
    specs.map((spec) => ({ spec })),
    resources,
  );
  if (compiled.kind !== undefined) throw new Error(compiled.kind);
  const answer = await cluster.raw(who.admin, 'POST', `${WEBHOOKS}?fieldValidation=Strict`, {
    body: {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      metadata: { name },
      webhooks: [
        {
          name: 'gate.assent.dev',
          clientConfig: {
            url: `${recorder.url}/${name}`,
            caBundle: recorder.caBundle,
          },
          failurePolicy: 'Fail',
          matchPolicy: 'Equivalent',
          sideEffects: 'NoneOnDryRun',
          timeoutSeconds: 10,
          admissionReviewVersions: ['v1'],
          ...compiled,
        },
      ],
    },
  });
  expect({ status: answer.status, text: answer.text.slice(0, 500) }).toMatchObject({ status: 201 });
  await waitFor(
    async () => {
      await cluster.raw(who.bot, 'POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
        body: configMap('marker'),
      });
      return reviewed.some(({ path }) => path === `/${name}`);
    },
    { what: 'the configuration' },
  );
}

async function unregister(name: string): Promise<void> {
  await cluster.raw(who.admin, 'DELETE', `${WEBHOOKS}/${name}`);
  await waitFor(
    async () => {
      reviewed.length = 0;
      await cluster.raw(who.bot, 'POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
        body: configMap('marker'),
      });
      return reviewed.length === 0;
    },
    { what: 'the configuration to be gone' },
  );
}

const call = (identity: string, [method, path, body]: Call) =>
  cluster.raw(identity, method, path, {
    ...(body === undefined ? {} : { body }),
    ...(method === 'PATCH' ? { contentType: 'application/merge-patch+json' } : {}),
  });

/** What the recorder saw of the calls, and every answer that is neither a success nor the expected refusal. */
async function run(identity: string, calls: readonly Call[]): Promise<{ seen: string[]; failed: string[] }> {
  const before = reviewed.length;
  const failed: string[] = [];
  for (const one of calls) {
    const answer = await call(identity, one);
    if (answer.status >= 300)
      failed.push(`${one[0]} ${one[1]}: ${answer.status} ${answer.text.slice(0, 300)}`);
  }
  return { seen: reviewed.slice(before).map(({ what }) => what), failed };
}

beforeAll(async () => {
  recorder = await startReviewRecorder();
  ({ reviewed } = recorder);
  cluster = await startCluster();
  who.admin = cluster.adminKubeconfig;
  client = new KubeClient({
    credentials: await loadCredentials({ kubeconfig: cluster.adminKubeconfig }),
    userAgent: 'policy-test',
  });
  who.bot = (await cluster.serviceAccount('agents', 'deploy-bot')).token;
  who.other = (await cluster.serviceAccount('people', 'deploy-bot')).token;
  // Without kube-controller-manager nobody makes it, and pods need it.
  await cluster.serviceAccount('default', 'default');
  who.member = (await cluster.user('ci', ['assent:agents'])).kubeconfig;
  who.mail = (await cluster.user('x@bots.example.com')).kubeconfig;
  who.amy = (await cluster.user('amy')).kubeconfig;
  await cluster.kubectl(cluster.adminKubeconfig, [
    'create',
    'clusterrolebinding',
    'all',
    '--clusterrole=cluster-admin',
    '--serviceaccount=agents:deploy-bot',
    '--serviceaccount=people:deploy-bot',
    '--group=assent:agents',
    '--user=x@bots.example.com',
    '--user=amy',
  ]);
  await waitFor(async () => (await cluster.raw(who.amy, 'GET', '/api/v1/nodes')).status === 200, {
    what: 'the binding',
  });
});
afterAll(async () => {
  await client?.close();
  await cluster?.stop();
  recorder?.stop();
});
beforeEach(() => {
  reviewed.length = 0;
});

const agents = [
  { serviceAccount: 'agents/*-bot' },
  { group: 'assent:agents' },
  { user: '*@bots.example.com' },
  { user: 'exact-name' },
];

describe('a few resources', () => {
  const policies = [
    aPolicySpec({
      agents,
      namespaces: { names: ['default', 'mine'] },
      rules: [
        aRule({ apiGroups: [''], resources: ['configmaps'] }),
        aRule({ resources: ['deployments', '*/scale'] }),
        aRule({
          apiGroups: ['autoscaling'],
          resources: ['horizontalpodautoscalers'],
          operations: ['CREATE', 'UPDATE'],
        }),
        aRule({ apiGroups: ['later.example.com'], resources: ['gadgets', '*/status'] }),
      ],
    }),
    aPolicySpec({ agents: [{ user: 'we(ird.[name]*$"\\' }], mode: 'Audit' }),
  ];
  beforeAll(() => register('few', policies));
  afterAll(() => unregister('few'));

  it.each(['bot', 'member', 'mail'] as const)(
    'INV-1: the changes of the agent %s arrive, and nothing else',
    async (agent) => {
      const { seen, failed } = await run(who[agent], everything(`few-${agent}`.toLowerCase()));
      expect(failed).toEqual([]);
      // One change may be several reviews: the API server judges again when its first copy of the object was old.
      const once = [...new Set(seen)].filter((what) => !what.startsWith('DELETE /v1/namespaces'));
      expect(once).toEqual([
        `CREATE /v1/configmaps/ few-${agent}`,
        `UPDATE /v1/configmaps/ few-${agent}`,
        `DELETE /v1/configmaps/ few-${agent}`,
        `CREATE apps/v1/deployments/ few-${agent}`,
        `UPDATE apps/v1/deployments/scale few-${agent}`,
        `DELETE apps/v1/deployments/ few-${agent}`,
      ]);
      // The policy names namespaces, so that their deletion comes along.
      expect(seen).toContain(`DELETE /v1/namespaces/ few-${agent}`);
    },
  );

  it.each(['admin', 'amy', 'other'] as const)(
    'INV-6: nothing of %s arrives, and nothing fails',
    async (person) => {
      expect(await run(who[person], everything(`few-${person}`))).toEqual({ seen: [], failed: [] });
    },
  );

  it('another version of a resource arrives in the one version that the rule names', async () => {
    const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
    const { seen, failed } = await run(who.bot, [['POST', path, autoscaler('h')]]);
    expect(failed).toEqual([]);
    expect(seen).toEqual(['CREATE autoscaling/v2/horizontalpodautoscalers/ h']);
  });

  it('a kind that did not exist is held from its first object on', async () => {
    const crd = {
      ...named('apiextensions.k8s.io/v1', 'CustomResourceDefinition', 'gadgets.later.example.com'),
      spec: {
        group: 'later.example.com',
        scope: 'Namespaced',
        names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    };
    await call(who.admin, ['POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', crd]);
    const path = '/apis/later.example.com/v1/namespaces/default/gadgets';
    const gadget = named('later.example.com/v1', 'Gadget', 'g');
    await waitFor(async () => (await call(who.bot, ['POST', path, gadget])).status === 201, {
      what: 'the new kind',
    });
    expect(reviewed.map(({ what }) => what)).toContain('CREATE later.example.com/v1/gadgets/ g');
  });
});

describe('everything there is', () => {
  beforeAll(() =>
    register('all', [aPolicySpec({ agents, rules: [aRule({ apiGroups: ['*'], resources: ['*/*'] })] })]),
  );
  afterAll(() => unregister('all'));

  it('INV-1: every change of an agent arrives but access and token reviews, and no condition fails', async () => {
    const calls = everything('all-bot');
    const { seen, failed } = await run(who.bot, calls);
    expect(failed).toEqual([]);
    expect(seen.filter((what) => /authorization\.k8s\.io\/v1\/self|authentication/.test(what))).toEqual([]);
    expect(seen).toEqual(
      expect.arrayContaining([
        'UPDATE apps/v1/deployments/status all-bot',
        'CREATE /v1/pods/eviction all-bot',
        'CREATE /v1/serviceaccounts/token default',
        'CREATE /v1/nodes/ all-bot',
        'CREATE rbac.authorization.k8s.io/v1/clusterroles/ all-bot',
        'DELETE coordination.k8s.io/v1/leases/ all-bot',
      ]),
    );
  });

  it('an update that changes nothing does not arrive', async () => {
    await call(who.admin, ['POST', `${core}/configmaps`, configMap('same', { a: '1' })]);
    const patch: Call = ['PATCH', `${core}/configmaps/same`, { data: { a: '1' } }];
    expect(await run(who.bot, [patch, patch])).toEqual({ seen: [], failed: [] });
  });

  it('a deletion of many, which has no name, arrives once for each', async () => {
    for (const name of ['m1', 'm2']) {
      const labelled = { ...configMap(name), metadata: { name, labels: { of: 'many' } } };
      await call(who.admin, ['POST', `${core}/configmaps`, labelled]);
    }
    const { seen } = await run(who.bot, [['DELETE', `${core}/configmaps?labelSelector=of%3Dmany`]]);
    expect(seen).toEqual(['DELETE /v1/configmaps/ ', 'DELETE /v1/configmaps/ ']);
  });

  it('a connection arrives', async () => {
    await call(who.admin, ['POST', `${core}/pods`, pod('target')]);
    const before = reviewed.length;
    // No kubelet runs here: the connection itself fails after it was admitted.
    const answer = await call(who.bot, ['POST', `${core}/pods/target/exec?command=id&stdout=true`]);
    expect(answer.text).not.toContain('resulted in error');
    expect(reviewed.slice(before).map(({ what }) => what)).toEqual(['CONNECT /v1/pods/exec target']);
  });

  it.each(['admin', 'amy', 'other'] as const)(
    'INV-6: nothing of %s arrives, and nothing fails',
    async (person) => {
      expect(await run(who[person], everything(`all-${person}`))).toEqual({ seen: [], failed: [] });
    },
  );
});

describe('many agents', () => {
  it('a thousand names and a thousand globs are accepted and evaluated', async () => {
    const specs = Array.from({ length: 16 }, (_, at) =>
      aPolicySpec({
        agents: Array.from({ length: 64 }, (_unused, one) =>
          one % 2 === 0
            ? { serviceAccount: `team-${at}/agent-${one}` }
            : { user: `*-${at}-${one}@bots.example.com` },
        ),
        rules: [aRule({ apiGroups: [''], resources: ['configmaps'] })],
      }),
    );
    await register('many', [
      ...specs,
      aPolicySpec({ agents, rules: [aRule({ apiGroups: [''], resources: ['configmaps'] })] }),
    ]);
    expect(await run(who.amy, everything('many-amy'))).toEqual({ seen: [], failed: [] });
    await unregister('many');
  });
});
