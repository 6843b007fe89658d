import { describe, expect, it } from 'vitest';
import { changeSummary, changeText, type NamedChange } from './summary.ts';

const change = (action: string, subresource = '', over: Partial<NamedChange> = {}): NamedChange => ({
  action,
  resource: 'deployments',
  subresource,
  namespace: 'payments',
  name: 'api',
  ...over,
});

describe('a change in one line', () => {
  it.each<[NamedChange, string]>([
    [change('delete'), 'delete deployments payments/api'],
    [change('scale', 'scale'), 'scale deployments payments/api'],
    [change('update status', 'status'), 'update status deployments payments/api'],
    [change('update', 'scale'), 'update deployments/scale payments/api'],
    [change('exec', 'exec', { resource: 'pods' }), 'exec pods payments/api'],
    [change('evict', 'eviction', { resource: 'pods' }), 'evict pods payments/api'],
    [change('port-forward', 'portforward', { resource: 'pods' }), 'port-forward pods payments/api'],
    [
      change('create token', 'token', { resource: 'serviceaccounts' }),
      'create token serviceaccounts payments/api',
    ],
    [change('create', '', { name: '', generateName: 'api-' }), 'create deployments payments/api-*'],
  ])('%j does not stutter: %s', (given, words) => expect(changeText(given)).toBe(words));

  const scaled = (from: object, to: object) =>
    changeSummary(change('scale', 'scale', { diff: [{ path: 'spec.replicas', op: 'Changed', from, to }] }));

  it('says from how many to how many a scale goes', () => {
    expect(scaled({ shown: '2' }, { shown: '5' })).toBe('scale deployments payments/api from 2 to 5');
  });

  it('calls a rollout restart by its name, when it is nothing else', () => {
    const path = 'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]';
    const entry = { path, op: 'Added' as const, to: { shown: '(now)' } };
    const said = (diff: NonNullable<NamedChange['diff']>, over = {}) =>
      changeSummary(change('update', '', { diff, ...over }));
    expect(said([entry])).toBe('restart deployments payments/api');
    expect(said([entry, { ...entry, path: 'spec.replicas' }])).toBe('update deployments payments/api');
    expect(said([entry], { resource: 'widgets' })).toBe('update widgets payments/api');
  });

  it('does not where the numbers are masked, or where it is no scale', () => {
    const masked = { masked: { type: 'number', length: 0 } };
    expect(scaled(masked, masked)).toBe('scale deployments payments/api');
    const diff = [
      { path: 'spec.replicas', op: 'Changed' as const, from: { shown: '2' }, to: { shown: '5' } },
    ];
    expect(changeSummary(change('update', '', { diff }))).toBe('update deployments payments/api');
  });
});
