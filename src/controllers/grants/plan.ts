// What to do next about the objects of a request for access: the controller's whole decision. Pure and level-based: it is asked
// again after each stage, with what is stored then, until nothing is left to do; a crash between two writes changes nothing
// (INV-4). Binding before Role on the way out, Role before binding on the way in.
import type { AccessEvent } from '../../domain/request/access-steps.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import { grantObjects, type GrantBinding, type GrantRole } from '../../domain/grant/objects.ts';
import { isAsWritten, isMadeFor, placeOf, type GrantObject } from './objects.ts';
import type { AccessRequest, Verdict } from './standing.ts';

/** What stands under the name of the grant in one namespace, whoever made it. */
export interface Place {
  readonly namespace: string;
  readonly role: GrantObject | undefined;
  readonly binding: GrantObject | undefined;
}

/** Everything that is known. */
export interface PlanFacts {
  readonly request: AccessRequest;
  readonly verdict: Verdict;
  /** Each namespace of the access, live. */
  readonly places: readonly Place[];
  /** Objects of the grant where it has none. */
  readonly strays: readonly GrantObject[];
  /** Namespaces in which nothing can be made now: they are missing, or the API server refuses. */
  readonly missing: ReadonlySet<string>;
  /** uids of what stays although this look took its finalizers off. */
  readonly held: ReadonlySet<string>;
  /** What was put back since this look began, in words. */
  readonly restored: readonly string[];
  /** Epoch ms, by the clock of the API server. */
  readonly now: number;
}

/** One step. */
export type GrantStep =
  | { readonly kind: 'create'; readonly object: GrantRole | GrantBinding }
  | { readonly kind: 'remove'; readonly object: GrantObject; readonly isStray?: boolean }
  | { readonly kind: 'report'; readonly event: AccessEvent }
  /** Ask the API server whether the access is gone. */
  | { readonly kind: 'ask' }
  /** Somebody else's object is in the way; or ours, and it cannot be taken away. */
  | { readonly kind: 'blocked'; readonly object: GrantObject; readonly isKept?: boolean };

/** Restorations beyond these are made and not told: the record must keep room for the end. */
const MOST_TOLD = 16;

/** The next stage; empty when everything is as it should be. */
export function planGrant(facts: PlanFacts): readonly GrantStep[] {
  // Before anything is told or asked, and no failure of theirs counts: whoever makes objects that look like ours must not
  // hold back what is to be done about the true ones.
  const strays = removals(facts.strays, facts.held).map((step) => ({ ...step, isStray: true }));
  return [...strays, ...(facts.verdict.kind === 'stands' ? planStanding(facts) : planOver(facts))];
}

/**
 * Bindings before Roles; of both only those that Assent made. What a finalizer of somebody else keeps although we took it off
 * is not waited for, so that the Role behind a binding that stays goes all the same.
 */
function removals(
  objects: readonly (GrantObject | undefined)[],
  held: PlanFacts['held'],
): Extract<GrantStep, { kind: 'remove' }>[] {
  const there = objects.filter((object) => object !== undefined && !held.has(object.uid)) as GrantObject[];
  const bindings = there.filter(({ kind }) => kind === 'RoleBinding');
  return (bindings.length > 0 ? bindings : there).map((object) => ({ kind: 'remove', object }) as const);
}

function planOver(facts: PlanFacts): readonly GrantStep[] {
  const { request, verdict, places, held, now } = facts;
  const ours = places.map((place) => onlyOurs(place, request.metadata));
  const there = removals(
    ours.flatMap(({ role, binding }) => [role, binding]),
    held,
  );
  if (there.length > 0) return there;
  // While a binding and what it names are kept, people are told, and nothing is over.
  const kept = ours.find(({ role, binding }) => binding && (role ?? request.spec.access.whole));
  if (kept?.binding) return [{ kind: 'blocked', object: kept.binding, isKept: true }];
  if (verdict.kind !== 'over') return [];
  if (request.status?.grant?.endedAt !== undefined) return [{ kind: 'ask' }];
  return [
    { kind: 'report', event: { type: 'ended', why: verdict.why, by: verdict.by, at: now } },
    { kind: 'ask' },
  ];
}

function onlyOurs(place: Place, request: AccessRequest['metadata']): Place {
  const ours = (object: GrantObject | undefined) =>
    object && isMadeFor(object, request) ? object : undefined;
  return { ...place, role: ours(place.role), binding: ours(place.binding) };
}

