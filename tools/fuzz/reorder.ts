// The same JSON value with the keys of its objects in another order, and its leaves, for properties about both.
import type { Json, JsonObject } from '../../src/domain/change/json.ts';
import { isList, isObject, putMember } from '../../src/domain/change/json-tree.ts';
import type { Random } from './random.ts';

/** The value with the keys of every object in another order. */
export function reordered(value: Json, random: Random): Json {
  if (isList(value)) return value.map((item) => reordered(item, random));
  if (!isObject(value)) return value;
  const keys = Object.keys(value);
  for (let at = keys.length - 1; at > 0; at -= 1) {
    const other = random.below(at + 1);
    [keys[at], keys[other]] = [keys[other] as string, keys[at] as string];
  }
  const copy: Record<string, Json> = {};
  for (const key of keys) putMember(copy, key, reordered(value[key] as Json, random));
  return copy;
}

/** Steps from a value to one inside it. */
export type Steps = readonly (string | number)[];

/** A scalar or an empty map or list, with the way to it. */
export interface Leaf {
  readonly steps: Steps;
  readonly value: Json;
}

/** Every leaf of a value. */
export function leaves(value: Json, steps: Steps = []): Leaf[] {
  const inside = isList(value)
    ? value.flatMap((item, index) => leaves(item, [...steps, index]))
    : isObject(value)
      ? Object.keys(value).flatMap((key) => leaves(value[key] as Json, [...steps, key]))
      : [];
  return inside.length > 0 ? inside : [{ steps, value }];
}

/** The value with another one at the end of the steps. */
export function withAt(value: Json, steps: Steps, edit: (old: Json) => Json): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return edit(value);
  if (isList(value)) return value.map((item, index) => (index === step ? withAt(item, rest, edit) : item));
  if (!isObject(value)) return value;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    putMember(copy, key, key === step ? withAt(value[key] as Json, rest, edit) : (value[key] as Json));
  }
  return copy;
}

/** Every object and list inside is replaced by what `edit` makes of each string leaf. */
export function withStrings(
  value: Json,
  edit: (text: string, steps: Steps) => Json,
  steps: Steps = [],
): Json {
  if (typeof value === 'string') return edit(value, steps);
  if (isList(value)) return value.map((item, index) => withStrings(item, edit, [...steps, index]));
  if (!isObject(value)) return value;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value))
    putMember(copy, key, withStrings(value[key] as Json, edit, [...steps, key]));
  return copy;
}

/** Another value of the same sort. */
export function another(value: Json): Json {
  if (typeof value === 'string') return `${value}x`;
  if (typeof value === 'number') return Number.isSafeInteger(value + 1) ? value + 1 : 0;
  if (typeof value === 'bigint') return value + 1n;
  if (typeof value === 'boolean') return !value;
  if (isList(value)) return ['x'];
  return isObject(value) ? ({ x: 'x' } satisfies JsonObject) : 'x';
}
