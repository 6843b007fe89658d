// INV-1: a fingerprint stands for one change by one requester on one object of one cluster (T63, T75).
import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fingerprint, FINGERPRINT_VERSION, type FingerprintSubject } from './fingerprint.ts';

const key = new Uint8Array(32).fill(7);
const subject: FingerprintSubject = {
  cluster: 'c-1',
  operation: 'UPDATE',
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  subResource: '',
  namespace: 'payments',
  name: 'api',
  objectUid: 'uid-1',
  username: 'system:serviceaccount:agents:bot',
  payload: { b: 1, a: [2n ** 60n, 'x'] },
};

describe('fingerprint', () => {
  it('is a keyed digest of the canonical subject', () => {
    const text =
      '{"cluster":"c-1","name":"api","namespace":"payments","objectUid":"uid-1","operation":"UPDATE","payload":{"a":[1152921504606846976,"x"],"b":1},"resource":["apps","v1","deployments",""],"username":"system:serviceaccount:agents:bot","version":"v1"}';
    const digest = createHmac('sha256', key).update(text).digest('hex');
    expect(fingerprint(key, subject)).toBe(`${FINGERPRINT_VERSION}:${digest}`);
  });

  it.each<[string, Partial<FingerprintSubject>]>([
    ['cluster', { cluster: 'c-2' }],
    ['operation', { operation: 'CREATE' }],
    ['object of that name', { objectUid: 'uid-2' }],
    ['group', { resource: { ...subject.resource, group: '' } }],
    ['version', { resource: { ...subject.resource, version: 'v2' } }],
    ['resource', { resource: { ...subject.resource, resource: 'statefulsets' } }],
    ['subresource', { subResource: 'scale' }],
    ['namespace', { namespace: 'other' }],
    ['name', { name: 'web' }],
    ['requester', { username: 'system:serviceaccount:agents:other' }],
    ['payload', { payload: { b: 1, a: [2n ** 60n + 1n, 'x'] } }],
    ['pinned old object', { base: null }],
    ['text moved between fields', { namespace: 'payment', name: 'sapi' }],
  ])('INV-1: another %s is another fingerprint', (_, change) => {
    expect(fingerprint(key, { ...subject, ...change })).not.toBe(fingerprint(key, subject));
  });

  it('INV-10: cannot be computed without the key', () => {
    expect(fingerprint(new Uint8Array(32), subject)).not.toBe(fingerprint(key, subject));
  });

  it('ignores the order of keys', () => {
    const other = { ...subject, payload: { a: [2n ** 60n, 'x'], b: 1 } };
    expect(fingerprint(key, other)).toBe(fingerprint(key, subject));
  });
});
