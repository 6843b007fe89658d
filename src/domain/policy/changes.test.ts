import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reviewOf } from '../../../test/builders/reviews.ts';
import { compileCel } from '../../cel/program.ts';
import { toCel } from '../../cel/value.ts';
import type { JsonObject } from '../change/json.ts';
import { changesSomething } from './changes.ts';
import type { Intercept } from './expand.ts';
import { touchedBy } from './touched.ts';

const touchedOnly = (group: string, resource: string): Intercept => ({
  group,
  version: 'v1',
  resource,
  operations: new Set(['UPDATE']),
  isOnlyTouched: true,
});
const INTERCEPTS = [
  touchedOnly('apps', 'deployments'),
  touchedOnly('apps', 'deployments/status'),
  ...['', '/status', '/finalize'].map((sub) => touchedOnly('', `namespaces${sub}`)),
  { ...touchedOnly('apps', 'statefulsets'), isOnlyTouched: false },
];

/** Whether the API server sends an update. `path` is `group/resource/subresource`. */
function sends(path: string, object: JsonObject, oldObject: JsonObject, intercepts = INTERCEPTS): boolean {
  const [group = '', resource = '', subResource = ''] = path.split('/');
  const kind = resource === 'namespaces' ? 'Namespace' : 'Deployment';
  const compiled = compileCel(changesSomething(intercepts, true), {
    variables: ['request', 'object', 'oldObject'],
    maxLength: 100_000,
  });
  if (!compiled.ok) throw new Error(compiled.message);
  const request = {
    operation: 'UPDATE',
    kind: { group, version: 'v1', kind },
    resource: { group, version: 'v1', resource },
    ...(subResource === '' ? {} : { subResource }),
  };
  const result = compiled.program.evaluate({
    request: toCel(request),
    object: toCel(object),
    oldObject: toCel(oldObject),
  });
  if (!result.ok || typeof result.value !== 'boolean') throw new Error('an error denies every agent');
  return result.value;
}

const owned = { metadata: { ownerReferences: [{ uid: 'u' }] } };
const kept = { metadata: { finalizers: ['example.com/a'] } };
const labelled = { metadata: { labels: { tier: 'prod' } } };

describe('an update is sent', () => {
  it.each<[string, string, JsonObject, JsonObject, boolean]>([
    ['whatever it changes, where a rule names updates', 'apps/statefulsets', { a: 1 }, {}, true],
    ['never, where it changes nothing', 'apps/statefulsets', { a: [1] }, { a: [1] }, false],
    ['not for the status alone', 'apps/deployments/status', { status: { a: 1 } }, {}, false],
    ['not for the spec alone', 'apps/deployments', { spec: { a: 1 } }, {}, false],
    ['for owners by the status', 'apps/deployments/status', owned, {}, true],
    ['for finalizers by the status', 'apps/deployments/status', { metadata: {} }, kept, true],
    ['for owners by the object', 'apps/deployments', owned, { metadata: {} }, true],
    [
      'not for an empty list',
      'apps/deployments',
      { metadata: { finalizers: [] }, a: 1 },
      { metadata: {} },
      false,
    ],
    ['not for labels', 'apps/deployments', labelled, {}, false],
    ['for labels of a namespace', '/namespaces', {}, labelled, true],
    ['for labels of a namespace by the status', '/namespaces/status', {}, labelled, true],
    ['for labels of a namespace by finalize', '/namespaces/finalize', {}, labelled, true],
    [
      'for finalizers of a namespace',
      '/namespaces/finalize',
      {},
      { spec: { finalizers: ['kubernetes'] } },
      true,
    ],
    ['not for the status of a namespace', '/namespaces/status', { status: { a: 1 } }, {}, false],
  ])('%s', (_name, path, object, oldObject, expected) => {
    expect(sends(path, object, oldObject)).toBe(expected);
  });

  it('not for labels of a namespace, where no policy picks namespaces by them', () => {
    expect(changesSomething(INTERCEPTS, false)).not.toContain('labels');
    expect(changesSomething(INTERCEPTS, true)).toContain('labels');
  });

  it('always, where the list of what is only implied grows too long', () => {
    const many = Array.from({ length: 1_000 }, (_, at) =>
      touchedOnly('example.com', `resources-number-${at}`),
    );
    expect(changesSomething(many, true).length).toBeLessThan(500);
    expect(sends('example.com/resources-number-7', { a: 1 }, {}, many)).toBe(true);
  });

  it('always, where a resource is named by a wildcard that nothing serves', () => {
    expect(sends('new.example.com/gadgets', { a: 1 }, {}, [touchedOnly('new.example.com', '*')])).toBe(true);
  });
});

const uids = fc.subarray(['u', 'v']).map((all) => all.map((uid) => ({ uid })));
const metadata = fc.record(
  {
    labels: fc.dictionary(fc.constantFrom('a', 'b'), fc.constantFrom('1', '2'), { maxKeys: 2 }),
    ownerReferences: uids,
    finalizers: fc.subarray(['x/a', 'x/b']),
    annotations: fc.constantFrom({}, { a: 'b' }),
  },
  { requiredKeys: [] },
);
const anObject = fc.record(
  { metadata, spec: fc.record({ finalizers: fc.subarray(['kubernetes']) }, { requiredKeys: [] }) },
  { requiredKeys: [] },
);

describe('where no rule names updates', () => {
  it('INV-1: what the API server keeps back touches nothing that the gate would hold', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('apps/deployments/status', '/namespaces/status'),
        anObject,
        anObject,
        (path, object, oldObject) => {
          const isNamespace = path.startsWith('/');
          const kind = {
            group: isNamespace ? '' : 'apps',
            version: 'v1',
            kind: isNamespace ? 'Namespace' : 'Deployment',
          };
          const touched = touchedBy(reviewOf({ kind, object, oldObject }));
          const matters = touched.lifetime || (isNamespace && touched.labels);
          expect(sends(path, object, oldObject)).toBe(matters);
        },
      ),
      { numRuns: 500 },
    );
  });
});
