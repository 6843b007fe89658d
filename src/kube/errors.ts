// The two ways a call can fail: the API server answered with an error (ApiError), or no usable answer came
// (UnreachableError). Messages hold the server's Status and nothing of headers or bodies (INV-10).

/** What a caller may do with a failure. `conflict`: read again, decide again. `afterMs`: the server named a time. */
export type Retry = 'terminal' | 'conflict' | 'backoff' | { readonly afterMs: number };

/** `details` of a Status. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly retryAfterSeconds?: number;
  readonly causes?: readonly {
    readonly reason?: string;
    readonly message?: string;
    readonly field?: string;
  }[];
}

/** A `meta/v1` Status, as far as it is read. */
export interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

const LONGEST_MESSAGE = 2000;

/** The API server answered with an error. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** HTTP status, for example 409. */
  readonly code: number;
  /** Reason of the Status, for example `Conflict`; empty if the answer was no Status. */
  readonly reason: string;
  readonly details: StatusDetails;
  readonly retry: Retry;

  /** @param retryAfterSeconds the Retry-After header, where there is one */
  constructor(code: number, status: Status, retryAfterSeconds?: number) {
    const message = status.message ?? '';
    super(message === '' ? `the API server answered ${code}` : message.slice(0, LONGEST_MESSAGE));
    this.code = code;
    this.reason = status.reason ?? '';
    this.details = status.details ?? {};
    this.retry = classify(code, this.reason, this.details, retryAfterSeconds);
  }
}

/** Why no usable answer came. */
export type UnreachableCode =
  'timeout' | 'connection' | 'credentials' | 'too-large' | 'redirect' | 'unreadable';

/**
 * No usable answer came. A write may have landed all the same; only a fresh read tells.
 * `cause` is the original error, where there is one.
 */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
  readonly code: UnreachableCode;
  readonly retry: Retry = 'backoff';

  constructor(code: UnreachableCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

function classify(code: number, reason: string, details: StatusDetails, header: number | undefined): Retry {
  if (code === 409) return reason === 'AlreadyExists' ? 'terminal' : 'conflict';
  if (code === 429 || code === 408 || code >= 500) return later(code, details.retryAfterSeconds ?? header);
  // 401: credentials are read again. A 404 that names no object: the path is not served, as for 2 s after a new CRD.
  const notServed = code === 404 && (details.name ?? '') === '';
  return code === 401 || notServed ? 'backoff' : 'terminal';
}

function later(code: number, seconds: number | undefined): Retry {
  if (seconds !== undefined) return { afterMs: Math.max(seconds, 0) * 1000 };
  return code === 429 ? { afterMs: 1000 } : 'backoff';
}

/**
 * The named object does not exist. A 404 for a path that is not served (a kind not yet installed) is not this:
 * its Status names no object, and taking it for absence would be a wrong "no".
 */
export function isNotFound(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.code === 404 &&
    error.reason === 'NotFound' &&
    (error.details.name ?? '') !== ''
  );
}

/** The resourceVersion or uid given with a write is not the current one. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 409 && error.reason !== 'AlreadyExists';
}

/** Somebody else changed or deleted the object before this write. */
export function isOvertaken(error: unknown): error is ApiError {
  return isConflict(error) || isNotFound(error);
}

/** An object of that name exists. */
export function isAlreadyExists(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 409 && error.reason === 'AlreadyExists';
}

/** The resourceVersion or continue token is too old (410): list again. */
export function isGone(error: unknown): error is ApiError {
  return (
    error instanceof ApiError && (error.code === 410 || error.reason === 'Expired' || error.reason === 'Gone')
  );
}
