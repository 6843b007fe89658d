// What the admission server is given and what it counts.
import { BODY_LIMIT } from './body.ts';
import { OWN_LIMIT_MS } from './deadline.ts';
import type { Refusal, ReviewRoute } from './exchange.ts';
import type { CertificatePair } from './tls.ts';

/** Limits of the server; the defaults are what production uses. */
export interface ServerLimits {
  /** Reviews being worked on at once; one more is refused as overloaded. Default 256. */
  readonly inFlight: number;
  /** Largest body in bytes. Default 32 MiB. */
  readonly body: number;
  /** Bytes of bodies kept at once by all reviews. Default 128 MiB. */
  readonly room: number;
  /** Open connections. Default 2048. */
  readonly connections: number;
  /**
   * How long a connection may be idle, in milliseconds. The API server closes idle ones after 90 s; whoever closes first
   * loses a review that is just being sent, so ours is longer. Default 120 s.
   */
  readonly idleMs: number;
  /** Our own limit for one review, in milliseconds. Default 8000. */
  readonly reviewMs: number;
}

/** What the server is given. */
export interface AdmissionServerOptions {
  readonly certificate: CertificatePair;
  /** Handlers by the last segment of the path. */
  readonly routes: Readonly<Record<string, ReviewRoute>>;
  /** Whether this is the secret path segment; compares in constant time. */
  readonly isSegment: (candidate: string) => boolean;
  /** The denial for a review that no handler answers; must be a well-formed AdmissionReview. */
  readonly refuse: (uid: string, why: Refusal) => Buffer;
  /** Whether reviews can be decided now, and if not, why. The words are shown on /readyz. */
  readonly ready: () => { readonly ok: boolean; readonly why: string };
  /** Told when a handler or `refuse` throws, with the uid of the review, and when a connection cannot be accepted. */
  readonly failed?: (error: unknown, uid?: string) => void;
  readonly limits?: Partial<ServerLimits>;
  /** Epoch milliseconds. Default Date.now. */
  readonly now?: () => number;
  /** Waits that many milliseconds. Default setTimeout. */
  readonly wait?: (ms: number) => Promise<unknown>;
}

/** What the server has counted since it started. */
export interface ServerCounters {
  connections: number;
  /** Connections that failed before their first request, mostly in the TLS handshake. */
  handshakeFailures: number;
  /** Reviews by route. */
  requests: Record<string, number>;
  refused: Record<Refusal, number>;
  /** Callers that went away before their answer. */
  aborted: number;
  /** Reviews posted with a wrong path segment. */
  wrongSegment: number;
  notFound: number;
}

/** The limits of production. */
export const DEFAULT_LIMITS: ServerLimits = {
  inFlight: 256,
  body: BODY_LIMIT,
  room: 128 * 1024 * 1024,
  connections: 2_048,
  idleMs: 120_000,
  reviewMs: OWN_LIMIT_MS,
};

/** Nothing counted yet. */
export function noCounts(routes: readonly string[]): ServerCounters {
  return {
    connections: 0,
    handshakeFailures: 0,
    requests: Object.fromEntries(routes.map((route) => [route, 0])),
    refused: { 'too-large': 0, truncated: 0, malformed: 0, overloaded: 0, failed: 0, deadline: 0 },
    aborted: 0,
    wrongSegment: 0,
    notFound: 0,
  };
}
