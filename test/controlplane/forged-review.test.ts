// Reviews that do not come from the API server: without the secret path segment nothing happens at all, and whatever
// arrives behind it, however broken, is answered by a well-formed denial (INV-1, INV-7).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAssent, requestIn, type Assent } from './assent.ts';
import { createReview, direct, type Direct } from './direct-review.ts';
import { CONFIGMAPS, createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const AGENT = 'system:serviceaccount:agents:deploy-bot';
const MIB = 1_048_576;

let assent: Assent;
let agent: string;
let alice: string;
let gate: Direct;
const admin = () => assent.plane.adminKubeconfig;

beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  alice = await assent.approver('alice');
  await grantEverything(assent, ['agents/deploy-bot']);
  await holdConfigMaps(assent, 'bots', [{ serviceAccount: 'agents/deploy-bot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
  gate = await direct(assent);
});
afterAll(async () => {
  await gate.close();
  await assent.stop();
});

/** An approved request for a ConfigMap. */
async function approved(name: string): Promise<string> {
  const request = requestIn((await createMap(assent, agent, name)).message);
  expect((await assent.decide(alice, request)).status).toBe(201);
  await assent.untilState(request, 'Approved');
  return request;
}

describe('a review that is posted from inside the network without the secret segment', () => {
  const flipped = (text: string) => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
  const PATHS: readonly (readonly [what: string, path: () => string])[] = [
    ['no segment', () => '/gate'],
    ['an empty one', () => '//gate'],
    ['another one', () => `/${'0'.repeat(32)}/gate`],
    ['one that is wrong in the last digit', () => `/${flipped(gate.segment)}/gate`],
    ['half of the right one', () => `/${gate.segment.slice(0, 16)}/gate`],
    ['the right one in capitals', () => `/${gate.segment.toUpperCase()}x/gate`],
    ['the right one and a path behind it', () => `/${gate.segment}/gate/x`],
    ['a wrong one for the guard', () => `/${flipped(gate.segment)}/guard`],
    ['a wrong one for the stamp', () => `/${flipped(gate.segment)}/stamp`],
  ];

  it.each(PATHS)('gets 404 and leaves no trace: %s', async (what, path) => {
    const name = `stray-${what.replaceAll(/[^a-z]+/g, '-')}`;
    const request = await approved(name);
    const known = (await assent.requests()).length;
    for (const target of [name, `${name}-new`]) {
      const answer = await gate.post(path(), createReview(AGENT, target));
      expect(answer).toMatchObject({ status: 404, text: '' });
    }
    expect((await assent.requests()).length, 'no request was made').toBe(known);
    expect((await assent.request(request)).status?.state, 'no approval was used').toBe('Approved');
    expect((await createMap(assent, agent, name)).status, 'the true change still fits').toBe(201);
  });
});

describe('behind the secret segment', () => {
  const review = (text: Parameters<typeof createReview>[2]) =>
    createReview(AGENT, 'broken', { uid: 'u-1', ...text });
  const nested = `"data":${'{"a":'.repeat(600)}1${'}'.repeat(600)}`;
  const malformed: readonly (readonly [what: string, body: string | Uint8Array, code: string])[] = [
    ['nothing', '', 'ASSENT-D015'],
    ['no JSON', 'approve me', 'ASSENT-D015'],
    ['half a review', review({}).slice(0, -20), 'ASSENT-D015'],
    ['a list', '[]', 'ASSENT-D015'],
    ['another kind', '{"kind":"Pod","apiVersion":"v1"}', 'ASSENT-D015'],
    [
      'a review without a request',
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
      'ASSENT-D015',
    ],
    ['another version', review({ apiVersion: 'admission.k8s.io/v1beta1' }), 'ASSENT-D015'],
    ['a duplicate key', review({ rest: '"data":{"a":"1","a":"2"}' }), 'ASSENT-D015'],
    ['a duplicate object', review({ rest: '"data":{}},"object":{"kind":"ConfigMap"' }), 'ASSENT-D015'],
    ['a lone surrogate', review({ rest: '"data":{"a":"\\ud800"}' }), 'ASSENT-D015'],
    [
      'bytes that are no UTF-8',
      Buffer.from(review({ rest: '"data":{"a":"\xff"}' }), 'latin1'),
      'ASSENT-D015',
    ],
    ['a number that no double holds', review({ rest: '"n":0.10000000000000000001' }), 'ASSENT-D015'],
    ['600 levels', review({ rest: nested }), 'ASSENT-D015'],
    ['33 MiB', review({ rest: `"data":{"a":"${'x'.repeat(33 * MIB)}"}` }), 'ASSENT-D014'],
  ];

  it.each(malformed)('%s is answered by a well-formed denial', async (_, body, code) => {
    const known = (await assent.requests()).length;
    const answer = await gate.post(`/${gate.segment}/gate?timeout=10s`, body);
    expect(answer.status).toBe(200);
    expect(answer.review).toMatchObject({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: { allowed: false, status: { code: 403, reason: 'Forbidden' } },
    });
    expect(['', 'u-1']).toContain(answer.review.response?.uid);
    expect(answer.review.response?.status?.message).toContain(code);
    expect((await assent.requests()).length, 'no request was made').toBe(known);
  });

  it.each(['guard', 'stamp'])('the %s refuses what it cannot read', async (route) => {
    for (const body of ['', '{', review({ apiVersion: 'admission.k8s.io/v1beta1' })]) {
      const answer = await gate.post(`/${gate.segment}/${route}`, body);
      expect(answer.status).toBe(200);
      expect(answer.review.response).toMatchObject({ allowed: false, status: { code: 403 } });
    }
  });

  /** Opens a request by a review and reads its fingerprint. */
  async function fingerprintOf(text: Parameters<typeof createReview>[2]): Promise<string> {
    const { review: answer } = await gate.post(`/${gate.segment}/gate`, createReview(AGENT, 'number', text));
    const message = answer.response?.status?.message ?? '';
    expect(message).toContain('Approval required');
    return (await assent.request(requestIn(message))).spec.fingerprint;
  }

  const numbers = ['9007199254740992', '9007199254740993', '-9223372036854775807', '-9223372036854775808'];
  it('numbers that JSON.parse takes for one another are different changes', async () => {
    expect(JSON.parse(numbers[0] ?? '')).toBe(JSON.parse(numbers[1] ?? ''));
    expect(JSON.parse(numbers[2] ?? '')).toBe(JSON.parse(numbers[3] ?? ''));
    const prints: string[] = [];
    for (const number of numbers) prints.push(await fingerprintOf({ rest: `"n":${number}` }));
    expect(new Set(prints).size).toBe(numbers.length);
  });

  it('a label __proto__ is a label like any other', async () => {
    const labels = ['{"__proto__":"a"}', '{"__proto__":"b"}', '{"__proto__":{"isAdmin":"yes"}}', '{}'];
    const prints: string[] = [];
    for (const one of labels) prints.push(await fingerprintOf({ labels: one }));
    expect(new Set(prints).size).toBe(labels.length);
  });
});

describe('through the API server', () => {
  it('a key __proto__ is held, approved and admitted like any other', async () => {
    const body = '{"metadata":{"name":"proto"},"data":{"__proto__":"x","constructor":"y"}}';
    const create = () => assent.send(agent, 'POST', CONFIGMAPS, body);
    const held = await create();
    expect(held.status, held.message).toBe(403);
    const request = await assent.request(requestIn(held.message));
    expect(request.spec.change!.diff.map((one) => one.path).join(' ')).toContain('__proto__');
    expect((await assent.decide(alice, request.metadata.name)).status).toBe(201);
    await assent.untilState(request.metadata.name, 'Approved');
    const other = await assent.send(agent, 'POST', CONFIGMAPS, body.replace('"x"', '"z"'));
    expect(other.status, 'another value is another change').toBe(403);
    expect((await create()).status).toBe(201);
    const stored = await assent.plane.raw(admin(), 'GET', `${CONFIGMAPS}/proto`);
    expect(stored.text).toContain('"__proto__":"x"');
  });
});
