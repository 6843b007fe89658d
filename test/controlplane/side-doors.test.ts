// INV-1: what comes to the same as a held change is held too. Owners and finalizers decide whether an object lives on, the
// labels of a namespace decide which policies hold in it, and subresources write both.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIn } from './assent.ts';
import {
  AGENTS,
  admitted,
  APPROVAL,
  approve,
  APPS,
  CORE,
  denied,
  MERGE,
  startCast,
  stored,
  type Cast,
  type Tried,
} from './main-path-story.ts';

const NAMESPACES = '/api/v1/namespaces';
const GONE = [
  { apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' },
];
const GONE_NODE = [{ ...GONE[0], kind: 'Node' }];
const FINALIZERS = { metadata: { finalizers: ['example.com/keep'] } };

let cast: Cast;
const send = (method: string, path: string, body?: unknown, type?: string) =>
  cast.assent.send(cast.agent, method, path, body, type);

beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  const { assent } = cast;
  const policy = (name: string, match: Parameters<typeof assent.policy>[1]['match']) =>
    assent.policy(name, { agents: AGENTS, match, approval: APPROVAL });
  await policy('by-label', {
    rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['*'] }],
    namespaces: { selector: { matchLabels: { tier: 'prod' } } },
  });
  // The rules of docs/guide/first-policy.md.
  await policy('guide', {
    rules: [
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
      },
    ],
    namespaces: { names: ['shop'] },
  });
  await policy('deletion', {
    rules: [{ apiGroups: [''], resources: ['serviceaccounts', 'persistentvolumes'], operations: ['DELETE'] }],
  });
  await policy('scheduling', {
    rules: [{ apiGroups: [''], resources: ['pods/binding'], operations: ['CREATE'] }],
  });
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'a', image: 'a:1' }] },
  };
  const spec = { replicas: 0, selector: { matchLabels: { app: 'a' } }, template };
  await assent.admin('POST', `${APPS}/deployments`, { metadata: { name: 'victim' }, spec });
  await assent.admin('POST', `${APPS}/statefulsets`, {
    metadata: { name: 'victim' },
    spec: { ...spec, serviceName: 'a' },
  });
  await assent.admin('POST', `${CORE}/serviceaccounts`, { metadata: { name: 'victim' } });
  // The policy that was written last.
  await assent.untilHeld(() => send('DELETE', `${CORE}/serviceaccounts/victim?dryRun=All`));
});
afterAll(() => cast.assent.stop());

/** An attempt that is held and leaves the object as it was. */
async function held(path: string, attempt: () => Promise<Tried>): Promise<string> {
  const before = await stored(cast, path);
  expect(before).toBeDefined();
  const name = await denied(attempt);
  expect(await stored(cast, path)).toEqual(before);
  return name;
}

describe('INV-1: a namespace does not leave a policy that picks it by its labels', () => {
  it.each(['', '/status', '/finalize'])('by a change of namespaces%s', async (sub) => {
    const name = `prod${sub.replace('/', '-')}`;
    const path = `${NAMESPACES}/${name}`;
    await cast.assent.admin('POST', NAMESPACES, { metadata: { name, labels: { tier: 'prod' } } });
    const removed = await stored(cast, path);
    const whole = { ...removed, metadata: { ...removed?.metadata, labels: {} } };
    const relabel = () =>
      sub === '/finalize'
        ? send('PUT', `${path}/finalize`, whole)
        : send('PATCH', `${path}${sub}`, { metadata: { labels: { tier: null } } }, MERGE);
    const request = await held(path, relabel);
    await denied(() => send('POST', `${path}/configmaps`, { metadata: { name: 'asked' } }));

    await approve(cast, request);
    await admitted(relabel);
    expect((await stored(cast, path))?.metadata.labels).not.toHaveProperty('tier');
  });

  it('but its annotations and its status stay free', async () => {
    const path = `${NAMESPACES}/prod-free`;
    await cast.assent.admin('POST', NAMESPACES, {
      metadata: { name: 'prod-free', labels: { tier: 'prod' } },
    });
    const annotate = () => send('PATCH', path, { metadata: { annotations: { a: 'b' } } }, MERGE);
    expect((await annotate()).status).toBe(200);
    const report = () => send('PATCH', `${path}/status`, { status: { conditions: [] } }, MERGE);
    expect((await report()).status).toBe(200);
  });
});

