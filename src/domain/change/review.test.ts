// INV-7: a review that is not exactly as the API server writes it is refused, and the refusal quotes nothing of it.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from './json.ts';
import { decodeReview } from './review.ts';

const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
const object = { metadata: { name: 'api' } };
const request = {
  uid: 'u-1',
  kind,
  resource,
  requestKind: kind,
  requestResource: resource,
  name: 'api',
  namespace: 'payments',
  operation: 'UPDATE',
  userInfo: { username: 'system:serviceaccount:agents:bot', uid: 'x', groups: ['a'], extra: { k: ['v'] } },
  object,
  oldObject: object,
  dryRun: false,
  options: { kind: 'UpdateOptions' },
};
const reviewWith = (change: Record<string, Json | undefined>): Json => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: Object.fromEntries(
    Object.entries({ ...request, ...change }).filter(([, v]) => v !== undefined),
  ) as Json,
});

describe('decodeReview', () => {
  it('decodes what the API server sends', () => {
    expect(decodeReview(reviewWith({}))).toEqual({
      ok: true,
      review: {
        uid: 'u-1',
        kind,
        resource,
        subResource: '',
        requestResource: resource,
        requestSubResource: '',
        name: 'api',
        namespace: 'payments',
        operation: 'UPDATE',
        userInfo: request.userInfo,
        object,
        oldObject: object,
        options: { kind: 'UpdateOptions' },
        dryRun: false,
      },
    });
  });

  it('fills in what Go leaves out when it is empty', () => {
    const decoded = decodeReview(
      reviewWith({
        operation: 'DELETE',
        object: null,
        name: undefined,
        namespace: undefined,
        dryRun: undefined,
        options: null,
        requestResource: undefined,
        userInfo: { username: 'alice' },
      }),
    );
    expect(decoded).toMatchObject({
      ok: true,
      review: {
        name: '',
        namespace: '',
        dryRun: false,
        options: null,
        requestResource: resource,
        userInfo: { username: 'alice', uid: '', groups: [], extra: {} },
      },
    });
  });

  it.each<[string, Record<string, Json | undefined>, RegExp]>([
    ['a missing uid', { uid: undefined }, /request\.uid is missing/],
    ['an empty uid', { uid: '' }, /request\.uid is missing/],
    ['a uid that is a number', { uid: 5 }, /request\.uid is not a string/],
    ['a missing kind', { kind: undefined }, /request\.kind is missing/],
    ['a kind without a kind', { kind: { group: '', version: 'v1' } }, /request\.kind\.kind is missing/],
    ['a kind that is a string', { kind: 'Pod' }, /request\.kind is missing/],
    ['a missing resource', { resource: undefined }, /request\.resource is missing/],
    [
      'a resource without a version',
      { resource: { group: '', resource: 'pods' } },
      /resource\.version is missing/,
    ],
    ['a group that is a list', { resource: { ...resource, group: [] } }, /resource\.group is not a string/],
    ['an ill-typed requestResource', { requestResource: 'pods' }, /requestResource is missing/],
    ['an ill-typed subResource', { subResource: 1 }, /subResource is not a string/],
    ['an ill-typed name', { name: {} }, /request\.name is not a string/],
    ['an ill-typed namespace', { namespace: false }, /request\.namespace is not a string/],
    ['a missing operation', { operation: undefined }, /request\.operation is not/],
    ['an unknown operation', { operation: 'PATCH' }, /request\.operation is not/],
    ['a missing userInfo', { userInfo: undefined }, /request\.userInfo is missing/],
    ['a missing username', { userInfo: { groups: [] } }, /userInfo\.username is missing/],
    [
      'groups that are no list',
      { userInfo: { username: 'a', groups: 'g' } },
      /userInfo\.groups is not a list/,
    ],
    [
      'groups that are no strings',
      { userInfo: { username: 'a', groups: [1] } },
      /userInfo\.groups is not a list/,
    ],
    ['extra that is no map', { userInfo: { username: 'a', extra: [] } }, /userInfo\.extra is not a map/],
    [
      'extra whose values are no lists',
      { userInfo: { username: 'a', extra: { k: 'v' } } },
      /extra is not a list/,
    ],
    ['an object that is a list', { object: [] }, /request\.object is not an object/],
    ['options that are a string', { options: 'x' }, /request\.options is not an object/],
    ['dryRun that is a string', { dryRun: 'true' }, /request\.dryRun is not true or false/],
    ['an UPDATE without object', { object: null }, /no object/],
    ['an UPDATE without oldObject', { oldObject: null }, /no oldObject/],
    ['a DELETE without oldObject', { operation: 'DELETE', oldObject: undefined }, /no oldObject/],
    ['a CREATE without object', { operation: 'CREATE', object: undefined }, /no object/],
    ['a CONNECT without object', { operation: 'CONNECT', object: null }, /no object/],
    ['metadata that is no object', { object: { metadata: [] } }, /metadata of an object is not an object/],
  ])('refuses %s', (_, change, why) => {
    expect(decodeReview(reviewWith(change))).toMatchObject({ ok: false, why: expect.stringMatching(why) });
  });

  it.each<[string, Json]>([
    ['v1beta1', { apiVersion: 'admission.k8s.io/v1beta1', kind: 'AdmissionReview', request }],
    ['another kind', { apiVersion: 'admission.k8s.io/v1', kind: 'ConversionReview', request }],
    ['no request', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
    ['a request that is null', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: null }],
    ['a list', [1]],
    ['a string', 'AdmissionReview'],
    ['null', null],
  ])('refuses %s', (_, value) => {
    expect(decodeReview(value).ok).toBe(false);
  });

  it('gives the uid back with a refusal where it can be read', () => {
    expect(decodeReview(reviewWith({ operation: 'PATCH' }))).toMatchObject({ ok: false, uid: 'u-1' });
    expect(decodeReview({ request: { uid: 5 } })).toMatchObject({ ok: false, uid: '' });
    expect(decodeReview({ request: { uid: 'u-2' } })).toMatchObject({ ok: false, uid: 'u-2' });
  });

  it('INV-7: never throws, and never quotes the input', () => {
    const canary = 'canary-4711';
    const odd = fc.oneof(
      fc.constant(canary),
      fc.constant([canary]),
      fc.constant({ [canary]: canary }),
      fc.constant(7),
    );
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(request)), odd, (key, value) => {
        const decoded = decodeReview(reviewWith({ [key]: value }));
        expect(decoded.ok ? '' : decoded.why).not.toContain(canary);
      }),
    );
  });
});
