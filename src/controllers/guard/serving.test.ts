import { describe, expect, it } from 'vitest';
import { KINDS } from '../../api/kinds.ts';
import { definitionNow, NewTroubles, serviceNow, type ServingNow } from './serving.ts';

const metadata = { name: 'approvalpolicies.assent.dev', uid: 'u', resourceVersion: '1' };
const spec = { versions: [{ name: 'v1alpha1', served: true }], conversion: { strategy: 'None' } };
const right = definitionNow({ metadata, spec } as never);
const apiService = (name: string, of: object) =>
  serviceNow({ metadata: { ...metadata, name }, spec: of } as never);
const now = (over: object = {}, service: object = {}): ServingNow => ({
  definition: (name) => (name === metadata.name ? { ...right, ...over } : { ...right, name }),
  services: () => [
    apiService('v1.other.dev', { service: { name: 'theirs' } }),
    apiService('v1alpha1.assent.dev', service),
  ],
});

describe('what serves our kinds', () => {
  it('is right as it is installed', () => {
    expect(KINDS.length).toBeGreaterThan(3);
    expect(new NewTroubles().among(now())).toEqual([]);
  });

  it.each<[string, ServingNow, object]>([
    ['a definition that goes', now({ isGoing: true }), { deed: 'deleted', name: metadata.name }],
    ['one that is not served', now({ isServed: false }), { deed: 'edited', fields: ['spec/versions'] }],
    ['one that converts elsewhere', now({ converts: true }), { deed: 'edited', fields: ['spec/conversion'] }],
    [
      'an API that another server answers',
      now({}, { service: { name: 'forger' } }),
      { kind: 'APIService', deed: 'edited', fields: ['spec/service'] },
    ],
    [
      'one that another server answers under a newer version of its own',
      { ...now(), services: () => [apiService('v1.assent.dev', { service: { name: 'forger' } })] },
      { kind: 'APIService', name: 'v1.assent.dev', deed: 'edited' },
    ],
  ])('%s is told once', (_, serving, trouble) => {
    const troubles = new NewTroubles();
    expect(troubles.among(serving)).toMatchObject([{ isRestored: false, ...trouble }]);
    expect(troubles.among(serving)).toEqual([]);
    expect(troubles.among(now())).toEqual([]);
    expect(troubles.among(serving), 'again, when it happens again').toHaveLength(1);
  });

  it('is missed where it is not there', () => {
    const none: ServingNow = { definition: () => undefined, services: () => [] };
    expect(new NewTroubles().among(none)).toHaveLength(KINDS.length);
  });

  it('is read from what the API server stores', () => {
    const converting = { ...spec, conversion: { strategy: 'Webhook' } };
    expect(definitionNow({ metadata, spec: converting } as never).converts).toBe(true);
    const unserved = { versions: [{ name: 'v1alpha1', served: false }] };
    expect(definitionNow({ metadata, spec: unserved } as never)).toMatchObject({
      isServed: false,
      converts: false,
    });
    const going = { ...metadata, deletionTimestamp: '2026-11-23T12:00:00Z' };
    expect(definitionNow({ metadata: going, spec } as never).isGoing).toBe(true);
  });
});
