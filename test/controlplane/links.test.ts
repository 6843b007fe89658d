// Accounts of a chat and the people behind them (INV-3), through the real API: a link is proven from both sides, only Assent
// says what an account clicked, and the gate finds out for itself whose account it is and what that person may do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { IdentityLink } from '../../src/api/identity-link.ts';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps, writeApprover } from './people-stage.ts';

const LINKS = `${OURS}/identitylinks`;
const DECISIONS = `${OURS}/approvaldecisions`;
const MERGE = 'application/merge-patch+json';
const SHOWN = `sha256:${'a'.repeat(64)}`;
const TEAM = 'T0TEAM';

let assent: Assent;
let controller: string;
const who: Record<string, string> = {};
const as = (name: string): string => who[name] ?? expect.fail(`nobody is called ${name}`);

beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
  who['bot'] = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  controller = (await assent.plane.serviceAccount('assent-system', 'assent-controller')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) who[name] = await assent.approver(name);
  await assent.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'test-links' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'assent-approver' },
    subjects: ['alice', 'bob', 'carol', 'dave', 'erin'].map((name) => ({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'User',
      name,
    })),
  });
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await assent.untilHeld(() => createMap(assent, as('bot'), 'probe', '?dryRun=All'));
});
afterAll(() => assent.stop());

let made = 0;
interface Begun {
  readonly name: string;
  readonly code: string;
  readonly answer: Answer;
}

/** Begins a link as somebody. */
async function begin(person: string, more: object = {}): Promise<Begun> {
  const code = linkCode(Buffer.from(`${person}-${(made += 1)}-padding-of-bytes`));
  const name = `slack-${person}-${made}`;
  const spec = { channel: 'slack', code: codeDigest(code), ...more };
  const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'IdentityLink', metadata: { name }, spec };
  return { name, code, answer: await assent.send(as(person), 'POST', LINKS, body) };
}

/** Writes, as Assent does, which account typed a code. */
const type = (name: string, code: string, user: string, by = controller): Promise<Answer> =>
  assent.send(
    by,
    'PATCH',
    `${LINKS}/${name}/status`,
    { status: { account: { team: TEAM, user }, code } },
    MERGE,
  );

/** Links an account of somebody. */
async function link(person: string, user: string): Promise<string> {
  const { name, code, answer } = await begin(person);
  expect(answer.status, answer.message).toBe(201);
  const typed = await type(name, code, user);
  expect(typed.status, typed.message).toBe(200);
  return name;
}

/** Has the agent ask for something. @returns the name of the request */
async function asked(object: string): Promise<string> {
  const request = requestIn((await createMap(assent, as('bot'), object)).message);
  expect(request).not.toBe('');
  return request;
}

/** Sends, as Assent does, what an account clicked. */
function click(request: string, user: string, over: object = {}, by = controller): Promise<Answer> {
  const via = { channel: 'slack', team: TEAM, user, shown: SHOWN };
  const spec = { request, verdict: 'Approve', via, ...over };
  const body = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalDecision',
    metadata: { generateName: 'test-' },
    spec,
  };
  return assent.send(by, 'POST', DECISIONS, body);
}

const refusalCode = ({ status, message }: Answer): string =>
  (status === 403 ? /refused: .+ \(([a-z-]+)\)$/.exec(message)?.[1] : undefined) ?? `${status} ${message}`;

describe('a link (INV-3)', () => {
  it('is stamped with who made it, and holds no code', async () => {
    const { answer, code } = await begin('alice');
    const { spec } = answer.json as IdentityLink;
    expect(spec.stamp).toMatchObject({ username: 'alice', groups: ['system:authenticated'] });
    expect(JSON.stringify(answer.json)).not.toContain(code);
  });

  it.each([
    ['a stamp of somebody else', { stamp: { username: 'bob', groups: [], at: '2026-01-01T00:00:00Z' } }],
    ['an unknown field', { user: 'bob' }],
    ['no digest for a code', { code: 'ABCD' }],
  ])('that brings %s is refused', async (_, more) => {
    expect((await begin('alice', more)).answer.status).toBeGreaterThanOrEqual(400);
  });

  it('is not made by a machine, and not by an agent', async () => {
    const { answer } = await begin('bot');
    expect(answer.status, answer.message).toBe(403);
  });

  it('gets its account by the code that was typed, once', async () => {
    const { name, code } = await begin('alice');
    const typed = await type(name, code.toLowerCase().replaceAll('-', ' '), 'U0FIRST');
    const { status } = typed.json as IdentityLink;
    expect(status, typed.message).toMatchObject({ account: { team: TEAM, user: 'U0FIRST' } });
    expect(JSON.stringify(typed.json)).not.toContain(code);
    const again = await type(name, code, 'U0SECOND');
    expect(again.status).toBeGreaterThanOrEqual(400);
    const { json } = await assent.admin('GET', `${LINKS}/${name}`);
    expect((json as IdentityLink).status).toMatchObject({ account: { user: 'U0FIRST' } });
  });

  it('gets no account by another code, nor by none', async () => {
    const { name } = await begin('alice');
    const { code: other } = await begin('bob');
    for (const code of [other, '', 'ZZZZ-ZZZZ-ZZZZ']) {
      const typed = await type(name, code, 'U0WRONG');
      expect(typed.message).toContain('that is not the code of this link');
    }
  });

  it('gets no account from people, a cluster-admin among them', async () => {
    const { name, code } = await begin('alice');
    for (const one of [as('alice'), assent.plane.adminKubeconfig]) {
      const typed = await type(name, code, 'U0FORGED', one);
      expect(typed.status, typed.message).toBe(403);
    }
  });

  it('is not for an account that is linked to somebody else', async () => {
    await link('alice', 'U0TAKEN');
    const { name, code } = await begin('bob');
    const typed = await type(name, code, 'U0TAKEN');
    expect(typed.message).toContain('linked to another user of the cluster already');
  });

  it('is never edited, by a cluster-admin either', async () => {
    const name = await link('alice', 'U0FIXED');
    const label = { metadata: { labels: { a: 'b' } } };
    const edited = await assent.send(assent.plane.adminKubeconfig, 'PATCH', `${LINKS}/${name}`, label, MERGE);
    expect(edited.message).toContain('never edited');
  });

  it('on dry-run carries no seal', async () => {
    const spec = { channel: 'slack', code: codeDigest(linkCode(Buffer.alloc(12))) };
    const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'IdentityLink', metadata: { name: 'dry' }, spec };
    const answer = await assent.send(as('alice'), 'POST', `${LINKS}?dryRun=All`, body);
    expect(answer.status, answer.message).toBe(201);
    expect((answer.json as IdentityLink).spec.stamp).toBeUndefined();
  });
});

