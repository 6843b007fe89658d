// The gate for the reviews that it answers from the head: policies that name the agent and the resources of bodies.ts, but
// not their namespaces.
import { approvalPolicySpec, type ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import { AGENT } from '../bodies.ts';
import { serve } from './child.ts';
import { hostGate } from './gate-host.ts';

const RESOURCES: Readonly<Record<string, readonly string[]>> = {
  'rbac.authorization.k8s.io': ['clusterrolebindings', 'rolebindings'],
  apps: ['deployments', 'deployments/scale'],
  '': ['configmaps', 'secrets'],
};

/** One policy for each group of resources, with an agent named by glob and namespaces named twice. */
const policies = Object.entries(RESOURCES).map(([group, resources]): ApprovalPolicySpec =>
  approvalPolicySpec.parse({
    agents: [{ serviceAccount: `${AGENT.namespace}/*` }],
    match: {
      rules: [{ apiGroups: [group], resources, operations: ['CREATE', 'UPDATE', 'DELETE'] }],
      namespaces: { names: ['payments', 'prod-*'] },
    },
  }),
);

serve((certificate) => hostGate(certificate, { policies }));
