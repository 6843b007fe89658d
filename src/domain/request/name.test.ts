import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationSeconds } from './duration.ts';
import { requestName } from './name.ts';

const of = (action: string, resource: string, ...[name = '', generateName]: (string | undefined)[]) =>
  requestName({ action, resource, name, generateName }, 'v1:f00d', '');
const readable = (name: string): string => name.slice(0, -11);

describe('requestName', () => {
  it.each([
    ['delete', 'deployments', 'api', undefined, 'delete-deployments-api'],
    [
      'create',
      'clusterrolebindings',
      'system:Admin_1',
      undefined,
      'create-clusterrolebindings-system-admin-1',
    ],
    ['create', 'jobs', '', 'import-', 'create-jobs-import'],
    ['create', 'pods', '', undefined, 'create-pods'],
    ['update', 'configmaps', 'immutable', undefined, 'update-configmaps-immut'],
    ['\u0440', '', '...', undefined, 'change'],
    [
      'delete',
      'deployments',
      'a-very-long-name-that-goes-on-and-on',
      undefined,
      'delete-deployments-a-very-long-name-that-goes-on-and',
    ],
    ['delete', 'deployments', 'x'.repeat(80), undefined, `delete-deployments-${'x'.repeat(33)}`],
  ])('%s %s %s%s reads %s', (...row) => {
    const [action, resource, name, generateName, expected] = row;
    expect(readable(of(action, resource, name, generateName))).toBe(expected);
  });

  it('is a DNS label of at most 63 characters, whatever it is made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        const name = requestName({ action: a, resource: b, name: c }, d, c);
        expect(name).toMatch(/^[a-z0-9]([a-z0-9-]{0,61})[a-z0-9]$/);
        expect(name).toMatch(/-[0-9abcdefghjkmnpqrstvwxyz]{10}$/);
        expect(name).not.toContain('immutable');
      }),
    );
  });

  it('ends in a hash over fingerprint and predecessor alone, and never mixes the two up', () => {
    const hash = (fingerprint: string, predecessor: string): string =>
      requestName({ action: 'a', resource: 'b', name: 'c' }, fingerprint, predecessor).slice(-10);
    expect(hash('v1:f00d', '')).toBe(of('x', 'y', 'z').slice(-10));
    expect(new Set([hash('ab', 'c'), hash('a', 'bc'), hash('abc', ''), hash('', 'abc')]).size).toBe(4);
  });

  it('uses all 50 bits: no two of many changes share a hash, and every character varies', () => {
    const hashes = Array.from({ length: 20_000 }, (_, i) =>
      requestName({ action: 'a', resource: 'b', name: 'c' }, `v1:${i}`, '').slice(-10),
    );
    expect(new Set(hashes).size).toBe(hashes.length);
    for (let at = 0; at < 10; at++) expect(new Set(hashes.map((hash) => hash.charAt(at))).size).toBe(32);
  });
});

describe('durationSeconds', () => {
  it.each([
    ['30m', 1_800],
    ['4h', 14_400],
    ['1h30m', 5_400],
    ['0s', 0],
    ['1h1m1s', 3_661],
    ['', undefined],
    ['1d', undefined],
    ['-1h', undefined],
    ['30', undefined],
    ['1m1h', undefined],
  ])('%s is %s seconds', (text, seconds) => {
    expect(durationSeconds(text)).toBe(seconds);
  });
});
