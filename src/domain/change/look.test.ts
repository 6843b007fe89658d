import { describe, expect, it } from 'vitest';
import { recorded, reviewOf } from '../../../test/builders/reviews.ts';
import { neededLook } from './look.ts';

const core = (resource: string) => ({ group: '', version: 'v1', resource });

describe('neededLook', () => {
  it.each(['pod-exec', 'pod-attach', 'pod-portforward', 'pod-proxy', 'pod-eviction'])(
    '%s needs the pod',
    (name) => {
      expect(neededLook(recorded(name)[0])).toEqual({ ...core('pods'), namespace: 'payments', name: 'web' });
    },
  );

  it.each([
    ['pods', 'binding'],
    ['bindings', ''],
  ])('the placing of a pod through %s/%s needs the pod', (resource, subResource) => {
    const review = reviewOf({ operation: 'CREATE', resource: core(resource), subResource, name: 'web' });
    expect(neededLook(review)).toEqual({ ...core('pods'), namespace: 'payments', name: 'web' });
  });

  it('token-create needs the account', () => {
    expect(neededLook(recorded('token-create')[0])).toEqual({
      ...core('serviceaccounts'),
      namespace: 'payments',
      name: 'reader',
    });
  });

  it.each([
    'deploy-create',
    'deploy-set-image',
    'deploy-scale',
    'deploy-delete',
    'pod-create',
    'pod-debug',
    'service-proxy',
    'node-proxy',
    'csr-approve',
    'pods-deletecollection',
  ])('%s needs nothing', (name) => {
    expect(neededLook(recorded(name)[0])).toBeUndefined();
  });

  it.each([
    ['web', 'web'],
    ['web:80', 'web'],
    ['https:web:443', 'web'],
    ['https:web:', 'web'],
  ])('reads the pod out of the proxy target %s', (name, pod) => {
    const review = reviewOf({ operation: 'CONNECT', resource: core('pods'), subResource: 'proxy', name });
    expect(neededLook(review)?.name).toBe(pod);
  });

  it('goes by the core group', () => {
    const resource = { group: 'shop.example', version: 'v1', resource: 'pods' };
    expect(neededLook(reviewOf({ operation: 'CONNECT', resource, subResource: 'exec' }))).toBeUndefined();
  });
});
