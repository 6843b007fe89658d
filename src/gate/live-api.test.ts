// What the gate asks the API server about a person. Everything else of this file runs against a real one (test/controlplane).
import { expect, it } from 'vitest';
import type { KubeClient } from '../kube/transport.ts';
import { liveApi } from './live-api.ts';

it('INV-3: asks about the person as authenticated, with the scopes of the credential', async () => {
  const asked: unknown[] = [];
  const request = (call: { body?: unknown }) => {
    asked.push(call.body);
    return Promise.resolve({ status: { allowed: true } });
  };
  const api = liveApi({ request } as unknown as KubeClient, 'assent-system');
  const extra = { 'scopes.authorization.openshift.io': ['user:info'] };
  const person = { username: 'alice', uid: 'u', groups: ['g'], extra };
  expect(await api.mayApprove(person, 'prod', new AbortController().signal)).toBe(true);
  expect(asked).toMatchObject([
    { spec: { user: 'alice', uid: 'u', groups: ['g'], extra, resourceAttributes: { name: 'prod' } } },
  ]);
});
