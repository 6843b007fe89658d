// Chapter "The edges of what Assent sees and bears" of the catalogue, tried against a real API server. The tries that end
// a gate or the controller come last.
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { createReview, direct, type Direct } from '../controlplane/direct-review.ts';
import { stopController } from '../controlplane/forgery-stage.ts';
import { APPROVAL, CORE, MERGE, stored } from '../controlplane/main-path-story.ts';
import { startJsonServer, type JsonServer } from '../builders/json-server.ts';
import { definition } from './pods.ts';
import { approved, map, requestOf, startStage, unasked, untilServed, type Stage } from './stage.ts';
import './ending-matcher.ts';

const MAPS = `${CORE}/configmaps`;
const ALL = ['*' as const];

let stage: Stage;
let gate: Direct;
beforeAll(async () => {
  stage = await startStage({ operator: { gates: 1, controllers: 1 } });
  gate = await direct(stage.assent);
});
afterAll(async () => {
  await gate.close();
  await stage.assent.stop();
});

const as = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  stage.assent.send(who, method, path, body, method === 'PATCH' ? MERGE : undefined);
const send = (method: string, path: string, body?: unknown) => as(stage.agent, method, path, body);
const other = () => ({ ...stage, agent: stage.other });

/** Writes a policy for `others/bot`, and waits until it holds ConfigMaps. */
async function forOther(name: string, over: object): Promise<void> {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ALL }];
  const draft = { agents: [{ serviceAccount: 'others/bot' }], match: { rules }, approval: APPROVAL };
  await stage.assent.policy(name, { ...draft, ...over });
  await stage.assent.untilHeld(() => map(other(), 'probe', '?dryRun=All'));
}

describe('load', () => {
  it('bypass 24: an object of a megabyte', async () => {
    const data = { a: 'x'.repeat(1_000_000) };
    expect(await send('POST', MAPS, { metadata: { name: 'fat' }, data })).toEndAsPromised();
  });

  it('bypass 24: an object nested deeper than Assent reads', async () => {
    await untilServed(stage, [definition('nests', 'example.com', 'Nest')]);
    const path = '/apis/example.com/v1/namespaces/shop/nests';
    const nest = (name: string, spec: string) =>
      send(
        'POST',
        `${path}${name === 'probe' ? '?dryRun=All' : ''}`,
        `{"apiVersion":"example.com/v1","kind":"Nest","metadata":{"name":"${name}"},"spec":${spec}}`,
      );
    await stage.assent.untilHeld(() => nest('probe', '{}'));
    const answer = await unasked(stage, () => nest('deep', `${'{"a":'.repeat(600)}1${'}'.repeat(600)}`));
    expect(answer).toEndAsPromised();
    expect(await stored(stage, `${path}/deep`)).toBeUndefined();
  });

  it('bypass 24: an object that makes a condition of a policy too expensive', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ALL }];
    // False for what comes, but only after 27 million steps; true at once for the probe.
    const none = 'object.data.all(x, object.data.all(y, object.data.all(z, x + y != z)))';
    const conditions = [{ name: 'costly', expression: `'a' in object.data || !${none}` }];
    await forOther('costly', { match: { rules, conditions } });
    const data = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, '']));
    expect(await as(stage.other, 'POST', MAPS, { metadata: { name: 'costly' }, data })).toEndAsPromised();
    await stage.assent.dropPolicy('costly');
  });

  it('bypass 24: connections that never end their request', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const { port } = stage.assent.operator.front;
        const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
        await once(socket, 'secureConnect');
        socket.on('error', () => socket.destroy());
        socket.write(`POST /${gate.segment}/gate HTTP/1.1\r\nHost: gate\r\nContent-Length: 1000\r\n\r\n{`);
        return socket;
      }),
    );
    expect(await map(stage, 'in-between')).toEndAsPromised();
    for (const socket of sockets) socket.destroy();
  });

  const LIMITS = { approval: { ...APPROVAL, limits: { pending: 3, newPerMinute: 60 } } };

  it('bypass 24: a flood of changes', async () => {
    await forOther('capped', LIMITS);
    const answers = await Promise.all(Array.from({ length: 30 }, (_, i) => map(other(), `flood-${i}`)));
    const capped = answers.filter((one) => one.message.includes('ASSENT-D009'));
    expect(capped.length).toBeGreaterThanOrEqual(27);
    for (const answer of capped) expect(answer).toEndAsPromised();
    expect((await map(stage, 'of-another-agent')).message).toContain('Approval required');
  });

  it('bypass 33: many small edits at once', async () => {
    const keys = Array.from({ length: 10 }, (_, i) => `k${i}`);
    await stage.assent.admin('POST', MAPS, { metadata: { name: 'nibbled' } });
    const answers = [];
    for (const key of keys)
      answers.push(await as(stage.other, 'PATCH', `${MAPS}/nibbled`, { data: { [key]: '1' } }));
    // The flood before has filled the cap.
    for (const answer of answers) expect(answer).toEndAsPromised();
    await stage.assent.dropPolicy('capped');
  });

  it('bypass 33: small edits, each approved by itself', async () => {
    await stage.assent.admin('POST', MAPS, { metadata: { name: 'eaten' }, data: { a: '1', b: '1' } });
    for (const key of ['a', 'b']) {
      const edit = () => send('PATCH', `${MAPS}/eaten`, { data: { [key]: null } });
      await approved(stage, await edit());
      expect(await unasked(stage, edit)).toEndAsPromised();
    }
    expect((await stored(stage, `${MAPS}/eaten`))?.data).toBeUndefined();
  });

  it('bypass 35: a dry-run of what would be held', async () => {
    const secret = { metadata: { name: 'tried' }, stringData: { password: 'canary-7f3a' } };
    const answer = await unasked(stage, () => send('POST', `${CORE}/secrets?dryRun=All`, secret));
    expect(answer).toEndAsPromised();
    expect(answer.warnings.join()).not.toContain('canary');
    expect(await stored(stage, `${CORE}/secrets/tried`)).toBeUndefined();
  });
});

