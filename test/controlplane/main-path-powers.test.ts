// The main path of what gives or uses power: a command in a container, a ServiceAccount token, a ClusterRoleBinding, a CRD.
// Such an approval is spent at once: nobody can see what became of it (DESIGN 5).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { waitFor } from './cluster.ts';
import {
  approve,
  CORE,
  denied,
  dry,
  gateEvents,
  play,
  RBAC,
  remove,
  startCast,
  type Cast,
  type Story,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
  const addresses = [{ type: 'InternalIP', address: '127.0.0.1' }];
  await cast.assent.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-1' }, status: { addresses } });
  await makePod('shell');
});
afterAll(() => cast.assent.stop());

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

const makePod = (name: string) =>
  cast.assent.admin('POST', `${CORE}/pods`, {
    metadata: { name },
    spec: {
      nodeName: 'node-1',
      serviceAccountName: 'app',
      containers: [{ name: 'app', image: 'app:1' }],
    },
  });

const nothing = () => Promise.resolve();
const exec = (pod: string, ...command: readonly string[]) =>
  `${CORE}/pods/${pod}/exec?container=app&stdout=true&${command.map((word) => `command=${word}`).join('&')}`;

/** Something that is made and then is there. */
const creation = (
  what: string,
  collection: string,
  body: { readonly metadata: { readonly name: string } },
) => {
  const target = `${collection}/${body.metadata.name}`;
  return {
    what,
    target,
    prepare: nothing,
    undo: (who) => remove(who, target),
    attempt: ({ assent, agent }, dryRun) => assent.send(agent, 'POST', dry(collection, dryRun), body),
    landed: (object) => expect(object).toBeDefined(),
    ends: 'Admitted',
    isSameChange: true,
  } satisfies Story;
};

const TOKEN = `${CORE}/serviceaccounts/app/token`;

const STORIES: readonly Story[] = [
  creation('create of a ClusterRoleBinding', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'agent-grabs' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'other', namespace: 'agents' }],
  } as { readonly metadata: { readonly name: string } }),
  creation('create of a CustomResourceDefinition', CRDS, WIDGETS),
  {
    ...creation('ServiceAccount token', '', { metadata: { name: '' } }),
    target: `${CORE}/serviceaccounts/app`,
    undo: nothing,
    attempt: ({ assent, agent }) => assent.send(agent, 'POST', TOKEN, { spec: { expirationSeconds: 600 } }),
    hasDryRun: false,
  },
  ...['POST', 'GET'].map((method) => ({
    ...creation(`exec by ${method}`, '', { metadata: { name: '' } }),
    target: `${CORE}/pods/shell`,
    undo: nothing,
    attempt: ({ assent, agent }: Cast) => assent.send(agent, method, exec('shell', 'id', '-u', method)),
    hasDryRun: false,
    // Behind admission there is no kubelet: the API server asks for an upgrade that this client does not make.
    admittedAs: 400,
  })),
];

describe.each(STORIES)('$what', (story) => {
  it('is denied, approved by a person, and admitted exactly once', async () => {
    const name = await play(story, cast);
    expect((await cast.assent.request(name)).status?.state).toBe(story.ends);
  });
});

it('INV-1: no dry-run gets a ServiceAccount token: the API server would hand out one that works', async () => {
  const { assent, agent } = cast;
  const answer = await assent.send(agent, 'POST', dry(TOKEN, true), { spec: { expirationSeconds: 900 } });
  expect(answer.status).toBe(403);
  expect(JSON.stringify(answer.json)).not.toContain('eyJ');
});

describe('an approved exec', () => {
  it('admits no other command', async () => {
    const { assent, agent } = cast;
    await makePod('busy');
    const attempt = (...command: string[]) => assent.send(agent, 'POST', exec('busy', ...command));
    const name = await denied(() => attempt('ls'));
    await approve(cast, name);
    // The gate looks for other approvals in its copy of the requests, which may be a moment behind.
    await waitFor(() => denied(() => attempt('rm', '-rf'), 'Approval does not fit'), { what: 'the words' });
    expect((await assent.request(name)).status?.state).toBe('Approved');
  });

  it('admits nothing in a pod of the same name that was made later', async () => {
    const { assent, agent } = cast;
    await makePod('reborn');
    const attempt = () => assent.send(agent, 'POST', exec('reborn', 'whoami'));
    const name = await denied(attempt);
    await approve(cast, name);
    await remove(cast, `${CORE}/pods/reborn`);
    await makePod('reborn');
    await waitFor(() => denied(attempt, 'changed: the object itself'), { what: 'the words' });
    expect((await assent.request(name)).status?.state).toBe('Approved');
  });

  it('is one admitted review in the audit log, whatever came after', async () => {
    const used = (await gateEvents(cast.assent)).filter((one) => one.decision === 'reserved');
    const counts = Map.groupBy(used, (one) => one.request);
    expect([...counts.values()].map((events) => events.length)).toEqual(STORIES.map(() => 1));
  });
});
