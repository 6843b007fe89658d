import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { generateSealKey, SealKeys, sealKeysFromSecret, type Seal } from './seal-keys.ts';
import { secretText, toSecretData, type SecretData } from './secret-store.ts';

const bytes = (text: string) => Buffer.from(text);
const at = (now: number) => ({ now: () => now });
const parsed = (data: SecretData, now = 0): SealKeys => {
  const result = sealKeysFromSecret(data, at(now));
  if (!result.ok) throw new Error(result.why);
  return result.value;
};

describe('SealKeys', () => {
  it('verifies what it signed, and nothing else', () => {
    const keys = new SealKeys([generateSealKey()]);
    const seal = keys.sign(bytes('approve'));
    expect(seal.keyId).toMatch(/^[0-9a-f]{16}$/);
    expect(keys.verify(bytes('approve'), seal)).toBe(true);
    expect(keys.verify(bytes('approved'), seal)).toBe(false);
    expect(new SealKeys([generateSealKey()]).verify(bytes('approve'), seal)).toBe(false);
  });

  it('signs with the newest private key and still verifies the older', () => {
    const [older, newer] = [generateSealKey(), generateSealKey()];
    const seal = new SealKeys([older]).sign(bytes('x'));
    const both = new SealKeys([newer, older]);
    expect(both.sign(bytes('x')).keyId).toBe(newer.keyId);
    expect(both.verify(bytes('x'), seal)).toBe(true);
  });

  it('stops accepting and using a key at its end', () => {
    const key = { ...generateSealKey(), notAfter: 1_000 };
    const seal = new SealKeys([key], at(1_000)).sign(bytes('x'));
    expect(new SealKeys([key], at(1_000)).verify(bytes('x'), seal)).toBe(true);
    expect(new SealKeys([key], at(1_001)).verify(bytes('x'), seal)).toBe(false);
    expect(() => new SealKeys([key], at(1_001)).sign(bytes('x'))).toThrow('no private key');
  });

  const ring = new SealKeys([generateSealKey()]);
  const good = ring.sign(bytes('x'));
  it.each<[string, unknown]>([
    ['an unknown key', { ...good, keyId: '0000000000000000' }],
    ['no seal', undefined],
    ['null', null],
    ['no signature', { keyId: good.keyId }],
    ['a number for a signature', { keyId: good.keyId, signature: 7 }],
    ['bad base64', { ...good, signature: '%%%' }],
    ['a signature without its padding', { ...good, signature: good.signature.replaceAll('=', '') }],
    ['white space in the signature', { ...good, signature: `${good.signature}\n` }],
    ['base64url', { ...good, signature: Buffer.from(good.signature, 'base64').toString('base64url') }],
    ['a short signature', { ...good, signature: Buffer.alloc(63).toString('base64') }],
    ['a long signature', { ...good, signature: Buffer.alloc(65).toString('base64') }],
    ['zeroes', { ...good, signature: Buffer.alloc(64).toString('base64') }],
    ['an inherited key id', { ...good, keyId: '__proto__' }],
  ])('says no to %s, without throwing (INV-7)', (_, seal) => {
    expect(ring.verify(bytes('x'), seal as Seal)).toBe(false);
  });

  it('INV-1: a seal fits only the very bytes it was made for', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (one, other) => {
        const seal = ring.sign(one);
        expect(ring.verify(one, seal)).toBe(true);
        expect(ring.verify(other, seal)).toBe(Buffer.compare(one, other) === 0);
      }),
    );
  });

  it('INV-1: a seal with any bit changed is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), (bit) => {
        const signature = Buffer.from(good.signature, 'base64');
        signature[bit >> 3]! ^= 1 << (bit & 7);
        expect(ring.verify(bytes('x'), { ...good, signature: signature.toString('base64') })).toBe(false);
      }),
    );
  });
});

describe('sealKeysFromSecret', () => {
  it('reads back what was written: keys, which of them signs, and their ends', () => {
    const [newer, older] = [generateSealKey(), { ...generateSealKey(), notAfter: 5_000 }];
    const data = new SealKeys([newer, older]).toSecret();
    // The API server returns entries in the order of their names, so the order says nothing.
    const keys = parsed(Object.fromEntries(Object.entries(data).toReversed()));
    expect(keys.keyIds).toEqual([newer.keyId, older.keyId]);
    expect(keys.sign(bytes('x')).keyId).toBe(newer.keyId);
    const seal = new SealKeys([older], at(0)).sign(bytes('x'));
    expect(keys.verify(bytes('x'), seal)).toBe(true);
    expect(parsed(data, 5_001).verify(bytes('x'), seal)).toBe(false);
  });

  it('writes no private half when only public ones are wanted', () => {
    const ring = new SealKeys([generateSealKey()]);
    const data = ring.toSecret({ publicOnly: true });
    const text = Object.keys(data).map((key) => secretText(data, key));
    expect(text.join()).not.toContain('PRIVATE');
    const verifier = parsed(data);
    expect(verifier.verify(bytes('x'), ring.sign(bytes('x')))).toBe(true);
    expect(() => verifier.sign(bytes('x'))).toThrow('no private key');
  });

  const key = generateSealKey();
  const whole = new SealKeys([key]).toSecret();
  const other = new SealKeys([generateSealKey()]).toSecret();
  const foreignPublic = Object.entries(other).find(([name]) => name.endsWith('.public.pem'))?.[1] ?? '';
  const foreignPrivate = Object.entries(other).find(([name]) => name.endsWith('.private.pem'))?.[1] ?? '';
  it.each<[string, SecretData, string]>([
    ['an empty Secret', {}, 'no entry that ends in .public.pem'],
    ['no active key', { ...whole, active: '' }, 'active names no key'],
    [
      'another active key',
      { ...whole, ...toSecretData({ active: '0123456789abcdef' }) },
      'active names no key',
    ],
    ['damaged base64', { ...whole, [`${key.keyId}.public.pem`]: '!' }, 'is not the Ed25519 key'],
    [
      'a foreign public half',
      { ...whole, [`${key.keyId}.public.pem`]: foreignPublic },
      'is not the Ed25519 key',
    ],
    [
      'a foreign private half',
      { ...whole, [`${key.keyId}.private.pem`]: foreignPrivate },
      'not the private half',
    ],
    ['a name that is no key id', { ...whole, 'A.public.pem': foreignPublic }, 'is not named by a key id'],
    [
      'an end that is no time',
      { ...whole, ...toSecretData({ [`${key.keyId}.not-after`]: 'soon' }) },
      'not-after is not a time',
    ],
  ])('refuses %s and says which entry', (_, data, why) => {
    const result = sealKeysFromSecret(data);
    expect(result.ok ? '' : result.why).toContain(why);
  });
});
