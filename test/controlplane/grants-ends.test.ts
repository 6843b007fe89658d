// What would outlive the end of a grant on a real API server: objects that somebody's finalizers keep, and a ServiceAccount that
// is made again under the name of the one that asked (INV-4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { ADMISSION_POLICIES } from '../../src/api/installation.ts';
import { GRANT_LABEL } from '../../src/domain/grant/objects.ts';
import { waitFor } from './cluster.ts';
import {
  asks,
  ended,
  hasAccess,
  leftovers,
  MERGE,
  pathOf,
  RBAC,
  restarted,
  rights,
  ROLE,
  says,
  startGrantStage,
  stored,
  until,
  type GrantStage,
} from './grants-stage.ts';

const HOLD = { metadata: { finalizers: ['example.com/hold'] } };
let stage: GrantStage;
beforeAll(async () => {
  stage = await startGrantStage();
}, 120_000);
afterAll(() => stage.assent.stop());

const asAdmin = (method: string, path: string, body?: unknown) =>
  stage.assent.send(
    stage.assent.plane.adminKubeconfig,
    method,
    path,
    body,
    method === 'PATCH' ? MERGE : undefined,
  );
/** Both objects of a grant, or the binding of a whole ClusterRole. */
const objectsOf = (request: ApprovalRequest): string[] =>
  request.spec.access?.whole === true
    ? [pathOf('rolebindings', request)]
    : [pathOf('rolebindings', request), pathOf('roles', request)];

/** Takes the binding of the policy away that refuses finalizers; the controller puts it back when it starts. */
async function unguarded(): Promise<void> {
  const name = ADMISSION_POLICIES.grantEnds;
  const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/${name}`;
  expect((await asAdmin('DELETE', path)).status).toBe(200);
}
/** The API server takes a moment to know of it. */
const hold = (path: string) =>
  waitFor(async () => (await asAdmin('PATCH', path, HOLD)).status === 200, { what: 'the finalizer' });

describe('finalizers on the objects of a grant', () => {
  it('INV-4: nobody puts one on, not even an administrator', async () => {
    const request = await hasAccess(stage);
    for (const path of objectsOf(request)) {
      const refused = await asAdmin('PATCH', path, HOLD);
      expect([refused.status, refused.message]).toEqual([
        403,
        expect.stringContaining('takes no finalizers'),
      ]);
      const known = { metadata: { finalizers: ['foregroundDeletion'] } };
      expect((await asAdmin('PATCH', `${path}?dryRun=All`, known)).status, 'what deletions put on').toBe(200);
    }
    const roles = `${RBAC}/namespaces/shop/roles?dryRun=All`;
    const makes: readonly (readonly [metadata: object, status: number])[] = [
      [{ name: 'assent-grant-x' }, 403],
      [{ name: 'x', labels: { [GRANT_LABEL]: 'x' } }, 403],
      [{ name: 'x' }, 201],
    ];
    for (const [metadata, status] of makes) {
      const body = { metadata: { ...metadata, ...HOLD.metadata }, rules: [] };
      expect((await asAdmin('POST', roles, body)).status, JSON.stringify(metadata)).toBe(status);
    }
    await says(stage, request, 'Revoke');
    await ended(stage, request);
  });

  it('INV-4: a deletion that waits for the garbage collector is not waited for', async () => {
    const request = await hasAccess(stage);
    const path = pathOf('rolebindings', request);
    const answer = await asAdmin('PATCH', path, { metadata: { finalizers: ['foregroundDeletion'] } });
    expect(answer.status, answer.message).toBe(200);
    await says(stage, request, 'Revoke');
    await ended(stage, request);
    expect(await leftovers(stage)).toEqual([]);
  });

  it('INV-4: those that were put on while nothing refused them are taken off at the end', async () => {
    const before = await rights(stage);
    const requests = [await hasAccess(stage), await hasAccess(stage, { role: ROLE }), await hasAccess(stage)];
    await restarted(stage, async () => {
      await unguarded();
      for (const one of requests.flatMap(objectsOf)) await hold(one);
      // One of them is deleted already, and stands.
      const [, , last] = requests;
      for (const one of objectsOf(last!)) await asAdmin('DELETE', one);
      expect(await stored(stage, pathOf('rolebindings', last!))).toBeDefined();
      for (const one of requests) await says(stage, one, 'Revoke');
    });
    for (const one of requests)
      expect((await ended(stage, one)).status?.grant).toMatchObject({
        endedWhy: 'Revoked',
        elsewhere: false,
      });
    expect(await leftovers(stage)).toEqual([]);
    expect(await rights(stage)).toEqual(before);
  });
});

describe('the token of the controller', () => {
  it('INV-4: takes finalizers off what is deleted, and edits nothing else', async () => {
    const request = await hasAccess(stage);
    await restarted(stage, async () => {
      const path = pathOf('roles', request);
      const patch = (body: object) => stage.assent.send(stage.controller, 'PATCH', path, body, MERGE);
      const free = { metadata: { finalizers: null } };
      await unguarded();
      await hold(path);
      expect((await patch(free)).message, 'it is not deleted').toContain('never edits them');
      await asAdmin('DELETE', path);
      const deeds = [
        { ...free, rules: [] },
        { metadata: { finalizers: null, labels: { a: 'b' } } },
        { metadata: { finalizers: null, annotations: { a: 'b' } } },
        { metadata: { finalizers: null, ownerReferences: null } },
      ];
      for (const deed of deeds)
        expect((await patch(deed)).message, JSON.stringify(deed)).toContain('never edits them');
      expect((await patch(free)).status).toBe(200);
      expect(await stored(stage, path)).toBeUndefined();
      await says(stage, request, 'Revoke');
    });
    await ended(stage, request);
  });
});

describe('a namespace that goes between the ask and the approval', () => {
  it('is told: nothing is granted there, and what can be is granted', async () => {
    const request = await asks(stage, { namespaces: ['shop', 'cart'] });
    // Nobody finalizes it here: it is on its way out for good.
    expect((await asAdmin('DELETE', '/api/v1/namespaces/cart')).status).toBe(200);
    await says(stage, request);
    const isTold = ({ grant }: NonNullable<ApprovalRequest['status']>) =>
      grant?.createdAt !== undefined && grant.hindered !== undefined;
    const now = await until(stage, request, 'granted in part', isTold);
    expect(now.status?.grant?.hindered).toMatchObject([{ namespace: 'cart', why: 'GrantNoNamespace' }]);
    expect(now.status?.conditions?.find(({ type }) => type === 'GrantActive')).toMatchObject({
      status: 'True',
      message: expect.stringMatching(/^Not granted in cart: the namespace is not there/) as string,
    });
    await says(stage, request, 'Revoke');
    await ended(stage, request);
  });
});

describe('a ServiceAccount that is made again under its name', () => {
  it('INV-4: has nothing of what was granted to the one before', async () => {
    const request = await hasAccess(stage);
    const accounts = '/api/v1/namespaces/agents/serviceaccounts';
    await restarted(stage, async () => {
      expect((await asAdmin('DELETE', `${accounts}/deploy-bot`)).status).toBe(200);
      expect((await asAdmin('POST', accounts, { metadata: { name: 'deploy-bot' } })).status).toBe(201);
    });
    expect((await ended(stage, request)).status?.grant).toMatchObject({ endedWhy: 'RequesterGone' });
    expect(await leftovers(stage)).toEqual([]);
  });
});
