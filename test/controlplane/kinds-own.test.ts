// Who may write our kinds on a real API server with kube-controller-manager, whatever RBAC says: the admission policies
// that hold when our webhooks are away (INV-1, INV-3).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMISSION_POLICIES, OWN_USERS } from '../../src/api/installation.ts';
import { ownKindsPolicies } from '../../src/api/own-kinds-policy.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';
import {
  accepted,
  aDecision,
  aClick,
  aLink,
  anApprover,
  apply,
  aPolicy,
  aRequest,
  CONTROLLER,
  GATE,
  installAll,
  pathOf,
  refusalOf,
  ROBOT,
  senderOf,
  set,
  type Draft,
  type Send,
} from './kinds-fixtures.ts';

const COLLECTOR = 'system:serviceaccount:kube-system:generic-garbage-collector';

let cluster: ControlPlane;
let send: Send;

const kubectl = (...args: string[]) => cluster.kubectl(cluster.adminKubeconfig, args);

beforeAll(async () => {
  cluster = await startCluster({ controllers: true });
  send = senderOf(cluster);
  await installAll(cluster);
  // Rights beyond measure, so that only admission can refuse.
  for (const [index, user] of [
    'root',
    'user-agent',
    'system:node:n1',
    COLLECTOR,
    GATE,
    CONTROLLER,
  ].entries()) {
    await kubectl(
      'create',
      'clusterrolebinding',
      `t${index}`,
      '--clusterrole=cluster-admin',
      `--user=${user}`,
    );
  }
  const root = () => send('root', 'GET', pathOf('approvalpolicies'));
  await waitFor(async () => (await root()).status === 200, { what: 'the bindings' });
});
afterAll(() => cluster?.stop());

type Write = (user: string) => ReturnType<Send>;
const dry = (plural: string, ...rest: string[]) => `${pathOf(plural, ...rest)}?dryRun=All`;

/** A request for access, as the stamp completes it. */
const anAsk = (name: string) => {
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
  const access = { role: 'r', whole: false, rules: [rule], namespaces: ['shop'], seconds: 600, once: false };
  return set(set(aRequest(name), 'spec.change', undefined), 'spec.access', access);
};

/** Every kind of write, tried without storing it. */
const writes: Record<string, Write> = {
  'create policy': (user) => send(user, 'POST', dry('approvalpolicies'), aPolicy('new')),
  'edit policy': (user) => send(user, 'PATCH', dry('approvalpolicies', 'p'), { spec: { mode: 'Warn' } }),
  'delete policy': (user) => send(user, 'DELETE', dry('approvalpolicies', 'p')),
  'delete all policies': (user) => send(user, 'DELETE', dry('approvalpolicies')),
  'write policy status': (user) =>
    send(user, 'PATCH', dry('approvalpolicies', 'p', 'status'), { status: { digest: 'x' } }),
  'create request': (user) => send(user, 'POST', dry('approvalrequests'), aRequest('new')),
  'ask for access': (user) => send(user, 'POST', dry('approvalrequests'), anAsk('new')),
  'label request': (user) =>
    send(user, 'PATCH', dry('approvalrequests', 'r'), { metadata: { labels: { a: 'b' } } }),
  'write request status': (user) =>
    send(user, 'PATCH', dry('approvalrequests', 'r', 'status'), { status: { state: 'Approved' } }),
  'delete request': (user) => send(user, 'DELETE', dry('approvalrequests', 'r')),
  'create decision': (user) => send(user, 'POST', dry('approvaldecisions'), aDecision('new')),
  'label decision': (user) =>
    send(user, 'PATCH', dry('approvaldecisions', 'd'), { metadata: { labels: { a: 'b' } } }),
  'delete decision': (user) => send(user, 'DELETE', dry('approvaldecisions', 'd')),
  'tell of a click': (user) => send(user, 'POST', dry('approvaldecisions'), aClick('click')),
  'create link': (user) => send(user, 'POST', dry('identitylinks'), aLink('new')),
  'label link': (user) =>
    send(user, 'PATCH', dry('identitylinks', 'l'), { metadata: { labels: { a: 'b' } } }),
  'write link status': (user) =>
    send(user, 'PATCH', dry('identitylinks', 'l', 'status'), {
      status: { account: { team: 'T0123', user: 'U0123' } },
    }),
  'delete link': (user) => send(user, 'DELETE', dry('identitylinks', 'l')),
  'delete linked': (user) => send(user, 'DELETE', dry('identitylinks', 'linked')),
  'create approver': (user) => send(user, 'POST', dry('approvers'), anApprover('new')),
  'edit approver': (user) => send(user, 'PATCH', dry('approvers', 'a'), { spec: { displayName: 'X' } }),
  'delete approver': (user) => send(user, 'DELETE', dry('approvers', 'a')),
};

