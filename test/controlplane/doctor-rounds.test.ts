// `kubectl assent doctor` against a real API server, where a way round the gate needs more than one right, or somebody else. Those
// that are easily doubted are walked to their end, then found: without a token, by a binding, before the seal, in the question.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWebhook } from '../builders/json-server.ts';
import { OURS, requestIn } from './assent.ts';
import { waitFor } from './cluster.ts';
import { startDoctorStage, type DoctorStage, type Undo, rule } from './doctor-stage.ts';
import { RBAC } from './grants-stage.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';
const ADMISSION = '/apis/admissionregistration.k8s.io';
const MAPS = '/api/v1/namespaces/shop/configmaps';
const group = (name: string) => ({ apiGroup: RBAC_GROUP, kind: 'Group', name });

let stage: DoctorStage;
beforeAll(async () => {
  // Of what rewrites requests only webhooks are there in every Kubernetes that is supported.
  stage = await startDoctorStage({
    apiServerFlags: {
      'runtime-config': 'admissionregistration.k8s.io/v1beta1=true',
      'feature-gates': 'MutatingAdmissionPolicy=true',
    },
  });
});
afterAll(() => stage.stop());

const CHANGE_MAPS = rule('', ['configmaps'], ['create', 'get']);

/** Looks, and takes away again what was planted. */
async function foundWith(...plants: (() => Promise<Undo>)[]): Promise<readonly string[]> {
  const undos: Undo[] = [];
  try {
    for (const plant of plants) undos.unshift(await plant());
    return await stage.found();
  } finally {
    for (const undo of undos) await undo();
  }
}

/** A ConfigMap in shop, about which the agent is asked. */
const change = (who: string, name: string) => stage.assent.send(who, 'POST', MAPS, { metadata: { name } });

/** The request by which the agent asks for it, once RBAC lets the agent come that far. */
const asked = (name: string): Promise<string> =>
  waitFor(async () => requestIn((await change(stage.agent, name)).message) || undefined, {
    what: 'the agent to be asked',
  });

/** Sends it until RBAC has seen the binding. */
const untilAllowed = (send: () => ReturnType<typeof change>) =>
  waitFor(
    async () => {
      const answer = await send();
      return answer.status === 201 && answer;
    },
    { what: 'the binding to count' },
  );

describe('INV-1: without a token', () => {
  it('W127: an agent changes unasked what it would be asked about', async () => {
    const open = () => stage.allow([CHANGE_MAPS], 'shop', group('system:unauthenticated'));
    const undo = await open();
    await untilAllowed(() => change('', 'without-a-token'));
    await undo();
    expect(await foundWith(open)).toEqual(['W127']);
  });

  it.each<[string, object[], string[]]>([
    ['W101', [rule('', ['users'], ['impersonate'])], ['W101']],
    ['nothing that only reads', [rule('', ['configmaps'], ['get', 'list'])], []],
    ['nothing that only asks', [rule('authorization.k8s.io', ['selfsubjectaccessreviews'], ['create'])], []],
  ])('%s', async (_, rules, ids) => {
    const anonymous = { apiGroup: RBAC_GROUP, kind: 'User', name: 'system:anonymous' };
    expect(await foundWith(() => stage.allow(rules, undefined, anonymous))).toEqual(ids);
  });
});

