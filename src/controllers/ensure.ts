// Brings one cluster object to a wanted form: create, or replace where what is stored differs. Whatever somebody added
// counts as a difference: a selector or a condition more is a way round a registration (INV-1).
import { orUndefined } from '../kube/expected.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resource.ts';

/** What was done. `again`: somebody else wrote at the same time, look once more. */
export type Ensured = 'right' | 'created' | 'replaced' | 'again';

/** An object as it should be: every field that the API server would fill in stands in it. */
export interface Wanted extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
}

/**
 * What the API server made of our last write of an object, by kind and name. A newer one may fill in fields that we do
 * not know yet; that is no edit by anybody, and not to be fought.
 */
export type Written = Map<string, { readonly wanted: Wanted; readonly stored: KubeObject }>;

/**
 * Makes the stored object the wanted one.
 *
 * @param written the same map at every call
 * @throws when the API server refuses or does not answer
 */
export async function ensure(
  calls: Pick<Resource<KubeObject>, 'get' | 'create' | 'replace'>,
  wanted: Wanted,
  written: Written,
): Promise<Ensured> {
  const key = `${wanted.kind} ${wanted.metadata.name}`;
  const stored = await orUndefined(calls.get(wanted.metadata.name), isNotFound);
  if (stored && isRight(stored, wanted, written.get(key))) return 'right';
  const made = stored
    ? await orUndefined(calls.replace(replacement(stored, wanted)), isConflict)
    : await orUndefined(calls.create(wanted), isAlreadyExists);
  if (!made) return 'again';
  written.set(key, { wanted, stored: made });
  return stored ? 'replaced' : 'created';
}

function isRight(stored: KubeObject, wanted: Wanted, last: ReturnType<Written['get']>): boolean {
  if (isAsWanted(stored, wanted)) return true;
  return (
    last !== undefined &&
    isSame(last.wanted, wanted) &&
    isAsWanted(stored, { ...wanted, ...contentOf(last.stored) })
  );
}

/** Labels and annotations of others may stay; owners and finalizers may not: an owner that is gone takes the object along. */
function replacement(stored: KubeObject, wanted: Wanted): KubeObject {
  const { ownerReferences: _owners, finalizers: _finalizers, ...metadata } = stored.metadata;
  const kept = Object.fromEntries(
    NAMED.map((field) => [field, { ...mapOf(stored.metadata[field]), ...mapOf(wanted.metadata[field]) }]),
  );
  return { ...wanted, metadata: { ...metadata, ...wanted.metadata, ...kept } };
}

const NAMED = ['labels', 'annotations'] as const;

/**
 * Whether what is stored is what is wanted: all of its content, and of its metadata our own labels and annotations and
 * that nobody owns it. An empty value is the same as none, since the API server drops some and fills in others.
 */
export function isAsWanted(stored: KubeObject, wanted: Wanted): boolean {
  const { metadata } = stored;
  const isNamed = NAMED.every((field) => {
    const has = mapOf(metadata[field]);
    return Object.entries(mapOf(wanted.metadata[field])).every(([key, value]) => has[key] === value);
  });
  const isOwned = !isEmpty(metadata.ownerReferences) || !isEmpty(metadata.finalizers);
  return isNamed && !isOwned && isSame(contentOf(stored), contentOf(wanted));
}

/** Everything but who it is and what the API server reports about it. */
function contentOf(object: object): Content {
  const {
    apiVersion: _version,
    kind: _kind,
    metadata: _metadata,
    status: _status,
    ...content
  } = object as Content;
  return content;
}

function isSame(one: unknown, other: unknown): boolean {
  if (isEmpty(one) && isEmpty(other)) return true;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, at) => isSame(item, other[at]))
    );
  }
  if (!isMap(one) || !isMap(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isSame(one[key], other[key]));
}

type Content = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const mapOf = (value: unknown): Content => (isMap(value) ? value : {});

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
