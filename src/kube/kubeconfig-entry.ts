// One entry of a kubeconfig, with the file it is from. A value of another type than kubectl reads is an error and never
// "not there": a credential or a verification that is passed over unseen would be another one (INV-7).
import { isAbsolute, resolve } from 'node:path';

type Fields = Readonly<Record<string, unknown>>;

/** The named mapping of a list: a cluster, a user, a context, or a mapping within. */
export class Entry {
  /** Where it stands, for errors: file, list and name. */
  readonly place: string;
  readonly #folder: string;
  readonly #fields: Fields;

  /** @throws Error when `value` is no mapping */
  constructor(place: string, folder: string, value: unknown) {
    this.place = place;
    this.#folder = folder;
    if (!isMapping(value)) throw new Error(`${place} is no mapping`);
    this.#fields = value;
  }

  /** The value as it stands; undefined where there is none. */
  raw(name: string): unknown {
    return this.#fields[name] ?? undefined;
  }

  /** A text; an empty one is none. */
  text(name: string): string | undefined {
    const value = this.raw(name);
    if (value === undefined || value === '') return undefined;
    if (typeof value !== 'string') throw this.wrong(name, 'is no text');
    return value;
  }

  /** True only where it says so. */
  flag(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value !== 'boolean') throw this.wrong(name, 'is neither true nor false');
    return value;
  }

  /** The texts of a list; none where there is no list. */
  texts(name: string): string[] {
    return this.#list(name).map((value) => {
      if (typeof value !== 'string') throw this.wrong(name, 'holds something that is no text');
      return value;
    });
  }

  /** A mapping within. */
  entry(name: string): Entry | undefined {
    const value = this.raw(name);
    return value === undefined ? undefined : new Entry(`${this.place}: ${name}`, this.#folder, value);
  }

  /** The mappings of a list. */
  entries(name: string): Entry[] {
    return this.#list(name).map(
      (value, index) => new Entry(`${this.place}: ${name}[${index}]`, this.#folder, value),
    );
  }

  /** A path; what is relative is meant from the folder of its kubeconfig. */
  path(name: string): string | undefined {
    const value = this.text(name);
    return value === undefined || isAbsolute(value) ? value : resolve(this.#folder, value);
  }

  /** Names of the fields that hold something. */
  names(): string[] {
    return Object.keys(this.#fields).filter((name) => {
      const value = this.raw(name);
      return value !== undefined && value !== '';
    });
  }

  /** The error that a field of this entry cannot be used. */
  wrong(name: string, why: string): Error {
    return new Error(`${this.place}: ${name} ${why}`);
  }

  #list(name: string): readonly unknown[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw this.wrong(name, 'is no list');
    return value as unknown[];
  }
}

function isMapping(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
