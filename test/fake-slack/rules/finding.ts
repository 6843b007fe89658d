// What a validator of blocks collects: messages in Slack's words, each with a pointer to the place.
import { isShape, lengthOf, type Shape } from '../shapes.ts';

/** Collects findings about one message or view. */
export class Findings {
  readonly messages: string[] = [];
  /** Code points of all texts seen. */
  total = 0;

  /** Notes one finding. */
  add(at: string, words: string): void {
    this.messages.push(`${words} [json-pointer:${at}]`);
  }

  /** A required or optional string of at most `max` code points. */
  text(holder: Shape, key: string, at: string, max: number, required = false): void {
    const value = holder[key];
    if (value === undefined) {
      if (required) this.add(at, `missing required field: ${key}`);
    } else if (typeof value === 'string') this.length(value, `${at}/${key}`, max, required);
    else this.add(`${at}/${key}`, 'must provide a string');
  }

  /** The length of a text. */
  length(value: string, at: string, max: number, nonEmpty = true): void {
    const length = lengthOf(value);
    this.total += length;
    if (length > max) this.add(at, `must be less than ${max + 1} characters`);
    if (nonEmpty && length === 0) this.add(at, 'must be more than 0 characters');
  }

  /** A list of at least one and at most `max` items; undefined when it is none. */
  list(holder: Shape, key: string, at: string, max: number): readonly unknown[] | undefined {
    const value = holder[key];
    if (value === undefined) {
      this.add(at, `missing required field: ${key}`);
      return undefined;
    }
    if (!Array.isArray(value)) {
      this.add(`${at}/${key}`, 'must provide an array');
      return undefined;
    }
    if (value.length > max) this.add(`${at}/${key}`, `no more than ${max} items allowed`);
    if (value.length === 0) this.add(`${at}/${key}`, 'must provide at least 1 item');
    return value as readonly unknown[];
  }

  /** Only these fields; Slack refuses the others by name. */
  only(holder: Shape, at: string, allowed: readonly string[]): void {
    for (const key of Object.keys(holder))
      if (!allowed.includes(key)) this.add(at, `invalid additional property: ${key}`);
  }

  /** An object, or a finding. */
  shape(value: unknown, at: string): Shape | undefined {
    if (isShape(value)) return value;
    this.add(at, 'must provide an object');
    return undefined;
  }

  /** One of a closed list. */
  oneOf(holder: Shape, key: string, at: string, allowed: readonly unknown[]): void {
    const value = holder[key];
    if (value !== undefined && !allowed.includes(value))
      this.add(`${at}/${key}`, 'must be a valid enum value');
  }

  /** An identifier that no other of the same scope has. */
  unique(value: unknown, key: string, at: string, seen: Set<string>): void {
    if (typeof value !== 'string' || value === '') return;
    if (seen.has(value)) this.add(`${at}/${key}`, `\`${key}\` "${value}" already exists`);
    seen.add(value);
  }
}
