// INV-1: whoever edits our registrations, in whatever way, finds them put back at once; what a newer API server fills in by
// itself is not fought.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensure, type Wanted, type Written } from '../../src/controllers/ensure.ts';
import { loadCredentials } from '../../src/kube/credentials.ts';
import type { KubeObject } from '../../src/kube/object.ts';
import { resource } from '../../src/kube/resource.ts';
import { KubeClient } from '../../src/kube/transport.ts';
import { waitFor } from './cluster.ts';
import { CORE, denied, JSON_PATCH, startCast, type Cast } from './main-path-story.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GATE = 'validatingwebhookconfigurations/assent-gate';
const GUARD = 'validatingwebhookconfigurations/assent-guard';
const STAMP = 'mutatingwebhookconfigurations/assent-stamp';
const NEVER = [{ name: 'never', expression: 'false' }];
const NOBODY = { matchLabels: { nobody: 'home' } };
const GONE = [{ apiVersion: 'v1', kind: 'Node', name: 'gone', uid: '00000000-0000-4000-8000-000000000000' }];

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: true });
});
afterAll(() => cast.assent.stop());

interface Registration {
  readonly metadata: {
    readonly resourceVersion: string;
    readonly ownerReferences?: unknown;
    readonly labels?: object;
  };
  readonly webhooks?: unknown;
  readonly spec?: unknown;
}

async function read(path: string): Promise<Registration> {
  return (await cast.assent.admin('GET', `${ADMISSION}/${path}`)).json as Registration;
}
const content = ({ webhooks, spec, metadata: { labels, ownerReferences } }: Registration) => ({
  webhooks,
  spec,
  labels,
  ownerReferences,
});

describe('INV-1: an edited registration is put back', () => {
  const webhook = '/webhooks/0';
  it.each<[string, string, object]>([
    [
      'a namespaceSelector of the gate',
      GATE,
      { op: 'replace', path: `${webhook}/namespaceSelector`, value: NOBODY },
    ],
    [
      'an objectSelector of the gate',
      GATE,
      { op: 'replace', path: `${webhook}/objectSelector`, value: NOBODY },
    ],
    ['a condition of the gate', GATE, { op: 'add', path: `${webhook}/matchConditions/-`, value: NEVER[0] }],
    [
      'the failurePolicy of the gate',
      GATE,
      { op: 'replace', path: `${webhook}/failurePolicy`, value: 'Ignore' },
    ],
    ['an owner of the gate', GATE, { op: 'add', path: '/metadata/ownerReferences', value: GONE }],
    ['the labels of the gate', GATE, { op: 'remove', path: '/metadata/labels' }],
    [
      'a condition of the guard',
      GUARD,
      { op: 'add', path: '/webhooks/1/matchConditions/-', value: NEVER[0] },
    ],
    ['a condition of the stamp', STAMP, { op: 'add', path: `${webhook}/matchConditions`, value: NEVER }],
    ['a selector of the stamp', STAMP, { op: 'replace', path: `${webhook}/objectSelector`, value: NOBODY }],
    [
      'a condition of an admission policy',
      'validatingadmissionpolicies/assent-own-kinds',
      { op: 'add', path: '/spec/matchConditions', value: NEVER },
    ],
    [
      'a selector of an admission policy',
      'validatingadmissionpolicies/assent-own-kinds',
      { op: 'add', path: '/spec/matchConstraints/namespaceSelector', value: NOBODY },
    ],
    [
      'excluded resources of an admission policy',
      'validatingadmissionpolicies/assent-own-kinds',
      {
        op: 'add',
        path: '/spec/matchConstraints/excludeResourceRules',
        value: [{ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], operations: ['*'] }],
      },
    ],
    [
      'what a binding is narrowed to',
      'validatingadmissionpolicybindings/assent-own-kinds',
      { op: 'add', path: '/spec/matchResources', value: { namespaceSelector: NOBODY } },
    ],
    [
      'what a binding does',
      'validatingadmissionpolicybindings/assent-own-kinds',
      { op: 'replace', path: '/spec/validationActions', value: ['Audit'] },
    ],
  ])('%s', async (_what, path, edit) => {
    const before = await read(path);
    const { json } = await cast.assent.admin('PATCH', `${ADMISSION}/${path}`, [edit], JSON_PATCH);
    const edited = content(json as Registration);
    const restored = await waitFor(
      async () => {
        const now = content(await read(path));
        expect(now).toEqual(content(before));
        return now;
      },
      { what: 'the registration to be as it was', timeoutMs: 20_000 },
    );
    expect(restored).not.toEqual(edited);
  });

  it('and the agent is asked as before', async () => {
    await waitFor(
      () =>
        denied(() =>
          cast.assent.send(cast.agent, 'POST', `${CORE}/configmaps`, { metadata: { name: 'asked' } }),
        ),
      { what: 'the gate to be asked' },
    );
    expect(await cast.assent.requests()).not.toEqual([]);
  });
});

describe('a field that the API server fills in and nobody wants', () => {
  it('is not fought, but an edit of it is', async () => {
    const { adminKubeconfig: kubeconfig } = cast.assent.plane;
    const client = new KubeClient({ credentials: await loadCredentials({ kubeconfig }), userAgent: 'test' });
    const calls = resource<KubeObject>(client, {
      group: 'admissionregistration.k8s.io',
      version: 'v1',
      resource: 'validatingadmissionpolicybindings',
      namespaced: false,
    });
    const written: Written = new Map();
    const look = async () => (await ensure(calls, wanted, written)).done;
    // matchPolicy is left out, so that the API server fills it in.
    const wanted: Wanted = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: 'filled-in' },
      spec: {
        policyName: 'nothing',
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: NOBODY },
      },
    };
    const path = 'validatingadmissionpolicybindings/filled-in';
    expect(await look()).toBe('created');
    expect(JSON.stringify(await read(path))).toContain('matchPolicy');
    expect(await look()).toBe('right');

    const edit = [{ op: 'replace', path: '/spec/matchResources/matchPolicy', value: 'Exact' }];
    await cast.assent.admin('PATCH', `${ADMISSION}/${path}`, edit, JSON_PATCH);
    expect(await look()).toBe('replaced');
    expect(await look()).toBe('right');
    await client.close();
  });
});
