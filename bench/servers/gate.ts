// The gate as it runs, for the reviews that it answers from the head: its server, its route, its metrics, and policies that
// name the agent and the resources of bodies.ts, but not their namespaces. What would need a cluster is left out: a review
// that asks for it fails, and so does the benchmark.
import { approvalPolicySpec, type ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import { loadPolicy } from '../../src/domain/policy/load.ts';
import { indexPolicies } from '../../src/domain/policy/preselect.ts';
import { deny } from '../../src/gate/answer.ts';
import { gateRoute, type GatePorts } from '../../src/gate/gate.ts';
import { countAnswers } from '../../src/gate/observe.ts';
import { AdmissionServer } from '../../src/gate/server.ts';
import { Metrics } from '../../src/platform/metrics.ts';
import { PathSegments } from '../../src/platform/shared-keys.ts';
import { AGENT } from '../bodies.ts';
import { serve } from './child.ts';
import { SEGMENT } from './gate-path.ts';

const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'rolebindings'],
  apps: ['deployments', 'deployments/scale'],
  '': ['configmaps', 'secrets'],
};

/** One policy for each group of resources, with an agent named by glob and namespaces named twice. */
function specs(): ApprovalPolicySpec[] {
  return Object.entries(RESOURCES).map(([group, resources]) =>
    approvalPolicySpec.parse({
      agents: [{ serviceAccount: `${AGENT.namespace}/*` }],
      match: {
        rules: [{ apiGroups: [group], resources, operations: ['CREATE', 'UPDATE', 'DELETE'] }],
        namespaces: { names: ['payments', 'prod-*'] },
      },
    }),
  );
}

const policies = specs().map((spec, i) =>
  loadPolicy(
    {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalPolicy',
      metadata: { name: `policy-${i}`, uid: `uid-${i}`, resourceVersion: '1' },
      spec,
    },
    () => {
      throw new Error('no policy here has an expression');
    },
  ),
);
const index = indexPolicies(policies);
const metrics = new Metrics();
const segments = new PathSegments(SEGMENT);

const ports: Pick<GatePorts, 'facts' | 'now' | 'observer'> = {
  now: Date.now,
  facts: {
    policies: () => index,
    freshness: () => ({ ok: true }),
    namespaceLabels: () => ({}),
    requestsByFingerprint: () => [],
    requestsByObject: () => [],
    pendingOf: () => [],
    request: () => undefined,
  },
  observer: {
    answered: countAnswers(metrics),
    opened: () => undefined,
    noted: () => undefined,
    failed: () => undefined,
  },
};

serve((certificate) => {
  const server = new AdmissionServer({
    certificate,
    // The first step of the route uses no other port.
    routes: { gate: gateRoute(ports as GatePorts) },
    isSegment: (candidate) => segments.matches(candidate),
    refuse: (uid, why) => deny(uid, { message: why }),
    ready: () => ({ ok: true, why: '' }),
  });
  return server.listen(0, '127.0.0.1');
});
