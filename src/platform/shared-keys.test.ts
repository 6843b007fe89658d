import { describe, expect, it } from 'vitest';
import { toSecretData } from './secret-store.ts';
import {
  hmacKeysFromSecret,
  makeHmacSecret,
  makePathSecret,
  PathSegments,
  pathSegmentsFromSecret,
} from './shared-keys.ts';

const A = '0123456789abcdef0123456789abcdef';
const B = 'fedcba9876543210fedcba9876543210';

describe('PathSegments', () => {
  it.each([
    ['the current one', A, true],
    ['the previous one', B, true],
    ['another one', A.replace('0', '1'), false],
    ['a prefix', A.slice(0, 31), false],
    ['a longer one', `${A}0`, false],
    ['upper case', A.toUpperCase(), false],
    ['nothing', '', false],
    ['text outside ASCII', 'ü'.repeat(16), false],
  ])('matches %s: %s -> %s', (_, segment, matches) => {
    expect(new PathSegments(A, B).matches(segment)).toBe(matches);
  });

  it('does not match the previous one when there is none', () => {
    expect(new PathSegments(A).matches(B)).toBe(false);
  });
});

describe('pathSegmentsFromSecret', () => {
  it('reads a new Secret: 128 bits, different each time', () => {
    const [one, two] = [pathSegmentsFromSecret(makePathSecret()), pathSegmentsFromSecret(makePathSecret())];
    expect(one.ok && one.value.current).toMatch(/^[0-9a-f]{32}$/);
    expect(one.ok && two.ok && one.value.current !== two.value.current).toBe(true);
  });

  it('reads a rotation', () => {
    const result = pathSegmentsFromSecret(toSecretData({ current: A, previous: B }));
    expect(result.ok && result.value.matches(B)).toBe(true);
  });

  it.each([
    ['an empty one', {}, 'current'],
    ['one that is too short', toSecretData({ current: 'abc' }), 'current'],
    ['one that could break out of the path', toSecretData({ current: `${A.slice(0, 30)}/.` }), 'current'],
    ['a damaged previous one', toSecretData({ current: A, previous: 'x' }), 'previous'],
  ])('refuses %s', (_, data, why) => {
    const result = pathSegmentsFromSecret(data);
    expect(result.ok ? '' : result.why).toContain(why);
  });
});

describe('hmacKeysFromSecret', () => {
  it('reads a new Secret: 32 bytes, no previous key', () => {
    const result = hmacKeysFromSecret(makeHmacSecret());
    expect(result.ok && result.value.current).toHaveLength(32);
    expect(result.ok && result.value).not.toHaveProperty('previous');
  });

  it('reads a rotation', () => {
    const data = toSecretData({ current: Buffer.alloc(32, 1), previous: Buffer.alloc(32, 2) });
    const result = hmacKeysFromSecret(data);
    expect(result.ok && result.value.previous).toEqual(Buffer.alloc(32, 2));
  });

  it.each([
    ['an empty one', {}, 'current'],
    ['a short key', toSecretData({ current: Buffer.alloc(31) }), 'current'],
    ['an empty key', { current: '' }, 'current'],
    ['bad base64', { current: '%' }, 'current'],
    [
      'a short previous key',
      toSecretData({ current: Buffer.alloc(32), previous: Buffer.alloc(1) }),
      'previous',
    ],
  ])('refuses %s', (_, data, why) => {
    const result = hmacKeysFromSecret(data);
    expect(result.ok ? '' : result.why).toContain(why);
  });
});
