import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  accountOwner,
  GROUPS_LIFE_MS,
  type AccountApprover,
  type ChatAccount,
  type ProvenLink,
} from './account.ts';

const NOW = Date.UTC(2026, 10, 22);
const ALICE: ChatAccount = { channel: 'slack', team: 'T1', user: 'U1' };

const link = (username: string, over: Partial<ProvenLink> = {}): ProvenLink => ({
  name: `${username}-slack`,
  user: { username, uid: `uid-${username}`, groups: ['system:authenticated', 'platform'] },
  seenAt: NOW - 1_000,
  account: ALICE,
  ...over,
});
const approver = (name: string, usernames: string[], accounts = [ALICE]): AccountApprover => ({
  metadata: { name },
  spec: {
    identities: [
      ...usernames.map((username) => ({ kubernetes: { username } })),
      ...accounts.map(({ team, user }) => ({ slack: { team, user } })),
    ],
  },
});
const owner = (links: ProvenLink[], approvers: AccountApprover[] = [], now = NOW) =>
  accountOwner(ALICE, links, approvers, now);

describe('accountOwner (INV-3)', () => {
  it('believes a link, with the groups that the API server saw', () => {
    expect(owner([link('alice')])).toEqual({
      kind: 'user',
      user: link('alice').user,
      areGroupsKnown: true,
      by: 'alice-slack',
    });
  });

  it('believes no groups that are too old: that takes rights away and gives none', () => {
    const old = link('alice', { seenAt: NOW - GROUPS_LIFE_MS });
    expect(owner([old])).toMatchObject({
      user: { username: 'alice', groups: [] },
      areGroupsKnown: false,
    });
  });

  it('believes an Approver with one user of the cluster, without groups', () => {
    const user = { username: 'alice', groups: [] };
    expect(owner([], [approver('alice-a', ['alice'])])).toEqual({
      kind: 'user',
      user,
      areGroupsKnown: false,
      by: 'alice-a',
    });
  });

  it('takes the proven one of several users of an Approver', () => {
    const one = approver('alice-a', ['alice', 'alice-admin']);
    expect(owner([], [one])).toMatchObject({ kind: 'ambiguous' });
    expect(owner([link('alice-admin')], [one])).toMatchObject({
      kind: 'user',
      user: { username: 'alice-admin' },
    });
  });

  it.each([
    ['two links of different users', [link('alice'), link('bob')], []],
    ['a link and an Approver that disagree', [link('alice')], [approver('bob', ['bob'])]],
    ['two Approvers, even of one user', [], [approver('a', ['alice']), approver('b', ['alice'])]],
    ['an Approver without a user', [], [approver('a', [])]],
    ['two users of one Approver, both proven', [link('a'), link('b')], [approver('ab', ['a', 'b'])]],
  ])('takes %s for nobody', (_, links, approvers) => {
    expect(owner(links, approvers).kind).toBe('ambiguous');
  });

  it.each([
    ['another workspace', { ...ALICE, team: 'T2' }],
    ['another user', { ...ALICE, user: 'U2' }],
    ['another case', { ...ALICE, user: 'u1' }],
  ])('knows nothing of %s', (_, account) => {
    expect(accountOwner(account, [link('alice')], [approver('a', ['alice'])], NOW)).toEqual({
      kind: 'unlinked',
    });
  });

  it('never names a user that neither a link nor an Approver of this account names', () => {
    const account = fc.record({
      channel: fc.constant('slack' as const),
      team: fc.constantFrom('T1', 'T2'),
      user: fc.constantFrom('U1', 'U2'),
    });
    const username = fc.constantFrom('a', 'b', 'c');
    const links = fc.array(fc.tuple(username, account).map(([name, of]) => link(name, { account: of })));
    const approvers = fc.array(
      fc.tuple(fc.array(username), fc.array(account)).map(([users, of]) => approver('x', users, of)),
    );
    fc.assert(
      fc.property(account, links, approvers, (who, known, written) => {
        const found = accountOwner(who, known, written, NOW);
        if (found.kind !== 'user') return;
        const isHis = (one: ChatAccount) => one.team === who.team && one.user === who.user;
        const linked = known.filter((one) => isHis(one.account)).map(({ user }) => user.username);
        const declared = written
          .filter(({ spec }) =>
            spec.identities.some(({ slack }) => slack && isHis({ channel: 'slack', ...slack })),
          )
          .flatMap(({ spec }) => spec.identities.flatMap(({ kubernetes }) => kubernetes?.username ?? []));
        expect([...linked, ...declared]).toContain(found.user.username);
        expect(new Set(linked).size).toBeLessThanOrEqual(1);
        expect(found.user.groups).toEqual(linked.length > 0 ? link('a').user.groups : []);
      }),
    );
  });
});
