// INV-1: a last-applied-configuration that claims anything but what the object says is never waved through.
import { describe, expect, it } from 'vitest';
import { recorded } from '../../../test/builders/reviews.ts';
import type { JsonObject } from './json.ts';
import { agreesWith, lastAppliedOf } from './last-applied.ts';

const object: JsonObject = {
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: { name: 'x', creationTimestamp: '2026-01-01T00:00:00Z', labels: { a: 'b' } },
  spec: {
    replicas: 3,
    containers: [
      {
        name: 'app',
        resources: { limits: { cpu: '100m' } },
        ports: [{ containerPort: 80, protocol: 'TCP' }],
        args: ['a', 'b'],
      },
      { name: 'injected' },
    ],
    tolerations: [{ key: 'mine' }, { key: 'injected' }],
    big: 9007199254740993n,
  },
};
const agrees = (applied: unknown): boolean => agreesWith(JSON.stringify(applied), object);

describe('agreesWith', () => {
  it.each(['deploy-apply', 'pod-apply', 'service-apply', 'secret-apply', 'deploy-update-apply'])(
    'accepts what kubectl apply writes: %s',
    (name) => {
      const applied = recorded(name)[0].object as JsonObject;
      expect(agreesWith(lastAppliedOf(applied) ?? null, applied)).toBe(true);
    },
  );

  it.each<[string, unknown]>([
    ['a part of the object', { spec: { replicas: 3 } }],
    [
      'amounts written differently',
      { spec: { containers: [{ name: 'app', resources: { limits: { cpu: 0.1 } } }] } },
    ],
    [
      'a port without its default',
      { spec: { containers: [{ name: 'app', ports: [{ containerPort: 80 }] }] } },
    ],
    ['the first of more elements', { spec: { tolerations: [{ key: 'mine' }] } }],
    ['empty values that Go leaves out', { spec: { hostNetwork: false, x: '', y: 0, z: { w: [] }, n: null } }],
    ['a time of creation that Go tools write as null', { metadata: { creationTimestamp: null } }],
    ['empty annotations', { metadata: { annotations: {} } }],
    ['nothing', {}],
  ])('accepts %s', (_, applied) => {
    expect(agrees(applied)).toBe(true);
  });

  it.each<[string, unknown]>([
    ['another value', { spec: { replicas: 4 } }],
    ['another kind', { kind: 'Other' }],
    ['a field that the object lacks', { spec: { paused: true } }],
    ['null for a field that the object has', { spec: { replicas: null } }],
    ['a container that the object lacks', { spec: { containers: [{ name: 'other' }] } }],
    [
      'more elements than there are',
      { spec: { tolerations: [{ key: 'mine' }, { key: 'injected' }, { key: 'more' }] } },
    ],
    ['elements in another order', { spec: { containers: [{ name: 'app', args: ['b', 'a'] }] } }],
    ['another amount', { spec: { containers: [{ name: 'app', resources: { limits: { cpu: '1' } } }] } }],
    ['a map where there is a list', { spec: { containers: {} } }],
    ['a list where there is a scalar', { spec: { replicas: [] } }],
    ['a finalizer that the object lacks', { metadata: { finalizers: ['a/b'] } }],
    ['the neighbour of a large integer', { spec: { big: 9007199254740992 } }],
    ['stringData on another kind', { stringData: { a: 'b' } }],
  ])('refuses %s', (_, applied) => {
    expect(agrees(applied)).toBe(false);
  });

  it.each([
    ['{', 'no JSON'],
    ['[]', 'a list'],
    ['{"a":1,"a":1}', 'duplicate keys'],
    ['"x"', 'a string'],
  ])('refuses %s: %s', (text) => {
    expect(agreesWith(text, object)).toBe(false);
  });

  it('reads stringData of a Secret as the data it became', () => {
    const secret: JsonObject = { kind: 'Secret', data: { a: 'w6Q=' } };
    expect(agreesWith('{"kind":"Secret","stringData":{"a":"ä"}}', secret)).toBe(true);
    expect(agreesWith('{"kind":"Secret","stringData":{"a":"o"}}', secret)).toBe(false);
    expect(agreesWith('{"kind":"Secret","stringData":{"b":"ä"}}', secret)).toBe(false);
  });
});
