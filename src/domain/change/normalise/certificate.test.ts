// Times in the conditions of a request for a certificate: the API server fills them in, whichever way they are written.
import { describe, expect, it } from 'vitest';
import { fingerprintOf, reviewOf } from '../../../../test/builders/reviews.ts';
import type { JsonObject } from '../json.ts';

const KIND = { group: 'certificates.k8s.io', version: 'v1', kind: 'CertificateSigningRequest' };
const RESOURCE = {
  group: 'certificates.k8s.io',
  version: 'v1',
  resource: 'certificatesigningrequests',
};
const SPEC = { request: 'YQ==', signerName: 'example.com/a', usages: ['client auth'] };
const withCondition = (reason: string, second: number): JsonObject => {
  const time = `2026-01-02T03:04:0${second}Z`;
  const condition = {
    type: 'Failed',
    status: 'True',
    reason,
    lastUpdateTime: time,
    lastTransitionTime: time,
  };
  return { metadata: { name: 'a', uid: 'u' }, spec: SPEC, status: { conditions: [condition] } };
};

describe.each(['approval', 'status'])('a condition written by way of %s', (subResource) => {
  const printOf = (object: JsonObject) => {
    const oldObject = { metadata: { name: 'a', uid: 'u' }, spec: SPEC, status: {} };
    return fingerprintOf(reviewOf({ kind: KIND, resource: RESOURCE, subResource, object, oldObject }));
  };

  it('is one change in whichever second it is tried', () => {
    expect(printOf(withCondition('A', 1))).toBe(printOf(withCondition('A', 2)));
  });

  it('is another change with another reason', () => {
    expect(printOf(withCondition('B', 1))).not.toBe(printOf(withCondition('A', 1)));
  });
});
