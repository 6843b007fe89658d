// The two symmetric secrets: keys of the fingerprint, and the unguessable segment of the admission routes, by which a
// forged review from inside the network gets nothing. Each has a previous value that stays valid during rotation.
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { secretBytes, secretText, toSecretData, type Parsed, type SecretData } from './secret-store.ts';

const KEY_BYTES = 32;
const SEGMENT = /^[0-9a-f]{32}$/;

/** Keys of the fingerprint's HMAC-SHA-256, 32 bytes each. */
export interface HmacKeys {
  /** The key for new fingerprints. */
  readonly current: Uint8Array;
  /** The key before it: open requests still carry its fingerprints. */
  readonly previous?: Uint8Array;
}

/** Makes the content of a new fingerprint Secret. */
export const makeHmacSecret = (): SecretData => toSecretData({ current: randomBytes(KEY_BYTES) });

/** Reads the fingerprint Secret. */
export function hmacKeysFromSecret(data: SecretData): Parsed<HmacKeys> {
  const current = secretBytes(data, 'current');
  const previous = secretBytes(data, 'previous');
  if (current?.length !== KEY_BYTES) return { ok: false, why: 'the entry current is not 32 bytes in base64' };
  if (data['previous'] === undefined) return { ok: true, value: { current } };
  if (previous?.length !== KEY_BYTES)
    return { ok: false, why: 'the entry previous is not 32 bytes in base64' };
  return { ok: true, value: { current, previous } };
}

/** The first path segment of every admission route: 128 random bits in lower-case hex (a valid DNS-1123 name). */
export class PathSegments {
  /** The segment to put into webhook configurations. */
  readonly current: string;
  private readonly valid: readonly Buffer[];

  constructor(current: string, previous?: string) {
    this.current = current;
    this.valid = [current, ...(previous === undefined ? [] : [previous])].map((text) => Buffer.from(text));
  }

  /** Whether a segment is ours, in time that does not tell how much of it is right. */
  matches(segment: string): boolean {
    if (!SEGMENT.test(segment)) return false;
    const given = Buffer.from(segment);
    let matches = false;
    // Every candidate is compared, so that the time does not tell which one it was either.
    for (const candidate of this.valid) if (timingSafeEqual(candidate, given)) matches = true;
    return matches;
  }
}

/** Makes the content of a new path Secret. */
export const makePathSecret = (): SecretData => toSecretData({ current: randomBytes(16).toString('hex') });

/** Reads the path Secret. */
export function pathSegmentsFromSecret(data: SecretData): Parsed<PathSegments> {
  const current = secretText(data, 'current');
  const previous = secretText(data, 'previous');
  if (current === undefined || !SEGMENT.test(current)) {
    return { ok: false, why: 'the entry current is not 32 digits of lower-case hex' };
  }
  if (data['previous'] === undefined) return { ok: true, value: new PathSegments(current) };
  if (previous === undefined || !SEGMENT.test(previous)) {
    return { ok: false, why: 'the entry previous is not 32 digits of lower-case hex' };
  }
  return { ok: true, value: new PathSegments(current, previous) };
}
