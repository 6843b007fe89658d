// Builds the bytes of an AdmissionReview response. Every denial leaves through here, so this is where codes, warnings
// and text are kept to what the API server and its clients take well (INV-7; measured in reference/experiments.md 4).

const START = '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","response":{"uid":';
const ALLOWED = ',"allowed":true}}';

const PLAIN_UID = /^[0-9a-f-]+$/;

const MAX_MESSAGE = 16_384;
const MAX_WARNING = 120;
/** The API server cuts every warning to 256 runes once all of them together pass 4096. */
const MAX_WARNINGS = 4_095;

/** Clients retry these, report success or, worse, delete and create again: a denial never carries one. */
const MISREAD_CODES: ReadonlySet<number> = new Set([401, 404, 409, 410, 422, 429]);

/** Control and bidirectional characters: kubectl prints them raw, and a warning with one is dropped whole. */
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu;
const UNPRINTABLE_IN_LINES = /(?:(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069])+/gu;

/** The API server drops annotations whose key is not a plain qualified name of at most 63 characters. */
const ANNOTATION_KEY = /^[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** What may come with any answer. */
export interface AnswerExtras {
  /** Shown to the client as warnings; cleaned, cut to 120 characters each and to 4095 together. */
  readonly warnings?: readonly string[] | undefined;
  /** Goes into the API server's audit log under our webhook's name; keys without `/`, at most 63 characters. */
  readonly auditAnnotations?: Readonly<Record<string, string>> | undefined;
}

/** One entry of `status.details.causes`, for programs. */
export interface DenialCause {
  /** Machine-readable kind; the wire calls it `reason`. */
  readonly type: string;
  readonly message: string;
  readonly field?: string | undefined;
}

/** A denial in words and data. */
export interface Denial extends AnswerExtras {
  /** For people; line feeds are kept. */
  readonly message: string;
  /** HTTP code, 400..599. Left out, outside of that, or one that clients misread (409, 422, 429, ...): 403. */
  readonly code?: number | undefined;
  /** Kubernetes status reason. Left out: Forbidden, or InternalError from 500 on. */
  readonly reason?: string | undefined;
  readonly causes?: readonly DenialCause[] | undefined;
}

/**
 * The response that admits a review.
 * @param uid uid of the review, echoed
 */
export function allow(uid: string, extras: AnswerExtras = {}): Buffer {
  if (extras.warnings === undefined && extras.auditAnnotations === undefined) {
    // Two thirds of the time of the general form; uids are UUIDs.
    if (PLAIN_UID.test(uid)) return Buffer.from(`${START}"${uid}"${ALLOWED}`, 'latin1');
    return Buffer.from(START + JSON.stringify(uid) + ALLOWED);
  }
  return respond({ uid, allowed: true, ...tidy(extras) });
}

/**
 * The response that refuses a review.
 * @param uid uid of the review, echoed; empty when it could not be read
 */
export function deny(uid: string, denial: Denial): Buffer {
  const code = denialCode(denial.code);
  const message = cut(plainLines(denial.message).trim(), MAX_MESSAGE);
  const causes = denial.causes?.map((cause) => ({
    reason: plain(cause.type),
    message: plainLines(cause.message),
    ...(cause.field === undefined ? {} : { field: plain(cause.field) }),
  }));
  return respond({
    uid,
    allowed: false,
    status: {
      status: 'Failure',
      message: message === '' ? 'Assent denied this request.' : message,
      reason: denial.reason ?? (code < 500 ? 'Forbidden' : 'InternalError'),
      ...(causes === undefined || causes.length === 0 ? {} : { details: { causes } }),
      code,
    },
    ...tidy(denial),
  });
}

function respond(response: object): Buffer {
  return Buffer.from(
    JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', response }),
  );
}

function denialCode(code: number | undefined): number {
  if (code === undefined || !Number.isInteger(code) || code < 400 || code > 599) return 403;
  return MISREAD_CODES.has(code) ? 403 : code;
}

function tidy(extras: AnswerExtras): AnswerExtras {
  const warnings = boundedWarnings(extras.warnings ?? []);
  const annotations = Object.entries(extras.auditAnnotations ?? {}).filter(([key]) =>
    ANNOTATION_KEY.test(key),
  );
  return {
    ...(warnings.length === 0 ? {} : { warnings }),
    ...(annotations.length === 0 ? {} : { auditAnnotations: Object.fromEntries(annotations) }),
  };
}

function boundedWarnings(raw: readonly string[]): string[] {
  const all = [...new Set(raw.map((one) => cut(plain(one).trim(), MAX_WARNING)))].filter((one) => one !== '');
  const kept: string[] = [];
  let left = MAX_WARNINGS - MAX_WARNING;
  for (const warning of all) {
    left -= warning.length;
    if (left < 0) break;
    kept.push(warning);
  }
  const cutAway = all.length - kept.length;
  return cutAway === 0 ? kept : [...kept, `${cutAway} more warnings are not shown.`];
}

function plain(text: string): string {
  return harmless(text.toWellFormed().replaceAll(UNPRINTABLE, ' '));
}

function plainLines(text: string): string {
  return harmless(text.toWellFormed().replaceAll(UNPRINTABLE_IN_LINES, ' '));
}

/** Flux with `force` deletes and re-creates an object when it reads these words in an error. */
function harmless(text: string): string {
  return text.replaceAll(/\b(is )immutable|immutable( field)/gi, '$1unchangeable$2');
}

/** Cuts to a number of UTF-16 units without splitting a character; what is left out is marked. */
function cut(text: string, max: number): string {
  return text.length <= max
    ? text
    : `${text
        .slice(0, max - 1)
        .toWellFormed()
        .replace(/\ufffd$/, '')}…`;
}
