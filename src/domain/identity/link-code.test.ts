import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CODE_BYTES, codeDigest, linkCode, readLinkCode } from './link-code.ts';

const bytes = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES });

describe('a link code', () => {
  it('is read back whatever somebody makes of its form', () => {
    fc.assert(
      fc.property(bytes, fc.nat(11), (random, at) => {
        const code = linkCode(random);
        expect(code).toMatch(/^(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}$/);
        const bare = code.replaceAll('-', '').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l');
        expect(readLinkCode(`  ${bare.slice(0, at)} - ${bare.slice(at)}\n`)).toBe(code);
      }),
    );
  });

  it('uses every bit of its bytes that it has room for', () => {
    const codes = Array.from({ length: 32 }, (_, byte) => linkCode(new Uint8Array(CODE_BYTES).fill(byte)));
    expect(new Set(codes).size).toBe(32);
    expect(() => linkCode(new Uint8Array(CODE_BYTES - 1))).toThrow('12 random bytes');
  });

  it.each(['', '7K2M-9Q4T', '7K2M-9Q4T-PX3C-A', '7K2M-9Q4T-PX3U', '７K2M-9Q4T-PX3C', 'x'.repeat(100_000)])(
    'is not read from %j',
    (typed) => {
      expect(readLinkCode(typed)).toBeUndefined();
    },
  );

  it('is stored as a digest that differs for each', () => {
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [left, right] = [linkCode(a), linkCode(b)];
        expect(codeDigest(left)).toMatch(/^sha256:[0-9a-f]{64}$/);
        expect(codeDigest(left) === codeDigest(right)).toBe(left === right);
      }),
    );
  });
});
