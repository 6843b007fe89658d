// Which live object a change depends on. A review of an exec, an eviction, a binding or a token names a pod or an
// account, but the next one of that name may be another object: its uid and images have to be read (INV-1).
import type { Review } from './review.ts';

/** A live object to read before the change can be described. */
export interface NeededLook {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** As `resource/subresource`; `bindings` is the old way to bind a pod to a node, under the pod's name. */
const ABOUT_PODS: ReadonlySet<string> = new Set([
  'pods/eviction',
  'pods/binding',
  'bindings/',
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/proxy',
]);

/** The live object that `describeChange` must be given for this review; undefined when it needs none. */
export function neededLook(review: Review): NeededLook | undefined {
  const { operation, resource, subResource, namespace, name } = review;
  if (resource.group !== '' || (operation !== 'CREATE' && operation !== 'CONNECT')) return undefined;
  const isPod = ABOUT_PODS.has(`${resource.resource}/${subResource}`);
  const isAccount = resource.resource === 'serviceaccounts' && subResource === 'token';
  if (!isPod && !isAccount) return undefined;
  // pods/proxy names its target as [scheme:]name[:port]
  const target = subResource === 'proxy' ? proxiedName(name) : name;
  return { group: '', version: 'v1', resource: isPod ? 'pods' : 'serviceaccounts', namespace, name: target };
}

/** The name in `[https:]name[:port]`, as k8s.io/apimachinery SplitSchemeNamePort splits it. */
function proxiedName(name: string): string {
  const parts = name.split(':');
  return (parts.length === 3 ? parts[1] : parts[0]) ?? '';
}
