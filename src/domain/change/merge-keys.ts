// By which field the elements of a list are told apart. The Kubernetes API gives such merge keys for its own types
// (patchMergeKey in k8s.io/api); here they go by the name of the list, so that pod templates inside custom resources
// work too. Nothing is lost by a wrong guess: keys that are missing or not unique make the list go by index.
import type { Json } from './json.ts';
import { isList, isObject, member } from './json-tree.ts';
import type { Segment } from './change.ts';

/** A list element named by its merge key. */
export type ElementKey = Exclude<Segment, string | number>;

const MERGE_KEYS: ReadonlyMap<string, string> = new Map([
  ['containers', 'name'],
  ['initContainers', 'name'],
  ['ephemeralContainers', 'name'],
  ['volumes', 'name'],
  ['env', 'name'],
  ['resourceClaims', 'name'],
  ['imagePullSecrets', 'name'],
  ['secrets', 'name'],
  ['schedulingGates', 'name'],
  ['webhooks', 'name'],
  ['matchConditions', 'name'],
  ['volumeMounts', 'mountPath'],
  ['volumeDevices', 'devicePath'],
  ['hostAliases', 'ip'],
  ['hostIPs', 'ip'],
  ['podIPs', 'ip'],
  ['topologySpreadConstraints', 'topologyKey'],
  ['conditions', 'type'],
  ['addresses', 'type'],
  ['ownerReferences', 'uid'],
]);

/** Ports go by number and protocol: `containerPort` in pods, `port` in services. The API server defaults to TCP. */
const PORT_KEYS = ['containerPort', 'port'] as const;
const PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

/** Keys stand in paths, which are shown: what does not look like a name is no key, but a value to be masked (INV-10). */
const NAME = /^[A-Za-z0-9_./:*-]{1,253}$/;

/** The merge key of one element of the list `field`; undefined when it has none. */
export function elementKey(field: string, element: Json): ElementKey | undefined {
  if (field === 'ports') return portKey(element);
  const key = MERGE_KEYS.get(field);
  if (key === undefined) return undefined;
  const value = member(element, key);
  return typeof value === 'string' && NAME.test(value) ? { key, value } : undefined;
}

function portKey(element: Json): ElementKey | undefined {
  for (const key of PORT_KEYS) {
    const port = member(element, key);
    if (typeof port !== 'number') continue;
    const given = member(element, 'protocol') ?? 'TCP';
    const protocol = PROTOCOLS.find((known) => known === given);
    return protocol === undefined ? undefined : { key, value: `${port}/${protocol}` };
  }
  return undefined;
}

/** The merge keys of all elements, in order; undefined when one has none, two are the same, or they differ in kind. */
export function elementKeys(field: string, list: readonly Json[]): readonly ElementKey[] | undefined {
  const keys: ElementKey[] = [];
  const seen = new Set<string>();
  for (const element of list) {
    const key = elementKey(field, element);
    if (key === undefined || seen.has(key.value) || (keys[0] !== undefined && keys[0].key !== key.key))
      return undefined;
    seen.add(key.value);
    keys.push(key);
  }
  return keys;
}

/** Whether a list element is the one that `[key=value]` names in a policy. A port may be named without its protocol. */
export function isElement(element: Json, key: string, value: string): boolean {
  const own = member(element, key);
  if (typeof own === 'number') return value === String(own) || value === portKey(element)?.value;
  return own === value;
}

/** What lies directly below a map or list, with its path: fields by code unit, elements in order, by merge key if all have one. */
export function children(
  path: readonly Segment[],
  value: Json,
): readonly (readonly [readonly Segment[], Json])[] {
  if (isObject(value)) {
    return Object.keys(value)
      .sort()
      .map((key) => [[...path, key], value[key] as Json] as const);
  }
  if (!isList(value)) return [];
  const field = path.at(-1);
  const keys = typeof field === 'string' ? elementKeys(field, value) : undefined;
  return value.map((element, index) => [[...path, keys?.[index] ?? index], element] as const);
}
