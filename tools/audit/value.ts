// Reads values out of JSON whose shape nobody promised. The audit oracle imports nothing from src/, so that a mistake
// there cannot be repeated here.

/** The value at a path of keys; undefined when any step is missing. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) {
    if (typeof current !== 'object' || current === null || Array.isArray(current)) return undefined;
    current = Object.hasOwn(current, key) ? (current as Record<string, unknown>)[key] : undefined;
  }
  return current;
}

/** The string at a path, or ''. */
export function text(value: unknown, ...keys: readonly string[]): string {
  const found = at(value, ...keys);
  return typeof found === 'string' ? found : '';
}

/** The number at a path, or 0. */
export function number(value: unknown, ...keys: readonly string[]): number {
  const found = at(value, ...keys);
  return typeof found === 'number' ? found : 0;
}

/** The list at a path, or an empty one. */
export function list(value: unknown, ...keys: readonly string[]): readonly unknown[] {
  const found = at(value, ...keys);
  return Array.isArray(found) ? found : [];
}

/** The strings of the list at a path. */
export const texts = (value: unknown, ...keys: readonly string[]): string[] =>
  list(value, ...keys).filter((entry) => typeof entry === 'string');

/** JSON with sorted keys, so that equal objects give equal text. */
export function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`).join(',')}}`;
}

/** Fingerprint of an ApprovalRequest; it once stood in its change. */
export const fingerprintIn = (request: unknown): string =>
  text(request, 'spec', 'fingerprint') || text(request, 'spec', 'change', 'fingerprint');
