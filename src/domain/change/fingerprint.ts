// The fingerprint of a change: what an approval is bound to (INV-1). A keyed digest, since a plain digest of a Secret in
// a readable object could be guessed (INV-10).
import { createHmac } from 'node:crypto';
import { canonicalJson, type Json } from './json.ts';
import type { GroupVersionResource, Operation } from './review.ts';

/**
 * Version of the algorithm: of the subject, of what the payloads are made of, and of every normalisation rule. Another
 * version means other fingerprints, so it invalidates open approvals, and says so (ADR 0012).
 */
export const FINGERPRINT_VERSION = 'v1';

/** Version of the algorithm that made a fingerprint. */
export function fingerprintVersion(print: string): string {
  return print.split(':', 1)[0] ?? '';
}

/** Whether a fingerprint was made in the way in which Assent makes them now: only such a one can be found again. */
export function isCurrentVersion(print: string): boolean {
  return fingerprintVersion(print) === FINGERPRINT_VERSION;
}

/** Everything that a fingerprint covers. */
export interface FingerprintSubject {
  /** uid of the kube-system namespace: an approval of one cluster means nothing in another. */
  readonly cluster: string;
  readonly operation: Operation;
  readonly resource: GroupVersionResource;
  readonly subResource: string;
  readonly namespace: string;
  /** Name of the object; a name that the API server makes up counts by its prefix and a star. */
  readonly name: string;
  readonly username: string;
  /** uid of the object that is there, empty for a new one: an object of the same name that is made later is another one. */
  readonly objectUid: string;
  /** `payload` of the change. */
  readonly payload: Json;
  /** `base` of the change, only for `binding: Object`. */
  readonly base?: Json;
}

/** `v1:` and 64 hex digits: HMAC-SHA-256 over the canonical JSON of the subject. */
export function fingerprint(key: Uint8Array, subject: FingerprintSubject): string {
  const { group, version, resource } = subject.resource;
  return keyedDigest(key, {
    version: FINGERPRINT_VERSION,
    cluster: subject.cluster,
    operation: subject.operation,
    resource: [group, version, resource, subject.subResource],
    namespace: subject.namespace,
    name: subject.name,
    username: subject.username,
    objectUid: subject.objectUid,
    payload: subject.payload,
    ...(subject.base === undefined ? {} : { base: subject.base }),
  });
}

/** The same over anything; the subjects of two kinds never have the same fields. */
export function keyedDigest(key: Uint8Array, subject: Json): string {
  const text = canonicalJson(subject);
  return `${FINGERPRINT_VERSION}:${createHmac('sha256', key).update(text, 'utf8').digest('hex')}`;
}
