import { expect, it } from 'vitest';
import { ApiError, isAlreadyExists, isConflict, isGone, isNotFound, UnreachableError } from './errors.ts';

it.each([
  ['a stale write', 409, { reason: 'Conflict' }, 'conflict'],
  ['a name that is taken', 409, { reason: 'AlreadyExists' }, 'terminal'],
  ['too many requests with a time', 429, { details: { retryAfterSeconds: 3 } }, { afterMs: 3000 }],
  ['too many requests without a time', 429, {}, { afterMs: 1000 }],
  ['unavailable', 503, {}, 'backoff'],
  ['an internal error', 500, {}, 'backoff'],
  ['an unknown credential', 401, { reason: 'Unauthorized' }, 'backoff'],
  ['a missing right', 403, { reason: 'Forbidden' }, 'terminal'],
  ['an invalid object', 422, { reason: 'Invalid' }, 'terminal'],
  ['an absent object', 404, { reason: 'NotFound', details: { name: 'a' } }, 'terminal'],
  ['a path that is not served', 404, {}, 'backoff'],
  ['a kind that is not installed', 404, { reason: 'NotFound', details: {} }, 'backoff'],
  ['a version that is too old', 410, { reason: 'Expired' }, 'terminal'],
])('%s: what to do next', (_what, code, status, retry) => {
  expect(new ApiError(code, status).retry).toEqual(retry);
});

it('heeds a Retry-After header where the status names no time', () => {
  expect(new ApiError(503, {}, 7).retry).toEqual({ afterMs: 7000 });
  expect(new ApiError(503, { details: { retryAfterSeconds: 2 } }, 7).retry).toEqual({ afterMs: 2000 });
});

it('takes a 404 for absence only when the answer names the object', () => {
  const absent = new ApiError(404, { reason: 'NotFound', details: { name: 'a', kind: 'configmaps' } });
  const notServed = new ApiError(404, { reason: 'NotFound', details: {} });
  expect([isNotFound(absent), isNotFound(notServed), isNotFound(new ApiError(404, {}))]).toEqual([
    true,
    false,
    false,
  ]);
});

it('tells a conflict from a name that is taken', () => {
  const conflict = new ApiError(409, { reason: 'Conflict' });
  const taken = new ApiError(409, { reason: 'AlreadyExists' });
  expect([isConflict(conflict), isConflict(taken)]).toEqual([true, false]);
  expect([isAlreadyExists(conflict), isAlreadyExists(taken)]).toEqual([false, true]);
});

it('knows a version that is gone from a status as from an event', () => {
  expect(isGone(new ApiError(410, {}))).toBe(true);
  expect(isGone(new ApiError(500, { reason: 'Expired' }))).toBe(true);
  expect(isGone(new UnreachableError('timeout', 'x'))).toBe(false);
});

it('cuts long messages and makes one up where there is none', () => {
  expect(new ApiError(500, { message: 'x'.repeat(5_000) }).message).toHaveLength(2_000);
  expect(new ApiError(502, {}).message).toBe('the API server answered 502');
});
