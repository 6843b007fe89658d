// Paged lists. A list is a consistent snapshot: all pages show the objects as of the resourceVersion of the first.
// A LIST of 100,000 objects read in one go blocks the event loop for 1.5 s; a page of 500 small ones for 4 ms.
import { UnreachableError } from './errors.ts';
import type { KubeObject } from './object.ts';
import { resourcePath, type ResourceDefinition } from './resource-path.ts';
import type { KubeClient } from './transport.ts';

const PAGE = 500;
// A page above this blocks the event loop for longer than about 8 ms (decoding, parsing and projecting, some 100 MB/s).
const COMFORTABLE_BYTES = 750_000;

/** Which objects. */
export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Most objects of a page; default and maximum 500. Pages of large objects shrink by themselves. */
  readonly limit?: number | undefined;
  /**
   * At least as new as this resourceVersion, from the API server's own cache. Absent: as of now, for which the API server
   * waits for word from etcd, up to 100 ms (k8s.io/apiserver storage/cacher/progress).
   */
  readonly notOlderThan?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Time for one page, milliseconds. */
  readonly timeoutMs?: number | undefined;
}

/** One page. */
export interface ListPage<T extends KubeObject> {
  readonly items: readonly T[];
  /** Version of the snapshot, the same on every page: a watch continues from here. */
  readonly resourceVersion: string;
  /** False on the last page. */
  readonly more: boolean;
}

interface ListAnswer<T> {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly T[] | null;
}

/**
 * Reads the pages one after another, each when it is asked for. The read is up to date as of its start (no
 * resourceVersion is sent, so the API server makes sure of its own freshness) unless `notOlderThan` says otherwise.
 *
 * @throws ApiError 410 ({@link isGone}) when the caller took so long between pages that the snapshot is gone
 */
export async function* listPages<T extends KubeObject>(
  client: KubeClient,
  definition: ResourceDefinition,
  options: ListOptions = {},
): AsyncGenerator<ListPage<T>, void, undefined> {
  const largest = Math.min(options.limit ?? PAGE, PAGE);
  let limit = largest;
  let token: string | undefined;
  do {
    const read = await readPage(client, definition, { ...options, limit, token });
    const { metadata = {}, items } = read.value as ListAnswer<T>;
    token = metadata.continue === '' ? undefined : metadata.continue;
    limit = nextLimit(read.limit, largest, read.bytes);
    yield { items: items ?? [], resourceVersion: metadata.resourceVersion ?? '', more: token !== undefined };
  } while (token !== undefined);
}

/** Reads one page, with fewer objects if it is beyond the size limit of an answer. */
async function readPage(
  client: KubeClient,
  definition: ResourceDefinition,
  options: ListOptions & { readonly limit: number; readonly token: string | undefined },
): Promise<{ value: unknown; bytes: number; limit: number }> {
  const { namespace, labelSelector, fieldSelector, signal, timeoutMs, limit, token } = options;
  const bound =
    // A later page goes on from the first one's snapshot, which its token names.
    token === undefined && options.notOlderThan !== undefined
      ? { resourceVersion: options.notOlderThan, resourceVersionMatch: 'NotOlderThan' }
      : {};
  const query = { labelSelector, fieldSelector, limit, continue: token, ...bound };
  const path = resourcePath(definition, { namespace });
  try {
    return { ...(await client.exchange({ method: 'GET', path, query, signal, timeoutMs })), limit };
  } catch (error) {
    if (!(error instanceof UnreachableError && error.code === 'too-large' && limit > 1)) throw error;
    return readPage(client, definition, { ...options, limit: Math.ceil(limit / 8) });
  }
}

/** Halves the page when it was uncomfortably large, doubles it when it was far from it. Pure. */
export function nextLimit(limit: number, largest: number, bytes: number): number {
  if (bytes > COMFORTABLE_BYTES) return Math.max(Math.floor((limit * COMFORTABLE_BYTES) / bytes), 1);
  return bytes < COMFORTABLE_BYTES / 4 ? Math.min(limit * 2, largest) : limit;
}

/** The items of all pages, for lists that are known to be short. @throws what the list throws */
export async function allItems<T>(pages: AsyncIterable<{ readonly items: readonly T[] }>): Promise<T[]> {
  const items: T[] = [];
  for await (const page of pages) items.push(...page.items);
  return items;
}
