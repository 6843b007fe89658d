import { describe, expect, it } from 'vitest';
import { reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from '../change/json.ts';
import { ANYTHING, touchedBy } from './touched.ts';

const NAMESPACE = { group: '', version: 'v1', kind: 'Namespace' };
const owners = [{ uid: 'u', name: 'gone' }];

describe('what an update touches', () => {
  it.each<[string, JsonObject, JsonObject, boolean, boolean]>([
    ['nothing', { status: { a: 1 } }, { status: { a: 2 } }, false, false],
    [
      'nothing, where the same is written',
      { metadata: { labels: { a: 'b' } } },
      { metadata: { labels: { a: 'b' } } },
      false,
      false,
    ],
    [
      'nothing, where an empty value is written',
      { metadata: { finalizers: [], labels: {} } },
      {},
      false,
      false,
    ],
    ['labels', { metadata: { labels: { a: 'b' } } }, { metadata: { labels: {} } }, true, false],
    ['labels that are removed', {}, { metadata: { labels: { a: 'b' } } }, true, false],
    ['an owner', { metadata: { ownerReferences: owners } }, { metadata: {} }, false, true],
    ['an owner that is removed', { metadata: {} }, { metadata: { ownerReferences: owners } }, false, true],
    [
      'a finalizer',
      { metadata: { finalizers: ['a/b'] } },
      { metadata: { finalizers: ['a/b', 'c/d'] } },
      false,
      true,
    ],
    [
      'a finalizer in the spec',
      { spec: { finalizers: [] } },
      { spec: { finalizers: ['kubernetes'] } },
      false,
      false,
    ],
  ])('%s', (_name, object, oldObject, labels, lifetime) => {
    expect(touchedBy(reviewOf({ object, oldObject }))).toEqual({ labels, lifetime });
  });

  it('counts the finalizers in the spec of a Namespace', () => {
    const review = reviewOf({
      kind: NAMESPACE,
      object: {},
      oldObject: { spec: { finalizers: ['kubernetes'] } },
    });
    expect(touchedBy(review)).toEqual({ labels: false, lifetime: true });
  });

  it.each([
    ['without an object', reviewOf({ oldObject: {} })],
    ['without an old object', reviewOf({ object: {} })],
    ['of another operation', reviewOf({ operation: 'CREATE', object: {}, oldObject: {} })],
  ])('INV-7: counts everything in a review %s', (_name, review) => {
    expect(touchedBy(review)).toEqual(ANYTHING);
  });
});
