// Who is shown what: places and mentions by policy, owners by what Approvers and links say of them.
import { describe, expect, it } from 'vitest';
import { aPolicy } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { ProvenLink } from '../identity/account.ts';
import { hasFreshOutcome, ownerAccounts, slackChannels, slackMentions, type OwnerFacts } from './routes.ts';

const spec = (...policies: readonly Parameters<typeof aPolicy>[0][]) => ({ policies: policies.map(aPolicy) });

describe('the channels of a request', () => {
  it('are those of its policies, each once, and the usual one for the others', () => {
    expect(slackChannels(spec({}), 'C0')).toEqual(['C0']);
    expect(slackChannels(spec({ slack: { mention: 'S1' } }), 'C0')).toEqual(['C0']);
    const two = spec({ slack: { channel: 'C2', mention: 'S1' } }, {}, { slack: { channel: 'C2' } });
    expect(slackChannels(two, 'C0')).toEqual(['C2', 'C0']);
    expect(slackMentions(two)).toEqual(['S1']);
  });
});

describe('the owners of an agent', () => {
  const OURS = ['T1'];
  const approver = (name: string, ...identities: OwnerFacts['spec']['identities']): OwnerFacts => ({
    metadata: { name },
    spec: { identities },
  });
  const slack = (user: string, team = 'T1') => ({ slack: { team, user } });
  const kubernetes = (username: string) => ({ kubernetes: { username } });
  const link = (username: string, user: string, team = 'T1'): ProvenLink => ({
    name: `slack-${user}`,
    user: { username, groups: [] },
    seenAt: 0,
    account: { channel: 'slack', team, user },
  });
  const owned = spec({ owners: ['kim'] }, { owners: ['kim', 'lee'] });

  it.each<[string, readonly OwnerFacts[], readonly ProvenLink[], readonly string[]]>([
    ['nobody who is not an owner', [approver('sam', slack('U1'))], [link('sam', 'U1')], []],
    ['by the Approver', [approver('kim', slack('U1'))], [], ['U1']],
    ['by a link of one of its users', [approver('kim', kubernetes('kim@x'))], [link('kim@x', 'U1')], ['U1']],
    [
      'each account once',
      [approver('kim', kubernetes('k'), slack('U1')), approver('lee', slack('U2'))],
      [link('k', 'U1')],
      ['U1', 'U2'],
    ],
    ['nobody of another workspace', [approver('kim', slack('U1', 'T2'))], [link('kim', 'U2', 'T2')], []],
    ['no user without an Approver', [], [link('kim', 'U1')], []],
  ])('%s', (_, approvers, links, accounts) => {
    expect(ownerAccounts(owned, approvers, links, OURS)).toEqual(accounts);
  });

  it('are nobody while nobody says which workspace is ours', () => {
    expect(ownerAccounts(owned, [approver('kim', slack('U1'))], [], [])).toEqual([]);
  });
});

describe('a fresh outcome', () => {
  const AT = Date.UTC(2026, 10, 22);
  const DAY = 24 * 3_600_000;
  const status = (state: string, ...types: readonly string[]) =>
    ({
      status: { state, outbox: types.map((type) => ({ id: type, type, at: new Date(AT).toISOString() })) },
    }) as Pick<ApprovalRequest, 'status'>;

  it.each([
    ['Pending', ['requested'], 0, false],
    ['Approved', ['requested', 'decided', 'approved'], 0, true],
    ['Approved', ['requested', 'decided', 'approved'], DAY, false],
    ['Reserved', ['requested', 'approved', 'reserved'], DAY - 1, true],
    ['Denied', ['requested', 'denied'], 0, true],
    ['Expired', ['requested', 'expired'], 0, true],
    ['Superseded', ['requested', 'superseded'], 0, false],
    ['Withdrawn', ['requested', 'withdrawn'], 0, false],
  ] as const)('%s with %j after %d ms: %s', (state, types, after, is) => {
    expect(hasFreshOutcome(status(state, ...types), AT + after)).toBe(is);
  });
});