describe('INV-1: nothing is deleted by an owner that does not exist', () => {
  it.each([
    ['a Deployment by its status', `${APPS}/deployments/victim`, '/status', GONE],
    ['a StatefulSet by its status', `${APPS}/statefulsets/victim`, '/status', GONE],
    ['what only deletion is named of', `${CORE}/serviceaccounts/victim`, '', GONE],
    ['a namespace that a policy names', `${NAMESPACES}/shop`, '', GONE_NODE],
    ['a namespace by its status', `${NAMESPACES}/shop`, '/status', GONE_NODE],
  ])('%s', async (_what, path, sub, ownerReferences) => {
    const attempt = () => send('PATCH', `${path}${sub}`, { metadata: { ownerReferences } }, MERGE);
    expect(await held(path, attempt)).toMatch(/^update-/);
  });

  it('and with an approval the owner is written once', async () => {
    const path = `${CORE}/serviceaccounts/victim`;
    const attempt = () => send('PATCH', path, { metadata: { ownerReferences: GONE } }, MERGE);
    await approve(cast, requestIn((await attempt()).message));
    await admitted(attempt);
    expect((await attempt()).status, 'the same once more changes nothing').toBe(200);
    expect((await stored(cast, path))?.metadata).toMatchObject({ ownerReferences: GONE });
  });
});

describe('INV-1: the last finalizer is not taken away', () => {
  it.each([
    ['from a Deployment by its status', `${APPS}/deployments`, '/status'],
    ['from what only deletion is named of', `${CORE}/serviceaccounts`, ''],
  ])('%s', async (_what, all, sub) => {
    const path = `${all}/kept`;
    const template = {
      metadata: { labels: { app: 'a' } },
      spec: { containers: [{ name: 'a', image: 'a:1' }] },
    };
    const spec = { replicas: 0, selector: { matchLabels: { app: 'a' } }, template };
    const metadata = { name: 'kept', ...FINALIZERS.metadata };
    await cast.assent.admin('POST', all, all === `${APPS}/deployments` ? { metadata, spec } : { metadata });
    await cast.assent.admin('DELETE', path);
    const attempt = () => send('PATCH', `${path}${sub}`, { metadata: { finalizers: null } }, MERGE);
    expect(await held(path, attempt)).toMatch(/^update-/);
  });
});

describe('INV-6: an update that touches neither is not sent to the gate', () => {
  it.each([
    [
      'the status of a Deployment',
      `${APPS}/deployments/victim/status`,
      { status: { replicas: 0, observedGeneration: 7 } },
    ],
    [
      'labels, where only deletion is named',
      `${CORE}/serviceaccounts/app`,
      { metadata: { labels: { a: 'b' } } },
    ],
    ['the annotations of a held namespace', `${NAMESPACES}/shop`, { metadata: { annotations: { a: 'b' } } }],
  ])('%s', async (_what, path, patch) => {
    const { operator } = cast.assent;
    const reviews = async () =>
      (await Promise.all(operator.processes.map((one) => operator.metrics(one))))
        .join('\n')
        .split('\n')
        .filter((line) => line.startsWith('assent_gate_reviews_total{'));
    const before = await reviews();
    await admitted(() => send('PATCH', path, patch, MERGE));
    expect(await reviews()).toEqual(before);
  });
});

describe('INV-1: a pod is not bound to a node by the older path', () => {
  it('where a policy names pods/binding', async () => {
    await cast.assent.plane.serviceAccount('shop', 'default');
    const spec = { containers: [{ name: 'a', image: 'a:1' }] };
    await cast.assent.admin('POST', `${CORE}/pods`, { metadata: { name: 'unbound' }, spec });
    const body = { metadata: { name: 'unbound' }, target: { kind: 'Node', name: 'node-1' } };
    const bind = (path: string) => () => send('POST', `${CORE}/${path}`, body);
    for (const path of ['pods/unbound/binding', 'bindings']) await held(`${CORE}/pods/unbound`, bind(path));

    await approve(cast, await denied(bind('bindings')));
    await admitted(bind('bindings'));
    expect((await stored(cast, `${CORE}/pods/unbound`))?.spec?.['nodeName']).toBe('node-1');
  });
});
