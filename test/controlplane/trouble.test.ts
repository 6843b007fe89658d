// Trouble: the API server hangs or is started again, two gates want one approval at once, a policy that cannot be used.
// In doubt the answer is a well-formed denial (INV-7), one approval is one execution (INV-2), and the rest keeps working.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { hasEnded } from '../../tools/operator/start.ts';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createReview, direct } from './direct-review.ts';
import { dropWebhooks, stopController } from './forgery-stage.ts';
import { CONFIGMAPS, createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const AGENT = 'system:serviceaccount:agents:deploy-bot';
/** A Lease runs for 15 s; the rest is start-up on a busy machine. ms. */
const TAKEOVER_MS = 45_000;
const POLICIES = `${OURS}/approvalpolicies`;

let assent: Assent;
let agent: string;
let other: string;
let alice: string;
const held = () => assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));

beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 2, controllers: 1 } });
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  other = (await assent.plane.serviceAccount('agents', 'other-bot')).kubeconfig;
  alice = await assent.approver('alice');
  await grantEverything(assent, ['agents/deploy-bot', 'agents/other-bot']);
  await holdConfigMaps(assent, 'bots', [{ serviceAccount: 'agents/deploy-bot' }]);
  await held();
});
afterAll(() => assent.stop());

async function approved(answer: Answer): Promise<string> {
  expect(answer.status, answer.message).toBe(403);
  const request = requestIn(answer.message);
  const decision = await assent.decide(alice, request);
  expect(decision.status, decision.message).toBe(201);
  await waitFor(
    async () => {
      await supervise();
      return (await assent.request(request)).status?.state === 'Approved';
    },
    { what: `${request} to be approved`, timeoutMs: TAKEOVER_MS },
  );
  return request;
}

/**
 * Starts the controller again where it ended, as a kubelet does: a leader that could not renew its Lease for 10 s ends
 * itself. The next one leads when the Lease has run out.
 */
async function supervise(): Promise<void> {
  const { operator } = assent;
  for (const one of operator.processes.filter(hasEnded)) await operator.kill(one);
  if (!operator.processes.some(({ part }) => part === 'controller')) await operator.add('controller');
}

describe('two gates and one approval', () => {
  const SUBMISSIONS = 20;

  it.each([
    ['a name', { name: 'raced' }],
    ['a name that the API server makes up', { generateName: 'raced-' }],
  ])('admit one of twenty creations at once, under %s', async (_, metadata) => {
    const create = () => assent.send(agent, 'POST', CONFIGMAPS, { metadata, data: { a: '1' } });
    const request = await approved(await create());
    const answers = await Promise.all(Array.from({ length: SUBMISSIONS }, create));
    const codes = answers.map((one) => one.status).sort((a, b) => a - b);
    expect(codes, answers.map((one) => one.message).join('\n')).toEqual([
      201,
      ...Array.from({ length: SUBMISSIONS - 1 }, () => 403),
    ]);
    const { json } = await assent.admin('GET', CONFIGMAPS);
    const names = (json as { items: { metadata: { name: string } }[] }).items.map((one) => one.metadata.name);
    const { name, generateName = '' } = metadata as { name?: string; generateName?: string };
    const created = names.filter((one) => (name === undefined ? one.startsWith(generateName) : one === name));
    expect(created).toHaveLength(1);
    const { status } = await assent.untilState(request, 'Admitted');
    expect(status?.reservation?.times).toBe(1);
    expect(status?.outbox?.filter((one) => one.type === 'admitted')).toHaveLength(1);
  });
});

describe('an API server that hangs', () => {
  it('is waited for until the deadline, and the review denied in words', async () => {
    const gate = await direct(assent);
    const target = `/${gate.segment}/gate?timeout=10s`;
    await assent.plane.pauseApiServer();
    try {
      const answer = await gate.post(target, createReview(AGENT, 'paused'));
      expect(answer.took).toBeLessThan(9_500);
      expect(answer.status).toBe(200);
      expect(answer.review.response).toMatchObject({
        uid: 'direct-paused',
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
      });
      expect(answer.review.response?.status?.message).toContain('ASSENT-D013');
    } finally {
      await assent.plane.resumeApiServer();
      await gate.close();
    }
    await held();
    expect((await createMap(assent, agent, 'after-pause')).message).toContain('Approval required');
  });
});

