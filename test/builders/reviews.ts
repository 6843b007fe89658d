// Admission reviews for tests: recorded ones, as a real API server sent them, and small ones made up field by field.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeChange } from '../../src/domain/change/describe.ts';
import type { Change } from '../../src/domain/change/change.ts';
import { fingerprint } from '../../src/domain/change/fingerprint.ts';
import { parseLosslessText, type Json, type JsonObject } from '../../src/domain/change/json.ts';
import { neededLook } from '../../src/domain/change/look.ts';
import { decodeReview, type Review } from '../../src/domain/change/review.ts';
import { changeSubject } from '../../src/domain/change/subject.ts';

const FOLDER = join(import.meta.dirname, '../../src/domain/change/fixtures');

const parse = (text: string): JsonObject => {
  const parsed = parseLosslessText(text);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value as JsonObject;
};

const LINES = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.jsonl'))
  .flatMap((file) => readFileSync(join(FOLDER, file), 'utf8').trimEnd().split('\n'))
  .map(parse);

/** Names of all recorded changes. */
export const recordedCases = [
  ...new Set(LINES.filter((line) => line['review']).map((line) => line['case'] as string)),
].sort();

/** Every attempt of a recorded change, in order. */
export function recorded(name: string): readonly [Review, ...Review[]] {
  const reviews = LINES.filter((line) => line['case'] === name && line['review']).map((line) => {
    const decoded = decodeReview(line['review'] ?? null);
    if (!decoded.ok) throw new Error(decoded.why);
    return decoded.review;
  });
  const [first, ...others] = reviews;
  if (first === undefined) throw new Error(`nothing recorded as ${name}`);
  return [first, ...others];
}

/** The live object that a review needs, as recorded. */
export function liveObject(review: Review): JsonObject | null {
  const look = neededLook(review);
  if (look === undefined) return null;
  const name = look.resource === 'pods' ? 'live-pod' : 'live-sa';
  return (LINES.find((line) => line['case'] === name)?.['object'] ?? null) as JsonObject | null;
}

/** A review of an ordinary object, with whatever fields matter to a test. */
export function reviewOf(fields: Partial<Review>): Review {
  const resource = fields.resource ?? { group: 'apps', version: 'v1', resource: 'deployments' };
  return {
    uid: 'review-1',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource,
    subResource: '',
    requestResource: resource,
    requestSubResource: fields.subResource ?? '',
    name: 'api',
    namespace: 'payments',
    operation: 'UPDATE',
    userInfo: { username: 'agent', uid: '', groups: [], extra: {} },
    object: null,
    oldObject: null,
    options: null,
    dryRun: false,
    ...fields,
  };
}

/** The change of a review; throws where it is refused. */
export function changeOf(review: Review, ignore: readonly string[] = []): Change {
  const described = describeChange(review, liveObject(review), { ignore });
  if (!described.ok) throw new Error(`${described.code}: ${described.why}`);
  return described.change;
}

/** The fingerprint of a review under a fixed key and cluster. */
export function fingerprintOf(review: Review, ignore: readonly string[] = []): string {
  const change = changeOf(review, ignore);
  const subject = changeSubject(review, change, { cluster: 'cluster-1', bindsObject: false });
  return fingerprint(new Uint8Array(32), subject);
}

/** Every leaf of a value, with its path. */
export function leavesOf(
  value: Json,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const entries = Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : Object.entries(value);
  return entries.length === 0 ? [path] : entries.flatMap(([key, child]) => leavesOf(child, [...path, key]));
}

/** A copy of the value in which the leaf at the path is replaced; undefined removes it. */
export function replaced(
  value: Json,
  path: readonly (string | number)[],
  edit: (leaf: Json) => Json | undefined,
): Json {
  const [key, ...rest] = path;
  if (key === undefined) return edit(value) ?? null;
  const copy = structuredClone(value) as Record<string | number, Json>;
  const child = rest.length === 0 ? edit(copy[key] as Json) : replaced(copy[key] as Json, rest, edit);
  if (child !== undefined) copy[key] = child;
  else if (Array.isArray(copy)) copy.splice(key as number, 1);
  else Reflect.deleteProperty(copy, key);
  return copy;
}
