// core/v1 Events: what `kubectl describe` shows under an object. The API server forgets them after an hour; they are a
// courtesy to readers and no record of anything.
import { systemClock, type KubeClock } from './clock.ts';
import { isAlreadyExists } from './errors.ts';
import { orUndefined } from './expected.ts';
import { resourcePath } from './resource-path.ts';
import type { KubeClient } from './transport.ts';

/** The object an Event is about. */
export interface EventSubject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for a cluster-scoped object. */
  readonly namespace?: string | undefined;
  readonly uid: string;
}

/** One Event. */
export interface EventDraft {
  readonly regarding: EventSubject;
  readonly type: 'Normal' | 'Warning';
  /** One CamelCase word, for programs. */
  readonly reason: string;
  /** A sentence, for people; cut at 1,024 bytes, the API server's limit. */
  readonly note: string;
  /** What was done or failed, one CamelCase word. */
  readonly action: string;
  /** Name of the controller, for example `example.dev/controller`. */
  readonly controller: string;
  /** Its instance, for example the pod's name. */
  readonly instance: string;
  /** What makes it this Event: the same one told again is stored once. Letters, digits and hyphens, at most 22. */
  readonly id?: string;
}

const EVENTS = { group: '', version: 'v1', resource: 'events', namespaced: true };
const LONGEST_NOTE = 1024;
// 253 for a name, less a dot and up to 22 characters that make it unique.
const LONGEST_PREFIX = 230;

/**
 * Creates an Event, unless one with its id is there, in the object's namespace or, for a cluster-scoped object, in `default`
 * (the API server's rule).
 *
 * @throws ApiError, UnreachableError; callers log and go on
 */
export async function createEvent(
  client: KubeClient,
  draft: EventDraft,
  options: { readonly clock?: KubeClock; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const clock = options.clock ?? systemClock;
  const namespace = draft.regarding.namespace ?? 'default';
  const body = eventBody(draft, namespace, clock);
  const path = resourcePath(EVENTS, { namespace });
  const call = client.request({ method: 'POST', path, body, signal: options.signal });
  await orUndefined(call, isAlreadyExists);
}

function eventBody(draft: EventDraft, namespace: string, clock: KubeClock): Record<string, unknown> {
  const now = clock.wall();
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const unique = draft.id ?? `${now.toString(16)}${Math.floor(clock.random() * 2 ** 40).toString(16)}`;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace, name: `${prefix(draft.regarding.name)}.${unique}` },
    involvedObject: draft.regarding,
    type: draft.type,
    reason: draft.reason,
    message: cutBytes(draft.note, LONGEST_NOTE),
    action: draft.action,
    source: { component: draft.controller, host: draft.instance },
    reportingComponent: draft.controller,
    reportingInstance: draft.instance,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** The name as a DNS subdomain: names of RBAC objects may hold colons, names of Events may not. */
function prefix(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, '-')
    .slice(0, LONGEST_PREFIX);
  return plain.replaceAll(/^[.-]+|[.-]+$/g, '') || 'object';
}

/** Cuts at a character boundary so that the UTF-8 form has at most `bytes` bytes. */
function cutBytes(text: string, bytes: number): string {
  const encoded = new TextEncoder().encode(text);
  if (encoded.byteLength <= bytes) return text;
  const target = new Uint8Array(bytes);
  const { read } = new TextEncoder().encodeInto(text, target);
  return text.slice(0, read);
}