function planStanding(facts: PlanFacts): readonly GrantStep[] {
  const steps = wantedObjects(facts.request).flatMap((wanted) => {
    const place = facts.places.find(({ namespace }) => namespace === wanted.namespace);
    if (!place || facts.missing.has(wanted.namespace)) return [];
    return placeSteps(wanted, place, facts);
  });
  // What others hold does not keep back what can be told about the rest.
  return steps.every(({ kind }) => kind === 'blocked') ? [...steps, ...reports(facts)] : steps;
}

/** The objects that a request is to have while it stands. */
export function wantedObjects(request: AccessRequest) {
  const { metadata, spec, status } = request;
  return grantObjects({ metadata, spec, usableUntil: status?.usableUntil ?? '' });
}

/** Whether everything is as it should be, told included, so that a look need not go further. */
export function isInOrder(request: AccessRequest, objects: readonly GrantObject[]): boolean {
  const wanted = wantedObjects(request).flatMap(({ role, binding }) => [role ?? [], binding].flat());
  return (
    request.status?.grant?.createdAt !== undefined &&
    objects.length === wanted.length &&
    (request.status.grant.hindered ?? []).length === 0 &&
    ((request.status.grant.restored ?? 0) >= MOST_TOLD || madeSince(request, objects).length === 0) &&
    wanted.every((one) =>
      objects.some(
        (stored) =>
          stored.kind === one.kind &&
          stored.namespace === one.metadata.namespace &&
          isMadeFor(stored, request.metadata) &&
          isAsWritten(stored, one),
      ),
    )
  );
}

type Wanted = ReturnType<typeof wantedObjects>[number];

function placeSteps(wanted: Wanted, place: Place, facts: PlanFacts): GrantStep[] {
  const request = facts.request.metadata;
  const role = wanted.role ? objectSteps(wanted.role, place.role, request) : [];
  // A binding to a Role of somebody else would grant whatever that one says.
  if (role.some(({ kind }) => kind === 'blocked')) {
    const { binding } = place;
    const isOurs = binding !== undefined && isMadeFor(binding, request);
    return [...role, ...removals([isOurs ? binding : undefined], facts.held)];
  }
  return [...role, ...objectSteps(wanted.binding, place.binding, request)];
}

function objectSteps(
  wanted: GrantRole | GrantBinding,
  stored: GrantObject | undefined,
  request: AccessRequest['metadata'],
): GrantStep[] {
  if (stored === undefined) return [{ kind: 'create', object: wanted }];
  if (!isMadeFor(stored, request)) return [{ kind: 'blocked', object: stored }];
  if (isAsWritten(stored, wanted)) return [];
  // Edited by hand: never repaired in place, since roleRef cannot be, and what was edited is not trusted.
  return [
    { kind: 'remove', object: stored },
    { kind: 'create', object: wanted },
  ];
}

function reports({ request, places, restored }: PlanFacts): readonly GrantStep[] {
  const { grant = {} } = request.status ?? {};
  const bindings = places
    .flatMap(({ binding }) => binding ?? [])
    .filter((binding) => isMadeFor(binding, request.metadata));
  if (grant.createdAt === undefined) {
    if (bindings.length === 0) return [];
    const at = Math.max(...bindings.map(({ createdAt }) => createdAt));
    return [{ kind: 'report', event: { type: 'granted', objects: bindingWords(bindings), at } }];
  }
  if ((grant.restored ?? 0) >= MOST_TOLD) return [];
  const ours = places.map((place) => onlyOurs(place, request.metadata)).filter(({ binding }) => binding);
  const standing = ours.flatMap(({ role, binding }) => [role ?? [], binding ?? []].flat());
  const what = new Set([...restored, ...madeSince(request, standing).map(placeOf)]);
  if (what.size === 0) return [];
  const at = Math.max(toldOf(request), ...standing.map(({ createdAt }) => createdAt));
  return [{ kind: 'report', event: { type: 'restored', what: [...what].join(', '), at } }];
}

/** Up to when it was told what stands. Epoch ms. */
function toldOf({ status }: AccessRequest): number {
  const { createdAt, restoredAt } = status?.grant ?? {};
  return Math.max(parseInstant(createdAt) ?? Infinity, parseInstant(restoredAt) ?? 0);
}

/** What was put back and may not be told yet: who did it may have died before. Of one second nobody can say. */
const madeSince = (request: AccessRequest, objects: readonly GrantObject[]): readonly GrantObject[] =>
  objects.filter(({ createdAt }) => createdAt > toldOf(request));

function bindingWords(bindings: readonly GrantObject[]): string {
  const [first, ...others] = bindings;
  if (!first) return '';
  return `${placeOf(first)}${others.length === 0 ? '' : ` and in ${others.map(({ namespace }) => namespace).join(', ')}`}`;
}
