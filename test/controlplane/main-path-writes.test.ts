// The main path of everything that writes an object: create, update by PUT, every sort of patch, kubectl apply and scale.
// Denied, approved, admitted exactly once (INV-1, INV-2), and a denied attempt leaves storage as it was.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  admitted,
  APPLY,
  approve,
  APPS,
  CORE,
  denied,
  dry,
  JSON_PATCH,
  kubectl,
  MERGE,
  play,
  remove,
  startCast,
  stored,
  STRATEGIC,
  type Cast,
  type Story,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
});
afterAll(() => cast.assent.stop());

const configMap = (name: string, colour: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'shop' },
  data: { colour },
});
const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'app', image: 'app:1' }] },
    },
  },
});

/** A ConfigMap that is red and is to become blue. */
const recolour = (what: string, name: string, attempt: Story['attempt']): Story => ({
  what,
  target: `${CORE}/configmaps/${name}`,
  prepare: ({ assent }) => assent.admin('POST', `${CORE}/configmaps`, configMap(name, 'red')),
  undo: (who) => remove(who, `${CORE}/configmaps/${name}`),
  attempt,
  landed: (object) => expect(object?.data).toEqual({ colour: 'blue' }),
  ends: 'Reserved',
  // Made again, it is another object of that name.
  isSameChange: false,
});

/** A ConfigMap that does not exist and is to be made. */
const make = (what: string, name: string, attempt: Story['attempt']): Story => ({
  ...recolour(what, name, attempt),
  prepare: () => Promise.resolve(),
  ends: 'Admitted',
  isSameChange: true,
});

const change = (name: string, body: unknown, contentType: string): Story['attempt'] => {
  const path = `${CORE}/configmaps/${name}`;
  return ({ assent, agent }, dryRun) => assent.send(agent, 'PATCH', dry(path, dryRun), body, contentType);
};

const apply = (name: string): Story['attempt'] => {
  const path = `${CORE}/configmaps/${name}?fieldManager=agent&force=true`;
  const body = configMap(name, 'blue');
  return ({ assent, agent }, dryRun) => assent.send(agent, 'PATCH', dry(path, dryRun), body, APPLY);
};

/** As clients do it: read, change, put, with the resourceVersion that was read. */
const put =
  (name: string): Story['attempt'] =>
  async ({ assent, agent }, dryRun) => {
    const path = `${CORE}/configmaps/${name}`;
    const { json } = await assent.send(agent, 'GET', path);
    return assent.send(agent, 'PUT', dry(path, dryRun), { ...(json as object), data: { colour: 'blue' } });
  };

const kubectlApply =
  (name: string): Story['attempt'] =>
  (who, dryRun) => {
    const args = ['apply', '-f', '-', ...(dryRun ? ['--dry-run=server'] : [])];
    return kubectl(who, args, JSON.stringify(configMap(name, 'blue')));
  };

const STORIES: readonly Story[] = [
  make('create', 'created', ({ assent, agent }, dryRun) =>
    assent.send(agent, 'POST', dry(`${CORE}/configmaps`, dryRun), configMap('created', 'blue')),
  ),
  make('server-side apply that creates', 'applied-new', apply('applied-new')),
  make('kubectl apply that creates', 'kubectl-new', kubectlApply('kubectl-new')),
  recolour('update by PUT', 'put', put('put')),
  recolour('merge patch', 'merged', change('merged', { data: { colour: 'blue' } }, MERGE)),
  recolour(
    'strategic merge patch',
    'strategic',
    change('strategic', { data: { colour: 'blue' } }, STRATEGIC),
  ),
  recolour(
    'JSON patch',
    'patched',
    change('patched', [{ op: 'replace', path: '/data/colour', value: 'blue' }], JSON_PATCH),
  ),
  recolour('server-side apply', 'applied', apply('applied')),
  {
    ...recolour('kubectl apply', 'kubectl-applied', kubectlApply('kubectl-applied')),
    async prepare({ assent }) {
      const input = JSON.stringify(configMap('kubectl-applied', 'red'));
      const done = await assent.plane.kubectl(assent.plane.adminKubeconfig, ['apply', '-f', '-'], { input });
      expect(done.code, `answered: ${done.stderr}`).toBe(0);
    },
  },
  {
    what: 'strategic merge patch of one container',
    target: `${APPS}/deployments/web`,
    prepare: ({ assent }) => assent.admin('POST', `${APPS}/deployments`, deployment('web')),
    undo: (who) => remove(who, `${APPS}/deployments/web`),
    attempt: ({ assent, agent }, dryRun) => {
      const containers = [{ name: 'app', image: 'app:2' }];
      const path = dry(`${APPS}/deployments/web`, dryRun);
      return assent.send(agent, 'PATCH', path, { spec: { template: { spec: { containers } } } }, STRATEGIC);
    },
    landed: (object) => expect(JSON.stringify(object?.spec)).toContain('"image":"app:2"'),
    ends: 'Reserved',
    isSameChange: false,
  },
  {
    what: 'scale',
    target: `${APPS}/deployments/scaled`,
    prepare: ({ assent }) => assent.admin('POST', `${APPS}/deployments`, deployment('scaled')),
    undo: (who) => remove(who, `${APPS}/deployments/scaled`),
    attempt: ({ assent, agent }, dryRun) => {
      const path = dry(`${APPS}/deployments/scaled/scale`, dryRun);
      return assent.send(agent, 'PATCH', path, { spec: { replicas: 5 } }, MERGE);
    },
    landed: (object) => expect(object?.spec).toMatchObject({ replicas: 5 }),
    ends: 'Reserved',
    isSameChange: false,
  },
];

describe.each(STORIES)('$what', (story) => {
  it('is denied, approved by a person, and admitted exactly once', async () => {
    const name = await play(story, cast);
    expect((await cast.assent.request(name)).status?.state).toBe(story.ends);
  });
});

describe('a change and the way back', () => {
  it('are two changes: each needs an approval of its own', async () => {
    const name = 'there-and-back';
    const path = `${CORE}/configmaps/${name}`;
    const to = (colour: string) => () => change(name, { data: { colour } }, MERGE)(cast, false);
    await cast.assent.admin('POST', `${CORE}/configmaps`, configMap(name, 'red'));
    const there = await denied(to('blue'));
    await approve(cast, there);
    await admitted(to('blue'));
    const back = await denied(to('red'));
    expect(back).not.toBe(there);
    expect((await stored(cast, path))?.data).toEqual({ colour: 'blue' });
    await approve(cast, back);
    await admitted(to('red'));
    expect((await stored(cast, path))?.data).toEqual({ colour: 'red' });
    expect((await cast.assent.request(there)).status?.reservation?.times).toBe(1);
  });
});
