// The main path as people see it with kubectl alone: waiting for an answer, a quorum of two, the list, and the story that
// `kubectl describe` tells in conditions and Events.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OURS, type PolicyDraft } from './assent.ts';
import { waitFor } from './cluster.ts';
import {
  admitted,
  AGENTS,
  APPROVAL,
  approve,
  CORE,
  denied,
  MERGE,
  startCast,
  untilHeld,
  type Cast,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
  const { assent } = cast;
  await assent.policy('single', about(['probe', 'single-*']));
  await assent.policy(
    'pair',
    about(['pair-*'], { risk: 'High', approval: { ...APPROVAL, required: 2, approveMasked: true } }),
  );
  await untilHeld(cast);
});
afterAll(() => cast.assent.stop());

function about(resourceNames: string[], more: Partial<PolicyDraft> = {}): PolicyDraft {
  const rule = { apiGroups: [''], resources: ['configmaps'], operations: ['*' as const], resourceNames };
  return { agents: AGENTS, match: { rules: [rule] }, approval: APPROVAL, ...more };
}

const make = (name: string) =>
  cast.assent.admin('POST', `${CORE}/configmaps`, { metadata: { name }, data: { colour: 'red' } });
const recolour = (name: string, colour = 'blue') =>
  cast.assent.send(cast.agent, 'PATCH', `${CORE}/configmaps/${name}`, { data: { colour } }, MERGE);
const kubectl = (who: string, ...args: string[]) => cast.assent.plane.kubectl(who, args);

/** A request of the agent that nobody has decided yet. */
async function pending(name: string): Promise<string> {
  await make(name);
  const request = await denied(() => recolour(name));
  await cast.assent.untilState(request, 'Pending');
  return request;
}

describe('kubectl wait --for=condition=Decided', () => {
  const wait = (request: string) =>
    kubectl(cast.agent, 'wait', `apr/${request}`, '--for=condition=Decided', '--timeout=60s');

  it('returns when the request is approved', async () => {
    const request = await pending('single-approved');
    const waiting = wait(request);
    await approve(cast, request);
    expect(await waiting).toMatchObject({ code: 0, stdout: expect.stringContaining('condition met') });
    await admitted(() => recolour('single-approved'));
  });

  it('returns when the request is denied', async () => {
    const request = await pending('single-denied');
    const waiting = wait(request);
    await cast.assent.decide(cast.approver, request, 'Deny');
    expect(await waiting).toMatchObject({ code: 0 });
  });

  it('returns when a newer change takes its place', async () => {
    const request = await pending('single-superseded');
    const waiting = wait(request);
    await denied(() => recolour('single-superseded', 'pink'));
    expect(await waiting).toMatchObject({ code: 0 });
  });

  it('does not return while nobody has answered', async () => {
    const request = await pending('single-unanswered');
    const waited = await kubectl(
      cast.agent,
      'wait',
      `apr/${request}`,
      '--for=condition=Decided',
      '--timeout=1s',
    );
    expect(waited.code).toBe(1);
    expect(waited.stderr).toContain('timed out');
  });
});

describe('a policy that needs two people', () => {
  const approverKind = (name: string, usernames: readonly string[]) => ({
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'Approver',
    metadata: { name },
    spec: { identities: usernames.map((username) => ({ kubernetes: { username } })) },
  });

  it('admits after two different people approved, and not before', async () => {
    const { assent, approver: alice } = cast;
    const people = [
      ['alice', ['alice', 'alice-admin']],
      ['bob', ['bob']],
    ] as const;
    for (const [name, identities] of people)
      await assent.admin('POST', `${OURS}/approvers`, approverKind(name, identities));
    const [aliceAdmin, bob, stranger] = [
      await assent.approver('alice-admin'),
      await assent.approver('bob'),
      await assent.approver('stranger'),
    ];
    const request = await pending('pair-change');
    // The stamp knows a new Approver a moment after it was written.
    await waitFor(async () => (await assent.decide(alice, request)).status === 201, {
      what: 'the first approval',
    });
    await waitFor(async () => (await assent.request(request)).status?.approvals === '1/2', { what: '1/2' });
    const half = await recolour('pair-change');
    expect(half.status).toBe(403);
    expect(half.message).toContain('given:   1/2 approvals');
    expect((await assent.decide(alice, request)).message).toContain('(already-voted)');
    expect((await assent.decide(aliceAdmin, request)).message).toContain('(already-voted)');
    expect((await assent.decide(stranger, request)).message).toContain('(no-approver)');
    expect((await assent.request(request)).status?.state).toBe('Pending');

    expect((await assent.decide(bob, request, 'Approve', 'seen with alice')).status).toBe(201);
    const approved = await assent.untilState(request, 'Approved');
    expect(approved.status).toMatchObject({ approvals: '2/2', decidedBy: 'alice, bob' });
    await admitted(() => recolour('pair-change'));
  });
});

