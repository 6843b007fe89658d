import { describe, expect, it } from 'vitest';
import { actingAs, isSendable } from './impersonation.ts';
import type { Credentials } from './credentials.ts';

const own = (headers: Record<string, string>): Credentials => ({
  server: 'https://one.test:6443',
  namespace: 'shop',
  tls: { rejectUnauthorized: true },
  authorize: () => Promise.resolve(headers),
  refresh: () => Promise.resolve(),
});

describe('acting as somebody else', () => {
  it('keeps the own credentials, and takes the place of whom the kubeconfig impersonates', async () => {
    const credentials = own({ authorization: 'Bearer t', 'impersonate-user': 'bob' });
    const acting = actingAs(credentials, { user: 'alice', groups: ['a', 'b'] });
    expect(await acting.authorize()).toEqual({
      authorization: 'Bearer t',
      'impersonate-user': 'alice',
      'impersonate-group': ['a', 'b'],
    });
    expect(acting).toMatchObject({ server: credentials.server, namespace: 'shop', tls: credentials.tls });
  });

  it('names no groups where none are said', async () => {
    const acting = actingAs(own({}), { user: 'alice', groups: [] });
    expect(await acting.authorize()).toEqual({ 'impersonate-user': 'alice' });
  });

  it.each([
    ['alice@corp', true],
    ['system:serviceaccount:agents:bot', true],
    ['two words', true],
    ['', false],
    [' alice', false],
    ['alice ', false],
    ['ali\nce', false],
    ['jürgen', false],
  ])('INV-3: %j is sent as it is, or not at all', (name, isSent) => {
    expect(isSendable(name)).toBe(isSent);
    const isTaken = (user: string, groups: readonly string[]): boolean => {
      try {
        return actingAs(own({}), { user, groups }).server !== '';
      } catch (error) {
        return !String(error).includes('characters that cannot be sent');
      }
    };
    expect([isTaken(name, []), isTaken('alice', [name])]).toEqual([isSent, isSent]);
  });
});
