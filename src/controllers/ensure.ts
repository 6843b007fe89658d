// Brings one cluster object to a wanted form: create, or replace where what is stored differs. Fields that the API server
// fills in do not count as differences, so an object that is right is not written again.
import { orUndefined } from '../kube/expected.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resource.ts';

/** What was done. `again`: somebody else wrote at the same time, look once more. */
export type Ensured = 'right' | 'created' | 'replaced' | 'again';

/** An object as it should be. */
export type Wanted = Omit<KubeObject, 'metadata'> & {
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
};

/**
 * Makes the stored object cover the wanted one.
 * @throws when the API server refuses or does not answer
 */
export async function ensure(calls: Resource<KubeObject>, wanted: Wanted): Promise<Ensured> {
  const stored = await orUndefined(calls.get(wanted.metadata.name), isNotFound);
  if (!stored) return (await orUndefined(calls.create(wanted), isAlreadyExists)) ? 'created' : 'again';
  if (covers(stored, wanted)) return 'right';
  const metadata = {
    ...stored.metadata,
    ...wanted.metadata,
    resourceVersion: stored.metadata.resourceVersion,
  };
  return (await orUndefined(calls.replace({ ...stored, ...wanted, metadata }), isConflict))
    ? 'replaced'
    : 'again';
}

/**
 * Whether everything that is wanted stands in what is stored: maps may hold more, lists must have the same length.
 * An empty value is covered by an absent one, since the API server drops some.
 */
export function covers(stored: unknown, wanted: unknown): boolean {
  if (stored === undefined) return isEmpty(wanted);
  if (Array.isArray(wanted)) return coversList(stored, wanted);
  if (wanted === null || typeof wanted !== 'object') return stored === wanted;
  if (stored === null || typeof stored !== 'object') return false;
  const has = stored as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([key, one]) => covers(has[key], one));
}

function coversList(stored: unknown, wanted: readonly unknown[]): boolean {
  if (!Array.isArray(stored) || stored.length !== wanted.length) return false;
  return wanted.every((one, i) => covers(stored[i], one));
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === '') return true;
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}
