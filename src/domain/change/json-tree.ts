// Reading and building JSON values. Every string may be a key, `__proto__` and `constructor` too, so nothing here
// looks at prototypes (security.md 4.3).
import type { Json, JsonObject } from './json.ts';

/** Whether the value is an object, that is neither a scalar nor a list. */
export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether the value is a list. */
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value under a key of the object itself; undefined when there is none or it is no object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** {@link member} along several keys. */
export function memberAt(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let found = value;
  for (const key of keys) found = member(found, key);
  return found;
}

/** The string along the keys; '' when there is none. */
export function stringAt(value: Json | undefined, ...keys: readonly string[]): string {
  const found = memberAt(value, ...keys);
  return typeof found === 'string' ? found : '';
}

/** The list along the keys; empty when there is none. */
export function listAt(value: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const found = memberAt(value, ...keys);
  return isList(found) ? found : [];
}

/** Sets a key of an object under construction. Plain assignment would set the prototype for `__proto__`. */
export function putMember(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else {
    target[key] = value;
  }
}

/** A copy of the object in which `key` has `value`, or is missing when that is undefined. */
export function withMember(object: JsonObject, key: string, value: Json | undefined): JsonObject {
  const copy: Record<string, Json> = {};
  for (const other of Object.keys(object)) {
    if (other !== key) putMember(copy, other, object[other] as Json);
    else if (value !== undefined) putMember(copy, other, value);
  }
  if (value !== undefined && !Object.hasOwn(object, key)) putMember(copy, key, value);
  return copy;
}

/** A copy of the object without these keys; the object itself when it has none of them. */
export function withoutMembers(object: JsonObject, keys: ReadonlySet<string>): JsonObject {
  const names = Object.keys(object);
  if (!names.some((name) => keys.has(name))) return object;
  const copy: Record<string, Json> = {};
  for (const name of names) if (!keys.has(name)) putMember(copy, name, object[name] as Json);
  return copy;
}

/**
 * A copy of the object in which the value along `keys` went through `edit`; undefined removes it. Where the way leads
 * through something that is no object, or the value is missing, the object itself comes back.
 */
export function editedAt(
  object: JsonObject,
  keys: readonly string[],
  edit: (value: Json) => Json | undefined,
): JsonObject {
  const [key, ...rest] = keys;
  if (key === undefined || !Object.hasOwn(object, key)) return object;
  const value = object[key] as Json;
  let edited: Json | undefined = value;
  if (rest.length === 0) edited = edit(value);
  else if (isObject(value)) edited = editedAt(value, rest, edit);
  return edited === value ? object : withMember(object, key, edited);
}

/** Whether two values are the same: key order does not count, list order does. */
export function sameJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true;
  if (isObject(a)) return isObject(b) && sameMembers(a, b);
  return (
    isList(a) && isList(b) && a.length === b.length && a.every((item, index) => sameJson(item, b[index]))
  );
}

function sameMembers(a: JsonObject, b: JsonObject): boolean {
  let count = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !sameJson(a[key], b[key])) return false;
    count += 1;
  }
  return count === Object.keys(b).length;
}

/** Whether the value is a map or a list without anything in it. */
export function isEmpty(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  if (!isObject(value)) return false;
  for (const _ in value) return false;
  return true;
}

/** How many leaves a value has: scalars and empty maps and lists. */
export function leafCount(value: Json): number {
  if (typeof value !== 'object' || value === null) return 1;
  let count = 0;
  if (isList(value)) for (const item of value) count += leafCount(item);
  else if (isObject(value)) for (const key in value) count += leafCount(value[key] as Json);
  return count === 0 ? 1 : count;
}