describe('forged reviews', () => {
  const VICTIM = 'system:serviceaccount:agents:careful-bot';

  it('bypass 25: a review posted by a pod', async () => {
    const { status, text } = await unasked(stage, () => gate.post('/gate', createReview(VICTIM, 'forged')));
    expect({ status, message: text, warnings: [] }).toEndAsPromised();
  });

  it('bypass 25: a review posted by somebody who read the path in the webhook configuration', async () => {
    const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
    const { json } = await send('GET', `${configurations}/assent-gate`);
    const [webhook] = (json as { webhooks: { clientConfig: { url: string } }[] }).webhooks;
    const { pathname } = new URL(webhook?.clientConfig.url ?? '');
    const { status, review } = await gate.post(pathname, createReview(VICTIM, 'forged'));
    expect({ status, message: '', warnings: [] }).toEndAsPromised();
    expect(review.response?.allowed).toBe(false);
    const requesters = (await stage.assent.requests()).map((one) => one.spec.requester.username);
    expect(requesters).toContain(VICTIM);
    expect(await stored(stage, `/api/v1/namespaces/default/configmaps/forged`)).toBeUndefined();
  });
});

describe('a review posted to the stamp', () => {
  it('bypass 25: a decision sealed in the name of a person, by the same way', async () => {
    const held = await map(stage, 'coveted');
    const { metadata } = await requestOf(stage, held);
    const kind = { group: 'assent.dev', version: 'v1alpha1', kind: 'ApprovalDecision' };
    const resource = { group: 'assent.dev', version: 'v1alpha1', resource: 'approvaldecisions' };
    const object = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalDecision',
      metadata: { name: 'forged' },
      spec: { request: metadata.name, verdict: 'Approve', reason: 'because' },
    };
    const forged = {
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      request: {
        uid: '00000000-0000-4000-8000-000000000025',
        kind,
        resource,
        requestKind: kind,
        requestResource: resource,
        name: 'forged',
        operation: 'CREATE',
        userInfo: { username: 'alice', groups: ['system:authenticated'] },
        object,
        oldObject: null,
        dryRun: false,
        options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1' },
      },
    };
    const { status, text } = await gate.post(`/${gate.segment}/stamp`, JSON.stringify(forged));
    expect({ status, message: text, warnings: [] }).toEndAsPromised();
    const { response } = JSON.parse(text) as { response: { allowed: boolean; patch?: string } };
    expect(response.allowed).toBe(true);
    const patch = JSON.parse(Buffer.from(response.patch ?? '', 'base64').toString()) as { value: object }[];
    expect(JSON.stringify(patch[0])).toContain('"signature"');
    const sealed = { ...object, spec: { ...object.spec, stamp: patch[0]?.value } };
    const stolen = await send('POST', '/apis/assent.dev/v1alpha1/approvaldecisions', sealed);
    expect(stolen.status, 'it cannot be stored').toBe(403);
    expect((await map(stage, 'coveted')).status).toBe(403);
  });
});

