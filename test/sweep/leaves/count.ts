// The property of the fingerprint on a recorded review: another value at any leaf that its schema knows is another
// fingerprint, and no two of all these objects share one (INV-1); what is unbound changes nothing.
import { describeChange } from '../../../src/domain/change/describe.ts';
import { fingerprint } from '../../../src/domain/change/fingerprint.ts';
import { canonicalJson, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import { isObject, sameJson } from '../../../src/domain/change/json-tree.ts';
import { neededLook } from '../../../src/domain/change/look.ts';
import { isNoOp } from '../../../src/domain/change/no-op.ts';
import type { Review } from '../../../src/domain/change/review.ts';
import { changeSubject } from '../../../src/domain/change/subject.ts';
import { isUnbound } from './bound.ts';
import { leafAt, owned, withLeaf } from './mutation.ts';
import { textOf, type Leaf, type Step } from './schema.ts';
import { isOtherSpelling } from './spelling.ts';

/** What was tried on one review. */
export interface Counted {
  /** Leaves of the schema. */
  leaves: number;
  /** Objects with another value at one leaf. */
  mutations: number;
  /** Of these, with a fingerprint of their own. */
  distinct: number;
  /** Objects with another value at a leaf that is not bound, and the fingerprint of the review. */
  unbound: number;
  /** What is wrong, one line each. */
  readonly complaints: string[];
}

const KEY = new Uint8Array(32);
/** A pod or an account, for changes that are bound to a live object. */
export const LIVE: JsonObject = {
  metadata: { uid: 'live' },
  spec: { containers: [{ name: 'app', image: 'app:1' }] },
};

/** The fingerprint of a review; undefined where the change cannot be bound. */
export function printOf(review: Review): string | undefined {
  const live = neededLook(review) === undefined ? null : LIVE;
  const described = describeChange(review, live, { ignore: [], now: Date.now() });
  if (!described.ok) return undefined;
  return fingerprint(KEY, changeSubject(review, described.change, { cluster: 'sweep', bindsObject: false }));
}

/**
 * The part of a review that leaves are tried on: an UPDATE starts from what is stored, so that each is a change of its own,
 * or from what was sent where there are times to be left out of what it adds.
 */
function baseOf({ operation, kind, subResource, object, oldObject, options }: Review): JsonObject {
  if (operation === 'DELETE') return options ?? {};
  const isSent = kind.kind === 'CertificateSigningRequest' && subResource !== '';
  return (operation === 'UPDATE' && !isSent ? oldObject : object) ?? {};
}

function withBase(review: Review, base: JsonObject): Review {
  return review.operation === 'DELETE' ? { ...review, options: base } : { ...review, object: base };
}

/** Tries every leaf on a recorded review. */
export function countLeaves(review: Review, leaves: readonly Leaf[]): Counted {
  const counted: Counted = { leaves: leaves.length, mutations: 0, distinct: 0, unbound: 0, complaints: [] };
  const base = baseOf(review);
  const still = printOf(withBase(review, base));
  if (still === undefined) {
    counted.complaints.push('the review itself cannot be bound');
    return counted;
  }
  const seen = new Map<string, { readonly object: JsonObject; readonly what: string }>([
    [still, { object: base, what: 'the review as it came' }],
  ]);
  for (const { path, values } of leaves) {
    const current = leafAt(base, path);
    for (const value of [...values, undefined]) {
      if (sameJson(value, current) || isOtherSpelling({ review, path, value, current })) continue;
      tryLeaf({ review, base, still, seen, counted }, path, value);
    }
  }
  return counted;
}

interface Trial {
  readonly review: Review;
  readonly base: JsonObject;
  readonly still: string;
  readonly seen: Map<string, { readonly object: JsonObject; readonly what: string }>;
  readonly counted: Counted;
}

function tryLeaf(trial: Trial, path: readonly Step[], value: Json | undefined): void {
  const { review, base, still, seen, counted } = trial;
  const object = withLeaf(base, path, value) as JsonObject;
  const mutant = withBase(review, asSent(review, object, path));
  const what = `${textOf(path)} = ${value === undefined ? 'nothing' : canonicalJson(value)}`;
  const print = printOf(mutant);
  if (isUnbound(review, path)) {
    counted.unbound += 1;
    if (print !== still)
      counted.complaints.push(`${what} is another change, although nothing is bound there`);
    return;
  }
  counted.mutations += 1;
  const twin = print === undefined ? undefined : seen.get(print);
  // Setting the only leaf of a map and setting the map can be the same object.
  const isOther = twin === undefined || sameJson(twin.object, object);
  if (isOther) counted.distinct += 1;
  else counted.complaints.push(`${what} has the fingerprint of: ${twin.what}`);
  const isFromStored = review.operation !== 'UPDATE' || base === review.oldObject;
  if (isFromStored && isNoOp(mutant)) counted.complaints.push(`${what} passes as a no-op`);
  if (print !== undefined && twin === undefined) seen.set(print, { object, what });
}

/** The object as a gate would see it, had a client sent the leaf: some of what the API server fills in follows from it. */
export function asSent(review: Review, object: JsonObject, path: readonly Step[]): JsonObject {
  if (review.kind.kind === 'DeviceTaintRule') return atItsMoment(review, object, path);
  return review.kind.kind === 'Service' && path[0] === 'spec' ? asOwned(object, path) : object;
}

/** The manifest gives no time, so the API server fills in that of the creation, which it sets whatever a client sends. */
function atItsMoment(review: Review, object: JsonObject, path: readonly Step[]): JsonObject {
  if (review.operation !== 'CREATE' || textOf(path) !== 'metadata.creationTimestamp') return object;
  const moment = leafAt(object, path);
  if (moment === undefined) return review.object ?? object;
  return withLeaf(object, ['spec', 'taint', 'timeAdded'], moment) as JsonObject;
}

/** Addresses of a Service count where managedFields say that a client set them. */
function asOwned(object: JsonObject, path: readonly Step[]): JsonObject {
  const key = (element: Json) => {
    const { port, protocol = 'TCP' } = isObject(element) ? element : {};
    return `k:${canonicalJson({ port: port ?? null, protocol })}`;
  };
  return owned(object, path, key);
}