describe('INV-1: by somebody else', () => {
  it('W130: an agent binds what it holds to whoever sends no token', async () => {
    const rules = [CHANGE_MAPS, rule(RBAC_GROUP, ['rolebindings'], ['create'])];
    const undo = await stage.allow(rules, 'shop');
    expect(await asked('asked')).toContain('asked');
    const { json } = await stage.assent.admin('GET', `${RBAC}/namespaces/shop/rolebindings`);
    const { roleRef } = (json as { items: { roleRef: object }[] }).items.at(-1) ?? {};
    const bindings = `${RBAC}/namespaces/shop/rolebindings`;
    const subjects = [group('system:unauthenticated')];
    const given = await stage.assent.send(stage.agent, 'POST', bindings, {
      metadata: { name: 'given-away' },
      roleRef,
      subjects,
    });
    expect(given.status).toBe(201);
    await untilAllowed(() => change('', 'given-away'));
    await stage.assent.admin('DELETE', `${bindings}/given-away`);
    await undo();
    expect(await foundWith(() => stage.allow(rules, 'shop'))).toEqual(['W130']);
  });

  it('W130: nothing where it may only bind, or where bindings ask', async () => {
    const binds = rule(RBAC_GROUP, ['rolebindings'], ['create']);
    expect(await foundWith(() => stage.allow([binds], 'shop'))).toEqual([]);
    expect(await foundWith(() => stage.allow([binds, rule('', ['services'], ['create'])], 'shop'))).toEqual(
      [],
    );
  });

  it('W119, W129: an account that is not asked, by its pods and by its stored token', async () => {
    const account = { kind: 'ServiceAccount', name: 'deployer', namespace: 'shop' };
    const accounts = '/api/v1/namespaces/shop/serviceaccounts';
    const secret = {
      metadata: { name: 'kept', annotations: { 'kubernetes.io/service-account.name': 'deployer' } },
      type: 'kubernetes.io/service-account-token',
    };
    const plants = [
      () => stage.make(accounts, { metadata: { name: 'deployer' } }),
      () => stage.make('/api/v1/namespaces/shop/secrets', secret),
    ];
    const deployer = () => stage.allow([CHANGE_MAPS], 'shop', account);
    const runs = () => stage.allow([rule('', ['pods'], ['create'])], 'shop');
    const reads = (name: string) => () =>
      stage.allow([rule('', ['secrets'], ['get'], { resourceNames: [name] })], 'shop');
    expect(await foundWith(...plants, runs, reads('kept'))).toEqual([]);
    expect(await foundWith(...plants, deployer, reads('other'))).toEqual([]);
    expect(await foundWith(...plants, deployer, reads('kept'))).toEqual(['W129']);
    expect(await foundWith(...plants, deployer, runs)).toEqual(['W119']);
  });

  it('W131: volumes of nodes, and pods that use them', async () => {
    const volumes = () => stage.allow([rule('', ['persistentvolumes'], ['create'])]);
    expect(await foundWith(volumes)).toEqual([]);
    expect(await foundWith(volumes, () => stage.allow([rule('', ['pods'], ['create'])], 'shop'))).toEqual([
      'W131',
    ]);
  });
});

describe('INV-1: of agents that a policy names by a glob of user names', () => {
  it('finds what ServiceAccounts as a group may do', async () => {
    const match = { rules: [{ apiGroups: [''], resources: ['secrets'], operations: ['*' as const] }] };
    await stage.assent.policy('globs', { agents: [{ user: 'system:serviceaccount:team-*:*' }], match });
    const given = (name: string) => () =>
      stage.allow([rule('', ['users'], ['impersonate'])], undefined, group(name));
    expect(await foundWith(given('system:serviceaccounts:team-1'))).toEqual(['W101']);
    expect(await foundWith(given('system:serviceaccounts:shop'))).toEqual([]);
    await stage.assent.dropPolicy('globs');
    await waitFor(async () => (await stage.found()).length === 0, {
      what: 'the registrations to follow the policies',
    });
    expect(await foundWith(given('system:serviceaccounts:team-1'))).toEqual([]);
  });
});

