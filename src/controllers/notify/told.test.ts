import { describe, expect, it } from 'vitest';
import { aStoredRequest } from '../../../test/builders/cli.ts';
import { aRequestIn, STATUSES } from '../../../test/builders/cards.ts';
import { placeRequest, threadLines } from './told.ts';

const MINUTE = 60_000;
const at = Date.parse('2026-11-22T10:00:00Z');
const times = (minutes: number) => ({
  requestedAt: '2026-11-22T10:00:00.000Z',
  expiresAt: new Date(at + minutes * MINUTE).toISOString().replace('.000', ''),
});

describe('placeRequest', () => {
  it.each([
    [240, 225],
    [60, 45],
    [8, 6],
  ])('reminds of a request that waits %i minutes after %i', (waits, after) => {
    const request = aStoredRequest('a', times(waits));
    expect(placeRequest(request, 'x', undefined)).toMatchObject({ since: at, remindAt: at + after * MINUTE });
  });

  it.each(Object.keys(STATUSES))('knows whether it waits for an answer: %s', (state) => {
    const request = aRequestIn(state, {});
    const isPending = (request.status?.state ?? 'Pending') === 'Pending';
    expect(placeRequest(request, 'x', undefined)).toMatchObject({
      isPending,
      lines: threadLines(request).length,
    });
  });

  it('tells everything but that it was asked', () => {
    const line = (id: string, type: 'requested' | 'decided' | 'approved') => ({
      id,
      type,
      at: '2026-11-22T10:00:00Z',
    });
    const outbox = [line('1', 'requested'), line('2', 'decided'), line('3', 'approved')];
    const request = aStoredRequest('a', {}, { state: 'Approved', outbox });
    expect(threadLines(request).map(({ id }) => id)).toEqual(['2', '3']);
    expect(threadLines(aStoredRequest('a'))).toEqual([]);
  });
});
