import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../kube/object.ts';
import { isAsWanted, type Wanted } from './ensure.ts';

const stored = (content: object, metadata: object = {}): KubeObject => ({
  metadata: { name: 'a', uid: 'u', resourceVersion: '7', ...metadata },
  ...content,
});
const wanted = (content: object, metadata: object = {}): Wanted => ({
  apiVersion: 'v1',
  kind: 'Kind',
  metadata: { name: 'a', ...metadata },
  ...content,
});

describe('what is stored is as wanted', () => {
  it.each<[string, object, object, boolean]>([
    ['equal values', { a: 1 }, { a: 1 }, true],
    ['equal values in another order', { a: { b: 1, c: 2 } }, { a: { c: 2, b: 1 } }, true],
    ['a field that somebody added', { a: 1, b: 2 }, { a: 1 }, false],
    ['a field that somebody added below', { a: [{ b: 1, c: 2 }] }, { a: [{ b: 1 }] }, false],
    ['a selector where none is wanted', { a: { s: { matchLabels: { x: 'y' } } } }, { a: { s: {} } }, false],
    ['a condition where none is wanted', { a: { c: [{ expression: 'false' }] } }, { a: {} }, false],
    ['a changed value', { a: 2 }, { a: 1 }, false],
    ['a missing value', {}, { a: 1 }, false],
    ['zero where a number is wanted', { a: 0 }, { a: 1 }, false],
    ['a longer list: somebody added a webhook', { a: [1, 2] }, { a: [1] }, false],
    ['a shorter list', { a: [1] }, { a: [1, 2] }, false],
    ['an emptied list', { a: [] }, { a: [1] }, false],
    ['an empty list that is stored as absent', {}, { a: [] }, true],
    ['an empty list below that is stored as absent', { a: {} }, { a: { b: [] } }, true],
    ['an empty map that the API server filled in', { a: {} }, {}, true],
    ['an empty string that is stored as absent', {}, { a: '' }, true],
    ['a map where a list was', { a: { 0: 1 } }, { a: [1] }, false],
    ['a text where a map was', { a: 'x' }, { a: { b: 1 } }, false],
    ['failurePolicy edited', { failurePolicy: 'Ignore' }, { failurePolicy: 'Fail' }, false],
    ['a status, which the API server writes', { a: 1, status: { x: 1 } }, { a: 1 }, true],
  ])('%s', (_, has, wants, expected) => expect(isAsWanted(stored(has), wanted(wants))).toBe(expected));

  it.each<[string, object, object, boolean]>([
    ['labels of others', { labels: { ours: '1', theirs: '2' } }, { labels: { ours: '1' } }, true],
    ['a label of ours that is gone', { labels: { theirs: '2' } }, { labels: { ours: '1' } }, false],
    ['an annotation of ours that is edited', { annotations: { a: '2' } }, { annotations: { a: '1' } }, false],
    ['an owner, with which it would go', { ownerReferences: [{ uid: 'u' }] }, {}, false],
    ['a finalizer', { finalizers: ['example.com/a'] }, {}, false],
  ])('%s', (_, has, wants, expected) =>
    expect(isAsWanted(stored({ a: 1 }, has), wanted({ a: 1 }, wants))).toBe(expected),
  );
});
