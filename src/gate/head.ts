// Reads who asks for what from the first kilobyte of an AdmissionReview, exactly as the API server writes it: compact
// JSON in struct order. Costs the same whatever the size of the body. It never guesses: any other form is "not ok", and
// the caller decodes the whole body. What it does return equals what the full decode returns (INV-7), unless a field of
// the head follows the objects, where the API server writes none: nobody reads so far ahead.
import type { GroupVersionResource, Operation, ReviewHead, UserInfo } from '../domain/change/review.ts';

/** Outcome of {@link scanHead}. `cut`: the bytes ended before the head did; more of them may help. */
export type HeadScan =
  { readonly ok: true; readonly head: ReviewHead } | { readonly ok: false; readonly cut: boolean };

/** A head that is longer than this, in bytes, is left to the full decode. */
export const HEAD_LIMIT = 65_536;
/** Enough for nearly every head (1.0 to 1.2 kB were seen). */
const FIRST_LOOK = 2_048;

// The grammar of a head. A string is printable ASCII without escapes, and so means itself: names, namespaces and service
// accounts never hold anything else, and whoever has an umlaut or an ampersand in a group takes the full decode. As no
// string can hold a quote, every part ends where it seems to, and matching is linear.
const ANY = '"[ !#-\\[\\]-~]*"';
const TEXT = '"([ !#-\\[\\]-~]*)"';
const NAME = '"([ !#-\\[\\]-~]+)"';
const LIST = `\\[(?:${ANY}(?:,${ANY})*)?\\]`;
const KIND = `\\{"group":${TEXT},"version":${NAME},"kind":${NAME}\\}`;
const ANY_KIND = `\\{"group":${ANY},"version":${ANY},"kind":${ANY}\\}`;
const RESOURCE = `\\{"group":${TEXT},"version":${NAME},"resource":${NAME}\\}`;
const TARGET =
  `"kind":${KIND},"resource":${RESOURCE}(?:,"subResource":${TEXT})?,"requestKind":${ANY_KIND}` +
  `,"requestResource":${RESOURCE}(?:,"requestSubResource":${TEXT})?`;
const USER =
  `\\{"username":${NAME}(?:,"uid":${TEXT})?(?:,"groups":(${LIST}))?` +
  `(?:,"extra":\\{(${ANY}:${LIST}(?:,${ANY}:${LIST})*)\\})?\\}`;
const START = `^\\{"kind":"AdmissionReview","apiVersion":"admission\\.k8s\\.io/v1","request":\\{"uid":${NAME},`;
const HEAD = new RegExp(
  `${START}(${inOne(TARGET)})(?:,"name":${TEXT})?(?:,"namespace":${TEXT})?` +
    `,"operation":"(CREATE|UPDATE|DELETE|CONNECT)","userInfo":(${inOne(USER)})` +
    `,"(?:object|oldObject|dryRun|options)":`,
);
const WHOLE_TARGET = new RegExp(`^${TARGET}$`);
const WHOLE_USER = new RegExp(`^${USER}$`);
const UID = new RegExp(START);

/** The same grammar without its groups. */
function inOne(grammar: string): string {
  return grammar.replaceAll(/\((?!\?)/g, '(?:');
}

/** One of these keys follows the head; while none has arrived, the head may yet be complete. */
const END = /[}\]],"(?:object|oldObject|dryRun|options)":/;

/**
 * Reads the head of a review from the first bytes of its body.
 * @param body the body, or as much of it as has arrived
 */
export function scanHead(body: Uint8Array): HeadScan {
  const start = latin1(body, FIRST_LOOK);
  const match = HEAD.exec(start);
  if (match !== null) return headOf(match);
  if (END.test(start)) return { ok: false, cut: false };
  const text = body.length <= FIRST_LOOK ? start : latin1(body, HEAD_LIMIT);
  const long = HEAD.exec(text);
  return long === null ? { ok: false, cut: !END.test(text) } : headOf(long);
}

