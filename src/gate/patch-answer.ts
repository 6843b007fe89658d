// The answer of the stamp: a JSON patch inside a well-formed AdmissionReview.
import type { PatchOperation } from './stamp-outcome.ts';

/**
 * The response that admits an object with changes.
 * @param uid uid of the review, echoed
 * @param warnings what the writer is warned of, each one short plain line
 */
export function patch(
  uid: string,
  operations: readonly PatchOperation[],
  warnings: readonly string[] = [],
): Buffer {
  const change =
    operations.length === 0
      ? {}
      : { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
  return Buffer.from(
    JSON.stringify({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: { uid, allowed: true, ...change, ...(warnings.length === 0 ? {} : { warnings }) },
    }),
  );
}
