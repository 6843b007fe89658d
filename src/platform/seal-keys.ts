// Ed25519 seals: by them Assent recognises its own words, so that nothing forged is ever counted (INV-1, INV-3). The gate
// holds private keys; whoever only verifies holds public ones. Verification never throws: any doubt is "no" (INV-7).
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { systemClock, type Clock } from './clock.ts';
import { secretText, toSecretData, type Parsed, type SecretData } from './secret-store.ts';

/** A signature with the key that made it; the shape that is stored in our kinds. */
export interface Seal {
  /** First 16 hex digits of the SHA-256 of the raw public key. */
  readonly keyId: string;
  /** Ed25519 signature, base64. */
  readonly signature: string;
}

/** One key of the ring. */
export interface SealKey {
  readonly keyId: string;
  readonly publicKey: KeyObject;
  /** Absent where seals are only verified. */
  readonly privateKey?: KeyObject;
  /** After this its seals are no longer accepted. Epoch ms. */
  readonly notAfter?: number;
}

const KEY_ID = /^[0-9a-f]{16}$/;

/** The keys of a process, newest first. */
export class SealKeys {
  private readonly keys: ReadonlyMap<string, SealKey>;
  private readonly clock: Clock;

  constructor(keys: readonly SealKey[], clock: Clock = systemClock) {
    this.keys = new Map(keys.map((key) => [key.keyId, key]));
    this.clock = clock;
  }

  /** Ids of all keys, newest first. */
  get keyIds(): readonly string[] {
    return [...this.keys.keys()];
  }

  /**
   * Signs with the newest private key that is still accepted.
   * @throws when there is none: the caller must then deny
   */
  sign(bytes: Uint8Array): Seal {
    for (const { keyId, privateKey, notAfter } of this.keys.values()) {
      if (!privateKey || this.ended(notAfter)) continue;
      return { keyId, signature: sign(null, bytes, privateKey).toString('base64') };
    }
    throw new Error('no private key to seal with');
  }

  /** Whether one of our keys made this seal over exactly these bytes. */
  verify(bytes: Uint8Array, seal: Seal | undefined): boolean {
    try {
      const key = seal && this.keys.get(seal.keyId);
      if (!key || this.ended(key.notAfter)) return false;
      const signature = Buffer.from(seal.signature, 'base64');
      // Base64 has several spellings of the same bytes; only the one that sign() writes counts.
      if (signature.toString('base64') !== seal.signature) return false;
      return verify(null, bytes, key.publicKey, signature);
    } catch {
      return false;
    }
  }

  /** The same keys as `data` of a Secret. With `publicOnly`, for processes that only verify. */
  toSecret(options: { readonly publicOnly?: boolean } = {}): SecretData {
    const entries: Record<string, string | undefined> = {};
    for (const { keyId, publicKey, privateKey, notAfter } of this.keys.values()) {
      entries[`${keyId}.public.pem`] = publicKey.export({ type: 'spki', format: 'pem' });
      if (notAfter !== undefined) entries[`${keyId}.not-after`] = new Date(notAfter).toISOString();
      if (!privateKey || options.publicOnly) continue;
      entries['active'] ??= keyId;
      entries[`${keyId}.private.pem`] = privateKey.export({ type: 'pkcs8', format: 'pem' });
    }
    return toSecretData(entries);
  }

  private ended(notAfter: number | undefined): boolean {
    return notAfter !== undefined && this.clock.now() > notAfter;
  }
}

/** Makes a new key pair. */
export function generateSealKey(): SealKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { keyId: keyIdOf(publicKey), publicKey, privateKey };
}

/** Reads the keys of a Secret; the one named by `active` signs. Without private keys the result can only verify. */
export function sealKeysFromSecret(data: SecretData, clock: Clock = systemClock): Parsed<SealKeys> {
  const keys: SealKey[] = [];
  for (const entry of Object.keys(data)) {
    if (!entry.endsWith('.public.pem')) continue;
    const parsed = readKey(data, entry.slice(0, -'.public.pem'.length));
    if (!parsed.ok) return parsed;
    keys.push(parsed.value);
  }
  if (keys.length === 0) return { ok: false, why: 'it holds no entry that ends in .public.pem' };
  const active = secretText(data, 'active');
  const first = keys.find((key) => key.keyId === active);
  const signs = keys.some((key) => key.privateKey);
  if (signs && !first?.privateKey)
    return { ok: false, why: 'the entry active names no key with a private half' };
  const order = first ? [first, ...keys.filter((key) => key !== first)] : keys;
  return { ok: true, value: new SealKeys(order, clock) };
}

function readKey(data: SecretData, keyId: string): Parsed<SealKey> {
  const no = (part: string, why: string) =>
    ({ ok: false, why: `the entry ${keyId}.${part} ${why}` }) as const;
  if (!KEY_ID.test(keyId)) return no('public.pem', 'is not named by a key id');
  const publicKey = readPem(secretText(data, `${keyId}.public.pem`), createPublicKey);
  if (!publicKey || keyIdOf(publicKey) !== keyId)
    return no('public.pem', 'is not the Ed25519 key of that id');
  const notAfter = readTime(data, `${keyId}.not-after`);
  if (Number.isNaN(notAfter)) return no('not-after', 'is not a time');
  const key: SealKey = { keyId, publicKey, ...(notAfter === undefined ? {} : { notAfter }) };
  if (data[`${keyId}.private.pem`] === undefined) return { ok: true, value: key };
  const privateKey = readPem(secretText(data, `${keyId}.private.pem`), createPrivateKey);
  if (!privateKey || keyIdOf(createPublicKey(privateKey)) !== keyId) {
    return no('private.pem', 'is not the private half of that key');
  }
  return { ok: true, value: { ...key, privateKey } };
}

function readTime(data: SecretData, entry: string): number | undefined {
  return data[entry] === undefined ? undefined : Date.parse(secretText(data, entry) ?? '');
}

function readPem(pem: string | undefined, read: (pem: string) => KeyObject): KeyObject | undefined {
  try {
    const key = read(pem ?? '');
    return key.asymmetricKeyType === 'ed25519' ? key : undefined;
  } catch {
    return undefined;
  }
}

function keyIdOf(publicKey: KeyObject): string {
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return createHash('sha256').update(raw).digest('hex').slice(0, 16);
}
