// Chapter "What Assent stands on" of the catalogue, tried against a real API server with Assent running. The tries that
// take its registrations away come last; the controller is ended for them, since it would put them back.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMISSION_POLICIES } from '../../src/api/installation.ts';
import { OURS } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import {
  approvedStatus,
  dropWebhooks,
  MERGE,
  REQUESTS,
  restore,
  stopController,
} from '../controlplane/forgery-stage.ts';
import { CORE, stored, type Tried } from '../controlplane/main-path-story.ts';
import { startRewriter } from './rewriter.ts';
import { definition, maker } from './pods.ts';
import { approved, map, requestOf, startStage, unasked, untilServed, type Stage } from './stage.ts';
import './ending-matcher.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GATE = `${ADMISSION}/validatingwebhookconfigurations/assent-gate`;
const API_SERVICE = '/apis/apiregistration.k8s.io/v1/apiservices/v1alpha1.assent.dev';
const OWN = '/api/v1/namespaces/assent-system';

let stage: Stage;
beforeAll(async () => {
  stage = await startStage({ operator: { gates: 1, controllers: 1 } });
});
afterAll(() => stage.assent.stop());

const as = (who: string, method: string, path: string, body?: unknown) =>
  stage.assent.send(who, method, path, body, method === 'PATCH' ? MERGE : undefined);
const send = (method: string, path: string, body?: unknown) => as(stage.agent, method, path, body);
const asked = () => map(stage, 'probe', '?dryRun=All');

const CONVERSION = {
  spec: {
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://127.0.0.1:1/' }, conversionReviewVersions: ['v1'] },
    },
  },
};
const REDIRECTED = {
  metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': null } },
  spec: { service: { namespace: 'shop', name: 'attacker', port: 443 }, insecureSkipTLSVerify: true },
};

/** Everything that would take Assent's own CRDs apart. */
async function takeApart(who: string): Promise<Tried[]> {
  const path = `${CRDS}/approvalrequests.assent.dev`;
  const { json } = await stage.assent.admin('GET', path);
  const { spec } = json as { spec: { versions: { name: string }[] } };
  const [version] = spec.versions;
  const versions = (change: object) => ({ spec: { versions: [{ ...version, ...change }] } });
  const loose = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return [
    await as(who, 'DELETE', path),
    await as(who, 'DELETE', `${CRDS}?labelSelector=app.kubernetes.io/part-of=assent`),
    await as(who, 'PATCH', path, versions({ subresources: {} })),
    await as(who, 'PATCH', path, versions({ schema: loose, selectableFields: [] })),
    await as(who, 'PATCH', `${path}/status`, { status: { conditions: [] } }),
  ];
}

