// What stands around the object of a recorded review, and the order inside it: another verb, subresource, version, place,
// name, agent or object is another fingerprint (INV-1), and what clients and servers keep books in is none.
import { describeChange } from '../../../src/domain/change/describe.ts';
import { fingerprint } from '../../../src/domain/change/fingerprint.ts';
import { canonicalJson, type Json, type JsonObject } from '../../../src/domain/change/json.ts';
import { isList, isObject, sameJson } from '../../../src/domain/change/json-tree.ts';
import { neededLook } from '../../../src/domain/change/look.ts';
import { isNoOp } from '../../../src/domain/change/no-op.ts';
import type { Operation, Review } from '../../../src/domain/change/review.ts';
import { changeSubject } from '../../../src/domain/change/subject.ts';
import { isUnbound } from './bound.ts';
import { asSent, LIVE, printOf } from './count.ts';
import { leafAt, withLeaf } from './mutation.ts';
import type { Step } from './schema.ts';

/** What was tried on one review. */
export interface Surroundings {
  readonly tried: number;
  /** What is wrong, one line each. */
  readonly complaints: readonly string[];
}

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'];
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const KEY = new Uint8Array(32);

/** Reviews, each with words for it and, where it is not the recorded one, the review that it is compared with. */
type Variants = readonly (readonly [what: string, review: Review, from?: Review])[];

/** The same change in another frame: another review head. */
function framed(review: Review): Variants {
  const { resource, userInfo } = review;
  return [
    ...OPERATIONS.filter((operation) => operation !== review.operation).map(
      (operation) => [`the verb ${operation}`, { ...review, operation }] as const,
    ),
    ['another subresource', { ...review, subResource: `${review.subResource}x` }],
    ['another group', { ...review, resource: { ...resource, group: 'other.example.com' } }],
    ['another version', { ...review, resource: { ...resource, version: 'v9' } }],
    ['another resource', { ...review, resource: { ...resource, resource: 'others' } }],
    ['another namespace', { ...review, namespace: `${review.namespace}x` }],
    ['another agent', { ...review, userInfo: { ...userInfo, username: 'other' } }],
  ];
}

/** Another object under the same name. */
function remade(review: Review): Variants {
  const { oldObject } = review;
  if (oldObject === null || neededLook(review) !== undefined) return [];
  const other = withLeaf(oldObject, ['metadata', 'uid'], 'made-again') as JsonObject;
  const object = review.object && (withLeaf(review.object, ['metadata', 'uid'], 'made-again') as JsonObject);
  return [['another object of that name', { ...review, oldObject: other, object }]];
}

/** The same number of replicas from another number. */
function rescaled(review: Review): Variants {
  const { oldObject, subResource } = review;
  if (oldObject === null || subResource !== 'scale') return [];
  return [
    [
      'scaling from another number',
      { ...review, oldObject: withLeaf(oldObject, ['spec', 'replicas'], 77) as JsonObject },
    ],
  ];
}

/** Paths of lists in an object, whose order counts. */
function listsIn(value: Json | undefined, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (isList(value)) return [path, ...listsIn(value[0], [...path, 0])];
  if (!isObject(value)) return [];
  return Object.keys(value).flatMap((key) => listsIn(value[key], [...path, key]));
}

/** Objects whose lists are turned round, or have their last element twice. */
function reordered(review: Review): Variants {
  const { object, operation, subResource } = review;
  const isWritten = (operation === 'CREATE' && subResource === '') || operation === 'UPDATE';
  if (object === null || !isWritten || subResource === 'scale') return [];
  return listsIn(object).flatMap((path) => {
    const list = leafAt(object, path);
    if (!isList(list) || list.length === 0 || isUnbound(review, path)) return [];
    const others = [list.toReversed(), [...list, list.at(-1) ?? null]].filter((one) => !sameJson(one, list));
    const sent = (value: Json): Review => {
      return { ...review, object: asSent(review, withLeaf(object, path, value) as JsonObject, path) };
    };
    return others.map(
      (other) => [`${path.join('.')} = ${canonicalJson(other)}`, sent(other), sent(list)] as const,
    );
  });
}

/** Updates that only turn two elements of a stored list round. They differ in every scalar: merge keys are among them. */
function turned(review: Review): Variants {
  const { object, operation, subResource } = review;
  if (object === null || operation !== 'UPDATE' || subResource === 'scale') return [];
  return listsIn(object).flatMap((path) => {
    const list = leafAt(object, path);
    const first = isList(list) ? list[0] : undefined;
    if (!isObject(first) || isUnbound(review, path)) return [];
    const other: Json = Object.fromEntries(
      Object.entries(first).map(([key, value]) => [key, otherThan(value)]),
    );
    if (sameJson(first, other)) return [];
    const holding = (value: Json) => asSent(review, withLeaf(object, path, value) as JsonObject, path);
    const oldObject = holding([first, other]);
    return [
      [
        `${path.join('.')} turned round`,
        { ...review, oldObject, object: holding([other, first]) },
        { ...review, oldObject, object: oldObject },
      ] as const,
    ];
  });
}

function otherThan(value: Json): Json {
  if (typeof value === 'string') return `${value}x`;
  return typeof value === 'number' ? value + 1 : value;
}

/** The same change with other books. */
function kept(review: Review): Variants {
  const { object, operation, subResource } = review;
  if (object === null || operation === 'CONNECT' || subResource !== '') return [];
  const { metadata, status: _, ...rest } = object;
  const { uid: __, resourceVersion: ___, managedFields: ____, ...own } = metadata as JsonObject;
  const manifest = canonicalJson({ ...rest, metadata: own });
  const applied = withLeaf(object, ['metadata', 'annotations', LAST_APPLIED], manifest) as JsonObject;
  return [['a last-applied-configuration that says the same', { ...review, object: applied }]];
}

/** Fingerprint of what a review described, in the frame of another one. */
function printIn(frame: Review, review: Review): string | undefined {
  const live = neededLook(review) === undefined ? null : LIVE;
  const described = describeChange(review, live, { ignore: [] });
  if (!described.ok) return undefined;
  return fingerprint(KEY, changeSubject(frame, described.change, { cluster: 'sweep', bindsObject: false }));
}

/** Whether a review would pass for one that does nothing, were what the other one sends stored already. */
const passes = (review: Review, { object }: Review): boolean =>
  isNoOp({ ...review, operation: 'UPDATE', oldObject: object });

/** Tries everything around a recorded review. */
export function countAround(review: Review): Surroundings {
  const still = printOf(review);
  if (still === undefined) return { tried: 0, complaints: ['the review itself cannot be bound'] };
  const complaints: string[] = [];
  const heads = framed(review);
  for (const [what, frame] of heads) {
    if (printIn(frame, review) === still) complaints.push(`${what} has the same fingerprint`);
  }
  const others = [...remade(review), ...rescaled(review), ...reordered(review), ...turned(review)];
  for (const [what, other, from = review] of others) {
    if (printOf(other) === printOf(from)) complaints.push(`${what} has the same fingerprint`);
    if (other.oldObject === from.oldObject && passes(other, from))
      complaints.push(`${what} passes as a no-op`);
  }
  const same = kept(review);
  for (const [what, twin] of same) {
    if (printOf(twin) !== still) complaints.push(`${what} has another fingerprint`);
  }
  return { tried: heads.length + others.length + same.length, complaints };
}
