// What never changes while the model is explored: the policy, the seals, the key, who takes part, and the points in time.
import { createHash } from 'node:crypto';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { policyDigest } from '../../src/domain/policy/digest.ts';
import type { Asking } from '../../src/gate/ask.ts';
import type { Sealer } from '../../src/gate/reserve.ts';
import { aPolicySpec } from '../builders/policies.ts';

/** The first point in time: 2026-11-22T10:05:00Z. */
export const START = Date.UTC(2026, 10, 22, 10, 5);
/** No request of a client lives longer in the API server (reference: 34 s). ms. */
export const LIFETIME_MS = 34_000;
/** The API server waits this long for a webhook. ms. */
export const WEBHOOK_TIMEOUT_MS = 10_000;
/** A gate gives up by itself after this long. ms. */
export const GATE_DEADLINE_MS = 8_000;

export const PERSON = 'alice';
export const CLUSTER = 'cluster-uid';
export const FINGERPRINT_KEY = new Uint8Array(32).fill(7);
export const FOREVER = new AbortController().signal;

const spec = aPolicySpec({
  approval: { pendingFor: '75s', usableFor: '80s', coolDown: '20s', approveMasked: true },
});
/** The one policy. */
export const POLICY: ApprovalPolicy = {
  apiVersion: API_VERSION,
  kind: 'ApprovalPolicy',
  metadata: { name: 'prod', uid: 'policy-uid', resourceVersion: '1', generation: 1 },
  spec,
};
/** That policy as the gate judged it for the change. */
export const ASKING: Asking = {
  policies: [
    { name: 'prod', uid: 'policy-uid', digest: policyDigest(spec), spec, owners: [] },
  ] as Asking['policies'],
  ignore: [],
  reveal: [],
  bindsObject: false,
  limits: { pending: 10, newPerMinute: 6 },
};

/** Seals that nobody but the code makes: a hash is enough where nobody forges, and is the same in every run. */
export const SEALER: Sealer = {
  sign: (bytes) => ({ keyId: 'model', signature: createHash('sha256').update(bytes).digest('base64') }),
  verify: (bytes, seal) => seal.signature === createHash('sha256').update(bytes).digest('base64'),
};
