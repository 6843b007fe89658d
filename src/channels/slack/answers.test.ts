// What the web client throws, read: only what certainly never left counts as unsent, and nothing of headers, bodies or
// tokens is told.
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { failureOf } from './answers.ts';
import { KNOWN_REFUSALS, refusalOf } from './refusals.ts';

/** As `fetch` throws it. */
const fetchFailed = (cause: unknown): WebAPIRequestError =>
  new WebAPIRequestError(new TypeError('fetch failed', { cause }));
const system = (code: string, syscall?: string): Error =>
  Object.assign(new Error(`${code} xoxb-secret`), syscall === undefined ? { code } : { code, syscall });

describe('a send', () => {
  it.each([
    ['a name that is not known', system('ENOTFOUND', 'getaddrinfo')],
    ['a resolver that is away', system('EAI_AGAIN', 'getaddrinfo')],
    ['a refused connection', system('ECONNREFUSED', 'connect')],
    ['no route', system('EHOSTUNREACH', 'connect')],
    ['a connection that takes too long', system('UND_ERR_CONNECT_TIMEOUT')],
    ['a certificate of nobody', system('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['a certificate of somebody else', system('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['a certificate that is over', system('CERT_HAS_EXPIRED')],
    ['an issuer that is not known', system('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
    [
      'two addresses that both refuse',
      Object.assign(
        new AggregateError([system('ECONNREFUSED', 'connect'), system('ENETUNREACH', 'connect')]),
        { code: 'ECONNREFUSED' },
      ),
    ],
  ])('certainly did not leave: %s', (_, cause) => {
    const answer = failureOf(fetchFailed(cause));
    expect(answer).toMatchObject({ kind: 'unsent', why: expect.stringMatching(/^[A-Z_]+$/) as string });
  });

  it.each<[string, unknown, string]>([
    ['a reset', fetchFailed(system('ECONNRESET', 'read')), 'ECONNRESET'],
    ['no route in the middle', fetchFailed(system('EHOSTUNREACH', 'write')), 'EHOSTUNREACH'],
    ['a reset that names no call', fetchFailed(system('ECONNRESET')), 'ECONNRESET'],
    ['the other side closes', fetchFailed(system('UND_ERR_SOCKET')), 'UND_ERR_SOCKET'],
    ['a redirect', fetchFailed(new Error('unexpected redirect')), 'no answer'],
    [
      'one of two addresses that answered',
      fetchFailed(new AggregateError([system('ECONNREFUSED', 'connect'), system('ECONNRESET', 'read')])),
      'ECONNREFUSED',
    ],
    ['no cause at all', fetchFailed(undefined), 'no answer'],
    ['causes that are none', fetchFailed(new AggregateError([null])), 'no answer'],
    ['none of any cause', fetchFailed(new AggregateError([])), 'no answer'],
    [
      'the time is up',
      new WebAPIRequestError(new DOMException('The operation was aborted', 'TimeoutError')),
      'timeout',
    ],
    ['status 502', new WebAPIHTTPError(502, 'Bad Gateway', {}, '<html>'), 'status 502'],
    ['an answer that broke off', new TypeError('terminated'), 'an answer that cannot be read'],
  ])('may have arrived: %s', (_, error, why) => {
    expect(failureOf(error)).toEqual({ kind: 'unknown', why });
  });

  it('is not known to anybody after what is no name of an error', () => {
    for (const error of [undefined, null, '', 7, {}, '<html>', 'No', 'x'.repeat(99)]) {
      const answer = failureOf(new WebAPIPlatformError({ ok: false, error } as never));
      expect(answer).toEqual({ kind: 'unknown', why: 'an answer that is not from Slack' });
    }
  });
});

it('tells at most five details, each short', () => {
  const messages = Array.from({ length: 9 }, () => 'm'.repeat(300));
  const answer = failureOf(
    new WebAPIPlatformError({ ok: false, error: 'invalid_blocks', response_metadata: { messages } }),
  );
  expect(answer).toMatchObject({ details: Array.from({ length: 5 }, () => 'm'.repeat(200)) });
});

it.each([
  [Number.NaN, 30_000],
  [-5, 1_000],
  [12, 12_000],
  [Number.POSITIVE_INFINITY, 30_000],
])('waits after a rate limit of %s s for %s ms', (seconds, retryAfterMs) => {
  expect(failureOf(new WebAPIRateLimitedError(seconds))).toEqual({ kind: 'limited', retryAfterMs });
});

it('INV-10: reads anything that was thrown, and tells no token of it', () => {
  const secret = fc.constant('xoxb-1-secret');
  const errors = fc.oneof(
    fc.anything(),
    fc.anything().map(fetchFailed),
    secret.map((text) => new Error(text)),
    secret.map((text) => fetchFailed(new Error(text))),
    secret.map((text) => fetchFailed(Object.assign(new Error(text), { code: text }))),
    secret.map((error) => new WebAPIPlatformError({ ok: false, error })),
    secret.map((text) => new WebAPIHTTPError(500, text, { authorization: text }, text)),
  );
  fc.assert(
    fc.property(errors, (error) => {
      expect(JSON.stringify(failureOf(error))).not.toContain('secret');
    }),
  );
});

describe('the table of refusals', () => {
  it('has one row for each name, and a sentence in each', () => {
    expect(new Set(KNOWN_REFUSALS).size).toBe(KNOWN_REFUSALS.length);
    for (const code of KNOWN_REFUSALS) {
      expect(code).toMatch(/^[a-z_]+$/);
      expect(refusalOf(code).remedy).toMatch(/^[A-Z].{20,}\.$/);
    }
  });

  it('never repeats in a loop what only somebody can mend, and never gives up what passes', () => {
    const loops = KNOWN_REFUSALS.filter((code) => !refusalOf(code).isPermanent);
    expect(loops.toSorted()).toEqual([
      'external_channel_migrating',
      'message_limit_exceeded',
      'org_login_required',
      'request_timeout',
      'service_unavailable',
      'team_added_to_org',
      'update_failed',
    ]);
    expect(refusalOf('never_heard_of').isPermanent).toBe(false);
  });

  it.each([
    ['invalid_auth', 'administrator'],
    ['missing_scope', 'administrator'],
    ['not_in_channel', 'channel owner'],
    ['channel_not_found', 'channel owner'],
    ['is_archived', 'channel owner'],
    ['invalid_blocks', 'Assent'],
    ['message_not_found', 'nobody'],
  ])('says of %s that it is for %s', (code, mender) => {
    expect(refusalOf(code)).toMatchObject({ isPermanent: true, mender });
  });
});