const PERSON = [
  'create policy',
  'edit policy',
  'delete policy',
  'delete all policies',
  'create decision',
  'create link',
  'delete link',
  'delete linked',
  'create approver',
  'edit approver',
  'delete approver',
];
const ALLOWED: Record<string, readonly string[]> = {
  root: PERSON,
  admin: PERSON,
  [ROBOT]: ['ask for access'],
  'system:node:n1': [],
  [GATE]: ['create request', 'ask for access', 'write request status'],
  [CONTROLLER]: [
    'write policy status',
    'write request status',
    'delete request',
    'delete decision',
    'tell of a click',
    'write link status',
    // One that has its account is a person's.
    'delete link',
  ],
};

async function allowedWrites(user: string): Promise<string[]> {
  const outcomes = Object.entries(writes).map(async ([name, write]) => {
    const answer = await write(user);
    const refused =
      answer.status === 403 && refusalOf(answer).includes("ValidatingAdmissionPolicy 'assent-own-kinds'");
    if (answer.status >= 300 && !refused) throw new Error(`${name} as ${user}: ${answer.text}`);
    return refused ? [] : [name];
  });
  return (await Promise.all(outcomes)).flat();
}

describe('our kinds', () => {
  beforeAll(async () => {
    accepted(await send('root', 'POST', pathOf('approvalpolicies'), aPolicy('p')));
    accepted(await send('root', 'POST', pathOf('approvaldecisions'), aDecision('d')));
    accepted(await send('root', 'POST', pathOf('approvers'), anApprover('a')));
    accepted(await send('root', 'POST', pathOf('identitylinks'), aLink('l')));
    accepted(await send('root', 'POST', pathOf('identitylinks'), aLink('linked')));
    const account = { team: 'T0123', user: 'U0123' };
    accepted(
      await send(CONTROLLER, 'PATCH', pathOf('identitylinks', 'linked', 'status'), { status: { account } }),
    );
    accepted(await send(GATE, 'POST', pathOf('approvalrequests'), aRequest('r')));
  });

  it.each(Object.keys(ALLOWED))('INV-3: %s, with every right, writes only what is theirs', async (user) => {
    expect(await allowedWrites(user)).toEqual(ALLOWED[user]);
  });

  it('a refusal says who may, and is Forbidden', async () => {
    const answer = await send(ROBOT, 'POST', dry('approvalpolicies'), aPolicy('new'));
    expect(answer.json).toMatchObject({ code: 403, reason: 'Forbidden' });
    expect(refusalOf(answer)).toBe(
      "approvalpolicies.assent.dev \"new\" is forbidden: ValidatingAdmissionPolicy 'assent-own-kinds' with binding 'assent-own-kinds' denied request: a ServiceAccount may not write the objects that decide about agents; only people may",
    );
  });

  it('a real ServiceAccount token is refused like the impersonated one', async () => {
    const { token, username } = await cluster.serviceAccount('tools', 'robot');
    expect(username).toBe(ROBOT);
    const answer = await cluster.raw(token, 'POST', dry('approvers'), { body: anApprover('new') });
    expect([answer.status, refusalOf(answer)]).toEqual([403, expect.stringContaining('only people may')]);
  });
});