describe('another API server', () => {
  const GROUP = 'foreign.example.com';
  const kinds = {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: `${GROUP}/v1`,
    resources: [
      { name: 'things', singularName: 'thing', kind: 'Thing', namespaced: true, verbs: ['create'] },
    ],
  };
  let server: JsonServer;
  let made = 0;
  beforeAll(async () => {
    server = await startJsonServer(({ method, body }) => {
      if (method !== 'POST') return { status: 200, json: kinds };
      made += 1;
      return { status: 201, json: JSON.parse(body.toString()) as unknown };
    });
    const { assent } = stage;
    const spec = { type: 'ExternalName', externalName: 'localhost', ports: [{ port: server.port }] };
    await assent.admin('POST', `${CORE}/services`, { metadata: { name: 'foreign' }, spec });
    await assent.admin('POST', '/apis/apiregistration.k8s.io/v1/apiservices', {
      metadata: { name: `v1.${GROUP}` },
      spec: {
        group: GROUP,
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { namespace: 'shop', name: 'foreign', port: server.port },
      },
    });
  });
  afterAll(() => server.stop());

  it('bypass 27: an object of an aggregated API', async () => {
    const rules = [{ apiGroups: ['*'], resources: ['*/*'], operations: ALL }];
    const conditions = [{ name: 'no-events', expression: "request.resource.resource != 'events'" }];
    await forOther('everything', { match: { rules, conditions } });
    const path = `/apis/${GROUP}/v1/namespaces/shop/things`;
    const thing = { apiVersion: `${GROUP}/v1`, kind: 'Thing', metadata: { name: 'a' } };
    const answer = await waitFor(
      async () => {
        const tried = await as(stage.other, 'POST', path, thing);
        return made > 0 ? tried : undefined;
      },
      { what: 'the other server to be asked' },
    );
    expect(answer).toEndAsPromised();
  });
});

describe('gaps in time', () => {
  const LATE = '/apis/example.com/v1/namespaces/shop/lates';
  const late = (name: string, kind = 'Late') => ({ apiVersion: 'example.com/v1', kind, metadata: { name } });

  it('bypass 26: an object of a kind that the controller has not seen yet', async () => {
    const rules = [{ apiGroups: ['example.com'], resources: ['awaited'], operations: ALL }];
    await stage.assent.policy('awaited', { agents: [{ serviceAccount: 'others/bot' }], match: { rules } });
    await stopController({ assent: stage.assent, forger: '', alice: '' });
    await untilServed(stage, [
      definition('lates', 'example.com', 'Late'),
      definition('awaited', 'example.com', 'Awaited'),
    ]);
    expect(await unasked(stage, () => as(stage.other, 'POST', LATE, late('early')))).toEndAsPromised();
  });

  it('bypass 26: the same where a policy names the kind', async () => {
    const path = '/apis/example.com/v1/namespaces/shop/awaited';
    expect(await as(stage.other, 'POST', path, late('early', 'Awaited'))).toEndAsPromised();
  });

  it('bypass 26: the same once the controller is back', async () => {
    await stage.assent.operator.add('controller');
    await stage.assent.untilHeld(() => as(stage.other, 'POST', `${LATE}?dryRun=All`, late('probe')));
    expect(await as(stage.other, 'POST', LATE, late('later'))).toEndAsPromised();
  });

  it('bypass 26: a change while no gate answers', async () => {
    const { operator, plane } = stage.assent;
    for (const one of operator.processes.filter(({ part }) => part === 'gate')) await operator.kill(one);
    expect(await map(stage, 'unanswered')).toEndAsPromised();
    expect((await map({ ...stage, agent: plane.adminKubeconfig }, 'of-a-person')).status).toBe(201);
    await operator.add('gate');
    await stage.assent.untilHeld(() => map(stage, 'probe', '?dryRun=All'));
  });
});