describe('kubectl get and describe', () => {
  it('tell what waits, for whom, and until when', async () => {
    const request = await pending('single-listed');
    const { stdout } = await kubectl(cast.approver, 'get', 'approvalrequests');
    const [header = '', ...lines] = stdout.trimEnd().split('\n');
    expect(header.split(/\s{2,}/).map((one) => one.trim())).toEqual([
      'NAME',
      'STATE',
      'RISK',
      'ACTION',
      'TARGET',
      'REQUESTER',
      'APPROVALS',
      'EXPIRES',
      'AGE',
    ]);
    const line = lines.find((one) => one.startsWith(request)) ?? '';
    expect(line.split(/\s{2,}/).slice(1, 7)).toEqual([
      'Pending',
      'Medium',
      'update',
      'configmaps shop/single-listed',
      'sa:agents/deploy-bot',
      '0/1',
    ]);
    expect(line).toMatch(/20\d\d-\d\d-\d\dT[\d:]+Z\s+\d+m?s/);
  });

  it('tell the story of a request from the question to the admission, in full sentences', async () => {
    const request = await pending('single-story');
    const { assent, approver } = cast;
    expect((await assent.decide(approver, request, 'Approve', 'INC-9, agreed')).status).toBe(201);
    await assent.untilState(request, 'Approved');
    await admitted(() => recolour('single-story'));
    const text = await waitFor(
      async () => {
        const { stdout } = await kubectl(assent.plane.adminKubeconfig, 'describe', 'apr', request);
        return (
          ['Requested', 'Decided', 'Approved', 'Reserved'].every((reason) =>
            new RegExp(`Normal\\s+${reason}\\s`).test(stdout),
          ) && stdout
        );
      },
      { what: 'the Events' },
    );
    expect(messages(text)).toEqual([
      'Approved by alice ("INC-9, agreed"), and used.',
      'Nobody has denied it.',
      'It did not expire.',
      'The answer is yes: approved by alice.',
      expect.stringMatching(/^The change was let through at \S+Z; an approval admits one execution\.$/),
    ]);
    expect(events(text)).toEqual([
      [
        'Requested',
        'system:serviceaccount:agents:deploy-bot: asks for: update configmaps shop/single-story.',
      ],
      ['Decided', 'alice: Approve through kubectl: "INC-9, agreed".'],
      ['Approved', expect.stringMatching(/^alice: approved \(1\/1\), usable once until \S+Z\.$/)],
      [
        'Reserved',
        expect.stringMatching(/^system:serviceaccount:agents:deploy-bot: let through in review \S+\.$/),
      ],
    ]);
  });
});

/** Messages of the conditions in what `kubectl describe` printed. */
const messages = (text: string): string[] =>
  [...text.matchAll(/^ {4}Message:\s+(.*)$/gm)].map((match) => match[1] ?? '');

/** Reason and message of the Events in what `kubectl describe` printed, oldest first. */
function events(text: string): string[][] {
  const lines = text.slice(text.indexOf('\nEvents:')).trimEnd().split('\n').slice(4);
  return lines.map((line) => {
    const [, , reason = '', , , message = ''] = line.split(/\s{2,}/);
    return [reason, message];
  });
}
