import { describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { findRequest, type FindInput } from './find.ts';

const NOW = Date.UTC(2026, 0, 3);
const request = (name: string, uid: string, over: { fingerprint?: string; stands?: boolean } = {}) =>
  ({
    metadata: { name, uid, resourceVersion: '1', labels: over.stands ? { stands: 'yes' } : {} },
    spec: { fingerprint: over.fingerprint ?? 'fp', seal: { keyId: 'k', signature: 's' } },
  }) as unknown as ApprovalRequest;

const input = (stored: ApprovalRequest[], over: Partial<FindInput> = {}): FindInput => ({
  fingerprint: 'fp',
  now: NOW,
  cached: [],
  nameAfter: (uid) => `delete-api-${uid || 'first'}`,
  get: (name) => Promise.resolve(stored.find((one) => one.metadata.name === name)),
  isSealed: (one) => one.spec.seal.signature !== 'forged',
  stands: (one) => one.metadata.labels?.['stands'] === 'yes',
  ...over,
});
const slim = (name: string, created: string, usedAt = 0) => ({
  name,
  uid: '',
  created,
  username: '',
  object: '',
  fingerprint: 'fp',
  state: 'Pending' as const,
  version: '',
  rememberedUntil: 0,
  usedAt,
});

describe('findRequest', () => {
  it('names the first request of a new change', async () => {
    expect(await findRequest(input([]))).toEqual({ next: { name: 'delete-api-first', predecessor: '' } });
  });

  it('finds the request that stands', async () => {
    const open = request('delete-api-first', 'u1', { stands: true });
    expect((await findRequest(input([open]))).current).toBe(open);
  });

  it('goes on behind a finished one, which it keeps for the words', async () => {
    const done = request('delete-api-first', 'u1');
    const found = await findRequest(input([done]));
    expect(found).toEqual({ last: done, next: { name: 'delete-api-u1', predecessor: 'u1' } });
  });

  it('finds a standing one behind finished ones without a cache', async () => {
    const open = request('delete-api-u1', 'u2', { stands: true });
    expect((await findRequest(input([request('delete-api-first', 'u1'), open]))).current).toBe(open);
  });

  it('passes over a forged request that has the name (INV-1)', async () => {
    const forged = request('delete-api-first', 'u1', { stands: true });
    (forged.spec.seal as { signature: string }).signature = 'forged';
    expect(await findRequest(input([forged]))).toEqual({
      next: { name: 'delete-api-u1', predecessor: 'u1' },
    });
  });

  it('passes over a sealed request for another change that has the name (INV-1)', async () => {
    const other = request('delete-api-first', 'u1', { stands: true, fingerprint: 'other' });
    expect((await findRequest(input([other]))).current).toBeUndefined();
  });

  it('starts at the newest one in the cache', async () => {
    const open = request('delete-api-late', 'u9', { stands: true });
    const asked: string[] = [];
    const get = (name: string) => {
      asked.push(name);
      return Promise.resolve(name === 'delete-api-late' ? open : undefined);
    };
    const cached = [
      slim('delete-api-early', '2026-01-01T00:00:00Z'),
      slim('delete-api-late', '2026-01-02T00:00:00Z'),
    ];
    expect((await findRequest(input([], { get, cached }))).current).toBe(open);
    expect(asked).toEqual(['delete-api-late']);
  });

  it.each([
    [40_000, 'delete-api-early'],
    [40_001, 'delete-api-late'],
  ])('starts at an older one that was used %i ms ago and may be in its window: %s', async (age, first) => {
    const asked: string[] = [];
    const get = (name: string) => {
      asked.push(name);
      return Promise.resolve(undefined);
    };
    const cached = [
      slim('delete-api-late', '2026-01-02T00:00:00Z'),
      slim('delete-api-early', '2026-01-01T00:00:00Z', NOW - age),
    ];
    await findRequest(input([], { get, cached }));
    expect(asked[0]).toBe(first);
  });

  it('starts again at the first name when the cached one is gone', async () => {
    const cached = [slim('delete-api-gone', '2026-01-01T00:00:00Z')];
    expect((await findRequest(input([], { cached }))).next.name).toBe('delete-api-first');
  });

  it('throws when a read fails, so that the gate denies (INV-7)', async () => {
    await expect(findRequest(input([], { get: () => Promise.reject(new Error('down')) }))).rejects.toThrow(
      'down',
    );
  });

  it('throws on a chain without an end (INV-7)', async () => {
    const endless = (name: string) => Promise.resolve(request(name, `${name.length}`));
    await expect(findRequest(input([], { get: endless }))).rejects.toThrow('no end');
  });
});
