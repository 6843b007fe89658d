// Reading what came over the wire without believing its shape. Nothing here throws, whatever is read.

/** An object as it was sent. */
export type Shape = Readonly<Record<string, unknown>>;

/** Whether this is an object that is no list. */
export const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** What stands below these keys; undefined where one of them is missing. Inherited names are not there. */
export function member(value: unknown, ...keys: readonly string[]): unknown {
  let at = value;
  for (const key of keys) {
    if (!isShape(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

/** A text of that form below these keys; undefined otherwise. */
export function textAt(form: RegExp, value: unknown, ...keys: readonly string[]): string | undefined {
  const text = member(value, ...keys);
  return typeof text === 'string' && form.test(text) ? text : undefined;
}

/** The texts of a list below these keys. */
export function textsAt(value: unknown, ...keys: readonly string[]): readonly string[] {
  const list = member(value, ...keys);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : [];
}

/** Parses JSON; undefined when it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * The same with every text well-formed: half a character becomes U+FFFD. The web client throws at such a text before it
 * sends anything, so that an agent could keep its own notification from being sent.
 */
export function wellFormed(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (Array.isArray(value)) return value.map(wellFormed);
  if (!isShape(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, wellFormed(item)]));
}
