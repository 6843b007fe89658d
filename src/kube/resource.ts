// Typed calls for one kind. Objects pass through as the server sent them: fields that our types do not name survive a
// read and a replace. Numbers are JavaScript's, so an integer beyond 2^53 does not.
import { listPages, type ListOptions, type ListPage } from './list.ts';
import type { Draft, KubeObject } from './object.ts';
import { resourcePath, type ResourceDefinition, type ResourceTarget } from './resource-path.ts';
import type { ApiRequest, KubeClient } from './transport.ts';
import { watchEvents, type WatchEvent, type WatchOptions } from './watch.ts';

/** Options of every call. */
export interface CallOptions {
  readonly namespace?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Options of a write. */
export interface WriteOptions extends CallOptions {
  /** Validate and admit, but do not store. */
  readonly dryRun?: boolean | undefined;
  /** Who owns the fields, for `metadata.managedFields`. */
  readonly fieldManager?: string;
}

/** Options of a patch. */
export interface PatchOptions extends WriteOptions {
  readonly subresource?: string;
  /** `merge` (RFC 7386; default) or `json` (RFC 6902, an array of operations). Custom resources know no strategic merge. */
  readonly type?: 'merge' | 'json';
}

/** Options of server-side apply. */
export interface ApplyOptions extends WriteOptions {
  readonly fieldManager: string;
  /** Take fields over from other owners. Default false: a conflict is then an error. */
  readonly force?: boolean;
}

/** Options of a deletion. */
export interface DeleteOptions extends CallOptions {
  readonly dryRun?: boolean | undefined;
  /** Delete only this very object. Give it wherever the object was looked at before. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: 'Foreground' | 'Background' | 'Orphan';
  readonly gracePeriodSeconds?: number;
}

/** The calls for one kind. Errors: {@link ApiError}, {@link UnreachableError}. */
export interface Resource<T extends KubeObject> {
  readonly definition: ResourceDefinition;
  get(name: string, options?: CallOptions): Promise<T>;
  /** Pages of at most 500 objects, so that no page blocks the event loop for long. */
  list(options?: ListOptions): AsyncGenerator<ListPage<T>, void, undefined>;
  create(object: Draft<T>, options?: WriteOptions): Promise<T>;
  /**
   * Compare-and-swap: conflicts (409) unless `metadata.resourceVersion` is current. A write that changes nothing is accepted
   * and gives no new version, so it excludes nobody: a claim must differ from what is stored.
   */
  replace(object: T, options?: WriteOptions): Promise<T>;
  /** Compare-and-swap of `status` alone. */
  replaceStatus(object: T, options?: WriteOptions): Promise<T>;
  patch(name: string, patch: unknown, options?: PatchOptions): Promise<T>;
  /** Server-side apply; the object names its apiVersion and kind. */
  apply(object: Draft<T>, options: ApplyOptions): Promise<T>;
  /** Server-side apply of `status`. */
  applyStatus(object: Draft<T>, options: ApplyOptions): Promise<T>;
  /** Resolves when the server has accepted the deletion; finalizers may keep the object for longer. */
  delete(name: string, options?: DeleteOptions): Promise<void>;
  watch(options: WatchOptions): AsyncGenerator<WatchEvent<T>, void, undefined>;
}

const CONTENT_TYPES = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  // JSON is YAML; the API server knows no JSON name for this type.
  apply: 'application/apply-patch+yaml',
} as const;

/** The calls for the kind that `definition` names, over `client`. */
export function resource<T extends KubeObject>(
  client: KubeClient,
  definition: ResourceDefinition,
): Resource<T> {
  return new ResourceCalls<T>(client, definition);
}

type Body = Pick<ApiRequest, 'method' | 'body' | 'contentType' | 'query'>;

class ResourceCalls<T extends KubeObject> implements Resource<T> {
  readonly definition: ResourceDefinition;
  readonly #client: KubeClient;

  constructor(client: KubeClient, definition: ResourceDefinition) {
    this.#client = client;
    this.definition = definition;
  }

  get(name: string, options?: CallOptions): Promise<T> {
    return this.#call({ method: 'GET' }, { name }, options);
  }

  list(options?: ListOptions): AsyncGenerator<ListPage<T>, void, undefined> {
    return listPages<T>(this.#client, this.definition, options);
  }

  create(object: Draft<T>, options?: WriteOptions): Promise<T> {
    return this.#call(
      { method: 'POST', body: object, query: writeQuery(options) },
      namespaceOf(object),
      options,
    );
  }

  replace(object: T, options?: WriteOptions): Promise<T> {
    return this.#put(object, undefined, options);
  }

  replaceStatus(object: T, options?: WriteOptions): Promise<T> {
    return this.#put(object, 'status', options);
  }

  patch(name: string, patch: unknown, options: PatchOptions = {}): Promise<T> {
    const contentType = CONTENT_TYPES[options.type ?? 'merge'];
    const body: Body = { method: 'PATCH', body: patch, contentType, query: writeQuery(options) };
    return this.#call(body, { name, subresource: options.subresource }, options);
  }

  apply(object: Draft<T>, options: ApplyOptions): Promise<T> {
    return this.#apply(object, undefined, options);
  }

  applyStatus(object: Draft<T>, options: ApplyOptions): Promise<T> {
    return this.#apply(object, 'status', options);
  }

  async delete(name: string, options: DeleteOptions = {}): Promise<void> {
    await this.#call({ method: 'DELETE', body: deleteBody(options) }, { name }, options);
  }

  watch(options: WatchOptions): AsyncGenerator<WatchEvent<T>, void, undefined> {
    return watchEvents<T>(this.#client, this.definition, options);
  }

  async #put(object: T, subresource: string | undefined, options?: WriteOptions): Promise<T> {
    const { name, resourceVersion } = object.metadata;
    // Without a version some built-in kinds take a PUT as "overwrite whatever is there".
    if (!resourceVersion) throw new TypeError('replace needs metadata.resourceVersion');
    const target = { ...namespaceOf(object), name, subresource };
    return this.#call({ method: 'PUT', body: object, query: writeQuery(options) }, target, options);
  }

  #apply(object: Draft<T>, subresource: string | undefined, options: ApplyOptions): Promise<T> {
    const target = { ...namespaceOf(object), name: object.metadata.name ?? '', subresource };
    const query = { ...writeQuery(options), force: options.force === true ? true : undefined };
    const body: Body = { method: 'PATCH', body: object, contentType: CONTENT_TYPES.apply, query };
    return this.#call(body, target, options);
  }

  async #call(request: Body, target: ResourceTarget, options: CallOptions = {}): Promise<T> {
    const { namespace, signal, timeoutMs } = options;
    const path = resourcePath(this.definition, { namespace, ...target });
    return (await this.#client.request({ ...request, path, signal, timeoutMs })) as T;
  }
}

function namespaceOf(object: { readonly metadata: { readonly namespace?: string | undefined } }): {
  namespace?: string | undefined;
} {
  const { namespace } = object.metadata;
  return namespace === undefined ? {} : { namespace };
}

function writeQuery(options: WriteOptions = {}): Record<string, string | undefined> {
  return { dryRun: options.dryRun === true ? 'All' : undefined, fieldManager: options.fieldManager };
}

function deleteBody(options: DeleteOptions): Record<string, unknown> {
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    preconditions: options.preconditions,
    propagationPolicy: options.propagationPolicy,
    gracePeriodSeconds: options.gracePeriodSeconds,
    dryRun: options.dryRun === true ? ['All'] : undefined,
  };
}
