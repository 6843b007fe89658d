// A sensible set of policies for agents: what the tests run with, and what docs/reference/limits.md tells the reader to write.
import type { z } from 'zod';
import type { approvalPolicySpec } from '../../src/api/approval-policy.ts';

/** Every ServiceAccount of the namespace `agents`. Olga runs them, so she does not approve for them. */
const AGENTS = [{ serviceAccount: 'agents/*', owners: ['olga'] }];

/** One policy of the set. */
export interface NamedPolicy {
  readonly name: string;
  /** Why it is there, in a sentence. */
  readonly why: string;
  readonly spec: z.input<typeof approvalPolicySpec>;
}

const ALL = ['*' as const];
const WRITES = ['CREATE' as const, 'UPDATE' as const];

/** True for a pod, or a template of one, that reaches out of its containers into the node. */
const REACHES_THE_NODE = `[
  object.?spec.orValue({}),
  object.?template.?spec.orValue({}),
  object.?spec.?template.?spec.orValue({}),
  object.?spec.?jobTemplate.?spec.?template.?spec.orValue({})
].exists(pod,
  pod.?hostPID.orValue(false) || pod.?hostIPC.orValue(false) || pod.?hostNetwork.orValue(false) ||
  pod.?volumes.orValue([]).exists(volume, has(volume.hostPath)) ||
  ['containers', 'initContainers', 'ephemeralContainers'].exists(list,
    list in pod && pod[list].exists(one, one.?securityContext.?privileged.orValue(false))))
`;

/** The set, in the order in which it is written. */
export const POLICIES: readonly NamedPolicy[] = [
  {
    name: 'agents-never',
    why: 'Nobody approves these away: new powers, tokens, certificates, other APIs, and the way into nodes.',
    spec: {
      agents: AGENTS,
      action: 'Deny',
      match: {
        rules: [
          { apiGroups: [''], resources: ['serviceaccounts/token', 'nodes/proxy'], operations: ALL },
          { apiGroups: ['rbac.authorization.k8s.io'], resources: ['*'], operations: ALL },
          {
            apiGroups: ['certificates.k8s.io'],
            resources: ['certificatesigningrequests/*'],
            operations: ALL,
          },
          { apiGroups: ['apiregistration.k8s.io'], resources: ['*'], operations: ALL },
        ],
      },
    },
  },
  {
    name: 'agents-keep-out',
    why: 'Where the cluster, Assent and other controllers run, agents change nothing. List your own.',
    spec: {
      agents: AGENTS,
      action: 'Deny',
      match: {
        rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ALL }],
        namespaces: { names: ['assent-system', 'kube-*', 'argocd', 'flux-system'] },
      },
    },
  },
  {
    name: 'agents-no-account-tokens',
    why: 'A Secret of this type is filled with a token of whichever ServiceAccount it names.',
    spec: {
      agents: AGENTS,
      action: 'Deny',
      match: {
        rules: [{ apiGroups: [''], resources: ['secrets'], operations: WRITES }],
        conditions: [
          {
            name: 'account-token',
            expression: "object.?type.orValue('') == 'kubernetes.io/service-account-token'",
          },
        ],
      },
    },
  },
  {
    name: 'agents-no-node-access',
    why: 'Whoever is root on a node is everybody who runs there. For all kinds that hold a template of a pod.',
    spec: {
      agents: AGENTS,
      action: 'Deny',
      match: {
        rules: [
          {
            apiGroups: [''],
            resources: ['pods', 'pods/ephemeralcontainers', 'replicationcontrollers', 'podtemplates'],
            operations: WRITES,
          },
          {
            apiGroups: ['apps', 'batch'],
            resources: ['deployments', 'daemonsets', 'statefulsets', 'replicasets', 'jobs', 'cronjobs'],
            operations: WRITES,
          },
        ],
        conditions: [{ name: 'reaches-the-node', expression: REACHES_THE_NODE }],
      },
    },
  },
  {
    name: 'agents-critical',
    why: 'What one of these takes along is seldom seen in the change itself, so people say why they approve it.',
    spec: {
      agents: AGENTS,
      risk: 'Critical',
      match: {
        rules: [
          {
            apiGroups: [''],
            resources: ['namespaces/*', 'nodes/*', 'persistentvolumes', 'resourcequotas', 'limitranges'],
            operations: ALL,
          },
          { apiGroups: ['policy'], resources: ['poddisruptionbudgets'], operations: ALL },
          { apiGroups: ['scheduling.k8s.io'], resources: ['priorityclasses'], operations: ALL },
          {
            apiGroups: ['apiextensions.k8s.io'],
            resources: ['customresourcedefinitions'],
            operations: ALL,
          },
        ],
      },
      approval: { reasonRequired: true, approveMasked: true },
    },
  },
  {
    name: 'agents-ask',
    why: 'Everything else asks, subresources and kinds that do not exist yet included.',
    spec: { agents: AGENTS, match: { rules: [{ apiGroups: ['*'], resources: ['*/*'], operations: ALL }] } },
  },
];
