// Done-when 8: an administrator has deleted the webhooks and the admission policies, and an agent with every verb on
// assent.dev forges what it likes. When everything is back, nothing that it wrote admits anything (INV-1, INV-2).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { requestName } from '../../src/domain/request/name.ts';
import { requestIn, type Answer } from './assent.ts';
import {
  asked,
  DECISIONS,
  decided,
  dropAdmissionPolicies,
  dropWebhooks,
  FAR,
  forge,
  forgeApproved,
  MERGE,
  REQUESTS,
  restore,
  startForgery,
  stopController,
  storedMap,
  type Forgery,
} from './forgery-stage.ts';
import { CONFIGMAPS, createMap, holdConfigMaps } from './people-stage.ts';

let stage: Forgery;
/** What each case prepared, by the name of its ConfigMap. */
const prepared = new Map<string, ApprovalRequest>();
const of = (object: string): ApprovalRequest =>
  prepared.get(object) ?? expect.fail(`no request for ${object}`);

/** A sealed decision of alice about another change. */
let genuine: ApprovalDecision;
/** The request of a change that was approved and used. */
let used: ApprovalRequest;

/** The request of an edit that was approved and used a moment ago: within 40 s the same edit is let through again. */
let lately: ApprovalRequest;

const nameOf = (request: ApprovalRequest): string => request.metadata.name;
const draft = (kind: string, name: string, spec: unknown) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});

/** Deletes a request and creates it again with the spec it had. */
async function recreate(request: ApprovalRequest, spec: unknown = request.spec): Promise<ApprovalRequest> {
  const name = nameOf(request);
  await forge(stage, 'DELETE', `${REQUESTS}/${name}`);
  return (await forge(stage, 'POST', REQUESTS, draft('ApprovalRequest', name, spec))) as ApprovalRequest;
}

const reservation = (seal: unknown) => ({
  review: '00000000-0000-4000-8000-000000000001',
  at: new Date().toISOString(),
  objectVersion: '',
  objectUid: '',
  times: 1,
  seal,
});

/** One forgery: what is there before, what the agent writes, and the words that show what held it. */
interface Case {
  readonly what: string;
  readonly object: string;
  /** Stands before the webhooks go. Default: a pending request. */
  readonly before?: (request: ApprovalRequest) => Promise<ApprovalRequest>;
  readonly forge: (request: ApprovalRequest) => Promise<unknown>;
  readonly held: RegExp;
  /** The change. Default: to create the ConfigMap. */
  readonly attempt?: () => Promise<Answer>;
  /** Data of the ConfigMap as it has to stay. Default: there is none. */
  readonly left?: Readonly<Record<string, string>>;
}

const attempt = (one: Case): Promise<Answer> =>
  one.attempt ? one.attempt() : createMap(stage.assent, stage.forger, one.object);
const edit = (object: string): Promise<Answer> =>
  stage.assent.send(stage.forger, 'PATCH', `${CONFIGMAPS}/${object}`, { data: { a: '2' } }, MERGE);

const approve = async (request: ApprovalRequest) => (await decided(stage, request)).request;

