// Reading what came over the wire without believing its shape.

/** An object as it was sent. */
export type Shape = Readonly<Record<string, unknown>>;

/** Whether this is an object that is no list. */
export const isShape = (value: unknown): value is Shape =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** An object, or an empty one. */
export const shapeOf = (value: unknown): Shape => (isShape(value) ? value : {});

/** A list, or an empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** A text, or an empty one. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** A text or a number as a text: forms know only texts, JSON bodies both. */
export const wordOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

/** Length in code points, as Slack counts. */
export function lengthOf(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** Arguments of the Web API are true as `true`, `1` and JSON's true. */
export const isTrue = (value: unknown): boolean => value === true || value === 'true' || value === '1';

/** Parses JSON, or tells that it is none. */
export function parsed(
  text: string,
): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false };
  }
}

/** The first code points of a text. */
export const cutTo = (text: string, length: number): string => Array.from(text).slice(0, length).join('');