describe('a click (INV-3)', () => {
  it('is the decision of the person whose account it is', async () => {
    await link('carol', 'U0CAROL');
    const request = await asked('by-carol');
    const answer = await click(request, 'U0CAROL');
    const { spec } = answer.json as ApprovalDecision;
    expect(spec.stamp, answer.message).toMatchObject({ username: 'carol', channel: 'slack' });
    expect(spec.via).toMatchObject({ user: 'U0CAROL', shown: SHOWN });
    const { status } = await assent.untilState(request, 'Approved');
    expect(status?.decisions).toMatchObject([{ person: 'carol', channel: 'slack' }]);
    expect((await createMap(assent, as('bot'), 'by-carol')).status).toBe(201);
  });

  it('of an account that nobody linked is refused', async () => {
    expect(refusalCode(await click(await asked('unlinked'), 'U0NOBODY'))).toBe('unlinked');
  });

  it('in another workspace is of another account', async () => {
    const via = { channel: 'slack', team: 'T0OTHER', user: 'U0CAROL', shown: SHOWN };
    expect(refusalCode(await click(await asked('elsewhere'), 'U0CAROL', { via }))).toBe('unlinked');
  });

  it('is told by Assent alone: not by the person, not by a cluster-admin', async () => {
    const request = await asked('told');
    for (const one of [as('carol'), assent.plane.adminKubeconfig, as('bot')]) {
      const answer = await click(request, 'U0CAROL', {}, one);
      expect(answer.status, answer.message).toBe(403);
    }
    const { json } = await assent.admin('GET', DECISIONS);
    expect(
      (json as { items: ApprovalDecision[] }).items.filter(({ spec }) => spec.request === request),
    ).toEqual([]);
  });

  it('is what Assent itself may send, and no decision of its own', async () => {
    const answer = await click(await asked('own'), 'U0CAROL', { via: undefined });
    expect(answer.status, answer.message).toBe(403);
  });

  it('counts no more once the link is deleted', async () => {
    const name = await link('dave', 'U0DAVE');
    const request = await asked('revoked');
    const deleted = await assent.send(as('dave'), 'DELETE', `${LINKS}/${name}`);
    expect(deleted.status, deleted.message).toBe(200);
    expect(refusalCode(await click(request, 'U0DAVE'))).toBe('unlinked');
  });

  it('counts as one person with a decision by kubectl', async () => {
    await link('erin', 'U0ERIN');
    await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }], { required: 2 });
    const request = await waitFor(
      async () => {
        const name = await asked(`two-${(made += 1)}`);
        const { spec } = await assent.request(name);
        return spec.policies[0]?.required === 2 ? name : undefined;
      },
      { what: 'the policy to need two people' },
    );
    expect(refusalCode(await click(request, 'U0ERIN'))).toBe('no-approver');
    await writeApprover(assent, 'erin', ['erin']);
    expect((await assent.decide(as('erin'), request)).status).toBe(201);
    expect(refusalCode(await click(request, 'U0ERIN'))).toBe('already-voted');
    await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  });

  it('is refused where a policy takes no approval from a chat; a denial is taken', async () => {
    await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }], { notInChat: true });
    const request = await waitFor(
      async () => {
        const name = await asked(`strict-${(made += 1)}`);
        const { spec } = await assent.request(name);
        return spec.policies[0]?.notInChat === true ? name : undefined;
      },
      { what: 'the policy to take no approval from a chat' },
    );
    expect(refusalCode(await click(request, 'U0CAROL'))).toBe('not-in-chat');
    expect((await click(request, 'U0CAROL', { verdict: 'Deny' })).status).toBe(201);
    await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  });
});
