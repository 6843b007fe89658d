// The shape that all Kubernetes objects share. Only what this client reads is named; everything else passes through
// untouched, because code that drops fields it does not know deletes what a newer API server added.

/** An owner as it stands in `metadata.ownerReferences`. */
export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** `metadata` as the API server returns it. Times are RFC 3339 strings and stay strings. */
export interface ObjectMeta {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly namespace?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Any object that the API server returned. Items of a list of a built-in kind carry no apiVersion and kind. */
export interface KubeObject {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
}

/** An object as it is sent: the server gives uid and version, so none of `metadata` is required. */
export type Draft<T extends KubeObject> = Omit<T, 'metadata' | 'status'> & {
  readonly metadata: Partial<ObjectMeta> & { readonly generateName?: string };
  readonly status?: unknown;
};

/** `namespace/name`, or `name` for an object without namespace. Neither part can contain a slash. */
export function keyOf(metadata: { readonly name: string; readonly namespace?: string }): string {
  return metadata.namespace === undefined || metadata.namespace === ''
    ? metadata.name
    : `${metadata.namespace}/${metadata.name}`;
}
