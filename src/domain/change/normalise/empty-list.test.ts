// Lists without elements that built-in kinds write even so: one change in JSON and in protobuf.
import { describe, expect, it } from 'vitest';
import { fingerprintOf, reviewOf } from '../../../../test/builders/reviews.ts';
import type { Json } from '../json.ts';

const creation = (group: string, kind: string, rules: Json | undefined) =>
  fingerprintOf(
    reviewOf({
      operation: 'CREATE',
      kind: { group, version: 'v1', kind },
      object: { metadata: { name: 'a' }, ...(rules === undefined ? {} : { rules }) },
    }),
  );

describe('a list without elements', () => {
  it('counts as missing where protobuf could not say it', () => {
    const prints = [[], null, undefined].map((rules) => creation('rbac.authorization.k8s.io', 'Role', rules));
    expect(new Set(prints).size).toBe(1);
    expect(creation('rbac.authorization.k8s.io', 'Role', [{}])).not.toBe(prints[0]);
  });

  it('counts in custom resources, whatever the name of their kind', () => {
    const prints = [[], null, undefined].map((rules) => creation('shop.example', 'Role', rules));
    expect(new Set(prints).size).toBe(3);
  });
});
