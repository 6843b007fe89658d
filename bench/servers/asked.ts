// The gate for a change that waits for approval: options `policies`, of which one asks about the body of row 4, and
// `requests`, how many finished requests its cache holds.
import { approvalPolicySpec, type ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { SlimRequest } from '../../src/gate/facts.ts';
import { AGENT, NAMESPACES } from '../bodies.ts';
import { serve } from './child.ts';
import { hostGate } from './gate-host.ts';

const asking = (serviceAccount: string, namespace: string): ApprovalPolicySpec =>
  approvalPolicySpec.parse({
    agents: [{ serviceAccount }],
    match: {
      rules: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['*'] }],
      namespaces: { names: [namespace] },
    },
  });

/** Teams with an agent and namespaces of their own; the last one's policy asks. */
const policies = (count: number): ApprovalPolicySpec[] => [
  ...Array.from({ length: count - 1 }, (_, i) => asking(`team-${i}/*`, `team-${i}-*`)),
  asking(`${AGENT.namespace}/*`, NAMESPACES.asked),
];

function* requests(count: number): Generator<SlimRequest> {
  for (let i = 0; i < count; i += 1) {
    yield {
      name: `update-deployment-api-${i}`,
      uid: `uid-${i}`,
      created: '2026-11-21T09:30:00Z',
      username: `system:serviceaccount:team-${i % 100}:bot`,
      object: `UPDATE|apps|deployments||team-${i % 100}-a|api-${i}`,
      fingerprint: `v1:${i.toString(16).padStart(64, '0')}`,
      state: 'Admitted',
      version: '',
      rememberedUntil: 0,
      usedAt: 0,
    };
  }
}

serve((certificate, options) =>
  hostGate(certificate, {
    policies: policies(options['policies'] ?? 1),
    requests: requests(options['requests'] ?? 0),
  }),
);
