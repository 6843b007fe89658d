// Reads who asks for what from the first kilobyte of an AdmissionReview, exactly as the API server writes it: compact
// JSON in struct order. Costs the same whatever the size of the body. It never guesses: any other form is "not ok", and
// the caller decodes the whole body. What it does return equals what the full decode returns (INV-7).
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
const USER = `\\{"username":${NAME}(?:,"uid":${TEXT})?(?:,"groups":(${LIST}))?(?:,"extra":\\{(${ANY}:${LIST}(?:,${ANY}:${LIST})*)\\})?\\}`;
const ANY_USER = USER.replaceAll(/\((?!\?)/g, '(?:');
const START = `^\\{"kind":"AdmissionReview","apiVersion":"admission\\.k8s\\.io/v1","request":\\{"uid":${NAME},`;
const HEAD = new RegExp(
  `${START}"kind":${KIND},"resource":${RESOURCE}(?:,"subResource":${TEXT})?` +
    `,"requestKind":${ANY_KIND},"requestResource":${RESOURCE}(?:,"requestSubResource":${TEXT})?` +
    `(?:,"name":${TEXT})?(?:,"namespace":${TEXT})?,"operation":"(CREATE|UPDATE|DELETE|CONNECT)"` +
    `,"userInfo":(${ANY_USER}),"(?:object|oldObject|dryRun|options)":`,
);
const WHOLE_USER = new RegExp(`^${USER}$`);
const UID = new RegExp(START);

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

function headOf(match: RegExpExecArray): HeadScan {
  const text = (group: number): string => match[group] ?? '';
  const resource = (group: number): GroupVersionResource => ({
    group: text(group),
    version: text(group + 1),
    resource: text(group + 2),
  });
  const subResource = text(8);
  const userInfo = userOf(text(16));
  if (userInfo === undefined) return { ok: false, cut: false };
  return {
    ok: true,
    head: {
      uid: text(1),
      kind: { group: text(2), version: text(3), kind: text(4) },
      resource: resource(5),
      subResource,
      requestResource: resource(9),
      // as in the full decode: absent means as submitted
      requestSubResource: match[12] ?? subResource,
      name: text(13),
      namespace: text(14),
      operation: text(15) as Operation,
      userInfo,
    },
  };
}

/**
 * Users by their text. The same few agents send nearly all reviews, with the same text for as long as their token lives,
 * and reading it is half of the cost of a head.
 */
const users = new Map<string, UserInfo>();
const MAX_USERS = 256;

function userOf(text: string): UserInfo | undefined {
  const known = users.get(text);
  if (known !== undefined) return known;
  const match = WHOLE_USER.exec(text);
  const extra = extraOf(match?.[4] ?? '');
  if (match === null || extra === undefined) return undefined;
  const groups = Object.freeze(listOf(match[3] ?? ''));
  const user: UserInfo = Object.freeze({ username: match[1] ?? '', uid: match[2] ?? '', groups, extra });
  if (users.size >= MAX_USERS) users.clear();
  users.set(text, user);
  return user;
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
