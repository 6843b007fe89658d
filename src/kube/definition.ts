// Objects of custom kinds go when the definition of their kind goes: the API server deletes them one by one, and a watch
// tells these deletions like those that people make. Who must not take one for the other looks at the definition: it is
// marked as going before the first of its objects goes.
import { isNotFound } from './errors.ts';
import { orUndefined } from './expected.ts';
import type { KubeObject } from './object.ts';
import { resource } from './resource.ts';
import type { ChangeHandler } from './store.ts';
import type { KubeClient } from './transport.ts';

/** The definition of a kind. */
export interface Definition {
  readonly uid: string;
  /** It is being deleted, and its objects with it. */
  readonly isGoing: boolean;
}

/** A live read. @returns undefined where there is none */
async function readDefinition(client: KubeClient, name: string): Promise<Definition | undefined> {
  const found = await orUndefined(
    resource<KubeObject>(client, {
      group: 'apiextensions.k8s.io',
      version: 'v1',
      resource: 'customresourcedefinitions',
      namespaced: false,
    }).get(name),
    isNotFound,
  );
  return found && { uid: found.metadata.uid, isGoing: found.metadata.deletionTimestamp !== undefined };
}

/**
 * What left a cache of one kind: forgotten where somebody deleted it, kept where it went with its definition, until it is
 * there again. A definition that was made anew is another one. Nothing outlives the process.
 */
export class Departed<T> {
  readonly #read: () => Promise<Definition | undefined>;
  readonly #left = new Map<string, T>();
  #uid: string | undefined;
  #isOther = false;
  #settling: Promise<void> | undefined;

  /** @param read the definition as it is now */
  constructor(read: () => Promise<Definition | undefined>) {
    this.#read = read;
  }

  /** What left and is not accounted for. */
  values(): readonly T[] {
    return [...this.#left.values()];
  }

  /** Whether a sound definition was ever seen: before that, a cache may lack what went before. */
  get isKnown(): boolean {
    return this.#uid !== undefined;
  }

  /** Whether anything is to be settled. */
  get isOpen(): boolean {
    return this.#uid === undefined || this.#left.size > 0 || this.#isOther;
  }

  /** It left the cache. */
  left(key: string, value: T): void {
    this.#left.set(key, value);
  }

  /** It is in the cache. */
  isBack(key: string): void {
    this.#left.delete(key);
  }

  /**
   * Looks at the definition, where anything is open, and forgets what somebody deleted. Calls at the same time share a look
   * only if it began behind what they are about.
   * @throws when the API server does not answer: then everything stays open
   */
  async settle(): Promise<void> {
    while (this.#settling) await this.#settling.catch(() => {});
    if (!this.isOpen) return;
    this.#settling = this.#settle();
    try {
      await this.#settling;
    } finally {
      this.#settling = undefined;
    }
  }

  async #settle(): Promise<void> {
    const open = [...this.#left];
    const found = await this.#read();
    const isSound = found !== undefined && !found.isGoing;
    if (isSound && (this.#uid ?? found.uid) === found.uid) {
      this.#uid = found.uid;
      this.#isOther = false;
      // What left since then may have gone with the definition.
      for (const [key, value] of open) if (this.#left.get(key) === value) this.#left.delete(key);
    } else if (this.#uid !== undefined) {
      this.#isOther = true;
      if (isSound && this.#left.size === 0) {
        this.#uid = found.uid;
        this.#isOther = false;
      }
    }
  }
}

/**
 * Keeps account of what leaves a cache of one kind.
 * @param name of the definition
 */
export function followDepartures<T>(
  client: KubeClient,
  name: string,
  cache: { onChange(handler: ChangeHandler<T>): unknown },
): Departed<T> {
  const departed = new Departed<T>(() => readDefinition(client, name));
  cache.onChange((change) => {
    if (change.kind === 'deleted') departed.left(change.key, change.before);
    else departed.isBack(change.key);
  });
  return departed;
}
