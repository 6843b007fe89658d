// Lossless JSON: what is hashed is what the API server sent, to the last digit and key (INV-9; security.md 4.3).
// Fast path: native parse, then proof that nothing was lost: printing the value gives back the very text.
// Whatever cannot be proven that way is read again by the strict parser, which refuses or keeps everything exactly.
import { parseStrictly } from './json-strict.ts';

/** A JSON value. Integers beyond 2^53 are `bigint`, all other numbers are exact doubles. */
export type Json = null | boolean | number | bigint | string | readonly Json[] | JsonObject;

/** A JSON object. Any string may be a key, `__proto__` too: read unknown keys with {@link member}. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/** Outcome of reading JSON; `why` is a sentence without any part of the input. */
export type ParsedJson =
  { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string };

/** Deepest nesting of objects and lists that is read. */
export const MAX_DEPTH = 512;

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads JSON bytes without losing anything.
 *
 * Refused: invalid UTF-8, a byte order mark, duplicate keys, lone surrogates, numbers that a double does not hold
 * exactly (integers of any size are kept), nesting deeper than {@link MAX_DEPTH}.
 */
export function parseLossless(bytes: Uint8Array): ParsedJson {
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    return { ok: false, why: 'The body is not valid UTF-8.' };
  }
  return parseLosslessText(text);
}

/** {@link parseLossless} for text that is already decoded. */
export function parseLosslessText(text: string): ParsedJson {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { ok: false, why: 'The body is not valid JSON.' };
  }
  return isFaithful(value, text) ? { ok: true, value } : parseStrictly(text, MAX_DEPTH);
}

/**
 * Whether printing `value` yields `text` again. Then no key was given twice (it would be missing in print), no number
 * lost a digit, and no whitespace or unusual escape stands in the text. `\ud` may be a lone surrogate: not proven.
 */
function isFaithful(value: Json, text: string): boolean {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  let printed: string;
  try {
    printed = JSON.stringify(value);
  } catch {
    return false; // nested too deeply to print
  }
  if (printed !== body && (printed.length >= body.length || escapeAsGo(printed) !== body)) return false;
  return !body.includes('\\ud') && isPlain(value, MAX_DEPTH);
}

/** Go's encoder writes these five characters as escapes, so that JSON can stand inside HTML and JavaScript. */
const GO_ESCAPES: readonly (readonly [character: string, escape: string])[] = [
  ['<', '\\u003c'],
  ['>', '\\u003e'],
  ['&', '\\u0026'],
  ['\u2028', '\\u2028'],
  ['\u2029', '\\u2029'],
];

function escapeAsGo(printed: string): string {
  let text = printed;
  for (const [character, escape] of GO_ESCAPES) {
    // split and join: measured six times faster than replaceAll on megabytes of `<`
    if (text.includes(character)) text = text.split(character).join(escape);
  }
  return text;
}

/** Whether nesting stays within `depth` and no integer lies beyond 2^53 (those become bigint on the strict path). */
function isPlain(value: Json, depth: number): boolean {
  if (typeof value === 'number') return Number.isSafeInteger(value) || !Number.isInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) if (!isPlain(item, depth - 1)) return false;
    return true;
  }
  const object = value as JsonObject;
  for (const key in object) if (!isPlain(object[key] as Json, depth - 1)) return false;
  return true;
}

/**
 * The one text of a value: no whitespace, keys sorted by UTF-16 code unit, list order kept. Two values have the same
 * text exactly when they are the same value.
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value === 0 ? 0 : value);
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonicalJson).join(',')}]`;
  const object = value as JsonObject;
  let text = '';
  for (const key of Object.keys(object).sort()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(object[key] as Json)}`;
  }
  return `{${text}}`;
}
