// What a reflector keeps: one small value for each object, with indexes. All of it is synchronous, so a reader never sees
// half a change. Objects are told apart by uid: a name that was deleted and used again is two objects.

/** A change of the store. A replaced object (same key, other uid) comes as `deleted`, then `added`. */
export type Change<S> =
  | { readonly kind: 'added'; readonly key: string; readonly value: S }
  | { readonly kind: 'updated'; readonly key: string; readonly value: S; readonly before: S }
  | { readonly kind: 'deleted'; readonly key: string; readonly before: S };

/** Gets changes, synchronously and in order. It should only note them (enqueue a key); a throw is counted and ignored. */
export type ChangeHandler<S> = (change: Change<S>) => void;

/** Finds values by an index key. */
export interface Lookup<S> {
  /** The values under `indexKey`, in the order in which they came; empty if none. */
  get(indexKey: string): readonly S[];
}

interface Entry<S> {
  readonly uid: string;
  readonly version: string;
  readonly value: S;
}

/** Values by key, and by index keys. */
export class ObjectStore<S> {
  readonly #entries = new Map<string, Entry<S>>();
  readonly #indexes = new Set<Index<S>>();
  readonly #handlers = new Set<ChangeHandler<S>>();
  readonly #onHandlerError: (error: unknown) => void;

  /** @param onHandlerError told about every handler that threw */
  constructor(onHandlerError: (error: unknown) => void) {
    this.#onHandlerError = onHandlerError;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: string): S | undefined {
    return this.#entries.get(key)?.value;
  }

  *all(): Generator<S, void, undefined> {
    for (const entry of this.#entries.values()) yield entry.value;
  }

  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /** Puts a value. The same uid and version again is no change. */
  put(key: string, identity: { readonly uid: string; readonly version: string }, value: S): void {
    const old = this.#entries.get(key);
    const { uid, version } = identity;
    if (old?.uid === uid && old.version === version) return;
    if (old !== undefined && old.uid !== uid) {
      this.remove(key);
      this.put(key, identity, value);
      return;
    }
    this.#entries.set(key, { uid, version, value });
    for (const index of this.#indexes) index.move(key, old?.value, value);
    this.#tell(
      old === undefined ? { kind: 'added', key, value } : { kind: 'updated', key, value, before: old.value },
    );
  }

  /** Removes a value; nothing if there is none. */
  remove(key: string): void {
    const old = this.#entries.get(key);
    if (old === undefined) return;
    this.#entries.delete(key);
    for (const index of this.#indexes) index.move(key, old.value, undefined);
    this.#tell({ kind: 'deleted', key, before: old.value });
  }

  /** Adds an index; `keysOf` is pure. It may be added at any time. */
  indexBy(keysOf: (value: S) => readonly string[]): Lookup<S> {
    const index = new Index<S>(keysOf, (key) => this.get(key));
    for (const [key, entry] of this.#entries) index.move(key, undefined, entry.value);
    this.#indexes.add(index);
    return index;
  }

  /** Adds a handler. It is told at once about what is there (as `added`), then about every change. */
  onChange(handler: ChangeHandler<S>): () => void {
    for (const [key, entry] of this.#entries) this.#call(handler, { kind: 'added', key, value: entry.value });
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  #tell(change: Change<S>): void {
    for (const handler of this.#handlers) this.#call(handler, change);
  }

  #call(handler: ChangeHandler<S>, change: Change<S>): void {
    try {
      handler(change);
    } catch (error) {
      this.#onHandlerError(error);
    }
  }
}

class Index<S> implements Lookup<S> {
  readonly #keysOf: (value: S) => readonly string[];
  readonly #valueOf: (key: string) => S | undefined;
  readonly #keys = new Map<string, Set<string>>();

  constructor(keysOf: (value: S) => readonly string[], valueOf: (key: string) => S | undefined) {
    this.#keysOf = keysOf;
    this.#valueOf = valueOf;
  }

  get(indexKey: string): readonly S[] {
    const values: S[] = [];
    for (const key of this.#keys.get(indexKey) ?? []) {
      const value = this.#valueOf(key);
      if (value !== undefined) values.push(value);
    }
    return values;
  }

  /** Moves a key from where its old value put it to where its new value belongs. */
  move(key: string, before: S | undefined, after: S | undefined): void {
    for (const indexKey of before === undefined ? [] : this.#keysOf(before)) {
      const keys = this.#keys.get(indexKey);
      keys?.delete(key);
      if (keys?.size === 0) this.#keys.delete(indexKey);
    }
    for (const indexKey of after === undefined ? [] : this.#keysOf(after)) {
      const keys = this.#keys.get(indexKey);
      if (keys === undefined) this.#keys.set(indexKey, new Set([key]));
      else keys.add(key);
    }
  }
}
