// INV-1: where an empty map of labels stands for none, and where it does not.
import { expect, it } from 'vitest';
import { fingerprintOf, reviewOf } from '../../../../test/builders/reviews.ts';
import type { JsonObject } from '../json.ts';

it.each([
  ['a template of a Deployment', 'apps', 'Deployment', 1],
  ['a custom resource', 'shop.example', 'Deployment', 2],
  ['a field of free form in a built-in kind', 'resource.k8s.io', 'ResourceClaim', 2],
])('INV-1: tells empty labels from none where both can be stored: %s', (_, group, kind, different) => {
  const stored = (metadata: JsonObject): JsonObject => ({ spec: { template: { metadata } } });
  const oldObject = stored({ labels: { a: 'b' } });
  const prints = [stored({ labels: {} }), stored({})].map((object) =>
    fingerprintOf(reviewOf({ kind: { group, version: 'v1', kind }, oldObject, object })),
  );
  expect(new Set(prints).size).toBe(different);
});
