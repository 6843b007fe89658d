// Facts about channels and people where Slack says less than it should: the worse of both is taken.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelFacts, identityFacts, personFacts } from './lookups.ts';

const CHANNEL = {
  id: 'C01',
  is_private: false,
  is_member: true,
  is_archived: false,
  is_ext_shared: false,
  is_pending_ext_shared: false,
};
const USER = {
  id: 'U01',
  team_id: 'T01',
  deleted: false,
  is_bot: false,
  is_restricted: false,
  is_ultra_restricted: false,
};
const IDENTITY = { team_id: 'T01', user_id: 'U01', bot_id: 'B01', is_enterprise_install: false };
const without = (facts: object, key: string): object =>
  Object.fromEntries(Object.entries(facts).filter(([name]) => name !== key));

describe('a channel', () => {
  it('is inside only where Slack says so', () => {
    expect(channelFacts({ channel: CHANNEL })?.channel).toMatchObject({ kind: 'public', sharing: 'inside' });
    for (const key of ['is_ext_shared', 'is_pending_ext_shared'])
      expect(channelFacts({ channel: without(CHANNEL, key) })?.channel.sharing).toBe('untold');
  });

  it('is a member’s, and public, only where Slack says so', () => {
    expect(channelFacts({ channel: without(CHANNEL, 'is_member') })?.channel.isMember).toBe(false);
    expect(channelFacts({ channel: without(CHANNEL, 'is_private') })?.channel.kind).toBe('private');
  });

  it('between two is inside, and ours', () => {
    expect(channelFacts({ channel: { id: 'D01', is_im: true } })?.channel).toMatchObject({
      kind: 'direct',
      isMember: true,
      sharing: 'inside',
    });
  });
});

describe('a person', () => {
  it.each([
    ['who is all that a member is', {}, 'member'],
    ['who has authorised an app', { is_app_user: true }, 'member'],
    ['who is invited and never came', { is_invited_user: true }, 'unclear'],
    ['who is a workflow', { is_workflow_bot: true }, 'bot'],
    ['who is Slack itself', { id: 'USLACKBOT' }, 'bot'],
    ['who left', { deleted: true, is_bot: true }, 'deleted'],
  ])('%s', (_, change, standing) => {
    expect(personFacts({ user: { ...USER, ...change } })?.person.standing).toBe(standing);
  });

  it.each(['deleted', 'is_bot', 'is_restricted', 'is_ultra_restricted'])(
    'is no member where Slack does not say %s',
    (key) => {
      expect(personFacts({ user: without(USER, key) })?.person.standing).toBe('unclear');
    },
  );
});

it.each(['team_id', 'user_id', 'bot_id'])('a token without %s is nobody', (key) => {
  expect(identityFacts(IDENTITY)?.identity).toMatchObject({ teamId: 'T01', scopes: [] });
  expect(identityFacts(without(IDENTITY, key))).toBeUndefined();
});

it('a token of which Slack does not say that it is of one workspace is of an organisation', () => {
  expect(identityFacts(without(IDENTITY, 'is_enterprise_install'))?.identity.isOrganisation).toBe(true);
});

it('anything is read, and nobody becomes a member by accident', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (json) => {
      expect(personFacts({ user: json })?.person.standing).not.toBe('member');
      expect(channelFacts({ channel: json })?.channel.sharing).not.toBe('inside');
      expect(identityFacts(json)).toBeUndefined();
    }),
  );
});
