// Connections bind what is connected to: the uid of the pod and the images that run in it, read live, and everything the
// review says about the connection. It does not say more: no stdin, no method, no query string (admission.md 1.3).
import type { Change, DescribedChange } from '../change.ts';
import type { Json, JsonObject } from '../json.ts';
import { listAt, member, putMember, stringAt, withoutMembers } from '../json-tree.ts';
import type { Review } from '../review.ts';
import { addedFields, described, refusal } from './outcome.ts';

const ACTIONS: ReadonlyMap<string, string> = new Map([
  ['exec', 'exec'],
  ['attach', 'attach'],
  ['portforward', 'port-forward'],
  ['proxy', 'proxy'],
]);

/** Streams of output say nothing about what is done; the rest of the options counts, known or not. */
const NOT_BOUND: ReadonlySet<string> = new Set(['apiVersion', 'kind', 'stdout', 'stderr']);

const CONTAINER_LISTS = [
  ['containers', 'containerStatuses'],
  ['initContainers', 'initContainerStatuses'],
  ['ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

/** Describes exec, attach, port-forward and proxy. `pod` is the live pod; null for services and nodes. */
export function describeConnect(
  review: Review,
  options: JsonObject,
  pod: JsonObject | null,
): DescribedChange {
  const { resource, subResource } = review;
  const action = ACTIONS.get(subResource);
  const isProxied =
    subResource === 'proxy' && (resource.resource === 'services' || resource.resource === 'nodes');
  if (action === undefined || resource.group !== '' || (pod === null && !isProxied)) {
    return refusal(
      'unsupported',
      `Connecting to ${resource.resource}/${subResource} cannot be bound to an approval.`,
    );
  }
  const target: Json =
    pod === null ? { name: review.name } : { uid: stringAt(pod, 'metadata', 'uid'), images: imagesOf(pod) };
  const connection = connectionOf(options);
  const kind: Change['kind'] = subResource === 'portforward' ? 'portforward' : 'connect';
  return described(review, {
    kind,
    action,
    payload: { target, connection },
    entries: () => addedFields(connection),
    object: pod,
  });
}

/** The options without what is at its default, so that written out and left out are the same. */
function connectionOf(options: JsonObject): JsonObject {
  const idle = Object.keys(options).filter(
    (key) => options[key] === false || options[key] === '' || options[key] === null,
  );
  return withoutMembers(options, new Set([...NOT_BOUND, ...idle]));
}

/** Image of every container by name: the digest that runs where the kubelet has told it, else what the spec says. */
function imagesOf(pod: JsonObject): JsonObject {
  const images: Record<string, Json> = {};
  for (const [containers, statuses] of CONTAINER_LISTS) {
    for (const container of listAt(pod, 'spec', containers)) {
      const name = stringAt(container, 'name');
      const status = listAt(pod, 'status', statuses).find((other) => member(other, 'name') === name);
      putMember(images, name, stringAt(status, 'imageID') || stringAt(container, 'image'));
    }
  }
  return images;
}
