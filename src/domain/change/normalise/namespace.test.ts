// A namespace with a made-up name carries that name in a label too, and its name is its namespace.
import { describe, expect, it } from 'vitest';
import { fingerprintOf, reviewOf } from '../../../../test/builders/reviews.ts';
import type { Review } from '../review.ts';

const LABEL = 'kubernetes.io/metadata.name';

function creation(name: string, label = name): Review {
  return reviewOf({
    operation: 'CREATE',
    resource: { group: '', version: 'v1', resource: 'namespaces' },
    kind: { group: '', version: 'v1', kind: 'Namespace' },
    name,
    namespace: name,
    object: { metadata: { generateName: 'team-', name, labels: { [LABEL]: label } } },
  });
}

describe('a new namespace', () => {
  it('with a made-up name is one change on every attempt', () => {
    expect(fingerprintOf(creation('team-bcdfg'))).toBe(fingerprintOf(creation('team-24679')));
  });

  it('with another name in the label is another change', () => {
    expect(fingerprintOf(creation('team-bcdfg', 'other'))).not.toBe(fingerprintOf(creation('team-bcdfg')));
  });

  it('with a chosen name is bound to it', () => {
    expect(fingerprintOf(creation('team-red'))).not.toBe(fingerprintOf(creation('team-blue')));
  });
});
