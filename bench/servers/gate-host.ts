// The gate as it runs - its server, its route, its metrics, its indexes - over a cluster in memory that answers at once, so
// that only the gate itself is measured.
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import { loadPolicy } from '../../src/domain/policy/load.ts';
import { indexPolicies } from '../../src/domain/policy/preselect.ts';
import { deny } from '../../src/gate/answer.ts';
import { Attempts } from '../../src/gate/attempts.ts';
import { requestIndexes } from '../../src/gate/caches.ts';
import { compile } from '../../src/gate/compile.ts';
import type { SlimRequest } from '../../src/gate/facts.ts';
import { gateRoute, type GatePorts } from '../../src/gate/gate.ts';
import { countAnswers } from '../../src/gate/observe.ts';
import { Opener } from '../../src/gate/open-request.ts';
import { Quota } from '../../src/gate/quota.ts';
import { Reserver } from '../../src/gate/reserve.ts';
import { AdmissionServer } from '../../src/gate/server.ts';
import { ObjectStore } from '../../src/kube/store.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { PathSegments } from '../../src/platform/shared-keys.ts';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import type { CertificatePair } from '../../src/gate/tls.ts';
import { SEGMENT } from './gate-path.ts';

const CLUSTER = 'cluster-uid';

/** What the gate has in memory. */
export interface Memory {
  readonly policies: readonly ApprovalPolicySpec[];
  /** Stored requests, as its cache keeps them. */
  readonly requests?: Iterable<SlimRequest>;
}

/** Starts a gate on 127.0.0.1 and returns its port. */
export function hostGate(certificate: CertificatePair, memory: Memory): Promise<number> {
  const segments = new PathSegments(SEGMENT);
  const server = new AdmissionServer({
    certificate,
    routes: { gate: gateRoute(ports(memory)) },
    isSegment: (candidate) => segments.matches(candidate),
    refuse: (uid, why) => deny(uid, { message: why }),
    ready: () => ({ ok: true, why: '' }),
  });
  return server.listen(0, '127.0.0.1');
}

function ports(memory: Memory): GatePorts {
  const api = new GateWorld();
  const parts = { api, facts: facts(memory), sealer: aSealer(), cluster: CLUSTER };
  const throwOn = (error: unknown): never => {
    throw error;
  };
  return {
    ...parts,
    attempts: new Attempts(api, Date.now, throwOn),
    reserver: new Reserver(api, parts.sealer),
    opener: new Opener({ ...parts, quota: new Quota(api) }),
    keys: () => [new Uint8Array(32)],
    sharedNow: () => Promise.resolve(Date.now()),
    now: Date.now,
    observer: {
      answered: countAnswers(new Metrics()),
      opened: () => undefined,
      judged: () => undefined,
      noted: () => undefined,
      failed: throwOn,
    },
  };
}

function facts({ policies, requests = [] }: Memory): GatePorts['facts'] {
  const index = indexPolicies(policies.map(loaded));
  const store = new ObjectStore<SlimRequest>((error) => {
    throw error;
  });
  const indexes = requestIndexes((keys) => store.indexBy(keys));
  for (const one of requests) store.put(one.name, { uid: one.uid, version: '1' }, one);
  return {
    policies: () => index,
    freshness: () => ({ ok: true }),
    namespaceLabels: () => ({}),
    ...indexes,
    request: (name) => store.get(name),
    role: () => undefined,
    freezeOf: () => undefined,
  };
}

function loaded(spec: ApprovalPolicySpec, i: number) {
  const metadata = { name: `policy-${i}`, uid: `uid-${i}`, resourceVersion: '1' };
  return loadPolicy({ apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalPolicy', metadata, spec }, compile);
}