describe("Assent's kinds", () => {
  it("bypass 18: Assent's CRDs deleted, loosened or without their status subresource", async () => {
    // Also by a ServiceAccount that no policy names.
    for (const who of [stage.agent, stage.other])
      for (const answer of await takeApart(who)) expect(answer).toEndAsPromised();
    expect(await stored(stage, `${CRDS}/approvalrequests.assent.dev`)).toBeDefined();
  });

  it('bypass 18: a request, status, policy or Approver changed by the agent', async () => {
    const request = await requestOf(stage, await map(stage, 'coveted'));
    const { name } = request.metadata;
    for (const answer of [
      await send('PATCH', `${REQUESTS}/${name}/status`, { status: approvedStatus(request) }),
      await send('PATCH', `${REQUESTS}/${name}`, { metadata: { annotations: { approved: 'true' } } }),
      await send('DELETE', `${REQUESTS}/${name}`),
      await send('PATCH', `${OURS}/approvalpolicies/agents-ask`, { spec: { mode: 'Audit' } }),
      await send('DELETE', `${OURS}/approvalpolicies/agents-ask`),
      await send('DELETE', `${OURS}/approvers/olga`),
    ])
      expect(answer).toEndAsPromised();
    expect((await map(stage, 'coveted')).status, 'it is still held').toBe(403);
  });

  it('bypass 18: a request about a change, made up by the agent', async () => {
    const request = await requestOf(stage, await map(stage, 'copied'));
    const copy = { ...request, metadata: { name: 'ask-copy' }, status: undefined };
    expect(await send('POST', REQUESTS, copy)).toEndAsPromised();
    const { seal: _, ...spec } = request.spec;
    expect(await send('POST', REQUESTS, { ...copy, spec })).toEndAsPromised();
  });

  it('bypass 18: a CRD changed by a person who is an administrator', async () => {
    const label = { metadata: { labels: { 'example.com/touched': 'yes' } } };
    const { adminKubeconfig } = stage.assent.plane;
    expect(await as(adminKubeconfig, 'PATCH', `${CRDS}/approvers.assent.dev`, label)).toEndAsPromised();
  });

  it("bypass L9: a conversion webhook in one of Assent's CRDs", async () => {
    for (const plural of [
      'approvalrequests',
      'approvaldecisions',
      'approvers',
      'approvalpolicies',
      'identitylinks',
      'agentfreezes',
    ])
      expect(await send('PATCH', `${CRDS}/${plural}.assent.dev`, CONVERSION)).toEndAsPromised();
  });

  it('bypass L9: a conversion webhook in the CRD of somebody else', async () => {
    await untilServed(stage, [definition('things', 'example.com', 'Thing')]);
    expect(await send('PATCH', `${CRDS}/things.example.com`, CONVERSION)).toEndAsPromised();
  });

  it('bypass 19: the APIService with a service behind it, by the agent', async () => {
    expect(await send('PATCH', API_SERVICE, REDIRECTED)).toEndAsPromised();
    expect(await send('DELETE', API_SERVICE)).toEndAsPromised();
  });

  it('bypass 19: the same by an administrator', async () => {
    const { adminKubeconfig } = stage.assent.plane;
    expect(await as(adminKubeconfig, 'PATCH', API_SERVICE, REDIRECTED)).toEndAsPromised();
    expect((await stored(stage, API_SERVICE))?.spec?.['service']).toBeUndefined();
  });
});

describe("Assent's namespace", () => {
  it('bypass 21: its Deployment, Secrets, Service, EndpointSlice and NetworkPolicy', async () => {
    const inGroup = (group: string) => `/apis/${group}/v1/namespaces/assent-system`;
    const metadata = { name: 'assent-gate' };
    const { object: deployment } = maker('Deployment', 'assent-gate');
    for (const answer of [
      await send('POST', `${inGroup('apps')}/deployments`, deployment),
      await send('PATCH', `${OWN}/secrets/assent-seal`, { data: { current: '' } }),
      await send('DELETE', `${OWN}/secrets/assent-tls`),
      await send('DELETE', `${OWN}/secrets`),
      await send('POST', `${OWN}/services`, { metadata, spec: { ports: [{ port: 443 }] } }),
      await send('POST', `${inGroup('discovery.k8s.io')}/endpointslices`, {
        metadata,
        addressType: 'IPv4',
        endpoints: [{ addresses: ['10.0.0.1'] }],
      }),
      await send('POST', `${inGroup('networking.k8s.io')}/networkpolicies`, {
        metadata,
        spec: { podSelector: {} },
      }),
      await send('POST', `${OWN}/configmaps`, { metadata }),
    ])
      expect(answer).toEndAsPromised();
  });

  it('bypass 21: the namespace itself', async () => {
    expect(await send('DELETE', OWN)).toEndAsPromised();
    expect(await send('PATCH', OWN, { metadata: { labels: { open: 'yes' } } })).toEndAsPromised();
  });

  it('bypass 21: reading the keys that seal approvals', async () => {
    const answer = await unasked(stage, () => send('GET', `${OWN}/secrets/assent-seal`));
    expect(answer).toEndAsPromised();
    expect(Object.keys((answer.json as { data: object }).data)).not.toEqual([]);
  });

  it('bypass 21: reading the keys, by an agent with the advised role', async () => {
    expect(await as(stage.careful, 'GET', `${OWN}/secrets/assent-seal`)).toEndAsPromised();
  });

  it("bypass 39: the Lease of Assent's leader", async () => {
    const leases = '/apis/coordination.k8s.io/v1/namespaces/assent-system/leases';
    const { json } = await stage.assent.admin('GET', leases);
    const names = (json as { items: { metadata: { name: string } }[] }).items.map((one) => one.metadata.name);
    expect(names).not.toEqual([]);
    for (const name of names) {
      const stolen = { spec: { holderIdentity: 'agent', leaseDurationSeconds: 3_600 } };
      expect(await send('PATCH', `${leases}/${name}`, stolen)).toEndAsPromised();
      expect(await send('DELETE', `${leases}/${name}`)).toEndAsPromised();
    }
  });

  it('bypass 39: an Event that tells of an approval', async () => {
    const { metadata } = await requestOf(stage, await map(stage, 'told'));
    const regarding = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalRequest', name: metadata.name };
    const event = {
      metadata: { name: 'told', namespace: 'default' },
      involvedObject: regarding,
      reason: 'Approved',
      message: 'approved by alice',
      type: 'Normal',
    };
    expect(await send('POST', '/api/v1/namespaces/default/events', event)).toEndAsPromised();
    expect((await map(stage, 'told')).status).toBe(403);
  });
});

