// Reads what there is of several sorts, each whatever becomes of the others: what may not be read is said, never taken for
// nothing.
import { discover, type Discovery } from './discovery.ts';
import { ApiError, isNotFound } from './errors.ts';
import { orUndefined } from './expected.ts';
import { allItems } from './list.ts';
import type { KubeObject } from './object.ts';
import { resourcePath, type ResourceDefinition } from './resource-path.ts';
import { resource } from './resource.ts';
import type { KubeClient } from './transport.ts';

/** Which objects. */
export interface LookAt extends ResourceDefinition {
  /** Only of this namespace. */
  readonly namespace?: string | undefined;
  /** Only these; those that are not there are left out. */
  readonly names?: readonly string[] | undefined;
  /** Only their metadata, so that what Secrets hold is not even read. */
  readonly metadataOnly?: boolean | undefined;
  /** Only those whose fields are so; with `metadataOnly` alone. */
  readonly fieldSelector?: string | undefined;
  /** In the version that is served and preferred, whichever it is; where none is, there are no objects. */
  readonly anyVersion?: boolean | undefined;
}

/** What was read, or half a sentence about why nothing was. */
export type Looked =
  | { readonly kind: 'seen'; readonly items: readonly KubeObject[] }
  | { readonly kind: 'unseen'; readonly why: string };

const METADATA = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Reads all objects that are meant.
 * @throws UnreachableError when no answer comes
 */
async function lookAt(client: KubeClient, at: LookAt): Promise<Looked> {
  try {
    return { kind: 'seen', items: await read(client, at) };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { kind: 'unseen', why: whyNot(error) };
  }
}

function whyNot(error: ApiError): string {
  if (error.code === 403) return 'they may not be read with these rights';
  return error.code === 404 ? 'the API server does not serve them' : `the API server answered ${error.code}`;
}

async function read(client: KubeClient, at: LookAt): Promise<readonly KubeObject[]> {
  const { namespace, names, metadataOnly, fieldSelector } = at;
  const calls = resource(client, at);
  if (names !== undefined) {
    const found = await Promise.all(
      names.map((name) => orUndefined(calls.get(name, { namespace }), isNotFound)),
    );
    return found.filter((one) => one !== undefined);
  }
  if (metadataOnly !== true) return allItems(calls.list({ namespace }));
  const query = fieldSelector === undefined ? '' : `?fieldSelector=${encodeURIComponent(fieldSelector)}`;
  const path = `${resourcePath(at, { namespace })}${query}`;
  const answer = (await client.request({ method: 'GET', path, accept: METADATA })) as {
    readonly items?: readonly KubeObject[] | null;
  };
  return answer.items ?? [];
}

const NONE: Looked = { kind: 'seen', items: [] };

/** The version of a resource that the server prefers among those that it serves. */
const servedVersion = (
  resources: Discovery['resources'],
  { group, resource: name }: LookAt,
): string | undefined =>
  resources
    .filter((one) => one.group === group && one.resource === name)
    .toSorted((one, other) => one.rank - other.rank)[0]?.version;

/** What was read of several sorts, by their names. */
async function lookAtAll<K extends string>(
  client: KubeClient,
  places: Readonly<Record<K, LookAt>>,
  { resources }: Discovery,
): Promise<Readonly<Record<K, Looked>>> {
  const entries = Object.entries(places) as [K, LookAt][];
  const looks = entries.map(async ([name, at]): Promise<readonly [K, Looked]> => {
    const version = at.anyVersion === true ? servedVersion(resources, at) : at.version;
    return [name, version === undefined ? NONE : await lookAt(client, { ...at, version })];
  });
  return Object.fromEntries(await Promise.all(looks)) as Record<K, Looked>;
}

/** What there is, what is served, and by which Kubernetes. */
export interface Survey<K extends string> {
  readonly looked: Readonly<Record<K, Looked>>;
  readonly discovery: Discovery;
  /** The API server's minor version, such as 34; undefined where it says none. */
  readonly serverMinor: number | undefined;
}

/** Reads all of it at once. @throws as every call */
export async function survey<K extends string>(
  client: KubeClient,
  places: Readonly<Record<K, LookAt>>,
): Promise<Survey<K>> {
  const [minor, discovery] = await Promise.all([serverMinor(client), discover(client)]);
  const looked = await lookAtAll(client, places, discovery);
  return { looked, serverMinor: minor, discovery };
}

async function serverMinor(client: KubeClient): Promise<number | undefined> {
  const { minor } = (await client.request({ method: 'GET', path: '/version' })) as {
    readonly minor?: string;
  };
  const digits = /^\d+/.exec(minor ?? '')?.[0];
  return digits === undefined ? undefined : Number(digits);
}
