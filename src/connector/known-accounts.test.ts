import { describe, expect, it } from 'vitest';
import type { Approver } from '../api/approver.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import { KnownAccounts } from './known-accounts.ts';

const AT = Date.UTC(2026, 10, 22, 10);
const ACCOUNT = { channel: 'slack', team: 'T1', user: 'U1' } as const;
const TEN_MINUTES = 600_000;

const link = (username: string, more: object = {}): IdentityLink =>
  ({
    metadata: { name: username },
    spec: { channel: 'slack', code: 'c', stamp: { username, at: new Date(AT).toISOString() } },
    ...more,
  }) as IdentityLink;
const linked = { status: { account: { team: 'T1', user: 'U1' } } };
const approver = {
  spec: { identities: [{ slack: { team: 'T1', user: 'U1' } }, { kubernetes: { username: 'alice' } }] },
} as unknown as Approver;

function isKnown(links: readonly IdentityLink[], approvers: readonly Approver[] = [], now = AT): boolean {
  const known = {
    requestOf: () => Promise.resolve(undefined),
    links: () => links,
    approvers: () => approvers,
  };
  return new KnownAccounts(known, () => now).isKnown(ACCOUNT);
}

describe('an account', () => {
  const alice = link('alice', linked);
  it.each<[string, readonly IdentityLink[], readonly Approver[], boolean]>([
    ['of nobody is asked for a code', [link('bob')], [], false],
    ['that is linked is not', [alice], [], true],
    ['that an Approver names is not', [], [approver], true],
    ['whose user begins another link is', [alice, link('alice')], [], false],
    ['whose user begins the first link is, though an Approver names it', [link('alice')], [approver], false],
    ['is not, when somebody else begins a link', [alice, link('bob')], [approver], true],
    [
      'whose link is being deleted is',
      [link('alice', { ...linked, metadata: { name: 'a', deletionTimestamp: 'x' } })],
      [],
      false,
    ],
  ])('%s', (_, links, approvers, is) => {
    expect(isKnown(links, approvers)).toBe(is);
  });

  it('is not asked for a code that is too old to be typed', () => {
    expect(isKnown([alice, link('alice')], [], AT + TEN_MINUTES - 1)).toBe(false);
    expect(isKnown([alice, link('alice')], [], AT + TEN_MINUTES)).toBe(true);
  });
});
