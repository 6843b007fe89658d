// What became of a call, as a closed list: done, not now, refused, perhaps done, certainly not sent. A send that is perhaps
// done must be looked for before it is repeated, so whatever is not certain counts as perhaps done.
import {
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
} from '@slack/web-api';
import { member, textAt, textsAt } from './shape.ts';
import { refusalOf, type Refusal } from './refusals.ts';

/** Slack wants a pause of this one method (and channel, for posting). Milliseconds from now. */
export interface Limited {
  readonly kind: 'limited';
  readonly retryAfterMs: number;
}
/** Slack said no, and did nothing. */
export interface Refused extends Refusal {
  readonly kind: 'refused';
  /** Slack's own name of the error. */
  readonly code: string;
  /** What Slack said besides: the places that it does not take, the scopes that are missing. At most five lines. */
  readonly details: readonly string[];
}
/** Nobody knows whether it was done. */
export interface Unknown {
  readonly kind: 'unknown';
  /** A code, or a few words of ours; nothing of headers and bodies (INV-10). */
  readonly why: string;
}
/** It certainly did not leave. */
export interface Unsent {
  readonly kind: 'unsent';
  /** As for {@link Unknown}. */
  readonly why: string;
}
/** All that is no success. */
export type Failure = Limited | Refused | Unknown | Unsent;
/** What became of a call. */
export type Answer<T extends object> = ({ readonly kind: 'ok' } & Readonly<T>) | Failure;

/** What is waited where Slack says 429 and not how long. Seconds. */
export const USUAL_RETRY_AFTER = 30;
const LONGEST_RETRY_AFTER = 3_600;
const MOST_DETAILS = 5;
const LONGEST_DETAIL = 200;

/** Slack's names are words; a page of HTML arrives in the place of a name too. */
const NAME = /^[a-z][a-z0-9_]{1,79}$/;
/** "It's possible some aspect of the operation succeeded before the error was raised", says the reference. */
const PERHAPS_DONE = new Set(['fatal_error', 'internal_error']);
const RATES = new Set(['ratelimited', 'rate_limited']);
/** What fails before the first byte of the request is written: name resolution and connecting. */
const BEFORE_SENDING = new Set(['getaddrinfo', 'connect']);
/** The same, where the system call is not told: a certificate that is not believed ends the handshake. */
const HANDSHAKE = /^(?:UND_ERR_CONNECT_TIMEOUT|ERR_TLS_\w+|CERT_\w+|\w*SELF_SIGNED_CERT\w*|UNABLE_TO_\w+)$/;

/**
 * Reads what the web client threw.
 * @param error anything; what is not understood is {@link Unknown}
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof WebAPIRateLimitedError) return limited(error.retryAfter);
  if (error instanceof WebAPIPlatformError) return platformFailure(error.data);
  if (error instanceof WebAPIHTTPError) return { kind: 'unknown', why: `status ${error.statusCode}` };
  if (error instanceof WebAPIRequestError) return requestFailure(error.original);
  return { kind: 'unknown', why: 'an answer that cannot be read' };
}

function limited(seconds: number): Limited {
  const known = Number.isFinite(seconds) ? seconds : USUAL_RETRY_AFTER;
  return { kind: 'limited', retryAfterMs: Math.min(Math.max(known, 1), LONGEST_RETRY_AFTER) * 1_000 };
}

function platformFailure(data: unknown): Failure {
  const code = member(data, 'error');
  if (typeof code !== 'string' || !NAME.test(code))
    return { kind: 'unknown', why: 'an answer that is not from Slack' };
  if (PERHAPS_DONE.has(code)) return { kind: 'unknown', why: code };
  if (RATES.has(code)) return limited(Number(member(data, 'response_metadata', 'retryAfter') ?? Number.NaN));
  const needed = member(data, 'needed');
  const details = [
    ...(typeof needed === 'string' ? [`needs ${needed}`] : []),
    ...textsAt(data, 'response_metadata', 'messages'),
  ];
  return refused(
    code,
    details.slice(0, MOST_DETAILS).map((line) => line.slice(0, LONGEST_DETAIL)),
  );
}

/** A refusal by its name: also where it is known before anything is asked. */
export function refused(code: string, details: readonly string[] = []): Refused {
  return { kind: 'refused', code, ...refusalOf(code), details };
}

/** `fetch` wraps what the system said once, and where several addresses were tried once more. */
function requestFailure(error: Error): Unknown | Unsent {
  const inner = error.cause instanceof Error ? error.cause : error;
  const causes: readonly unknown[] =
    inner instanceof AggregateError && inner.errors.length > 0 ? inner.errors : [inner];
  const why = codeOf(inner) ?? codeOf(causes[0]) ?? (inner.name === 'TimeoutError' ? 'timeout' : 'no answer');
  return { kind: causes.every(isBeforeSending) ? 'unsent' : 'unknown', why };
}

function isBeforeSending(cause: unknown): boolean {
  const syscall = member(cause, 'syscall');
  return (typeof syscall === 'string' && BEFORE_SENDING.has(syscall)) || HANDSHAKE.test(codeOf(cause) ?? '');
}

function codeOf(error: unknown): string | undefined {
  return textAt(/^[A-Z][A-Z0-9_]{2,63}$/, error, 'code');
}