describe('a mutating webhook', () => {
  const REWRITTEN = { a: 'rewritten' };
  const hooks = `${ADMISSION}/mutatingwebhookconfigurations`;
  const hook = (url: string, caBundle: string) => ({
    metadata: { name: 'rewriter' },
    webhooks: [
      {
        name: 'rewriter.example.com',
        clientConfig: { url, caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
        failurePolicy: 'Ignore',
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  let rewriter: Awaited<ReturnType<typeof startRewriter>>;
  beforeAll(async () => {
    rewriter = await startRewriter(['of-a-person', 'of-the-agent'], REWRITTEN);
  });
  afterAll(async () => {
    await stage.assent.admin('DELETE', `${hooks}/rewriter`);
    rewriter.stop();
  });

  it('bypass 38: a mutating webhook, by an agent with the advised role', async () => {
    expect(await as(stage.careful, 'POST', hooks, hook(rewriter.url, ''))).toEndAsPromised();
  });

  it("bypass 38: a mutating webhook that rewrites a person's change", async () => {
    await approved(stage, await map(stage, 'of-the-agent'));
    const answer = await unasked(stage, () => send('POST', hooks, hook(rewriter.url, rewriter.caBundle)));
    expect(answer).toEndAsPromised();
    const person = { ...stage, agent: stage.assent.plane.adminKubeconfig };
    await waitFor(
      async () => {
        expect((await map(person, 'of-a-person', '?dryRun=All')).json).toMatchObject({ data: REWRITTEN });
        return true;
      },
      { what: 'the webhook to be called' },
    );
  });

  it('bypass 38: an approved change that is rewritten on its way', async () => {
    expect(await map(stage, 'of-the-agent')).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/of-the-agent`)).toBeUndefined();
  });
});

describe('registrations', () => {
  /** Times that the controller said it wrote a registration. */
  async function written(): Promise<number> {
    const { runDir } = stage.assent.plane;
    const logs = (await readdir(runDir)).filter((name) => name.startsWith('operator-controller-'));
    const texts = await Promise.all(logs.map((name) => readFile(join(runDir, name), 'utf8')));
    return texts.join('').split('registration written').length - 1;
  }

  it("bypass 20: Assent's webhook configurations deleted or set to Ignore", async () => {
    const { json } = await stage.assent.admin('GET', GATE);
    const { webhooks } = json as { webhooks: object[] };
    const ignoring = { webhooks: webhooks.map((one) => ({ ...one, failurePolicy: 'Ignore' })) };
    for (const open of [() => send('PATCH', GATE, ignoring), () => send('DELETE', GATE)]) {
      const before = await written();
      expect(await unasked(stage, open)).toEndAsPromised();
      await waitFor(
        async () => {
          const now = (await stage.assent.admin('GET', GATE)).json as {
            webhooks: { failurePolicy: string }[];
          };
          expect(now.webhooks.map((one) => one.failurePolicy)).toEqual(['Fail']);
          return (await written()) > before;
        },
        { what: 'the controller to put it back, and to say so' },
      );
      await stage.assent.untilHeld(asked);
    }
  });

  it("bypass 20: Assent's admission policies deleted", async () => {
    for (const name of Object.values(ADMISSION_POLICIES)) {
      for (const kind of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies']) {
        const path = `${ADMISSION}/${kind}/${name}`;
        expect(await unasked(stage, () => send('DELETE', path))).toEndAsPromised();
        await waitFor(async () => (await stored(stage, path)) !== undefined, {
          what: `${name} to be put back`,
        });
      }
    }
  });

  it('bypass 20: a FlowSchema that starves Assent', async () => {
    const flow = '/apis/flowcontrol.apiserver.k8s.io/v1';
    const schema = {
      metadata: { name: 'starve' },
      spec: { matchingPrecedence: 2, priorityLevelConfiguration: { name: 'catch-all' } },
    };
    expect(await send('POST', `${flow}/flowschemas`, schema)).toEndAsPromised();
  });

  it('bypass 20: a webhook configuration, by an agent with the advised role', async () => {
    expect(await as(stage.careful, 'DELETE', GATE)).toEndAsPromised();
  });
});

describe('without the controller and the admission policies', () => {
  const forgery = () => ({ assent: stage.assent, forger: stage.agent, alice: stage.approver });
  let forged: string;
  beforeAll(async () => {
    forged = (await requestOf(stage, await map(stage, 'forged'))).metadata.name;
    await stopController(forgery());
    for (const name of Object.values(ADMISSION_POLICIES)) {
      await stage.assent.admin('DELETE', `${ADMISSION}/validatingadmissionpolicybindings/${name}`);
      await stage.assent.admin('DELETE', `${ADMISSION}/validatingadmissionpolicies/${name}`);
    }
    // Each of the two policies goes by itself.
    const probes = [`${CRDS}/approvers.assent.dev`, `${REQUESTS}/${forged}`];
    for (const path of probes) {
      const probe = () => send('DELETE', `${path}?dryRun=All`);
      await waitFor(async () => !(await probe()).message.includes('ValidatingAdmissionPolicy'), {
        what: 'the admission policies to be gone',
      });
    }
  });

  it('bypass 18: the same without the admission policies', async () => {
    // No policy names this ServiceAccount, so that the guard alone is asked.
    for (const answer of await takeApart(stage.other)) expect(answer).toEndAsPromised();
  });

  it('bypass 19: the same without the admission policies', async () => {
    expect(await as(stage.other, 'PATCH', API_SERVICE, REDIRECTED)).toEndAsPromised();
  });

  it('bypass 20: any change, while the configuration and the controller are gone', async () => {
    await dropWebhooks(forgery());
    expect(await unasked(stage, () => map(stage, 'meanwhile'))).toEndAsPromised();
    const status = approvedStatus(await stage.assent.request(forged));
    const written = await send('PATCH', `${REQUESTS}/${forged}/status`, { status });
    expect(written.status, written.message).toBe(200);
  });

  it('bypass 18: an approval forged while webhooks and admission policies were away', async () => {
    await restore(forgery());
    expect(await map(stage, 'forged')).toEndAsPromised();
    expect(await stored(stage, `${CORE}/configmaps/forged`)).toBeUndefined();
  });
});
