// Approving or denying a certificate signing request binds the request itself: a digest of it, the signer, the usages,
// and the condition that is set, without its times.
import { createHash } from 'node:crypto';
import type { DescribedChange, RawEntry } from '../change.ts';
import { difference, MOST_DELTAS } from '../difference.ts';
import type { JsonObject } from '../json.ts';
import { canonicalJson } from '../json.ts';
import { listAt, memberAt, stringAt } from '../json-tree.ts';
import { normalise } from '../normalise/registry.ts';
import { prune } from '../prune.ts';
import type { Review } from '../review.ts';
import { payloadOf } from './changes.ts';
import { added, described, entriesOf, refusal, TOO_MANY } from './outcome.ts';

/** Describes an UPDATE of certificatesigningrequests/approval. */
export function describeCertificateApproval(
  review: Review,
  submitted: JsonObject,
  stored: JsonObject,
  ignore: readonly string[],
): DescribedChange {
  const pair = normalise(review, submitted);
  const before = prune(pair.stored ?? stored, ignore);
  const deltas = difference(before, prune(pair.submitted, ignore));
  if (deltas.length > MOST_DELTAS) return refusal('unsupported', TOO_MANY);
  const spec = memberAt(stored, 'spec') ?? null;
  const signerName = stringAt(spec, 'signerName');
  const payload = {
    spec: createHash('sha256').update(canonicalJson(spec), 'utf8').digest('hex'),
    changes: payloadOf(deltas, before, review.kind),
  };
  const entries = (): readonly RawEntry[] => [
    added(['spec', 'signerName'], signerName),
    added(['spec', 'usages'], listAt(spec, 'usages')),
    ...entriesOf(deltas),
  ];
  return described(review, { kind: 'update', action: actionOf(submitted, stored), payload, entries });
}

function actionOf(submitted: JsonObject, stored: JsonObject): string {
  const [now, before] = [conditionTypes(submitted), conditionTypes(stored)];
  if (now.has('Denied') && !before.has('Denied')) return 'deny csr';
  return now.has('Approved') && !before.has('Approved') ? 'approve csr' : 'update approval';
}

function conditionTypes(request: JsonObject): ReadonlySet<string> {
  return new Set(listAt(request, 'status', 'conditions').map((condition) => stringAt(condition, 'type')));
}
