// Takes out of log lines what must not be in them (INV-10). It is the second net: the first is that nothing secret is
// handed to the logger. Keys that hold payloads or credentials are masked by name, credentials in text by their form.

const MASK = '[masked]';
const LONGEST_TEXT = 1_000;
/** Text beyond this is dropped before it is looked through, so that a huge message costs little. */
const LONGEST_SCAN = 65_536;
const DEEPEST = 5;
const MOST_ENTRIES = 50;
const MOST_FRAMES = 12;
const MOST_CAUSES = 3;

/** Keys (letters only, lower case) whose value is never logged, whatever it is. */
const SECRET_KEYS = new Set(
  (
    'data stringdata binarydata token tokens accesstoken idtoken refreshtoken bearertoken authorization password ' +
    'passwd secret clientsecret signingsecret privatekey keypem apikey accesskey cookie setcookie credentials ' +
    'body rawbody headers response'
  ).split(' '),
);
/** Keys whose value is left out when it is a whole object; a name under such a key may stay. */
const BULK_KEYS = new Set('object oldobject payload review spec options stdin'.split(' '));

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[^]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g, '[private key]'],
  [/\beyJ[\w-]{4,}\.[\w-]*(?:\.[\w-]*)?/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, `$1 ${MASK}`],
  // Slack: xoxb-, xoxp-, xapp- and their like.
  [/\bx(?:ox[a-z]|app)-[\w-]{8,}/g, '[token]'],
  [/:\/\/[^\s/@]+:[^\s/@]+@/g, `://${MASK}@`],
  // The unguessable segment of the admission routes: 128 bits in lower-case hex.
  [/\/[0-9a-f]{32}(?![0-9a-f])/g, '/[path]'],
];

/**
 * Masks credentials in text by their form and cuts what is longer than 1,000 characters.
 * @returns the text, with the count of characters that were cut
 */
export function scrubText(text: string): string {
  let clean = text.slice(0, LONGEST_SCAN);
  for (const [pattern, mask] of PATTERNS) clean = clean.replace(pattern, mask);
  if (clean.length <= LONGEST_TEXT) return clean;
  return `${clean.slice(0, LONGEST_TEXT)}... (${clean.length - LONGEST_TEXT} more)`;
}

/**
 * Copies a value for a log line: secrets masked, depth and size bounded, bytes and functions named instead of shown.
 * Never throws, whatever a getter does.
 */
export function scrub(value: unknown, depth = 0): unknown {
  if (typeof value === 'object' && value !== null) return scrubReference(value, depth);
  if (typeof value === 'string') return scrubText(value);
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'function' || typeof value === 'symbol' ? `[${typeof value}]` : value;
}

function scrubReference(value: object, depth: number): unknown {
  if (value instanceof Error) return errorFacts(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
  if (depth >= DEEPEST) return '[deeper]';
  return Array.isArray(value) ? scrubList(value, depth) : scrubObject(value, depth);
}

function scrubList(list: readonly unknown[], depth: number): unknown[] {
  const entries = list.slice(0, MOST_ENTRIES).map((entry) => scrub(entry, depth + 1));
  if (list.length > MOST_ENTRIES) entries.push(`[${list.length - MOST_ENTRIES} more]`);
  return entries;
}

function scrubObject(object: object, depth: number): Record<string, unknown> {
  const result: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const keys = Object.keys(object);
  for (const key of keys.slice(0, MOST_ENTRIES)) result[key] = scrubEntry(object, key, depth);
  if (keys.length > MOST_ENTRIES) result['more'] = keys.length - MOST_ENTRIES;
  return result;
}

function scrubEntry(object: object, key: string, depth: number): unknown {
  const plain = key.toLowerCase().replaceAll(/[^a-z]/g, '');
  if (SECRET_KEYS.has(plain)) return MASK;
  try {
    const value: unknown = Reflect.get(object, key);
    if (BULK_KEYS.has(plain) && typeof value === 'object' && value !== null) return '[left out]';
    return scrub(value, depth + 1);
  } catch {
    return '[unreadable]';
  }
}

/** What a log line says about an error. */
export interface ErrorFacts {
  readonly type: string;
  readonly code?: string | number;
  /** First line only: client libraries put bodies and headers on the next ones. */
  readonly message: string;
  readonly stack?: readonly string[];
  readonly cause?: ErrorFacts;
}

/** Reduces an error to type, code, first line, stack frames and causes; never its other properties. */
export function errorFacts(error: unknown, depth = 0): ErrorFacts {
  if (!(error instanceof Error)) return { type: typeof error, message: describe(error) };
  const code: unknown = Reflect.get(error, 'code');
  // `stack` starts with the whole message, so only the lines that are frames are taken.
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const more = error.cause !== undefined && error.cause !== null && depth < MOST_CAUSES;
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: scrubText(error.message.split('\n', 1)[0] ?? ''),
    ...(depth === 0 && frames.length > 0
      ? { stack: frames.slice(0, MOST_FRAMES).map((line) => scrubText(line.trim())) }
      : {}),
    ...(more ? { cause: errorFacts(error.cause, depth + 1) } : {}),
  };
}

/** Something that was thrown but is no error: text is shown, anything else only by its type. */
const describe = (thrown: unknown): string =>
  typeof thrown === 'string' ? scrubText(thrown.split('\n', 1)[0] ?? '') : 'not an error object';
