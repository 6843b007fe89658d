// The fingerprint of an ask for access: what an approval of it is bound to, and by which the same ask is known again (INV-4).
import type { Access } from '../../api/access.ts';
import { FINGERPRINT_VERSION, keyedDigest } from '../change/fingerprint.ts';
import { toJson } from '../request/sealed.ts';

/** Everything that it covers. */
export interface AccessSubject {
  /** uid of the kube-system namespace. */
  readonly cluster: string;
  readonly username: string;
  /** Complete, its lists in order. */
  readonly access: Access;
}

/** A subject of its own kind, so that no ask ever has the fingerprint of a change. */
export function accessFingerprint(key: Uint8Array, { cluster, username, access }: AccessSubject): string {
  return keyedDigest(
    key,
    toJson({ kind: 'access', version: FINGERPRINT_VERSION, cluster, username, access }),
  );
}