describe('the API that serves our kinds', () => {
  const crd = (name: string) => `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`;
  const apiService = (name: string) => `/apis/apiregistration.k8s.io/v1/apiservices/${name}`;
  const ours = 'v1alpha1.assent.dev';
  const merge =
    (path: string): Write =>
    (user) =>
      send(user, 'PATCH', `${path}?dryRun=All`, { metadata: { labels: { x: 'y' } } });

  it.each([
    [ROBOT, 403],
    [GATE, 403],
    [CONTROLLER, 200],
    ['root', 200],
  ])('CRDs: %s gets %i', async (user, status) => {
    const path = crd('approvalrequests.assent.dev');
    for (const write of [
      merge(path),
      merge(`${path}/status`),
      (who: string) => send(who, 'DELETE', `${path}?dryRun=All`),
    ]) {
      expect((await write(user)).status).toBe(status);
    }
  });

  it('nobody but the API server writes the APIService; deleting it heals it', async () => {
    for (const user of [ROBOT, GATE, CONTROLLER, 'root', 'admin']) {
      const answer = await merge(apiService(ours))(user);
      expect([user, answer.status]).toEqual([user, 403]);
    }
    expect((await send(ROBOT, 'DELETE', apiService(ours))).status).toBe(403);
    accepted(await send('root', 'DELETE', apiService(ours)));
    await waitFor(async () => (await send('root', 'GET', apiService(ours))).status === 200, {
      what: 'the APIService',
    });
    const spec = accepted(await send('root', 'GET', apiService(ours)))['spec'] as Draft;
    expect(spec['service']).toBeUndefined();
  });

  it('a CRD of our group cannot be made by a ServiceAccount, and one of another group can', async () => {
    const made = (group: string) => ({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: `things.${group}` },
      spec: {
        group,
        scope: 'Cluster',
        names: { plural: 'things', singular: 'thing', kind: 'Thing' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    });
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await send(ROBOT, 'POST', path, made('assent.dev'))).status).toBe(403);
    expect((await send(ROBOT, 'POST', path, made('sub.assent.dev'))).status).toBe(403);
    expect((await send(ROBOT, 'POST', path, made('example.com'))).status).toBe(201);
    expect((await send(ROBOT, 'DELETE', `${path}/things.example.com`)).status).toBe(200);
  });

  it('INV-3: no ServiceAccount gives the names of our kinds to others, by which kubectl would find those first', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const made = (names: object, group = 'aaa.dev') => {
      const plural = (names as { plural?: string }).plural ?? 'things';
      return {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${plural}.${group}` },
        spec: {
          group,
          scope: 'Cluster',
          names: { plural, kind: 'Thing', ...names },
          versions: [
            { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
          ],
        },
      };
    };
    for (const names of [
      { plural: 'approvalrequests' },
      { singular: 'approvaldecision' },
      { kind: 'Approver' },
      { shortNames: ['th', 'apr'] },
      { categories: ['assent'] },
    ]) {
      const dryRun = await send(ROBOT, 'POST', `${path}?dryRun=All`, made(names));
      expect([names, dryRun.status]).toEqual([names, 403]);
      expect((await send('root', 'POST', `${path}?dryRun=All`, made(names))).status).toBe(201);
    }
    // Nor later; and what a person made may be deleted by anybody.
    accepted(await send(ROBOT, 'POST', path, made({})));
    const renamed = { spec: { names: { shortNames: ['apr'] } } };
    expect((await send(ROBOT, 'PATCH', `${path}/things.aaa.dev`, renamed)).status).toBe(403);
    const accepting = { status: { acceptedNames: { shortNames: ['apr'] } } };
    expect((await send(ROBOT, 'PATCH', `${path}/things.aaa.dev/status`, accepting)).status).toBe(403);
    accepted(await send('root', 'PATCH', `${path}/things.aaa.dev`, renamed));
    accepted(await send(ROBOT, 'DELETE', `${path}/things.aaa.dev`));
  });
});

describe('agents that are users or groups', () => {
  const removeCrd: Write = (user) =>
    send(
      user,
      'DELETE',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvers.assent.dev?dryRun=All',
    );
  const agentExpression =
    "request.userInfo.?username.orValue('') == 'user-agent' || 'bots' in request.userInfo.?groups.orValue([])";

  beforeAll(async () => {
    for (const object of ownKindsPolicies({ ownUsers: OWN_USERS, agentExpression })) {
      const resource =
        object.kind === 'ValidatingAdmissionPolicy'
          ? 'validatingadmissionpolicies'
          : 'validatingadmissionpolicybindings';
      const path = `/apis/${object.apiVersion}/${resource}/${object.metadata.name}?fieldManager=controller&force=true`;
      accepted(await send(CONTROLLER, 'APPLY', path, object));
    }
    // Each policy takes effect by itself, a moment after it was written.
    const refused = async () =>
      (await allowedWrites('user-agent')).length === 1 && (await removeCrd('user-agent')).status === 403;
    await waitFor(refused, { what: 'the compiled agents' });
  });
  afterAll(() => apply(cluster, 'manifests'));

  it('INV-3: an agent with every right writes none of our kinds, and nothing that serves them', async () => {
    expect(await allowedWrites('user-agent')).toEqual(['ask for access']);
    expect(refusalOf(await writes['create policy']!('user-agent'))).toContain(
      'an agent may not write the objects that decide about agents',
    );
    expect(refusalOf(await removeCrd('user-agent'))).toContain(
      'an agent may not change how the API assent.dev is served',
    );
  });

  it('people and our own accounts are untouched', async () => {
    expect(await allowedWrites('root')).toEqual(ALLOWED['root']);
    expect(await allowedWrites(GATE)).toEqual(ALLOWED[GATE]);
    expect(await allowedWrites(CONTROLLER)).toEqual(ALLOWED[CONTROLLER]);
  });
});

describe('the policies themselves', () => {
  it('the type checker of kube-controller-manager finds nothing to warn about', async () => {
    // The one about frozen agents is written by the controller alone.
    const { frozen: _, ...installed } = ADMISSION_POLICIES;
    for (const name of Object.values(installed)) {
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`;
      const checked = await waitFor(
        async () => {
          const { status, metadata } = accepted(await send('admin', 'GET', path)) as Record<string, Draft>;
          return status?.['observedGeneration'] === metadata?.['generation'] ? status : undefined;
        },
        { what: `${name} to be checked` },
      );
      expect(checked['typeChecking']).toEqual({});
    }
  });
});

