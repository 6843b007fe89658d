// Helm's release Secrets on a real API server: a policy about all Secrets leaves them out and says so in its status, one that
// names them holds them and warns that no approval will fit, one that denies denies (ADR 0013).
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { PolicyDraft } from './assent.ts';
import { waitFor } from './cluster.ts';
import { admitted, AGENTS, APPROVAL, CORE, denied, startCast, type Cast } from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  await cast.assent.policy('secrets', about());
  await held('probe', 'Opaque');
});
afterAll(() => cast.assent.stop());

const about = (over: Partial<PolicyDraft> = {}, resourceNames?: string[]): PolicyDraft => ({
  agents: AGENTS,
  match: {
    rules: [
      { apiGroups: [''], resources: ['secrets'], operations: ['*'], ...(resourceNames && { resourceNames }) },
    ],
  },
  approval: APPROVAL,
  ...over,
});

const write = (name: string, type: string, dryRun = '') =>
  cast.assent.send(cast.agent, 'POST', `${CORE}/secrets${dryRun}`, {
    metadata: { name },
    type,
    data: { release: 'SDRzSUFB' },
  });

/** Waits until a policy asks about such a Secret, or denies it: a dry-run then carries a warning. */
const held = (name: string, type: string): Promise<unknown> =>
  waitFor(async () => (await write(name, type, '?dryRun=All')).warnings.length > 0, {
    what: `${name} to be held`,
  });

const warningsOf = (policy: string): Promise<readonly string[]> =>
  waitFor(
    async () => {
      const { json } = await cast.assent.admin('GET', `/apis/assent.dev/v1alpha1/approvalpolicies/${policy}`);
      return (json as ApprovalPolicy).status?.warnings;
    },
    { what: `warnings about policy ${policy}` },
  );

const RELEASE = 'helm.sh/release.v1';

it('are left out of a policy about all Secrets, whose status says so', async () => {
  await admitted(() => write('sh.helm.release.v1.app.v1', RELEASE));
  await admitted(() => cast.assent.send(cast.agent, 'DELETE', `${CORE}/secrets/sh.helm.release.v1.app.v1`));
  expect(await warningsOf('secrets')).toContainEqual(expect.stringContaining("Helm's releases are left out"));
});

it('are not what only has such a name or only such a type', async () => {
  const requests = [
    await denied(() => write('sh.helm.release.v1.app.v1', 'Opaque')),
    await denied(() => write('release', RELEASE)),
  ];
  expect(new Set(requests).size).toBe(2);
});

it('are held by a policy that names them, with a warning in its status', async () => {
  await cast.assent.policy('releases', about({}, ['sh.helm.release.v1.named.*']));
  await held('sh.helm.release.v1.named.v1', RELEASE);
  await admitted(() => write('sh.helm.release.v1.app.v2', RELEASE));
  const request = await denied(() => write('sh.helm.release.v1.named.v1', RELEASE));
  expect((await cast.assent.request(request)).spec.policies.map((policy) => policy.name)).toEqual([
    'releases',
  ]);
  expect(await warningsOf('releases')).toContainEqual(expect.stringContaining('no approval ever fits'));
});

it('are denied by a policy that denies all Secrets', async () => {
  await cast.assent.policy('no-secrets', about({ action: 'Deny' }));
  await held('sh.helm.release.v1.denied.v1', RELEASE);
  const answer = await write('sh.helm.release.v1.denied.v1', RELEASE);
  expect(answer.status).toBe(403);
  expect(answer.message).toContain('Denied by policy');
});
