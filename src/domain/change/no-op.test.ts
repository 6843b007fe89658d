// INV-1: what is let through as a no-op changes nothing that anybody asked for.
import { describe, expect, it } from 'vitest';
import { leavesOf, recorded, recordedCases, replaced, reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from './json.ts';
import { LAST_APPLIED } from './last-applied.ts';
import { isNoOp } from './no-op.ts';

const base: JsonObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: 'c',
    uid: 'u',
    resourceVersion: '1',
    managedFields: [{ manager: 'a', fieldsV1: { 'f:data': { 'f:a': {} }, 'f:list': {} } }],
    annotations: { keep: 'x' },
  },
  data: { a: '1' },
  list: ['a', 'b'],
};
const noOp = (object: JsonObject, oldObject: JsonObject = base): boolean =>
  isNoOp(reviewOf({ object, oldObject }));
const withMetadata = (change: JsonObject): JsonObject => ({
  ...base,
  metadata: { ...(base['metadata'] as JsonObject), ...change },
});
const annotated = (text: string): JsonObject =>
  withMetadata({ annotations: { keep: 'x', [LAST_APPLIED]: text } });

describe('isNoOp', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['nothing differs', base, base],
    [
      'resourceVersion, generation and managedFields differ',
      withMetadata({ resourceVersion: '2', generation: 3, managedFields: [] }),
      base,
    ],
    [
      'managedFields are gone',
      replaced(base, ['metadata', 'managedFields'], () => undefined) as JsonObject,
      base,
    ],
    ['last-applied is removed', base, annotated('{"data":{"a":"other"}}')],
    ['last-applied comes and agrees', annotated('{"data":{"a":"1"}}'), base],
    [
      'last-applied disagrees but was there before',
      annotated('{"data":{"b":"1"}}'),
      annotated('{"data":{"b":"1"}}'),
    ],
    [
      'the last annotation is last-applied',
      withMetadata({ annotations: {} }),
      withMetadata({ annotations: { [LAST_APPLIED]: '{}' } }),
    ],
  ])('is true when %s', (_, object, oldObject) => {
    expect(noOp(object, oldObject)).toBe(true);
  });

  it.each<[string, JsonObject]>([
    ['a value changes', { ...base, data: { a: '2' } }],
    ['a key comes', { ...base, data: { a: '1', b: '2' } }],
    ['a list is reordered', { ...base, list: ['b', 'a'] }],
    ['a list has a duplicate', { ...base, list: ['a', 'b', 'b'] }],
    ['last-applied comes and claims more', annotated('{"data":{"a":"1","b":"2"}}')],
    ['last-applied comes and is no JSON', annotated('{')],
    ['the reason changes', withMetadata({ annotations: { keep: 'x', 'assent.dev/reason': 'why' } })],
    ['a label comes', withMetadata({ labels: { a: 'b' } })],
    ['a finalizer comes', withMetadata({ finalizers: ['a/b'] })],
    ['an owner comes', withMetadata({ ownerReferences: [] })],
    ['the uid differs', withMetadata({ uid: 'v' })],
    ['the time of creation differs', withMetadata({ creationTimestamp: '2026-01-01T00:00:00Z' })],
    ['the metadata is gone', { ...base, metadata: null }],
  ])('is false when %s', (_, object) => {
    expect(noOp(object)).toBe(false);
  });

  it('is false for a rollout restart, which every normalisation would even out', () => {
    expect(isNoOp(recorded('deploy-restart')[0])).toBe(false);
  });

  it.each(['deploy-noop-ssa', 'configmap-apply-same'])('is true for the recorded %s', (name) => {
    expect(isNoOp(recorded(name)[0])).toBe(true);
  });

  it('is false for every other recorded change, UPDATE or not', () => {
    const others = recordedCases.filter((name) => !/noop|apply-same/.test(name));
    expect(others.filter((name) => isNoOp(recorded(name)[0]))).toEqual([]);
    expect(isNoOp(reviewOf({ operation: 'CREATE', object: base, oldObject: base }))).toBe(false);
  });

  it('INV-1: is false when any leaf outside the bookkeeping differs', () => {
    const review = recorded('deploy-noop-ssa')[0];
    const object = review.object as JsonObject;
    const bookkeeping = /^metadata\.(?:resourceVersion|generation|managedFields)/;
    const unseen = leavesOf(object)
      .filter((path) => !bookkeeping.test(path.join('.')))
      .filter((path) => isNoOp({ ...review, object: replaced(object, path, () => 'canary') as JsonObject }));
    expect(unseen).toEqual([]);
  });
});
