// Chapter "What follows from one change" of the catalogue, tried against a real API server with Assent and the
// controllers of Kubernetes running.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { waitFor } from '../controlplane/cluster.ts';
import { CORE, MERGE, stored, type Tried } from '../controlplane/main-path-story.ts';
import { definition, maker } from './pods.ts';
import { approved, requestOf, startStage, unasked, untilServed, type Stage } from './stage.ts';
import './ending-matcher.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/shop/deployments';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ cluster: { controllers: true } });
});
afterAll(() => stage.assent.stop());

const as = (who: string, method: string, path: string, body?: unknown) =>
  stage.assent.send(who, method, path, body, method === 'PATCH' ? MERGE : undefined);
const send = (method: string, path: string, body?: unknown) => as(stage.agent, method, path, body);
const make = (name: string, more: object = {}) =>
  stage.assent.admin('POST', `${CORE}/configmaps`, { metadata: { name, ...more } });

/** Alice approves it, the agent sends it again, and it is carried out. */
async function carriedOut(attempt: () => Promise<Tried>): Promise<Tried> {
  await approved(stage, await attempt());
  return attempt();
}

const untilGone = (path: string) =>
  waitFor(async () => (await stored(stage, path)) === undefined, { what: `${path} to be gone` });

const ownedByNobody = (uid = '00000000-0000-4000-8000-000000000000') => ({
  ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid }],
});

describe('owner references', () => {
  const CHANGE = { metadata: ownedByNobody() };

  it('bypass 15: an owner reference to an owner that is not there', async () => {
    await make('orphaned');
    const answer = await send('PATCH', `${CORE}/configmaps/orphaned`, CHANGE);
    expect(answer).toEndAsPromised();
    const { diff } = (await requestOf(stage, answer)).spec.change!;
    expect(diff.map((one) => one.path).join()).toContain('metadata.ownerReferences');
    expect(await stored(stage, `${CORE}/configmaps/orphaned`)).toBeDefined();
  });

  it('bypass 15: the deletion by the garbage collector, once that is approved', async () => {
    await make('collected');
    const path = `${CORE}/configmaps/collected`;
    expect(await carriedOut(() => send('PATCH', path, CHANGE))).toEndAsPromised();
    await unasked(stage, () => untilGone(path));
  });

  it('bypass 15: the same, under a policy that names only deletions', async () => {
    const { assent, other } = stage;
    await make('watched');
    const path = `${CORE}/configmaps/watched`;
    await assent.policy('deletions-only', {
      agents: [{ serviceAccount: 'others/bot' }],
      match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['DELETE'] }] },
    });
    await assent.untilHeld(() => as(other, 'DELETE', `${path}?dryRun=All`));
    expect(await as(other, 'PATCH', path, CHANGE)).toEndAsPromised();
    expect(await stored(stage, path)).toBeDefined();
    // What touches neither owners nor finalizers is nobody's business under such a policy.
    await unasked(stage, () => as(other, 'PATCH', path, { data: { colour: 'red' } }));
  });

  it('bypass L8: an object created with an owner that is not there', async () => {
    const answer = await send('POST', `${CORE}/configmaps`, {
      metadata: { name: 'fleeting', ...ownedByNobody() },
    });
    expect(answer).toEndAsPromised();
    const { diff } = (await requestOf(stage, answer)).spec.change!;
    expect(diff.map((one) => one.path).join()).toContain('metadata.ownerReferences');
  });

  it('bypass L8: a dependent handed to an owner that is about to go', async () => {
    await make('doomed', { finalizers: ['example.com/hold'] });
    await stage.assent.admin('DELETE', `${CORE}/configmaps/doomed`);
    const uid = (await stored(stage, `${CORE}/configmaps/doomed`))?.metadata.uid;
    await make('dependent');
    const change = { metadata: { ...ownedByNobody(uid) } };
    expect(await send('PATCH', `${CORE}/configmaps/dependent`, change)).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/dependent`)).toBeDefined();
  });
});

describe('one deletion', () => {
  const NAMESPACE = '/api/v1/namespaces/team';
  const GADGETS = '/apis/example.com/v1/namespaces/shop/gadgets';
  const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'one' } };
  beforeAll(async () => {
    const { assent } = stage;
    await assent.admin('POST', '/api/v1/namespaces', { metadata: { name: 'team' } });
    await assent.admin('POST', `${NAMESPACE}/configmaps`, { metadata: { name: 'kept' } });
    await untilServed(stage, [definition('gadgets', 'example.com', 'Gadget')]);
    await assent.admin('POST', GADGETS, gadget);
  });

  it('bypass 17: the deletion of a namespace', async () => {
    const answer = await send('DELETE', NAMESPACE);
    expect(answer).toEndAsPromised();
    expect((await requestOf(stage, answer)).spec.risk).toBe('Critical');
    expect((await stored(stage, NAMESPACE))?.metadata.deletionTimestamp).toBeUndefined();
  });

  it('bypass 17: the deletion of a CRD', async () => {
    const answer = await send('DELETE', `${CRDS}/gadgets.example.com`);
    expect(answer).toEndAsPromised();
    expect((await requestOf(stage, answer)).spec.risk).toBe('Critical');
    expect(await stored(stage, `${GADGETS}/one`)).toBeDefined();
  });

  it('bypass 17: the deletion of an owner with what it owns', async () => {
    const { object } = maker('Deployment', 'owner');
    await stage.assent.admin('POST', DEPLOYMENTS, object);
    const foreground = { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Foreground' };
    const answer = await send('DELETE', `${DEPLOYMENTS}/owner`, foreground);
    expect(answer).toEndAsPromised();
    const { diff } = (await requestOf(stage, answer)).spec.change!;
    expect(diff).toMatchObject([{ path: 'propagationPolicy', to: { shown: '"Foreground"' } }]);
  });

  it('bypass 17: the deletion of a whole collection', async () => {
    await make('of-many', { labels: { many: 'yes' } });
    const path = `${CORE}/configmaps?labelSelector=many`;
    expect(await unasked(stage, () => send('DELETE', path))).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/of-many`)).toBeDefined();
  });

  it('bypass 17: what goes with an approved namespace', async () => {
    expect(await carriedOut(() => send('DELETE', NAMESPACE))).toEndAsPromised();
    await unasked(stage, () => untilGone(NAMESPACE));
  });

  it('bypass 17: what goes with an approved CRD', async () => {
    expect(await carriedOut(() => send('DELETE', `${CRDS}/gadgets.example.com`))).toEndAsPromised();
    await unasked(stage, () => untilGone(`${CRDS}/gadgets.example.com`));
  });

  it('bypass 17: the pods of an approved Deployment', async () => {
    const { object } = maker('Deployment', 'deployed');
    expect(await carriedOut(() => send('POST', DEPLOYMENTS, object))).toEndAsPromised();
    await unasked(stage, () =>
      waitFor(
        async () => {
          const { json } = await stage.assent.admin('GET', `${CORE}/pods?labelSelector=app=deployed`);
          return (json as { items: unknown[] }).items.length === 1;
        },
        { what: 'the pod' },
      ),
    );
  });
});
