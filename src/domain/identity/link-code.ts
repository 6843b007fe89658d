// The code that ties a chat account to a person: made where the person is known to the cluster, typed where the account is
// known to the channel, so that both sides have to be theirs (INV-3). The cluster stores only its digest.
import { createHash } from 'node:crypto';

/** Crockford's base32: no I, L, O or U, so nothing is misread. */
const LETTERS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** 60 bits: nobody who reads the digest finds the code while it lives. */
const LENGTH = 12;

/** Bytes that {@link linkCode} takes. */
export const CODE_BYTES = LENGTH;

/**
 * A code in groups of four, such as `7K2M-9Q4T-PX3C`.
 * @param random {@link CODE_BYTES} bytes
 * @throws Error on fewer
 */
export function linkCode(random: Uint8Array): string {
  if (random.length < LENGTH) throw new Error(`a link code takes ${LENGTH} random bytes`);
  const letters = Array.from(random.slice(0, LENGTH), (byte) => LETTERS[byte % LETTERS.length]).join('');
  return letters.replaceAll(/(.{4})(?=.)/g, '$1-');
}

/** What somebody typed, as a code: whatever its case, blanks and dashes, O for 0, I and L for 1; undefined when it is none. */
export function readLinkCode(typed: string): string | undefined {
  const letters = typed
    .slice(0, 64)
    .toUpperCase()
    .replaceAll(/[\s-]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1');
  const isCode = letters.length === LENGTH && Array.from(letters).every((one) => LETTERS.includes(one));
  return isCode ? letters.replaceAll(/(.{4})(?=.)/g, '$1-') : undefined;
}

/** What the cluster stores of a code: `sha256:` and hex. */
export function codeDigest(code: string): string {
  return `sha256:${createHash('sha256').update(`assent link code ${code}`).digest('hex')}`;
}