describe('going away', () => {
  it('the garbage collector may finish a foreground deletion and clear decisions away, and nothing else', async () => {
    const owner = accepted(await send(GATE, 'POST', pathOf('approvalrequests'), aRequest('owner')));
    const { uid } = owner['metadata'] as { uid: string };
    const ownerReferences = [
      { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalRequest', name: 'owner', uid },
    ];
    accepted(
      await send(
        'root',
        'POST',
        pathOf('approvaldecisions'),
        set(aDecision('owned'), 'metadata.ownerReferences', ownerReferences),
      ),
    );
    accepted(
      await send(CONTROLLER, 'DELETE', pathOf('approvalrequests', 'owner'), {
        propagationPolicy: 'Foreground',
      }),
    );
    accepted(await send('root', 'POST', pathOf('approvalpolicies'), aPolicy('going')));
    accepted(
      await send('root', 'DELETE', pathOf('approvalpolicies', 'going'), { propagationPolicy: 'Foreground' }),
    );
    const gone = async (plural: string, name: string) =>
      (await send('admin', 'GET', pathOf(plural, name))).status === 404;
    for (const [plural, name] of [
      ['approvaldecisions', 'owned'],
      ['approvalrequests', 'owner'],
      ['approvalpolicies', 'going'],
    ] as const) {
      await waitFor(() => gone(plural, name), { what: `${plural} ${name} to be gone`, timeoutMs: 30_000 });
    }
    expect(await allowedWrites(COLLECTOR)).toEqual([
      'label request',
      'label decision',
      'delete decision',
      'label link',
    ]);
  });

  it('a person may remove a CRD, and its objects go with it', async () => {
    const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/approvalrequests.assent.dev';
    expect((await send('root', 'DELETE', path)).status).toBe(200);
    await waitFor(async () => (await send('root', 'GET', path)).status === 404, {
      what: 'the CRD to be gone',
      timeoutMs: 30_000,
    });
    // The handler goes a moment after the definition.
    await waitFor(async () => (await send('root', 'GET', pathOf('approvalrequests'))).status === 404, {
      what: 'the kind to be served no longer',
    });
  });
});
