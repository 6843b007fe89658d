// The main path of everything that takes an object away: pods that are bound or not, an object that its finalizers hold, an
// eviction, a namespace. What follows has another uid and needs another approval (INV-2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admitted,
  approve,
  CORE,
  denied,
  dry,
  gateEvents,
  kubectl,
  MERGE,
  play,
  remove,
  startCast,
  stored,
  type Cast,
  type Story,
  type Stored,
} from './main-path-story.ts';
import { waitFor } from './cluster.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
  await cast.assent.admin('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } });
});
afterAll(() => cast.assent.stop());

const pod = (name: string, spec: object = {}) => ({
  metadata: { name },
  spec: {
    serviceAccountName: 'app',
    containers: [{ name: 'app', image: 'app:1' }],
    ...spec,
  },
});
const BOUND = { nodeName: 'node-1' };

const isGoing = (object: Stored | undefined) => expect(object?.metadata.deletionTimestamp).toBeDefined();
const isGone = (object: Stored | undefined) => expect(object).toBeUndefined();

/** A pod that is to go. */
const removal = (what: string, name: string, attempt: Story['attempt']): Story => ({
  what,
  target: `${CORE}/pods/${name}`,
  prepare: ({ assent }) => assent.admin('POST', `${CORE}/pods`, pod(name, BOUND)),
  undo: (who) => remove(who, `${CORE}/pods/${name}`),
  attempt,
  landed: isGoing,
  ends: 'Reserved',
  isSameChange: false,
});

const del =
  (path: string): Story['attempt'] =>
  ({ assent, agent }, dryRun) =>
    assent.send(agent, 'DELETE', dry(path, dryRun));

const kubectlDelete =
  (...args: readonly string[]): Story['attempt'] =>
  (who, dryRun) =>
    kubectl(who, ['delete', ...args, ...(dryRun ? ['--dry-run=server'] : [])]);

const eviction = (name: string, deleteOptions: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name },
  deleteOptions,
});

/** Removes the finalizers and with them the object, as the administrator. */
async function release({ assent, ...rest }: Cast, path: string): Promise<void> {
  await assent.admin('PATCH', path, { metadata: { finalizers: null } }, MERGE);
  await remove({ assent, ...rest }, path);
}

/** A namespace that nobody finalizes: there is no controller manager. */
async function finalize({ assent, ...rest }: Cast, name: string): Promise<void> {
  const path = `/api/v1/namespaces/${name}`;
  const { json } = await assent.admin('GET', path);
  await assent.admin('PUT', `${path}/finalize`, { ...(json as object), spec: { finalizers: [] } });
  await waitFor(async () => (await stored({ assent, ...rest }, path)) === undefined, {
    what: `${name} to be gone`,
  });
}

const HELD = `${CORE}/configmaps/held`;

const STORIES: readonly Story[] = [
  removal('delete of a bound pod', 'bound', del(`${CORE}/pods/bound`)),
  removal(
    'kubectl delete of a bound pod',
    'bound-kubectl',
    kubectlDelete('pod', 'bound-kubectl', '-n', 'shop', '--wait=false'),
  ),
  {
    ...removal(
      'kubectl delete of a pod that waits for a node',
      'pending',
      kubectlDelete('pod', 'pending', '-n', 'shop'),
    ),
    prepare: ({ assent }) => assent.admin('POST', `${CORE}/pods`, pod('pending')),
    landed: isGone,
  },
  {
    ...removal('delete of an object with finalizers', 'held', del(HELD)),
    target: HELD,
    prepare: ({ assent }) =>
      assent.admin('POST', `${CORE}/configmaps`, {
        metadata: { name: 'held', finalizers: ['example.com/hold'] },
      }),
    undo: (who) => release(who, HELD),
  },
  removal('eviction', 'evicted', ({ assent, agent }, dryRun) =>
    assent.send(agent, 'POST', dry(`${CORE}/pods/evicted/eviction`, dryRun), eviction('evicted')),
  ),
  {
    ...removal('deletion of a namespace', 'doomed', del('/api/v1/namespaces/doomed')),
    target: '/api/v1/namespaces/doomed',
    prepare: ({ assent }) => assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'doomed' } }),
    undo: (who) => finalize(who, 'doomed'),
  },
];

