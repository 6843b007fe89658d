// The difference of two objects as the patches that clients send: merge patches (RFC 7386) and JSON patches (RFC 6902).
import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from './stub.ts';

const isMap = (value: unknown): value is Manifest =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A merge patch that makes `to` of `from`; {} when they are the same. */
export function mergePatch(from: Manifest, to: Manifest): Manifest {
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!(key in to)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    const before = from[key];
    if (isMap(value) && isMap(before)) {
      const below = mergePatch(before, value);
      if (Object.keys(below).length > 0) patch[key] = below;
    } else if (!isDeepStrictEqual(before, value)) patch[key] = value;
  }
  return patch;
}

/** The object after a merge patch. */
export function merged(object: Manifest, patch: Manifest): Manifest {
  const result: Record<string, unknown> = { ...object };
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else if (isMap(value)) result[key] = merged(isMap(result[key]) ? result[key] : {}, value);
    else result[key] = value;
  }
  return result;
}

/** A JSON patch that makes `to` of `from`; lists are replaced whole. */
export function jsonPatch(from: Manifest, to: Manifest, at = ''): readonly Manifest[] {
  const path = (key: string) => `${at}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  const gone = Object.keys(from).filter((key) => !(key in to));
  return [
    ...gone.map((key) => ({ op: 'remove', path: path(key) })),
    ...Object.entries(to).flatMap(([key, value]) => {
      const before = from[key];
      if (!(key in from)) return [{ op: 'add', path: path(key), value }];
      if (isMap(value) && isMap(before)) return jsonPatch(before, value, path(key));
      return isDeepStrictEqual(before, value) ? [] : [{ op: 'replace', path: path(key), value }];
    }),
  ];
}

const SERVER_SET = ['uid', 'resourceVersion', 'generation', 'creationTimestamp', 'managedFields', 'selfLink'];

/** The object without metadata that the API server sets. */
export function bare(object: Manifest): Manifest {
  const metadata = { ...(object['metadata'] as Manifest | undefined) };
  for (const key of SERVER_SET) delete metadata[key];
  return { ...object, metadata };
}

/** The object without its status. */
export function withoutStatus(object: Manifest): Manifest {
  const { status: _, ...rest } = object;
  return rest;
}

const OWN_TIME = /^(?:lastUpdateTime|lastTransitionTime|lastPhaseTransitionTime|timeAdded)$/;

/** The object without the times that the API server writes by itself. */
export function timeless(object: Manifest): Manifest {
  const text = JSON.stringify(object, (key, value: unknown) => (OWN_TIME.test(key) ? undefined : value));
  return JSON.parse(text) as Manifest;
}