/** The uid of a review, from the first bytes of its body; empty when it cannot be read. */
export function scanUid(body: Uint8Array): string {
  return UID.exec(latin1(body, FIRST_LOOK))?.[1] ?? '';
}

/** One character per byte. Strings of the grammar are ASCII, so this is also what they mean. */
function latin1(body: Uint8Array, limit: number): string {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return bytes.toString('latin1', 0, Math.min(limit, bytes.length));
}

function headOf([
  ,
  uid = '',
  targetText = '',
  name = '',
  namespace = '',
  operation,
  userText = '',
]: RegExpExecArray): HeadScan {
  const target = targets.get(targetText, readTarget);
  const userInfo = users.get(userText, readUser);
  if (target === undefined || userInfo === undefined) return { ok: false, cut: false };
  const { kind, resource, subResource, requestResource, requestSubResource } = target;
  return {
    ok: true,
    head: {
      uid,
      kind,
      resource,
      subResource,
      requestResource,
      requestSubResource,
      name,
      namespace,
      operation: operation as Operation,
      userInfo,
    },
  };
}

/**
 * What was read from a text before. The same few agents send nearly all reviews, with the same text for as long as their
 * token lives, about the same few resources; reading these texts is half of the cost of a head.
 */
class Memory<T> {
  readonly #known = new Map<string, T>();

  get(text: string, read: (text: string) => T | undefined): T | undefined {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const fresh = read(text);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    if (fresh !== undefined) this.#known.set(text, fresh);
    return fresh;
  }
}
const MAX_REMEMBERED = 256;

type Target = Pick<
  ReviewHead,
  'kind' | 'resource' | 'subResource' | 'requestResource' | 'requestSubResource'
>;
const targets = new Memory<Target>();
const users = new Memory<UserInfo>();

function readTarget(text: string): Target | undefined {
  const match = WHOLE_TARGET.exec(text);
  if (match === null) return undefined;
  const part = (group: number): string => match[group] ?? '';
  const resource = (group: number): GroupVersionResource =>
    Object.freeze({ group: part(group), version: part(group + 1), resource: part(group + 2) });
  const subResource = part(7);
  return {
    kind: Object.freeze({ group: part(1), version: part(2), kind: part(3) }),
    resource: resource(4),
    subResource,
    requestResource: resource(8),
    // as in the full decode: absent means as submitted
    requestSubResource: match[11] ?? subResource,
  };
}

function readUser(text: string): UserInfo | undefined {
  const match = WHOLE_USER.exec(text);
  const extra = extraOf(match?.[4] ?? '');
  if (match === null || extra === undefined) return undefined;
  const groups = Object.freeze(listOf(match[3] ?? ''));
  return Object.freeze({ username: match[1] ?? '', uid: match[2] ?? '', groups, extra });
}

/** `["a","b"]` as the grammar has it: no string holds a quote, so that the separators are unmistakable. */
function listOf(list: string): string[] {
  return list.length <= 2 ? [] : list.slice(2, -2).split('","');
}

/**
 * `"a":["b"],"c":[]` as the grammar has it. Undefined for a repeated key, which the full decode refuses, and for
 * `__proto__`, which would not become a key here.
 */
function extraOf(entries: string): UserInfo['extra'] | undefined {
  const extra: Record<string, readonly string[]> = {};
  for (let at = 0; at < entries.length;) {
    const keyEnd = entries.indexOf('"', at + 1);
    const key = entries.slice(at + 1, keyEnd);
    if (key === '__proto__' || Object.hasOwn(extra, key)) return undefined;
    const end = listEnd(entries, keyEnd + 2);
    extra[key] = Object.freeze(listOf(entries.slice(keyEnd + 2, end)));
    at = end + 1;
  }
  return Object.freeze(extra);
}

/** Where the list that starts at `start` ends, as the index after its bracket. */
function listEnd(text: string, start: number): number {
  let at = start + 1;
  while (text.charCodeAt(at) !== 0x5d)
    at = text.indexOf('"', at + (text.charCodeAt(at) === 0x2c ? 2 : 1)) + 1;
  return at + 1;
}