describe('INV-5: what of others rewrites requests', () => {
  const NOWHERE = { url: 'https://127.0.0.1:1/' };
  const rules = (apiGroup: string, resource: string) => [
    { apiGroups: [apiGroup], apiVersions: ['*'], resources: [resource], operations: ['CREATE'] },
  ];
  const webhook =
    (apiGroup: string, resource: string, name: string, clientConfig: object = NOWHERE) =>
    () =>
      stage.make(`${ADMISSION}/v1/mutatingwebhookconfigurations`, {
        metadata: { name },
        webhooks: [
          {
            name: 'others.example.com',
            clientConfig,
            failurePolicy: 'Ignore',
            rules: rules(apiGroup, resource),
            sideEffects: 'None',
            admissionReviewVersions: ['v1'],
          },
        ],
      });

  it.each<[string, string, string, string[]]>([
    ['assent.dev', 'approvers', 'others', ['W217']],
    ['assent.dev', 'approvaldecisions', 'others', ['W217']],
    ['assent.dev', 'approvaldecisions', 'a-first-one', ['W218']],
    ['', 'pods', 'a-first-one', []],
  ])('a webhook on %s %s, %s: %j', async (apiGroup, resource, name, ids) => {
    expect(await foundWith(webhook(apiGroup, resource, name))).toEqual(ids);
  });

  it('INV-3, W219: a webhook that puts another into the question gets no yes for it', async () => {
    const { assent } = stage;
    const { kubeconfig } = await assent.plane.user('dora');
    const dora = { apiGroup: RBAC_GROUP, kind: 'User', name: 'dora' };
    const undos = [
      await stage.allow([CHANGE_MAPS], 'shop'),
      await stage.allow([rule('assent.dev', ['approvaldecisions'], ['create'])], undefined, dora),
    ];
    const request = await asked('rewritten');
    const decided = () => assent.decide(kubeconfig, request, 'Approve', 'yes');
    const refused = await waitFor(
      async () => {
        const answer = await decided();
        return answer.message.includes('approve') && answer;
      },
      { what: 'the right to decide to count' },
    );
    expect(refused.status).toBe(403);
    const patch = [{ op: 'add', path: '/spec/groups', value: ['system:masters'] }];
    const rewriter = await startWebhook(({ body }) => ({
      uid: (JSON.parse(body.toString()) as { request: { uid: string } }).request.uid,
      allowed: true,
      patchType: 'JSONPatch',
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
    }));
    const { url, caBundle } = rewriter;
    const hook = webhook('authorization.k8s.io', 'subjectaccessreviews', 'others', { url, caBundle });
    undos.push(await hook());
    // With the API server alone the answer is yes by now.
    const review = () =>
      assent.admin('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', {
        spec: { user: 'dora', resourceAttributes: { verb: 'delete', resource: 'nodes' } },
      });
    await waitFor(
      async () => ((await review()).json as { status?: { allowed?: boolean } }).status?.allowed === true,
      { what: 'the webhook to be asked' },
    );
    expect((await decided()).status).toBe(403);
    expect((await assent.request(request)).status?.state ?? 'Pending').toBe('Pending');
    for (const undo of undos.toReversed()) await undo();
    expect(await foundWith(hook)).toEqual(['W219']);
    rewriter.stop();
  });

  const POLICIES = `${ADMISSION}/v1beta1/mutatingadmissionpolicies`;
  const BINDINGS = `${ADMISSION}/v1beta1/mutatingadmissionpolicybindings`;
  const approves = {
    metadata: { name: 'approves' },
    spec: {
      matchConstraints: { resourceRules: rules('assent.dev', 'approvaldecisions') },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [
        {
          patchType: 'JSONPatch',
          jsonPatch: { expression: '[JSONPatch{op: "replace", path: "/spec/verdict", value: "Approve"}]' },
        },
      ],
    },
  };
  const policy = () => stage.make(POLICIES, approves);
  const binding = () =>
    stage.make(BINDINGS, { metadata: { name: 'approves' }, spec: { policyName: 'approves' } });

  it('W218: an admission policy that makes a yes of a no, before it is sealed', async () => {
    const undos = [await stage.allow([CHANGE_MAPS], 'shop'), await policy(), await binding()];
    const request = await asked('refused');
    const bella = await stage.assent.approver('bella');
    await waitFor(
      async () => {
        const { json } = await stage.assent.send(bella, 'POST', `${OURS}/approvaldecisions?dryRun=All`, {
          apiVersion: 'assent.dev/v1alpha1',
          kind: 'ApprovalDecision',
          metadata: { name: 'tried' },
          spec: { request, verdict: 'Deny', reason: 'no' },
        });
        return (json as { spec?: { verdict?: string } }).spec?.verdict === 'Approve';
      },
      { what: 'the policy to count', everyMs: 200 },
    );
    await stage.assent.decide(bella, request, 'Deny', 'no');
    await stage.assent.untilState(request, 'Approved');
    for (const undo of undos.toReversed()) await undo();
    expect(await foundWith(policy)).toEqual([]);
    expect(await foundWith(policy, binding)).toEqual(['W218']);
  });
});
