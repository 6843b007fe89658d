// What becomes of a request when the policies behind it change: a change of meaning supersedes it and says so to everybody, a
// change of wording does not. Whatever was approved under other terms admits nothing (INV-1).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { PolicyDraft } from './assent.ts';
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
  stored,
  type Cast,
} from './main-path-story.ts';

let cast: Cast;
beforeAll(async () => {
  cast = await startCast({ asksForAll: false });
});
afterAll(() => cast.assent.stop());

/** Terms under which one ConfigMap is asked about. */
const about = (name: string, more: Partial<PolicyDraft> = {}): PolicyDraft => ({
  agents: AGENTS,
  match: {
    rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['UPDATE'], resourceNames: [name] }],
  },
  approval: APPROVAL,
  ...more,
});

const recolour = (name: string, dryRun = '') =>
  cast.assent.send(
    cast.agent,
    'PATCH',
    `${CORE}/configmaps/${name}${dryRun}`,
    { data: { colour: 'blue' } },
    MERGE,
  );
const colourOf = async (name: string) => (await stored(cast, `${CORE}/configmaps/${name}`))?.data?.['colour'];

/** Makes a red ConfigMap and a policy for it, of the same name. */
async function prepare(name: string, draft = about(name), policy = name): Promise<void> {
  const { assent } = cast;
  await assent.send(assent.plane.adminKubeconfig, 'POST', `${CORE}/configmaps`, {
    metadata: { name },
    data: { colour: 'red' },
  });
  await assent.policy(policy, draft);
  await waitFor(
    async () =>
      (await recolour(name, '?dryRun=All')).warnings.some((one) => one.includes(`(policy ${policy})`)),
    { what: `the gate to know policy ${policy}` },
  );
}

/**
 * The denial that tells of changed policies, with a request under these. The gate's copy may be a moment behind: then the
 * request is superseded in turn, and another one is opened.
 */
const deniedUnder = (name: string, policies: readonly object[]): Promise<string> =>
  waitFor(
    async () => {
      const request = await denied(() => recolour(name), 'Policy changed');
      expect((await cast.assent.request(request)).spec.policies).toMatchObject(policies);
      return request;
    },
    { what: 'a request under the new terms' },
  );

const STRICTER = { approval: { ...APPROVAL, required: 2 } };

/** The Decided condition of a request. */
const decided = ({ status }: ApprovalRequest) => status?.conditions?.find((one) => one.type === 'Decided');

describe('a policy that changes its meaning', () => {
  it('supersedes a pending request, and says so to the approver, the agent and whoever waits', async () => {
    const { assent, approver } = cast;
    await prepare('pending');
    const name = await denied(() => recolour('pending'));
    await assent.policy('pending', about('pending', STRICTER));
    const old = await assent.untilState(name, 'Superseded');
    expect(old.status?.supersededBy).toBe('pending');
    expect(decided(old)).toMatchObject({ status: 'True', reason: 'Superseded' });
    expect(decided(old)?.message).toBe(
      'There is no answer to wait for: policy pending changed since the request was made.',
    );
    const note = old.status?.outbox?.find((one) => one.type === 'superseded')?.note;
    expect(note).toBe('policy pending changed since the request was made');

    const late = await assent.decide(approver, name);
    expect(late.status).toBe(403);
    expect(late.message).toContain('was superseded');
    const next = await deniedUnder('pending', [{ name: 'pending', required: 2 }]);
    expect(next).not.toBe(name);
    expect(await colourOf('pending')).toBe('red');
  });

  it('takes an approval back that was not used yet', async () => {
    const { assent } = cast;
    await prepare('approved');
    const name = await denied(() => recolour('approved'));
    await approve(cast, name);
    await assent.policy('approved', about('approved', STRICTER));
    const answer = await recolour('approved');
    expect(answer.status, `answered: ${answer.message}`).toBe(403);
    expect(answer.message).toContain('Policy changed');
    expect(answer.message).toContain('changed: policy approved changed');
    await assent.untilState(name, 'Superseded');
    expect(await colourOf('approved')).toBe('red');
  });

  it('leaves no trace of the old terms when it changes back: a new request, a new approval', async () => {
    const { assent } = cast;
    await prepare('back');
    const name = await denied(() => recolour('back'));
    await approve(cast, name);
    await assent.policy('back', about('back', STRICTER));
    await assent.untilState(name, 'Superseded');
    await assent.policy('back', about('back'));
    const next = await waitFor(() => denied(() => recolour('back'), 'Policy changed'), { what: 'a denial' });
    expect(next).not.toBe(name);
    expect(await colourOf('back')).toBe('red');
  });

  it('does not stop what was let through already', async () => {
    const { assent } = cast;
    await prepare('used');
    const name = await denied(() => recolour('used'));
    await approve(cast, name);
    await admitted(() => recolour('used'));
    await assent.policy('used', about('used', STRICTER));
    expect((await assent.request(name)).status?.state).toBe('Reserved');
    expect(await colourOf('used')).toBe('blue');
  });
});

