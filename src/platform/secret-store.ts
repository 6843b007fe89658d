// Keys are created once and then only read: the loser of a race reads what the winner wrote, and a Secret that exists
// but cannot be used is an error for a person, never a reason to make new keys (that would void every open approval).

/** `data` of a Secret: base64 by key. */
export type SecretData = Readonly<Record<string, string>>;

/** A Secret as read. */
export interface StoredSecret {
  readonly data: SecretData;
  /** resourceVersion, the guard of the next update. */
  readonly version: string;
}

/** Secrets of our own namespace. Methods throw on failures other than the outcomes they name. */
export interface SecretStore {
  read(name: string): Promise<StoredSecret | undefined>;
  create(name: string, data: SecretData): Promise<'created' | 'exists'>;
  /** Replaces the data if the Secret still has this version. */
  update(name: string, data: SecretData, version: string): Promise<'updated' | 'conflict'>;
}

/** What became of reading stored data. `why` names entries, never their content. */
export type Parsed<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

/** A Secret that exists but cannot be used. */
export class SecretUnusableError extends Error {
  readonly code = 'SECRET_UNUSABLE';
  /** Name of the Secret. */
  readonly secret: string;

  constructor(secret: string, why: string) {
    super(
      `Secret ${secret} exists but cannot be used: ${why}. Assent does not replace keys by itself, since every open ` +
        `approval would be lost: restore the Secret from a backup, or delete it to start with new keys`,
    );
    this.name = 'SecretUnusableError';
    this.secret = secret;
  }
}

/** How to make and to read one Secret. */
export interface SecretRecipe<T> {
  readonly name: string;
  readonly make: () => SecretData | Promise<SecretData>;
  readonly parse: (data: SecretData) => Parsed<T>;
}

/** A value from a Secret. */
export interface Loaded<T> {
  readonly value: T;
  readonly version: string;
  /** Whether this call created the Secret: open approvals under lost keys are void, and the caller says so. */
  readonly created: boolean;
}

/**
 * Reads a Secret, and makes none.
 * @returns undefined when there is none
 * @throws SecretUnusableError when it exists but `parse` refuses it
 * @throws whatever the store throws
 */
export async function readParsed<T>(
  store: SecretStore,
  { name, parse }: Pick<SecretRecipe<T>, 'name' | 'parse'>,
): Promise<Omit<Loaded<T>, 'created'> | undefined> {
  const stored = await store.read(name);
  if (!stored) return undefined;
  const parsed = parse(stored.data);
  if (!parsed.ok) throw new SecretUnusableError(name, parsed.why);
  return { value: parsed.value, version: stored.version };
}

/** A Secret may be deleted between a lost race and the read after it; more often than this something else is wrong. */
const TRIES = 3;

/**
 * Reads a Secret, or creates it if there is none.
 * @throws SecretUnusableError when it exists but `recipe.parse` refuses it
 * @throws whatever the store throws
 */
export async function loadOrCreate<T>(store: SecretStore, recipe: SecretRecipe<T>): Promise<Loaded<T>> {
  let created = false;
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await readParsed(store, recipe);
    if (found) return { ...found, created };
    // What is used afterwards is what was read back, so that all replicas use what is stored.
    created = (await store.create(recipe.name, await recipe.make())) === 'created';
  }
  throw new SecretUnusableError(recipe.name, 'it disappears as soon as it is created');
}

/** A recipe of what is renewed from time to time. */
export interface KeptRecipe<T> extends SecretRecipe<T> {
  readonly store: (value: T) => SecretData;
  /** What it should be now; the same value when nothing has to change. */
  readonly next: (value: T) => T | Promise<T>;
}

/**
 * Brings a Secret up to date, and makes it if there is none. Any process may call it at any time: the loser of a race takes
 * what the winner stored.
 * @returns the value to use from now on
 */
export async function keep<T>(store: SecretStore, recipe: KeptRecipe<T>): Promise<T> {
  const { value, version } = await loadOrCreate(store, recipe);
  const next = await recipe.next(value);
  if (next === value) return value;
  const outcome = await store.update(recipe.name, recipe.store(next), version);
  return outcome === 'updated' ? next : (await loadOrCreate(store, recipe)).value;
}

/** Decodes an entry strictly; undefined when it is absent or not base64. */
export function secretBytes(data: SecretData, key: string): Buffer | undefined {
  const text = data[key];
  if (text === undefined) return undefined;
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Decodes an entry as text. */
export const secretText = (data: SecretData, key: string): string | undefined =>
  secretBytes(data, key)?.toString('utf8');

/** Encodes entries; those that are undefined are left out. */
export function toSecretData(entries: Readonly<Record<string, string | Uint8Array | undefined>>): SecretData {
  const data: Record<string, string> = {};
  for (const [key, value] of Object.entries(entries)) {
    if (value !== undefined) data[key] = Buffer.from(value as Uint8Array).toString('base64');
  }
  return data;
}
