// Which leaves of a submitted object may change without changing the fingerprint: written down a second time, by path
// alone and without looking at the rules in src/domain/change/normalise, so that a rule which drops more is found.
import type { JsonObject } from '../../src/domain/change/json.ts';
import { member, memberAt, stringAt } from '../../src/domain/change/json-tree.ts';
import type { Review } from '../../src/domain/change/review.ts';
import type { Steps } from './reorder.ts';

const SERVER_SET = new Set([
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'generation',
  'selfLink',
  'managedFields',
]);
const SIDE_NOTES = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'assent.dev/reason']);
const MADE_UP = /^(?:kube-api-access|debugger)-[a-z0-9]{5}x?$/;
const IDLE = new Set(['apiVersion', 'kind', 'preconditions', 'dryRun', 'orphanDependents']);
const STAMPED = new Set(['username', 'uid', 'groups', 'extra']);

/** Whether nothing is bound of the leaf at the end of the steps, in `review.object`. */
export function isEvenedOut(review: Review, steps: Steps, value: unknown): boolean {
  const { operation, subResource } = review;
  const object = review.object ?? {};
  // the API server sends none with a deletion
  if (operation === 'DELETE') return true;
  if (operation === 'CONNECT') return ['apiVersion', 'kind', 'stdout', 'stderr'].includes(String(steps[0]));
  if (subResource === 'scale') return steps.join('.') !== 'spec.replicas';
  if (operation === 'CREATE' && subResource === 'token') return steps[0] !== 'spec';
  if (operation === 'CREATE' && subResource === 'eviction') {
    // with a policy of its own, the old flag means nothing
    return steps[0] !== 'deleteOptions' || steps.length === 1 || IDLE.has(String(steps[1]));
  }
  return isMetadata(object, operation, steps) || isOfKind(review, steps, value);
}

function isMetadata(object: JsonObject, operation: string, steps: Steps): boolean {
  const [first, second, third] = steps;
  if (first !== 'metadata') return false;
  if (SERVER_SET.has(String(second))) return true;
  if (second === 'annotations' && (third === undefined || SIDE_NOTES.has(String(third)))) return true;
  return operation === 'CREATE' && second === 'name' && isMadeUp(object);
}

/** By generateName, or by kubectl for a pod on a node. */
function isMadeUp(object: JsonObject): boolean {
  const isDebugger = stringAt(object, 'metadata', 'name').startsWith('node-debugger-');
  return isDebugger || memberAt(object, 'metadata', 'generateName') !== undefined;
}

function isOfKind({ operation, subResource, kind }: Review, steps: Steps, value: unknown): boolean {
  const path = steps.filter((step) => typeof step === 'string').join('.');
  if (operation === 'CREATE' && steps[0] === 'status') return true;
  if (path === 'spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt')
    return operation === 'UPDATE';
  switch (`${kind.group}/${kind.kind}`) {
    case '/Pod':
      return typeof value === 'string' && MADE_UP.test(value);
    case '/Service':
      return /^spec\.(?:clusterIPs?|healthCheckNodePort|ports\.nodePort)(?:\.|$)/.test(path);
    case '/PersistentVolume':
      return path === 'status.lastPhaseTransitionTime';
    case 'batch/Job':
      return path.endsWith('controller-uid') || (operation === 'CREATE' && path.endsWith('job-name'));
    case '/Namespace':
      return operation === 'CREATE' && path === 'metadata.labels.kubernetes.io/metadata.name';
    case 'certificates.k8s.io/CertificateSigningRequest':
      return operation === 'CREATE'
        ? steps[0] === 'spec' && STAMPED.has(String(steps[1]))
        : subResource === 'approval' && /^status\.conditions\.last(?:Update|Transition)Time$/.test(path);
    default:
      return false;
  }
}

/** The object with other values in everything that the API server makes up anew on each attempt of any kind. */
export function nextAttempt(object: JsonObject, operation: string): JsonObject {
  const metadata = member(object, 'metadata');
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return object;
  const fresh = { resourceVersion: '999999', generation: 77, selfLink: '/x' };
  const made = operation === 'CREATE' ? { creationTimestamp: '2031-01-01T00:00:00Z' } : {};
  return { ...object, metadata: { ...(metadata as JsonObject), ...fresh, ...made } };
}
