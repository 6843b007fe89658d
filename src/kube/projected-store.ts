// A store that takes objects and keeps their small form. What a projection or a handler throws is counted and logged: it
// costs that one object or notice, never the loop that feeds the store.
import type { KubeLog } from './log.ts';
import { keyOf, type KubeObject } from './object.ts';
import { ObjectStore } from './store.ts';

/** How many calls of the user's functions threw. */
export interface CallbackFailures {
  handlerFailures: number;
  projectionFailures: number;
}

/** What to make of objects, and where to complain. */
export interface Projection<T extends KubeObject, S> {
  /** For logs: the plural name of the kind. */
  readonly kind: string;
  readonly project: (object: T) => S | undefined;
  readonly onObject?: (object: T) => void;
  readonly log: KubeLog;
  readonly failures: CallbackFailures;
}

/** The small forms of objects of one kind. */
export class ProjectedStore<T extends KubeObject, S> extends ObjectStore<S> {
  readonly #projection: Projection<T, S>;

  constructor(projection: Projection<T, S>) {
    const { kind, log, failures } = projection;
    super((error) => {
      failures.handlerFailures += 1;
      log.error({ kind, error: describe(error) }, 'a change handler threw');
    });
    this.#projection = projection;
  }

  /** Keeps the object's small form, or removes the object if it has none. Returns its key. */
  keep(object: T): string {
    const key = keyOf(object.metadata);
    const value = this.#project(object, key);
    const { uid, resourceVersion: version } = object.metadata;
    if (value === undefined) this.remove(key);
    else this.put(key, { uid, version }, value);
    return key;
  }

  /** Removes an object. */
  drop(object: T): void {
    this.remove(keyOf(object.metadata));
  }

  /** Removes everything but the given keys. */
  retain(keys: ReadonlySet<string>): void {
    for (const key of this.keys()) if (!keys.has(key)) this.remove(key);
  }

  #project(object: T, key: string): S | undefined {
    const { kind, project, onObject, log, failures } = this.#projection;
    try {
      onObject?.(object);
      return project(object);
    } catch (error) {
      failures.projectionFailures += 1;
      log.error({ kind, key, error: describe(error) }, 'an object could not be read');
      return undefined;
    }
  }
}

/** Name and message of an error, for logs. */
export function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : 'unknown';
}
