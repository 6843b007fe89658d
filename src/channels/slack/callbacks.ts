// Whether an HTTP callback is from Slack: version 0 of its signature over the raw body, by any of the secrets, and a time
// that is at most five minutes off, in the past as in the future. Any doubt refuses (INV-7). Pure; replays.ts comes after.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { parsedJson } from './shape.ts';

/** A callback as it arrived. */
export interface Callback {
  /** By name in lower case, with each time it was sent: `headersDistinct` of Node's requests. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
  /** The body, byte for byte. */
  readonly body: Uint8Array;
}

/** Why a callback is refused. For the log and a counter; the answer over HTTP is the same for all. */
export type CallbackFault =
  | 'no-secret'
  | 'missing-header'
  | 'repeated-header'
  | 'malformed-timestamp'
  | 'malformed-signature'
  | 'too-old'
  | 'too-new'
  | 'wrong-signature';

/** What is said of a callback. */
export type CallbackVerdict =
  | {
      readonly kind: 'genuine';
      readonly signature: string;
      /** From then on it is refused as too old. Epoch milliseconds. */
      readonly validUntil: number;
    }
  | { readonly kind: 'refused'; readonly why: CallbackFault };

/** Slack's own number. */
const WINDOW_MS = 300_000;
/** Slack's secrets have 32 digits; what is this short is a mistake, and an empty one would let everybody sign. */
export const SHORTEST_SECRET = 16;
const TIMESTAMP = /^[1-9]\d{0,11}$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

/**
 * Checks one callback.
 * @param secrets signing secrets: the old one stays good for a day after it was replaced
 * @param now epoch milliseconds
 */
export function checkCallback(callback: Callback, secrets: readonly string[], now: number): CallbackVerdict {
  const usable = secrets.map((secret) => secret.trim()).filter((secret) => secret.length >= SHORTEST_SECRET);
  if (usable.length === 0) return refused('no-secret');
  const timestamp = single(callback, 'x-slack-request-timestamp');
  const signature = single(callback, 'x-slack-signature');
  if (!timestamp.ok) return refused(timestamp.why);
  if (!signature.ok) return refused(signature.why);
  if (!TIMESTAMP.test(timestamp.text)) return refused('malformed-timestamp');
  if (!SIGNATURE.test(signature.text)) return refused('malformed-signature');
  const at = Number(timestamp.text) * 1_000;
  if (now - at > WINDOW_MS) return refused('too-old');
  if (at - now > WINDOW_MS) return refused('too-new');
  const isGenuine = usable
    .map((secret) => isSignedBy(secret, timestamp.text, callback.body, signature.text))
    .includes(true);
  if (!isGenuine) return refused('wrong-signature');
  return { kind: 'genuine', signature: signature.text, validUntil: at + WINDOW_MS };
}

const refused = (why: CallbackFault): CallbackVerdict => ({ kind: 'refused', why });

type Header =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: CallbackFault };

/** A header that is there once: of two of them a proxy may have looked at the other one. */
function single({ headers }: Callback, name: string): Header {
  const [text, ...more] = (Object.hasOwn(headers, name) ? headers[name] : undefined) ?? [];
  if (text === undefined) return { ok: false, why: 'missing-header' };
  return more.length > 0 ? { ok: false, why: 'repeated-header' } : { ok: true, text };
}

/** Both sides are of the same length: the form of the signature was checked before. */
function isSignedBy(secret: string, timestamp: string, body: Uint8Array, signature: string): boolean {
  const mac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest();
  return timingSafeEqual(mac, Buffer.from(signature.slice('v0='.length), 'hex'));
}

/** Longest body of a callback. Bytes; a card comes back in each click. */
export const LONGEST_CALLBACK = 262_144;

/**
 * The payload of an interaction in a genuine callback: a form with one field.
 * @returns undefined where the body is another one, or longer than {@link LONGEST_CALLBACK}
 */
export function callbackPayload(body: Uint8Array): unknown {
  if (body.byteLength > LONGEST_CALLBACK) return undefined;
  const fields = [...new URLSearchParams(Buffer.from(body).toString('utf8'))];
  const [field] = fields;
  if (field === undefined || fields.length > 1 || field[0] !== 'payload') return undefined;
  return parsedJson(field[1]);
}
