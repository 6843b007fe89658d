// What the gate asks the API server about a person. Everything else of this file runs against a real one (test/controlplane).
import { expect, it } from 'vitest';
import type { KubeClient } from '../kube/transport.ts';
import { liveApi } from './live-api.ts';

const extra = { 'scopes.authorization.openshift.io': ['user:info'] };
const person = { username: 'alice', uid: 'u', groups: ['g'], extra };

/** Says yes to everything, and gives the review back as `come` makes it. */
function yesTo(come: (spec: object) => object) {
  const asked: unknown[] = [];
  const request = ({ body }: { body: { spec: object } }) => {
    asked.push(body);
    return Promise.resolve({ spec: come(body.spec), status: { allowed: true } });
  };
  const api = liveApi({ request } as unknown as KubeClient, 'assent-system');
  return { asked, mayApprove: () => api.mayApprove(person, 'prod', new AbortController().signal) };
}

it('INV-3: asks about the person as authenticated, with the scopes of the credential', async () => {
  const { asked, mayApprove } = yesTo((spec) => spec);
  expect(await mayApprove()).toBe(true);
  expect(asked).toMatchObject([
    { spec: { user: 'alice', uid: 'u', groups: ['g'], extra, resourceAttributes: { name: 'prod' } } },
  ]);
});

it.each<[string, (spec: object) => object]>([
  ['another user', (spec) => ({ ...spec, user: 'bella' })],
  ['one more group', (spec) => ({ ...spec, groups: ['g', 'system:masters'] })],
  ['no scopes', (spec) => ({ ...spec, extra: undefined })],
  ['another policy', (spec) => ({ ...spec, resourceAttributes: { verb: 'approve', name: 'lab' } })],
  ['nothing', () => ({})],
])('INV-3: takes no yes for a question that came back with %s', async (_, come) => {
  expect(await yesTo(come).mayApprove()).toBe(false);
});
