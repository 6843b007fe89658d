// The gate for reviews that policies judge: each rule of rules.ts is a policy of its own whose condition is false, so that
// the answer is yes. The namespace of the review says which rules it meets.
import { approvalPolicySpec, type ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import { AGENT, NAMESPACES } from '../bodies.ts';
import { KEYS, ONE, TEN, type Rule } from '../rules.ts';
import { serve } from './child.ts';
import { hostGate } from './gate-host.ts';

const policiesOf = (rules: readonly Rule[], namespace: string): ApprovalPolicySpec[] =>
  rules.map(({ cel }, i) =>
    approvalPolicySpec.parse({
      agents: [{ serviceAccount: `${AGENT.namespace}/*` }],
      match: {
        rules: [
          {
            apiGroups: ['apps', ''],
            resources: ['deployments', 'configmaps'],
            operations: ['CREATE', 'UPDATE'],
          },
        ],
        namespaces: { names: [namespace] },
        conditions: [{ name: `rule-${i}`, expression: cel }],
      },
    }),
  );

serve((certificate) =>
  hostGate(certificate, {
    policies: [
      ...policiesOf(ONE, NAMESPACES.one),
      ...policiesOf(TEN, NAMESPACES.ten),
      ...policiesOf(KEYS, NAMESPACES.keys),
    ],
  }),
);