describe.each(STORIES)('$what', (story) => {
  it('is denied, approved by a person, and admitted exactly once', async () => {
    const name = await play(story, cast);
    expect((await cast.assent.request(name)).status?.state).toBe(story.ends);
  });
});

describe('the deletion of a pod that waits for a node', () => {
  it('is several reviews, which one approval lets through together', async () => {
    const { assent } = cast;
    await assent.admin('POST', `${CORE}/pods`, pod('several'));
    const attempt = () => assent.send(cast.agent, 'DELETE', `${CORE}/pods/several`);
    await approve(cast, await denied(attempt));
    const before = await reserved(cast);
    await admitted(attempt);
    expect((await reserved(cast)) - before).toBeGreaterThanOrEqual(2);
    expect(await stored(cast, `${CORE}/pods/several`)).toBeUndefined();
  });
});

describe('an eviction whose options say dry-run', () => {
  it('warns, opens no request and evicts nothing', async () => {
    const { assent, agent } = cast;
    await assent.admin('POST', `${CORE}/pods`, pod('drained', BOUND));
    const known = (await assent.requests()).length;
    const body = eviction('drained', { dryRun: ['All'] });
    const answer = await assent.send(agent, 'POST', `${CORE}/pods/drained/eviction`, body);
    expect(answer.status, `answered: ${answer.message}`).toBe(201);
    expect(answer.warnings.join()).toContain('dry-run only');
    expect((await assent.requests()).length).toBe(known);
    expect((await stored(cast, `${CORE}/pods/drained`))?.metadata.deletionTimestamp).toBeUndefined();
  });
});

describe('the deletion of a whole collection', () => {
  it('is denied with advice, and opens no request', async () => {
    const { assent, agent } = cast;
    await assent.admin('POST', `${CORE}/configmaps`, {
      metadata: { name: 'one-of-many', labels: { many: 'x' } },
    });
    const known = (await assent.requests()).length;
    const answer = await assent.send(agent, 'DELETE', `${CORE}/configmaps?labelSelector=many`);
    expect(answer.status).toBe(403);
    expect(answer.message).toContain('delete the objects one by one');
    expect((await assent.requests()).length).toBe(known);
    expect(await stored(cast, `${CORE}/configmaps/one-of-many`)).toBeDefined();
  });
});

describe('a finalizer', () => {
  it('is not removed by an agent on the approval of the deletion', async () => {
    const { assent, agent } = cast;
    const path = `${CORE}/configmaps/kept`;
    const metadata = { name: 'kept', finalizers: ['example.com/hold'] };
    await assent.admin('POST', `${CORE}/configmaps`, { metadata });
    const attempt = () => assent.send(agent, 'DELETE', path);
    await approve(cast, await denied(attempt));
    await admitted(attempt);
    const unhold = () => assent.send(agent, 'PATCH', path, { metadata: { finalizers: null } }, MERGE);
    await approve(cast, await denied(unhold));
    await admitted(unhold);
    expect(await stored(cast, path)).toBeUndefined();
  });
});

describe('the audit log', () => {
  it('tells every admission of this file with its request, and no other one', async () => {
    const events = await gateEvents(cast.assent);
    const used = (await cast.assent.requests()).filter((one) => one.status?.reservation !== undefined);
    const told = events.filter((one) => one.decision === 'reserved').map((one) => one.request);
    expect(told.toSorted()).toEqual(used.map((one) => one.metadata.name).toSorted());
  });
});

/** How many reviews the gate admitted on an approval so far. */
async function reserved({ assent: { operator } }: Cast): Promise<number> {
  const texts = await Promise.all(operator.processes.map((one) => operator.metrics(one)));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.startsWith('assent_gate_reviews_total{') && line.includes('decision="reserved"'))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