describe('an API server that is started again', () => {
  it(
    'finds the operator at work: changes are held, approved and admitted',
    { timeout: 180_000 },
    async () => {
      const before = await approved(await createMap(assent, agent, 'across'));
      await assent.plane.restartApiServer();
      // Until its storage is read, the API server answers the gate with 429, and the gate denies; that uses up nothing.
      await waitFor(
        async () => {
          const answer = await createMap(assent, agent, 'across');
          expect([201, 500], answer.message).toContain(answer.status);
          return answer.status === 201;
        },
        { what: 'the approval to admit its change', timeoutMs: TAKEOVER_MS },
      );
      const { status } = await assent.request(before);
      expect(status).toMatchObject({ state: 'Admitted', reservation: { times: 1 } });
      await held();
      await supervise();
      await approved(await createMap(assent, agent, 'anew'));
      expect((await createMap(assent, agent, 'anew')).status).toBe(201);
    },
  );
});

const policy = (name: string, spec: object) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name },
  spec: {
    agents: [{ serviceAccount: 'agents/other-bot' }],
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
    ...spec,
  },
});
const withCondition = (name: string, expression: string) => {
  const rules = [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }];
  return policy(name, { match: { rules, conditions: [{ name: 'sometimes', expression }] } });
};
const asAdmin = (method: string, path: string, body?: unknown) =>
  assent.send(assent.plane.adminKubeconfig, method, path, body);

describe('a policy that cannot be used', () => {
  it.each([
    ['an unknown field', policy('bad', { moode: 'Audit' }), /moode/],
    ['an unknown field further in', policy('bad', { approval: { requird: 2 } }), /approval\.requird/],
    [
      'CEL that does not parse',
      withCondition('bad', 'object.data.a =='),
      /spec\.match\.conditions\[0\]\.expression/,
    ],
    ['CEL about a name that is not there', withCondition('bad', 'objekt.data.a == "1"'), /objekt/],
    ['an absurd number', policy('bad', { approval: { required: 99 } }), /approval\.required/],
    [
      'an agent that is Assent',
      policy('bad', { agents: [{ serviceAccount: 'assent-system/*' }] }),
      /agents\[0\]/,
    ],
  ])('is refused when it is written, with the path: %s', async (_, body, words) => {
    const answer = await asAdmin('POST', POLICIES, body);
    expect([400, 403, 422], answer.message).toContain(answer.status);
    expect(answer.message).toMatch(words);
    expect((await asAdmin('GET', `${POLICIES}/bad`)).status).toBe(404);
  });

  it(
    'and came in while the guard was away asks too often; the others keep working',
    { timeout: 180_000 },
    async () => {
      const stage = { assent, forger: agent, alice };
      await stopController(stage);
      await dropWebhooks(stage);
      const written = await asAdmin('POST', POLICIES, withCondition('broken', 'object.data.a =='));
      expect(written.status, written.message).toBe(201);
      const { json } = await waitFor(
        async () => {
          await supervise();
          const answer = await assent.admin('GET', `${POLICIES}/broken`);
          expect((answer.json as ApprovalPolicy).status?.conditions).toBeDefined();
          return answer;
        },
        { what: 'the broken policy to be told so', timeoutMs: TAKEOVER_MS },
      );
      await held();
      await assent.untilHeld(() => createMap(assent, other, 'probe', '?dryRun=All'));
      const ready = (json as ApprovalPolicy).status?.conditions?.find((one) => one.type === 'Ready');
      expect(ready).toMatchObject({ status: 'False' });
      expect(ready?.message).toContain('spec.match.conditions[0].expression');
      // Whatever the condition meant, it counts as true.
      const asked = await createMap(assent, other, 'doubtful');
      expect(asked.message).toContain('Approval required');
      await approved(await createMap(assent, agent, 'unconcerned'));
      expect((await createMap(assent, agent, 'unconcerned')).status).toBe(201);
      await holdConfigMaps(assent, 'newer', [{ serviceAccount: 'agents/other-bot' }]);
    },
  );
});
