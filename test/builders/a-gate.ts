// A gate over ports in memory, and the review of an agent that deletes a Deployment. Every answer is checked to be one that
// the API server can read.
import { expect } from 'vitest';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { indexPolicies } from '../../src/domain/policy/preselect.ts';
import { Attempts } from '../../src/gate/attempts.ts';
import type { GateFacts } from '../../src/gate/facts.ts';
import { gateRoute, type Decision, type GateObserver } from '../../src/gate/gate.ts';
import { Opener } from '../../src/gate/open-request.ts';
import { Quota } from '../../src/gate/quota.ts';
import { Reserver, type Sealer } from '../../src/gate/reserve.ts';
import { aSealer, GateWorld } from './gate-world.ts';
import { BOT } from './policies.ts';

/** The time of the gate, unless said otherwise. */
export const NOW = Date.UTC(2026, 10, 22, 12);
/** What is deleted. */
export const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'api', namespace: 'shop', uid: 'object-uid', resourceVersion: '7' },
  spec: { replicas: 1, template: { spec: { containers: [{ name: 'api', image: 'api:1' }] } } },
};

/** A review's request: the agent deletes the Deployment shop/api, unless said otherwise. */
export function request(over: object = {}) {
  const resource = { group: 'apps', version: 'v1', resource: 'deployments' };
  return {
    uid: 'review-1',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource,
    requestKind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    requestResource: resource,
    name: 'api',
    namespace: 'shop',
    operation: 'DELETE',
    userInfo: { username: BOT, groups: ['system:serviceaccounts'] },
    object: null,
    oldObject: DEPLOYMENT,
    dryRun: false,
    options: { propagationPolicy: 'Background' },
    ...over,
  };
}

const bodyOf = (value: unknown): Buffer =>
  Buffer.from(
    typeof value === 'string'
      ? value
      : JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: value }),
  );

/** A gate over a world in memory. */
export function aGate(
  policies: readonly Policy[],
  facts: Partial<GateFacts> = {},
  {
    sealer = aSealer(),
    now = () => NOW,
    observer,
  }: { sealer?: Sealer; now?: () => number; observer?: GateObserver } = {},
) {
  const world = new GateWorld();
  const seen: { path: string; decision: Decision }[] = [];
  const errors: unknown[] = [];
  const known: GateFacts = {
    policies: () => indexPolicies(policies),
    freshness: () => ({ ok: true }),
    namespaceLabels: () => ({}),
    requestsByFingerprint: () => [],
    requestsByObject: () => [],
    pendingOf: () => [],
    asksOf: () => [],
    freezeOf: () => undefined,
    role: () => undefined,
    request: () => undefined,
    ...facts,
  };
  const parts = { api: world, facts: known, sealer, cluster: 'cluster-uid' };
  const route = gateRoute({
    ...parts,
    attempts: new Attempts(world, now, (error) => errors.push(error)),
    reserver: new Reserver(world, sealer),
    opener: new Opener({ ...parts, quota: new Quota(world) }),
    keys: () => [new Uint8Array(32)],
    now,
    sharedNow: () => Promise.resolve(now()),
    observer: observer ?? {
      answered: (path, decision) => seen.push({ path, decision }),
      opened: () => undefined,
      judged: () => undefined,
      noted: () => undefined,
      failed: (error) => errors.push(error),
    },
  });
  const send = async (value: unknown) => {
    const bytes = await route.full(bodyOf(value), {
      deadline: now() + 8_000,
      signal: AbortSignal.timeout(5_000),
    });
    const answer = JSON.parse(bytes.toString()) as {
      apiVersion: string;
      kind: string;
      response: {
        uid: string;
        allowed: boolean;
        warnings?: string[];
        auditAnnotations?: Record<string, string>;
        status?: { code: number; reason: string; message: string };
      };
    };
    // Whatever is answered, the API server must be able to read it.
    expect(answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' });
    return answer.response;
  };
  return { world, send, seen, errors, fromHead: route.fromHead };
}