describe('a policy that changes its wording', () => {
  it('keeps a request and its approval alive', async () => {
    const { assent } = cast;
    await prepare('worded');
    const name = await denied(() => recolour('worded'));
    await assent.policy('worded', about('worded', { summary: '"paint it blue"', risk: 'Low' }));
    await approve(cast, name);
    await admitted(() => recolour('worded'));
    expect(await colourOf('worded')).toBe('blue');
  });

  it('is told in the words of the next request', async () => {
    await prepare('told', about('told', { summary: '"paint " + object.metadata.name + " blue"' }));
    const name = await denied(() => recolour('told'), 'Approval required: paint told blue.');
    expect((await cast.assent.request(name)).spec.summary).toBe('paint told blue');
  });
});

describe('a policy that is deleted', () => {
  it('supersedes its requests with words, and what no policy is about is admitted', async () => {
    const { assent, approver } = cast;
    await prepare('dropped');
    const name = await denied(() => recolour('dropped'));
    await assent.dropPolicy('dropped');
    const old = await assent.untilState(name, 'Superseded');
    const note = old.status?.outbox?.find((one) => one.type === 'superseded')?.note;
    expect(note).toBe('policy dropped was deleted since the request was made');
    expect((await assent.decide(approver, name)).status).toBe(403);
    await waitFor(async () => (await recolour('dropped')).status === 200, { what: 'the gate to know it' });
    expect(await colourOf('dropped')).toBe('blue');
  });

  it('takes an approval back although another policy still asks', async () => {
    const { assent } = cast;
    await prepare('two');
    await prepare('two', about('two'), 'two-more');
    const name = await denied(() => recolour('two'));
    expect((await assent.request(name)).spec.policies.map((one) => one.name)).toEqual(['two', 'two-more']);
    await approve(cast, name);
    await assent.dropPolicy('two-more');
    await assent.untilState(name, 'Superseded');
    const next = await deniedUnder('two', [{ name: 'two' }]);
    await approve(cast, next);
    await admitted(() => recolour('two'));
  });

  it('and made again is another policy: the old approval admits nothing', async () => {
    const { assent } = cast;
    await prepare('again');
    const name = await denied(() => recolour('again'));
    await approve(cast, name);
    await assent.dropPolicy('again');
    await assent.policy('again', about('again'));
    const next = await waitFor(() => denied(() => recolour('again'), 'Policy changed'), { what: 'a denial' });
    expect(next).not.toBe(name);
    expect(await colourOf('again')).toBe('red');
  });
});

describe('a policy that is new', () => {
  it('asks too: an approval from before does not admit', async () => {
    const { assent } = cast;
    await prepare('joined');
    const name = await denied(() => recolour('joined'));
    await approve(cast, name);
    await prepare('joined', about('joined'), 'joined-more');
    const next = await denied(() => recolour('joined'), 'Policy changed');
    expect(next).not.toBe(name);
    expect((await assent.request(next)).spec.policies.map((one) => one.name)).toEqual([
      'joined',
      'joined-more',
    ]);
    expect(await colourOf('joined')).toBe('red');
  });
});
