// INV-1: a last-applied-configuration that claims what somebody else has set plants a deletion, however true it is.
import { describe, expect, it } from 'vitest';
import { changeOf, reviewOf } from '../../../test/builders/reviews.ts';
import { isHarmless } from './claims.ts';
import type { Json, JsonObject } from './json.ts';
import { LAST_APPLIED } from './last-applied.ts';
import { isNoOp } from './no-op.ts';

const ANNOTATION = { 'f:annotations': { [`f:${LAST_APPLIED}`]: {} } };
const manager = (fieldsV1: JsonObject, rest: JsonObject = {}): JsonObject => ({
  manager: 'any',
  operation: 'Update',
  fieldsV1,
  ...rest,
});
const SPEC = {
  replicas: 2,
  template: {
    finalizers: ['a/b', 'c/d'],
    args: ['x', 'y'],
    containers: [
      { name: 'app', image: 'a:1' },
      { name: 'mesh', image: 'm:1' },
    ],
    securityContext: { runAsNonRoot: true },
  },
};
/** What kubectl applied, and what a security team added. */
const APPLIER = manager({
  'f:metadata': ANNOTATION,
  'f:spec': {
    'f:replicas': {},
    'f:template': {
      'f:args': {},
      'f:finalizers': { 'v:"a/b"': {} },
      'f:containers': { 'k:{"name":"app"}': { '.': {}, 'f:name': {}, 'f:image': {} } },
    },
  },
});
const OTHER = manager({
  'f:spec': {
    'f:template': {
      'f:finalizers': { 'v:"c/d"': {} },
      'f:containers': { 'k:{"name":"mesh"}': { '.': {}, 'f:name': {}, 'f:image': {} } },
      'f:securityContext': { 'f:runAsNonRoot': {} },
    },
  },
});
const STATUS = manager(
  { 'f:metadata': { 'f:annotations': { 'f:revision': {} } } },
  { subresource: 'status' },
);

interface Made {
  readonly applied?: Json;
  readonly spec?: JsonObject;
  readonly managed?: readonly JsonObject[];
}
const object = ({ applied, spec = SPEC, managed = [APPLIER, OTHER, STATUS] }: Made): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name: 'web',
    annotations: applied === undefined ? {} : { [LAST_APPLIED]: JSON.stringify(applied) },
    managedFields: managed,
  },
  spec,
});
const manifest = (spec: Json): Json => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'web' }, spec });
const BEFORE = manifest({ replicas: 2 });
const harmless = (fresh: Json, old: Made): boolean =>
  isHarmless(object({ applied: manifest(fresh), spec: old.spec ?? SPEC }), object(old));

describe('a manifest after another one', () => {
  it.each<[string, Json]>([
    ['the same', { replicas: 2 }],
    ['less', {}],
    ['what its writer has set', { replicas: 2, template: { args: ['x', 'y'] } }],
    ['an element that its writer has set', { template: { containers: [{ name: 'app', image: 'a:1' }] } }],
    ['one value of a set that its writer has set', { template: { finalizers: ['a/b'] } }],
    ['empty values for what is not there', { template: { volumes: [], x: null, y: {} } }],
  ])('may claim %s', (_, fresh) => {
    expect(harmless(fresh, { applied: BEFORE })).toBe(true);
  });

  it.each<[string, Json]>([
    ['a field that another manager has set', { template: { securityContext: { runAsNonRoot: true } } }],
    ['a map in which another manager has set a field', { template: { securityContext: {} } }],
    ['an element of another manager', { template: { containers: [{ name: 'mesh' }] } }],
    ['a value of a set that another manager has set', { template: { finalizers: ['a/b', 'c/d'] } }],
  ])('may not claim %s', (_, fresh) => {
    expect(harmless(fresh, { applied: BEFORE })).toBe(false);
    expect(
      isNoOp(
        reviewOf({ object: object({ applied: manifest(fresh) }), oldObject: object({ applied: BEFORE }) }),
      ),
    ).toBe(false);
    expect(harmless(fresh, { applied: manifest(fresh) }), 'it was claimed before').toBe(true);
  });

  it('may not claim what two have set, nor what nobody is known to have set', () => {
    const both = [APPLIER, manager({ 'f:spec': { 'f:template': { 'f:args': {} } } })];
    expect(harmless({ template: { args: ['x', 'y'] } }, { applied: BEFORE, managed: both })).toBe(false);
    for (const managed of [[], [manager({})], [OTHER]])
      expect(harmless({ template: { args: ['x', 'y'] } }, { applied: BEFORE, managed })).toBe(false);
  });

  it('may claim what this very change sets', () => {
    const spec = { replicas: 1, template: { args: ['z'] } };
    const old = object({ applied: BEFORE, spec });
    const fresh = object({ applied: manifest({ replicas: 2, template: { args: ['x', 'y'] } }) });
    expect(isHarmless(fresh, old)).toBe(true);
  });

  it('INV-9: is shown beside another change when it claims what somebody else has set', () => {
    const oldObject = object({ applied: BEFORE, spec: { ...SPEC, replicas: 1 } });
    const paths = (applied: Json): readonly string[] =>
      changeOf(reviewOf({ oldObject, object: object({ applied: manifest(applied) }) })).entries.map(
        ({ path }) => path,
      );
    expect(paths({ replicas: 2 })).toEqual(['spec.replicas']);
    expect(paths({ template: { securityContext: { runAsNonRoot: true } } })).toEqual([
      `metadata.annotations["${LAST_APPLIED}"]`,
      'spec.replicas',
    ]);
  });
});

describe('a first manifest', () => {
  const ALL = manager({ 'f:spec': { 'f:replicas': {}, 'f:template': {} } });
  it('may claim everything where one manager owns whatever anybody owns', () => {
    expect(harmless(SPEC, { managed: [ALL, STATUS] })).toBe(true);
    expect(harmless(SPEC, { managed: [ALL, OTHER] }), 'another one owns some of it too').toBe(true);
  });

  it.each<[string, readonly JsonObject[]]>([
    ['two have set different fields', [APPLIER, OTHER]],
    ['nobody is known to have set anything', []],
    ['managedFields were wiped', [{}]],
  ])('may not claim everything where %s, so that removing the annotation first is no way', (_, managed) => {
    expect(harmless({ replicas: 2 }, { managed })).toBe(false);
    expect(harmless({ template: { securityContext: { runAsNonRoot: true } } }, { managed })).toBe(false);
  });
});

it('the stringData of a Secret is the data that it becomes', () => {
  const secret = (applied: Json, managed: readonly JsonObject[]): JsonObject => ({
    kind: 'Secret',
    metadata: { annotations: { [LAST_APPLIED]: JSON.stringify(applied) }, managedFields: managed },
    data: { a: 'eA==', b: 'eQ==' },
  });
  const managed = [
    manager({ 'f:metadata': ANNOTATION, 'f:data': { 'f:a': {} } }),
    manager({ 'f:data': { 'f:b': {} } }),
  ];
  const old = secret({ kind: 'Secret' }, managed);
  expect(isHarmless(secret({ kind: 'Secret', stringData: { a: 'x' } }, managed), old)).toBe(true);
  expect(isHarmless(secret({ kind: 'Secret', stringData: { b: 'y' } }, managed), old)).toBe(false);
});
