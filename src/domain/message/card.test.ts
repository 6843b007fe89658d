import { describe, expect, it } from 'vitest';
import { aCardIn, anAccessCard, aRequestIn, NAME, STATUSES } from '../../../test/builders/cards.ts';
import { aChange, anAccess, aPolicy, T0 } from '../../../test/builders/request-facts.ts';
import { requestState } from '../../api/approval-request.ts';
import { cardOf, STATE_WORDS } from './card.ts';
import { showRequest } from './show.ts';

const HOUR = 3_600_000;
const rowsOf = (card: ReturnType<typeof aCardIn>): string[] =>
  card.rows.map(({ label, value }) => `${label}: ${value}`);

describe('a card', () => {
  it.each<[string, string, string, string]>([
    ['new', 'PENDING', 'Expires: 2026-11-22T14:05:00Z', ''],
    ['Pending', 'PENDING', 'Expires: 2026-11-22T14:05:00Z', ''],
    [
      'Approved',
      'APPROVED',
      'Usable until: 2026-11-22T10:37:00Z',
      'The approval can be used until 2026-11-22T10:37:00Z.',
    ],
    [
      'Reserved',
      'USED',
      'Used: 2026-11-22T10:08:00Z',
      'The change was let through at 2026-11-22T10:08:00Z; an approval admits one execution.',
    ],
    [
      'Admitted',
      'USED',
      'Used: 2026-11-22T10:08:00Z',
      'The change was let through at 2026-11-22T10:08:00Z; an approval admits one execution.',
    ],
    [
      'Denied',
      'DENIED',
      'Denied: 2026-11-22T10:07:00Z',
      'The question is not asked again before 2026-11-22T10:22:00Z.',
    ],
    [
      'Expired',
      'EXPIRED',
      'Expired: 2026-11-22T10:07:00Z',
      'There is no answer to wait for: nobody decided in time.',
    ],
    [
      'Expired after approval',
      'EXPIRED',
      'Expired: 2026-11-22T10:07:00Z',
      'There is no answer to wait for: approved, never used.',
    ],
    [
      'Superseded',
      'SUPERSEDED',
      'Ended: 2026-11-22T10:07:00Z',
      'There is no answer to wait for: the agent sent another change of the same object.',
    ],
    [
      'Withdrawn',
      'WITHDRAWN',
      'Withdrawn: 2026-11-22T10:07:00Z',
      'There is no answer to wait for: it was withdrawn.',
    ],
  ])('that is %s begins with %s, says %s, and goes on: %s', (state, word, end, outcome) => {
    const card = aCardIn(state);
    expect([card.word, card.outcome]).toEqual([word, outcome]);
    expect(rowsOf(card).at(-1)).toBe(end);
    const isPending = word === 'PENDING';
    expect(card.answers).toEqual({ approve: isPending, deny: isPending, why: '' });
    expect(card.endsAt === undefined).toBe(!isPending && word !== 'APPROVED');
  });

  it('has a word for every state, and the table above has every state', () => {
    expect(Object.keys(STATE_WORDS).sort()).toEqual([...requestState.options].sort());
    expect(requestState.options.filter((state) => STATUSES[state] === undefined)).toEqual([]);
  });

  it('tells where, who, from where, under which policy', () => {
    const card = aCardIn('Pending', { policies: [aPolicy(), aPolicy({ name: 'db', required: 2 })] });
    expect(rowsOf(card).slice(0, -1)).toEqual([
      'Cluster: prod',
      'Namespace: payments',
      'Requester: sa:agents/deploy-bot',
      'Source: pod bot-0, says it is "kubectl-client-side-apply", "Kustomization flux-system/apps" by its labels',
      'Policies: prod, db (needs 2)',
      'Risk: High',
      'Approvals: 0/1',
    ]);
    expect(card.entitles).toBe(
      'sa:agents/deploy-bot may make exactly this change, once, within 30m of the approval. Nothing else is granted. Needs approval under 2 policies; one person may count under several.',
    );
    expect(rowsOf(aCardIn('new', { change: aChange({ namespace: '' }) }))).toContain(
      'Namespace: (none: cluster-scoped)',
    );
  });

  it('INV-9: shows eight paths as the request holds them, labels last, and counts the others by subtree', () => {
    const { changes } = aCardIn('Pending');
    expect(changes.entries).toHaveLength(8);
    expect(changes.entries[0]).toEqual({ op: 'Changed', path: 'spec.replicas', from: '3', to: '0' });
    expect(changes.entries[2]).toMatchObject({
      from: '<masked string, 40 characters>',
      to: '<masked string, 1 character>',
    });
    expect(changes.entries[3]).toMatchObject({ op: 'Added', from: undefined, to: 'true' });
    expect(changes.entries[4]).toMatchObject({ from: '<masked map, 2 entries>', to: undefined });
    expect(changes.left).toBe(3);
    expect(changes.more).toEqual([
      { below: 'spec.template', paths: 2 },
      { below: 'metadata.labels', paths: 1 },
    ]);
    expect(changes.notes).toEqual(['4 values are masked: type and length are shown']);
  });

  it('INV-9: counts every path that it does not show, in at most twelve subtrees, and is not approved where some have no name', () => {
    const diff = Array.from({ length: 100 }, (_, i) => ({
      path: i % 7 === 0 ? '["x"]' : `f${i % 9}.g${i % 5}.h`,
      op: 'Added' as const,
      to: { shown: '1' },
    }));
    const { changes, answers } = aCardIn('new', { change: aChange({ diff }) });
    expect(changes.more).toHaveLength(12);
    expect(changes.unnamed).toBeGreaterThan(0);
    expect(answers.approve).toBe(false);
    expect(answers.why).toContain('more than a message can name');
    expect(changes.more.reduce((sum, { paths }) => sum + paths, changes.entries.length)).toBe(100);
    expect(changes.left).toBe(92);
  });

  it.each<[string, Parameters<typeof aCardIn>[1], { deny: boolean; why: RegExp }]>([
    [
      'paths are cut',
      { change: aChange({ cut: 2 }), approveMasked: true },
      { deny: true, why: /^not everything that changes can be shown \(2 paths are left out\)/ },
    ],
    [
      'values are masked',
      { change: aChange({ masked: 1 }), approveMasked: false },
      { deny: true, why: /^1 value is masked and the policy does not allow/ },
    ],
    ['its time has passed', { expiresAt: '2026-11-22T10:06:00Z' }, { deny: false, why: /has expired/ }],
    ['its time cannot be read', { expiresAt: 'soon' }, { deny: false, why: /has expired/ }],
  ])('INV-9: cannot be approved where %s', (_, spec, { deny, why }) => {
    const { answers } = aCardIn('Pending', spec);
    expect([answers.approve, answers.deny]).toEqual([false, deny]);
    expect(answers.why).toMatch(why);
  });

  it.each([
    [
      'takes no decision from it',
      { channels: ['kubectl'] },
      false,
      /^policy prod takes no decision from here/,
    ],
    [
      'lets nobody approve in a chat',
      { notInChat: true },
      true,
      /^policy prod lets nobody approve in a chat/,
    ],
  ])('is answered in a channel as far as a policy takes it: one that %s', (_, terms, deny, why) => {
    const { answers } = aCardIn('Pending', { policies: [aPolicy(terms)] });
    expect(answers).toEqual({ approve: false, deny, why: expect.stringMatching(why) as string });
  });

  it('can be answered where one of its policies takes it', () => {
    const policies = [aPolicy({ notInChat: true }), aPolicy({ name: 'other' })];
    expect(aCardIn('Pending', { policies }).answers).toEqual({ approve: true, deny: true, why: '' });
  });

  it('is the same at any time before its end', () => {
    const at = (now: number) => cardOf(aRequestIn('Pending'), { cluster: 'prod', now, channel: 'slack' });
    expect(at(T0)).toEqual(at(T0 + 4 * HOUR - 1));
    expect(at(T0 + 4 * HOUR).answers.approve).toBe(false);
  });

  it('has a digest and a code of everything asked and shown, and of nothing else', () => {
    const [one, decided] = [aCardIn('Pending'), aCardIn('Denied')];
    expect(one.digest).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(one.code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}$/);
    expect([decided.digest, decided.code]).toEqual([one.digest, one.code]);
    for (const other of [
      aCardIn('new', { reason: 'x' }),
      aCardIn('new', { risk: 'Low' }),
      aCardIn('new', { change: aChange() }),
    ])
      expect(other.digest).not.toBe(one.digest);
  });

  it('quotes the summary of a policy only where it says something of its own', () => {
    expect(aCardIn('new').summary).toBeUndefined();
    expect(aCardIn('new', { summary: 'switch off payments' }).summary).toBe('switch off payments');
  });

  it('makes no sentence of a name with blanks in it, and no two such names look alike', () => {
    const action = (name: string): string =>
      aCardIn('new', { action: 'delete', change: aChange({ name }) }).action;
    expect(action('x approved by')).toBe(String.raw`delete deployments payments/x\u{20}approved\u{20}by`);
    expect(action('a  b')).not.toBe(action('a b'));
  });

  it('of access says how long, and tells every moment of what became of it', () => {
    expect(rowsOf(anAccessCard())).toContain('How long: for one write, within 10m of the approval');
    expect(anAccessCard().access?.lines).toEqual(['in the namespace shop', 'delete pods named web-7']);
    const outcome = (step: string): string => anAccessCard(step).outcome;
    expect(outcome('approved')).toBe('The access is approved and about to be granted.');
    expect(outcome('granted')).toBe('Granted at 2026-11-22T10:07:01Z.');
    expect(outcome('ended')).toBe(
      'Granted at 2026-11-22T10:07:01Z; first used at 2026-11-22T10:08:00Z; taken away at 2026-11-22T10:08:01Z, since it was used; gone at 2026-11-22T10:08:01Z, says the API server.',
    );
    expect(outcome('revoked')).toContain(
      'put back once; taken away at 2026-11-22T10:08:01Z, since it was revoked',
    );
    expect(outcome('revoked')).toContain('some of it the requester still has by other bindings');
  });

  it.each<[string, string[], string]>([
    ['get', ['pods/exec'], 'get pods/exec named web-7; that is to run commands in pods'],
    ['create', ['pods/exec'], 'create pods/exec named web-7; that is to run commands in pods'],
    ['get', ['pods/attach'], 'get pods/attach named web-7; that is to attach to pods'],
    ['get', ['pods/portforward'], 'get pods/portforward named web-7; that is to forward ports of pods'],
  ])('INV-9: of access says what it is to %s %s', (verb, resources, words) => {
    const rules = [{ verbs: [verb], apiGroups: [''], resources, resourceNames: ['web-7'] }];
    const card = anAccessCard('pending', anAccess({ rules }));
    expect(card.access?.lines.at(-1)).toBe(words);
    expect(card.entitles).toContain('The first write uses it up.');
    expect(card.entitles).not.toContain('does not see');
  });

  it('INV-9: of access says of which resource a verb is not seen', () => {
    const rules = [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods', 'pods/exec'] }];
    const { entitles } = anAccessCard('pending', anAccess({ rules }));
    expect(entitles).toContain('The first write uses it up.');
    expect(entitles).toContain('Assent does not see get pods, list pods: nothing says');
  });

  it('INV-9: of access says what is not seen', () => {
    const entitles = (rule: object): string =>
      anAccessCard('pending', anAccess({ rules: [{ ...anAccess().rules[0]!, ...rule }] })).entitles;
    expect(entitles({})).toBe(
      'sa:agents/deploy-bot gets exactly this access, by a binding of its own, for 10m from the approval. The first write uses it up. An approver may make it shorter, never wider.',
    );
    expect(entitles({ verbs: ['get', 'delete'] })).toContain('Assent does not see get: ');
    expect(entitles({ verbs: ['get'] })).not.toContain('first write uses it up');
    expect(entitles({ resources: ['pods/exec'], verbs: ['create'] })).toContain('A session that is open');
  });

  it('uses the words of kubectl', () => {
    const request = aRequestIn('Denied');
    const [card, screen] = [
      cardOf(request, { cluster: 'prod', now: T0, channel: 'slack' }),
      showRequest(request),
    ];
    expect(card.decisions).toEqual([
      {
        verdict: 'Deny',
        person: 'bob',
        at: '2026-11-22T10:07:00Z',
        channel: 'slack',
        reason: 'wrong cluster',
      },
    ]);
    expect(card.command).toBe(`kubectl assent show ${NAME}`);
    for (const { from, to } of card.changes.entries)
      for (const text of [from, to]) expect(screen).toContain(text ?? '');
  });
});
