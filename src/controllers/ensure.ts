// Brings one cluster object to a wanted form: create, or replace where what is stored differs. Whatever somebody added
// counts as a difference: a selector or a condition more is a way round a registration (INV-1).
import { CONTROLLER_MANAGER } from '../api/installation.ts';
import { isEmpty, isSame, mapOf, type Content } from '../api/same-content.ts';
import { orUndefined } from '../kube/expected.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import type { Resource } from '../kube/resource.ts';

/** What was done. `again`: somebody else wrote at the same time, look once more. */
export type Ensured = 'right' | 'created' | 'replaced' | 'again';

/** What was found and done: enough to tell an edit by others from a change of our own. */
export interface Looked {
  readonly done: Ensured;
  readonly wanted: Wanted;
  /** What stood there; undefined: nothing. */
  readonly stood: KubeObject | undefined;
  /** What this process left there before; undefined: it has not looked yet. */
  readonly left: Left | undefined;
  /** What stands there now. */
  readonly stands: KubeObject | undefined;
}

/** An object as it should be: every field that the API server would fill in stands in it. */
export interface Wanted extends Readonly<Record<string, unknown>> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string } & Readonly<Record<string, unknown>>;
}

/** What was wanted, and what the API server made of it: a newer one may fill in fields that we do not know yet. */
export interface Left {
  readonly wanted: Wanted;
  readonly stored: KubeObject;
}

/** What was left at our last look, by kind and name. What the API server fills in is no edit by anybody, and not to be fought. */
export type Written = Map<string, Left>;

/**
 * Makes the stored object the wanted one.
 *
 * @param written the same map at every call
 * @param isIfMissing it is made where it is missing, and left alone where it stands: whether that is right nobody can tell
 * @throws when the API server refuses or does not answer
 */
export async function ensure(
  calls: Pick<Resource<KubeObject>, 'get' | 'create' | 'replace'>,
  wanted: Wanted,
  written: Written,
  isIfMissing = false,
): Promise<Looked> {
  const key = `${wanted.kind} ${wanted.metadata.name}`;
  const left = written.get(key);
  const stood = await orUndefined(calls.get(wanted.metadata.name), isNotFound);
  const found = { wanted, stood, left };
  if (stood && isIfMissing) return { ...found, done: 'right', stands: stood };
  if (stood && isRight(stood, wanted, left)) {
    written.set(key, { wanted, stored: stood });
    return { ...found, done: 'right', stands: stood };
  }
  const options = { fieldManager: CONTROLLER_MANAGER };
  const stands = stood
    ? await orUndefined(calls.replace(replacement(stood, wanted), options), isConflict)
    : await orUndefined(calls.create(wanted, options), isAlreadyExists);
  if (!stands) return { ...found, done: 'again', stands };
  written.set(key, { wanted, stored: stands });
  return { ...found, done: stood ? 'replaced' : 'created', stands };
}

function isRight(stood: KubeObject, wanted: Wanted, left: Left | undefined): boolean {
  if (isAsWanted(stood, wanted)) return true;
  return left !== undefined && isSame(left.wanted, wanted) && isAsLeft(stood, left);
}

/** Whether nobody touched what we left. */
export function isAsLeft(stood: KubeObject, { wanted, stored }: Left): boolean {
  return isAsWanted(stood, { ...wanted, ...contentOf(stored) });
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
export function contentOf(object: object): Content {
  const {
    apiVersion: _version,
    kind: _kind,
    metadata: _metadata,
    status: _status,
    ...content
  } = object as Content;
  return content;
}
