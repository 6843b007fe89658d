// Names of requests: they read as sentences and end in 50 bits of hash over fingerprint and predecessor, so that two
// replicas make the same one and a repeated change gets a new one. A name is never trusted; the sealed spec is.
import { createHash } from 'node:crypto';

/** Crockford's base32, lower case: no i, l, o or u, so nothing is misread and few words arise. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const HASH_LENGTH = 10;
/** A name also fits a label value and a DNS label. */
const LONGEST = 63;

/** What the readable part of a name is made of. */
export interface Named {
  readonly action: string;
  readonly resource: string;
  /** Name of the object; empty when the API server makes it up. */
  readonly name: string;
  readonly generateName?: string | undefined;
}

/**
 * Name of the request for a change: a DNS label of at most 63 characters, such as delete-deployments-api-7k2m9q4tpx.
 * @param fingerprint of the change
 * @param predecessorUid metadata.uid of the finished request for the same change; empty for the first
 */
export function requestName(change: Named, fingerprint: string, predecessorUid: string): string {
  const object = change.name === '' ? (change.generateName ?? '') : change.name;
  const readable = [change.action, change.resource, object].map(words).filter((one) => one !== '');
  const sentence = shorten(readable.join('-'), LONGEST - HASH_LENGTH - 1);
  return `${sentence === '' ? 'change' : sentence}-${hash(fingerprint, predecessorUid)}`;
}

/** Only what a DNS label may hold; and never "immutable", which must not come near the word "field" in a message. */
function words(text: string): string {
  return text
    .toLowerCase()
    .replaceAll('immutable', 'immut')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '');
}

function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const head = text.slice(0, max);
  const word = text.charAt(max) === '-' ? max : head.lastIndexOf('-');
  return (word > max / 2 ? head.slice(0, word) : head).replaceAll(/-+$/g, '');
}

function hash(fingerprint: string, predecessorUid: string): string {
  const bytes = createHash('sha256')
    .update(JSON.stringify([fingerprint, predecessorUid]))
    .digest();
  let bits = bytes.readUIntBE(0, 6) * 4 + Math.floor(bytes.readUInt8(6) / 64);
  let text = '';
  for (let i = 0; i < HASH_LENGTH; i++) {
    text = ALPHABET.charAt(bits % 32) + text;
    bits = Math.floor(bits / 32);
  }
  return text;
}
