// What stands between a grant and its end on a real API server: policies of the cluster that refuse what Assent makes or takes away,
// a policy of ours that is made again under its name, and a way to name an object that RBAC does not compare (INV-1, INV-4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  asks,
  ended,
  hasAccess,
  pathOf,
  POLICY,
  RBAC,
  restarted,
  says,
  startGrantStage,
  stored,
  type GrantStage,
} from './grants-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
let stage: GrantStage;
beforeAll(async () => {
  stage = await startGrantStage();
}, 120_000);
afterAll(() => stage.assent.stop());
const admin = (method: string, path: string, body?: unknown) => stage.assent.admin(method, path, body);

/** A policy of the cluster, without a reason as most are, so that the API server answers 422: nothing of that in cart. */
async function forbidInCart(operation: 'CREATE' | 'DELETE'): Promise<() => Promise<unknown>> {
  const name = `no-${operation.toLowerCase()}-in-cart`;
  const rule = {
    apiGroups: ['rbac.authorization.k8s.io'],
    apiVersions: ['*'],
    resources: ['roles', 'rolebindings'],
    operations: [operation],
  };
  await admin('POST', `${ADMISSION}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: "request.namespace != 'cart'" }],
    },
  });
  await admin('POST', `${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  });
  const roles = `${RBAC}/namespaces/cart/roles`;
  const sent = () =>
    operation === 'CREATE'
      ? stage.assent.send(stage.assent.plane.adminKubeconfig, 'POST', `${roles}?dryRun=All`, {
          metadata: { name: 'probe' },
        })
      : stage.assent.send(stage.assent.plane.adminKubeconfig, 'DELETE', `${roles}/probe?dryRun=All`);
  if (operation === 'DELETE') await admin('POST', roles, { metadata: { name: 'probe' } });
  await waitFor(async () => (await sent()).status === 422, { what: 'the policy of the cluster' });
  // The API server refuses by what it has cached for a moment after the binding is gone.
  return async () => {
    await admin('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/${name}`);
    await waitFor(async () => (await sent()).status < 300, { what: 'the policy of the cluster to be gone' });
  };
}

/** Events about a request, by their reason. */
async function eventsOf(name: string, reason: string): Promise<readonly { readonly note?: string }[]> {
  const { json } = await admin('GET', `/apis/events.k8s.io/v1/events?fieldSelector=reason%3D${reason}`);
  const { items } = json as { items: { note?: string; regarding?: { name?: string } }[] };
  return items.filter(({ regarding }) => regarding?.name === name);
}

describe('a policy of the cluster that refuses in one of two namespaces', () => {
  it('what Assent makes is told, and the other namespace has its access', async () => {
    const allow = await forbidInCart('CREATE');
    const request = await asks(stage, { namespaces: ['cart', 'shop'], once: false });
    await says(stage, request);
    await waitFor(() => stored(stage, pathOf('rolebindings', request)), { what: 'the binding in shop' });
    const { name } = request.metadata;
    const what = { what: 'the Event' };
    await waitFor(async () => (await eventsOf(name, 'GrantRefused')).length > 0, what);
    expect(await stored(stage, pathOf('rolebindings', request, 'cart'))).toBeUndefined();
    await allow();
    await says(stage, request, 'Revoke');
  });

  it('INV-4: what Assent takes away is told, is not called over, and keeps no other binding', async () => {
    const request = await hasAccess(stage, { namespaces: ['cart', 'shop'], once: false });
    const allow = await forbidInCart('DELETE');
    await says(stage, request, 'Revoke');
    const what = { what: 'the binding in shop to go' };
    await waitFor(async () => (await stored(stage, pathOf('rolebindings', request))) === undefined, what);
    const { name } = request.metadata;
    const [event] = await waitFor(
      async () => {
        const found = await eventsOf(name, 'GrantBlocked');
        return found.length > 0 ? found : undefined;
      },
      { what: 'the Event' },
    );
    expect(event?.note).toContain(
      `RoleBinding cart/assent-grant-${request.metadata.uid} cannot be taken away`,
    );
    expect((await stage.assent.request(name)).status?.state).toBe('Approved');
    expect(await stored(stage, pathOf('rolebindings', request, 'cart'))).toBeDefined();
    await allow();
    await ended(stage, request);
  });
});

describe('a policy that is deleted and made again with the same words', () => {
  it('INV-4: ends what was granted under the one before, also while nobody looked', async () => {
    const request = await hasAccess(stage, { once: false, seconds: 603 });
    const path = `${OURS}/approvalpolicies`;
    const { json } = await admin('GET', `${path}/${POLICY}`);
    const { spec } = json as { spec: object };
    await restarted(stage, async () => {
      await admin('DELETE', `${path}/${POLICY}`);
      const again = {
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'ApprovalPolicy',
        metadata: { name: POLICY },
        spec,
      };
      await admin('POST', path, again);
    });
    expect((await ended(stage, request)).status?.grant?.endedWhy).toBe('PolicyChanged');
  });
});

describe('a call through a proxy', () => {
  it('INV-1: to a port of what is offered by its name needs a grant', async () => {
    const rule = { apiGroups: [''], resources: ['services/proxy'], verbs: ['get', 'create'] };
    await admin('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'one-proxy' },
      rules: [{ ...rule, resourceNames: ['web'] }],
    });
    await admin('POST', `${RBAC}/clusterroles`, { metadata: { name: 'any-proxy' }, rules: [rule] });
    await admin('POST', `${RBAC}/namespaces/cart/rolebindings`, {
      metadata: { name: 'any-proxy' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'any-proxy' },
      subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }],
    });
    await stage.assent.policy('proxies', {
      agents: [{ serviceAccount: 'agents/deploy-bot' }],
      match: { rules: [] },
      access: [{ role: 'one-proxy', namespaces: ['cart'], maxDuration: '1h' }],
    });
    const to = (name: string) =>
      stage.assent.send(stage.agent, 'POST', `/api/v1/namespaces/cart/services/${name}/proxy/`, {});
    const isHeld = async (name: string) => (await to(name)).message.includes('Access needed');
    await waitFor(() => isHeld('web'), { what: 'web to be held' });
    for (const name of ['web:80', 'web:http', 'http:web:80']) expect(await isHeld(name), name).toBe(true);
    expect(await isHeld('webs:80'), 'another one').toBe(false);
  });
});