const CASES: readonly Case[] = [
  {
    what: 'a status that says Approved, with decisions and an end far away',
    object: 'status',
    forge: (request) => forgeApproved(stage, request),
    held: /only 0\/1 approvals are sealed/,
  },
  {
    what: 'a status with a made-up reservation',
    object: 'reserved',
    async forge(request) {
      await forgeApproved(stage, request);
      const status = { state: 'Reserved', reservation: reservation(request.spec.seal) };
      await forge(stage, 'PATCH', `${REQUESTS}/${nameOf(request)}/status`, { status });
    },
    held: /Approval already used/,
  },
  {
    what: 'the true reservation of another change, made to fit this object, within its time',
    object: 'edited',
    attempt: () => edit('edited'),
    left: { a: '1' },
    async forge(request) {
      await forgeApproved(stage, request);
      const status = {
        state: 'Reserved',
        reservation: { ...lately.status?.reservation, objectUid: request.spec.change!.objectUid },
      };
      await forge(stage, 'PATCH', `${REQUESTS}/${nameOf(request)}/status`, { status });
    },
    held: /Approval already used/,
  },
  {
    what: 'a decision with a made-up stamp',
    object: 'stamp',
    async forge(request) {
      const stamp = {
        ...genuine.spec.stamp,
        requestUid: request.metadata.uid,
        fingerprint: request.spec.fingerprint,
        at: new Date().toISOString(),
        seal: { keyId: request.spec.seal.keyId, signature: 'A'.repeat(86) },
      };
      const spec = { request: nameOf(request), verdict: 'Approve', stamp };
      await forge(stage, 'POST', DECISIONS, draft('ApprovalDecision', 'made-up', spec));
      await forgeApproved(stage, request);
    },
    held: /only 0\/1 approvals are sealed/,
  },
  {
    what: 'a decision without a stamp',
    object: 'unstamped',
    forge: (request) =>
      forge(
        stage,
        'POST',
        DECISIONS,
        draft('ApprovalDecision', 'unstamped', { request: nameOf(request), verdict: 'Approve' }),
      ),
    held: /state: Pending/,
  },
  {
    what: 'the decision about another request',
    object: 'copied',
    async forge(request) {
      const spec = { ...genuine.spec, request: nameOf(request) };
      await forge(stage, 'POST', DECISIONS, draft('ApprovalDecision', 'copied', spec));
      await forgeApproved(stage, request);
    },
    held: /only 0\/1 approvals are sealed/,
  },
  {
    what: 'a request with the fingerprint of another and the name that the gate would use, approved',
    object: 'fingerprint',
    async forge(request) {
      const spec = { ...request.spec, policies: [{ ...request.spec.policies[0], required: 1, owners: [] }] };
      const other = { ...spec, requestedAt: new Date().toISOString(), expiresAt: FAR };
      await forgeApproved(stage, await recreate(request, other));
    },
    held: /Approval required/,
  },
  {
    what: 'the sealed spec of a used request under the name that the gate would use next',
    object: 'used',
    before: async (request) => {
      await decided(stage, request);
      expect((await createMap(stage.assent, stage.forger, 'used')).status).toBe(201);
      await stage.assent.admin('DELETE', `${CONFIGMAPS}/used`);
      used = await stage.assent.untilState(nameOf(request), 'Admitted');
      return used;
    },
    async forge(request) {
      const { action, change, fingerprint, seal } = request.spec;
      const next = requestName({ ...change!, action }, fingerprint, request.metadata.uid);
      expect(seal.keyId).not.toBe('');
      const body = draft('ApprovalRequest', next, request.spec);
      await forgeApproved(stage, (await forge(stage, 'POST', REQUESTS, body)) as ApprovalRequest);
    },
    held: /only 0\/1 approvals are sealed/,
  },
  {
    what: 'an approved request deleted and created again with its sealed spec',
    object: 'again',
    before: approve,
    forge: async (request) => forgeApproved(stage, await recreate(request)),
    held: /only 0\/1 approvals are sealed/,
  },
  {
    what: 'the deletion of a denial',
    object: 'denial',
    before: async (request) => {
      const made = await decided(stage, request, 'Deny');
      denial = made.decision;
      return made.request;
    },
    forge: () => forge(stage, 'DELETE', `${DECISIONS}/${denial.metadata.name}`),
    held: /Denied: /,
  },
  {
    what: 'the deletion of a denied request',
    object: 'forgotten',
    before: async (request) => (await decided(stage, request, 'Deny')).request,
    forge: async (request) => forgeApproved(stage, await recreate(request)),
    held: /only 0\/1 approvals are sealed/,
  },
];
let denial: ApprovalDecision;

/** What the rules of the kind refuse whoever writes, for a request that was used. */
const STEPS_BACK: readonly (readonly [what: string, status: unknown])[] = [
  ['back to Approved', { state: 'Approved' }],
  ['back to Pending', { state: 'Pending' }],
  ['without its reservation', { reservation: null }],
  ['with a later end', { usableUntil: FAR }],
  ['without its end', { usableUntil: null }],
  ['away', null],
];

/** The request of a change that is held. */
const heldAs = async (answer: Promise<Answer>): Promise<ApprovalRequest> =>
  stage.assent.request(requestIn((await answer).message));

