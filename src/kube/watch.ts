// One watch: the changes after a resourceVersion, in order, until the server's time limit or an error.
import { ApiError, UnreachableError, type Status } from './errors.ts';
import type { KubeObject } from './object.ts';
import { resourcePath, type ResourceDefinition } from './resource-path.ts';
import type { KubeClient } from './transport.ts';

/** Which changes. */
export interface WatchOptions {
  /** Only changes after this version. */
  readonly resourceVersion: string;
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** The server ends the watch cleanly after this time, seconds. */
  readonly timeoutSeconds?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** One change; or a bookmark: everything up to `resourceVersion` has been sent. */
export type WatchEvent<T extends KubeObject> =
  | { readonly kind: 'added' | 'modified' | 'deleted'; readonly object: T }
  | { readonly kind: 'bookmark'; readonly resourceVersion: string };

const KINDS = new Map<unknown, 'added' | 'modified' | 'deleted'>([
  ['ADDED', 'added'],
  ['MODIFIED', 'modified'],
  ['DELETED', 'deleted'],
]);

interface RawEvent {
  readonly type?: string;
  readonly object?: KubeObject & Status;
}

/**
 * Yields changes as they come and returns when the server closes the watch.
 *
 * @throws ApiError also for an ERROR event, for example 410 ({@link isGone}): list again
 * @throws UnreachableError when the connection breaks
 */
export async function* watchEvents<T extends KubeObject>(
  client: KubeClient,
  definition: ResourceDefinition,
  options: WatchOptions,
): AsyncGenerator<WatchEvent<T>, void, undefined> {
  const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
  const stream = client.stream({
    path: resourcePath(definition, { namespace }),
    query: {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion,
      labelSelector,
      fieldSelector,
      timeoutSeconds,
    },
    signal,
  });
  for await (const value of stream) yield readEvent<T>(value as RawEvent);
}

function readEvent<T extends KubeObject>({ type, object }: RawEvent): WatchEvent<T> {
  if (object === undefined) throw new UnreachableError('unreadable', 'an event without object');
  if (type === 'ERROR') throw new ApiError(object.code ?? 500, object);
  if (type === 'BOOKMARK') return { kind: 'bookmark', resourceVersion: object.metadata.resourceVersion };
  const kind = KINDS.get(type);
  if (kind === undefined) throw new UnreachableError('unreadable', 'an event of unknown type');
  return { kind, object: object as unknown as T };
}
