// What people with the rights of approvers try with links and names (INV-3): a link that cannot be taken back, the digest of
// somebody else's code, the name of somebody else's decision.
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { IdentityLink } from '../../src/api/identity-link.ts';
import { codeDigest, linkCode } from '../../src/domain/identity/link-code.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import { startClicksStage, type ClicksStage } from './clicks-stage.ts';
import { writeApprover } from './people-stage.ts';

const LINKS = `${OURS}/identitylinks`;
const DECISIONS = `${OURS}/approvaldecisions`;
let s: ClicksStage;
beforeAll(async () => {
  s = await startClicksStage('socket');
}, 120_000);
afterAll(() => s.stop());

const linkBody = (name: string, code: string, metadata: object = {}) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'IdentityLink',
  metadata: { name, ...metadata },
  spec: { channel: 'slack', code },
});
const codeOf = (name: string): string => linkCode(Buffer.from(`${name}-padding-of-bytes`));

async function decisionsOf(request: string): Promise<string[]> {
  const { json } = await s.assent.admin('GET', DECISIONS);
  return (json as { items: ApprovalDecision[] }).items
    .filter(({ spec }) => spec.request === request)
    .map(({ spec }) => `${spec.stamp?.username} ${spec.verdict}`)
    .toSorted();
}

describe('a link', () => {
  it('takes no finalizer, since nobody could take it back', async () => {
    const alice = await s.user('alice');
    const body = linkBody('kept', codeDigest(codeOf('kept')), { finalizers: ['example.com/kept'] });
    const made = await s.assent.send(alice, 'POST', LINKS, body);
    expect(made.status, made.message).toBe(403);
    expect(made.message).toContain('takes no finalizers');
  });

  it('is nobody’s once its deletion has begun, whatever still keeps it', async () => {
    const person = s.person('bea');
    const link = await s.linkAccount(await s.user('bea'), person);
    // The finalizer of a foreground deletion stays until the garbage collector has looked; none runs here.
    await s.assent.admin('DELETE', `${LINKS}/${link}?propagationPolicy=Foreground`);
    const { json } = await s.assent.admin('GET', `${LINKS}/${link}`);
    expect((json as IdentityLink).metadata.deletionTimestamp).toBeDefined();
    const { request, place } = await s.asked('bea-1');
    const came = await s.came(person, request, () => person.click(place, 'Approve'));
    expect(came.words).toContain('assent link slack');
    expect(await decisionsOf(request)).toEqual([]);
  });

  it('is for the user whom the dialog named, whoever copies the digest of the code', async () => {
    const [carol, mallory] = [await s.user('carol'), await s.user('mallory')];
    const person = s.person('carol');
    const { place } = await s.asked('carol-1');
    const code = codeOf('carol');
    expect((await s.assent.send(carol, 'POST', LINKS, linkBody('of-carol', codeDigest(code)))).status).toBe(
      201,
    );
    await person.click(place, 'Approve');
    const named = async (): Promise<boolean> => {
      await person.submit({ code });
      return person.dialog().includes('Is this you?');
    };
    await waitFor(named, { what: 'the code to be known' });
    expect(person.dialog()).toContain('carol');
    const copy = linkBody('of-mallory', codeDigest(code));
    expect((await s.assent.send(mallory, 'POST', LINKS, copy)).status).toBe(201);
    expect((await s.assent.send(mallory, 'DELETE', `${LINKS}/of-carol`)).status).toBe(200);
    // A moment, so that the connector has heard of both.
    await new Promise((resume) => {
      setTimeout(resume, 2_000);
    });
    await person.submit();
    expect(person.dialog()).toContain('Not linked');
    await person.closeDialog();
    const { json } = await s.assent.admin('GET', `${LINKS}/of-mallory`);
    expect((json as IdentityLink).status?.account).toBeUndefined();
  });

  it('can be made again by whoever took theirs back', async () => {
    const dora = await s.user('dora');
    const person = s.person('dora');
    const { place } = await s.asked('dora-1');
    await s.link(person, place, dora);
    const { json } = await s.assent.admin('GET', LINKS);
    const mine = (json as { items: IdentityLink[] }).items.find(
      ({ status }) => status?.account?.user === person.user.id,
    );
    expect((await s.assent.send(dora, 'DELETE', `${LINKS}/${mine?.metadata.name}`)).status).toBe(200);
    const isAsked = async (): Promise<boolean> => {
      await person.click(place, 'Details');
      return person.dialog().includes('Who are you?');
    };
    await waitFor(isAsked, { what: 'the account to be asked for a code' });
    await person.closeDialog();
  });
});

describe('a denial by a click', () => {
  it('is stored though somebody took the name that it would have', async () => {
    const erin = await s.linked('erin');
    const frank = await s.linked('frank');
    const trudy = await s.user('trudy');
    for (const name of ['erin', 'frank', 'trudy']) await writeApprover(s.assent, name, [name]);
    const { request, place } = await s.asked('erin-1', 'careful-bot');
    const { metadata } = await s.assent.request(request);
    const { teamId, id } = erin.user;
    const who = createHash('sha256').update(`${metadata.uid} ${teamId} ${id}`).digest('hex');
    const taken = await s.assent.send(trudy, 'POST', DECISIONS, {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalDecision',
      metadata: { name: `deny-${request}`.slice(0, 230) + `-${who.slice(0, 12)}` },
      spec: { request, verdict: 'Approve' },
    });
    expect(taken.status, taken.message).toBe(201);
    await erin.click(place, 'Deny…');
    await erin.submit({ preset: 'suspicious', words: '' });
    await frank.click(place, 'Approve');
    await s.assent.untilState(request, 'Denied');
    expect(await decisionsOf(request)).toContain('erin Deny');
  });
});