beforeAll(async () => {
  stage = await startForgery();
  const { assent, forger } = stage;
  const approval = { limits: { pending: 100, newPerMinute: 60 } };
  await holdConfigMaps(assent, 'forger', [{ serviceAccount: 'agents/forger' }], approval);
  await assent.untilHeld(() => createMap(assent, forger, 'probe', '?dryRun=All'));
  genuine = (await decided(stage, await asked(stage, 'genuine'))).decision;
  for (const object of ['edited', 'edited-before'])
    await assent.admin('POST', CONFIGMAPS, { metadata: { name: object }, data: { a: '1' } });
  for (const one of CASES) {
    const request = await heldAs(attempt(one));
    prepared.set(one.object, one.before ? await one.before(request) : request);
  }
  const other = await heldAs(edit('edited-before'));
  await decided(stage, other);
  await edit('edited-before');
  lately = await assent.untilState(nameOf(other), 'Reserved');
  await stopController(stage);
}, 180_000);
afterAll(() => stage.assent.stop());

describe('with the webhooks deleted, the admission policy refuses a ServiceAccount', () => {
  beforeAll(() => dropWebhooks(stage));

  const TRIES: readonly (readonly [what: string, send: () => Promise<Answer>])[] = [
    [
      'a status',
      () => write('PATCH', `${REQUESTS}/${nameOf(of('status'))}/status`, { status: { attempts: 9 } }),
    ],
    ['a decision', () => write('POST', DECISIONS, draft('ApprovalDecision', 'x', genuine.spec))],
    ['the deletion of a decision', () => write('DELETE', `${DECISIONS}/${denial.metadata.name}`)],
    ['the deletion of a request', () => write('DELETE', `${REQUESTS}/${nameOf(of('status'))}`)],
    ['a request', () => write('POST', REQUESTS, draft('ApprovalRequest', 'x', of('status').spec))],
    [
      'an Approver',
      () =>
        write(
          'POST',
          '/apis/assent.dev/v1alpha1/approvers',
          draft('Approver', 'x', { identities: [{ kubernetes: { username: 'x' } }] }),
        ),
    ],
    ['the deletion of a policy', () => write('DELETE', '/apis/assent.dev/v1alpha1/approvalpolicies/forger')],
  ];
  const write = (method: string, path: string, body?: unknown) =>
    stage.assent.send(stage.forger, method, path, body, method === 'PATCH' ? MERGE : undefined);

  it.each(TRIES)('%s', async (_, send) => {
    const answer = await send();
    expect(answer.status, answer.message).toBe(403);
    expect(answer.message).toContain("ValidatingAdmissionPolicy 'assent-own-kinds'");
    expect(answer.message).toContain('an agent may not write the objects that decide about agents');
  });
});

describe('with the webhooks and the admission policies deleted', () => {
  beforeAll(() => dropAdmissionPolicies(stage));

  it.each(STEPS_BACK)('a used request is not set %s: the rules of the kind hold', async (_, status) => {
    const path = `${REQUESTS}/${nameOf(used)}/status`;
    const answer = await stage.assent.send(stage.forger, 'PATCH', path, { status }, MERGE);
    expect(answer.status, answer.message).toBe(422);
  });

  it.each(CASES)('the agent writes $what', async ({ object, left, forge: write }) => {
    await write(of(object));
    expect(await storedMap(stage, object)).toEqual(left);
  });
});

describe('INV-1: with everything back, nothing is admitted by', () => {
  beforeAll(() => restore(stage), 60_000);

  it.each(CASES)('$what', async (one) => {
    const answer = await attempt(one);
    expect(answer.status, answer.message).toBe(403);
    expect(answer.message).toMatch(one.held);
    expect(requestIn(answer.message), answer.message).not.toBe('');
    // Nor by trying once more, when caches and controller have seen everything.
    const again = await attempt(one);
    expect(again.status, again.message).toBe(403);
    expect(await storedMap(stage, one.object)).toEqual(one.left);
  });

  it('a forgery, while a true approval still admits its change, once', async () => {
    expect((await createMap(stage.assent, stage.forger, 'genuine')).status).toBe(201);
    await stage.assent.admin('DELETE', `${CONFIGMAPS}/genuine`);
    expect((await createMap(stage.assent, stage.forger, 'genuine')).status).toBe(403);
  });
});
