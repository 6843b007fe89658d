import { describe, expect, it } from 'vitest';
import type { IdentityLink } from '../../api/identity-link.ts';
import { clearedAt } from './link-life.ts';

const AT = '2026-11-22T10:00:00.000Z';
const HOUR = 3_600_000;
const link = (parts: object): IdentityLink =>
  ({ metadata: { name: 'a' }, spec: { channel: 'slack', code: 'sha256:0' }, ...parts }) as IdentityLink;

describe('a link is cleared away', () => {
  it.each([
    ['an hour after it was stamped', { spec: { stamp: { at: AT } } }, Date.parse(AT) + HOUR],
    [
      'an hour after it was stored, where nobody stamped it',
      { metadata: { name: 'a', creationTimestamp: AT } },
      Date.parse(AT) + HOUR,
    ],
    [
      'never with its account',
      { spec: { stamp: { at: AT } }, status: { account: { team: 'T1', user: 'U1' } } },
      undefined,
    ],
    ['never without a time', {}, undefined],
  ])('%s', (_, parts, at) => {
    expect(clearedAt(link(parts))).toBe(at);
  });
});
