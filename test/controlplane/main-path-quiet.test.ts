// What is let through without a question although a policy names it: updates that change nothing, and the bookkeeping that
// GitOps clients write all day long. Whatever else such an update touches is asked about (INV-1).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from './assent.ts';
import {
  admitted,
  APPLY,
  APPS,
  CORE,
  denied,
  gateEvents,
  kubectl,
  MERGE,
  startCast,
  stored,
  type Cast,
  type Tried,
} from './main-path-story.ts';
import { waitFor } from './cluster.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
  await cast.assent.admin('POST', `${CORE}/configmaps`, manifest('quiet'));
  await cast.assent.admin('POST', `${APPS}/deployments`, {
    metadata: { name: 'web' },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } },
    },
  });
});
afterAll(() => cast.assent.stop());

const manifest = (name: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { colour: 'red' },
});
const QUIET = `${CORE}/configmaps/quiet`;
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

const patch = (path: string, body: unknown, type = MERGE): Promise<Answer> =>
  cast.assent.send(cast.agent, 'PATCH', path, body, type);

/** What an agent may send at any time, and whether the gate is asked about it at all. */
const NOTHING: readonly (readonly [string, () => Promise<Tried>])[] = [
  ['an empty patch', () => patch(QUIET, {})],
  ['a patch to the values that are there', () => patch(QUIET, { data: { colour: 'red' } })],
  ['a scale to the same number', () => patch(`${APPS}/deployments/web/scale`, { spec: { replicas: 2 } })],
  [
    'a PUT of what was read',
    async () => cast.assent.send(cast.agent, 'PUT', QUIET, await stored(cast, QUIET)),
  ],
];

const BOOKKEEPING: readonly (readonly [string, () => Promise<Tried>])[] = [
  [
    'a server-side apply that moves only ownership',
    () => patch(`${QUIET}?fieldManager=flux&force=true`, manifest('quiet'), APPLY),
  ],
  [
    'a kubectl apply of what is there, which adds its last-applied annotation',
    () => kubectl(cast, ['apply', '-f', '-'], JSON.stringify(manifest('quiet'))),
  ],
  [
    'the removal of the last-applied annotation',
    () => patch(QUIET, { metadata: { annotations: { [LAST_APPLIED]: null } } }),
  ],
];

describe('without a question', () => {
  it.each(NOTHING)('%s is admitted and never reaches the gate', async (_, attempt) => {
    const [requests, events] = [await countRequests(), (await gateEvents(cast.assent)).length];
    const before = await stored(cast, QUIET);
    await admitted(attempt);
    expect(await countRequests()).toBe(requests);
    expect((await stored(cast, QUIET))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
    // Proof that the log is complete up to here: the gate's next answer is in it, and nothing in between.
    await admitted(() => patch(`${QUIET}?dryRun=All`, { data: { proof: `${events}` } }));
    await waitFor(async () => (await gateEvents(cast.assent)).length > events, { what: 'the proof' });
    expect((await gateEvents(cast.assent)).slice(events).map((one) => one.decision)).toEqual(['dryrun']);
  });

  it.each(BOOKKEEPING)('%s is admitted as a no-op', async (_, attempt) => {
    const [requests, events] = [await countRequests(), (await gateEvents(cast.assent)).length];
    const before = await stored(cast, QUIET);
    await admitted(attempt);
    expect(await countRequests()).toBe(requests);
    const after = await stored(cast, QUIET);
    expect(after?.metadata.resourceVersion, 'something was written').not.toBe(
      before?.metadata.resourceVersion,
    );
    expect(after?.data).toEqual({ colour: 'red' });
    const told = () => gateEvents(cast.assent).then((all) => all.slice(events).map((one) => one.decision));
    await waitFor(async () => (await told()).length > 0, { what: 'the audit log to tell' });
    expect(await told()).toEqual(['noop']);
  });
});

describe('what looks like bookkeeping and is not', () => {
  it.each<[string, () => Promise<Tried>]>([
    [
      'a last-applied annotation that does not agree with the object',
      () =>
        patch(QUIET, {
          metadata: { annotations: { [LAST_APPLIED]: JSON.stringify({ data: { colour: 'green' } }) } },
        }),
    ],
    ['a label', () => patch(QUIET, { metadata: { labels: { team: 'a' } } })],
    ['an annotation', () => patch(QUIET, { metadata: { annotations: { 'example.com/a': 'b' } } })],
    ['a finalizer', () => patch(QUIET, { metadata: { finalizers: ['example.com/hold'] } })],
    [
      'an owner',
      async () => {
        const { metadata } = (await stored(cast, `${APPS}/deployments/web`)) ?? { metadata: { uid: '' } };
        const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: metadata.uid };
        return patch(QUIET, { metadata: { ownerReferences: [owner] } });
      },
    ],
    [
      'a server-side apply that brings one more key',
      () => {
        const body = { ...manifest('quiet'), data: { colour: 'red', shape: 'round' } };
        return patch(`${QUIET}?fieldManager=flux&force=true`, body, APPLY);
      },
    ],
    ['a status', () => patch(`${APPS}/deployments/web/status`, { status: { replicas: 7 } })],
  ])('%s needs approval', async (_, attempt) => {
    const before = await stored(cast, QUIET);
    const name = await denied(attempt);
    expect((await cast.assent.request(name)).status?.state ?? 'Pending').toBe('Pending');
    expect((await stored(cast, QUIET))?.metadata.resourceVersion).toBe(before?.metadata.resourceVersion);
  });
});

const countRequests = async (): Promise<number> => (await cast.assent.requests()).length;
