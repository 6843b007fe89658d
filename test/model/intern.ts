// Makes equal values one object with a number, so that states are compared by numbers and not by kilobytes of JSON.
import { canonicalJson } from '../../src/domain/change/json.ts';
import { toJson } from '../../src/domain/request/sealed.ts';

const known = new Map<string, object>();
const numbers = new WeakMap<object, number>();

/** The one object for everything that has this JSON; it holds what an API server would give back. */
export function intern<T extends object>(value: T): T {
  const text = canonicalJson(toJson(value));
  const found = known.get(text);
  if (found) return found as T;
  const made = JSON.parse(text) as T;
  known.set(text, made);
  numbers.set(made, known.size);
  return made;
}

/** The number of an interned object. */
export function numberOf(value: object): number {
  const number = numbers.get(value);
  if (number === undefined) throw new Error('this object was not interned');
  return number;
}

/** The numbers of several, as part of a key. */
export const numbersOf = (values: readonly object[]): string => values.map(numberOf).join('+');
