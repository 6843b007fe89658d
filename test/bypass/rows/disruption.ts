// Harm by another route than the deletion that everybody thinks of, and ways out of a policy by labels.
import type { Row } from '../row.ts';

export const DISRUPTION: readonly Row[] = [
  {
    id: '12',
    title: 'Eviction instead of deletion',
    tries: [
      { what: 'the eviction of a pod', by: 'asks' },
      { what: 'kubectl drain', by: 'asks' },
      {
        what: 'an eviction, under a policy that names only the deletion of pods',
        passes:
          'An eviction is the creation of `pods/eviction`; the pod goes without a DELETE. The status of such a policy warns.',
      },
    ],
    advice: 'Name `pods/eviction` wherever you name the deletion of pods, or `*/*` (policy `agents-ask`).',
  },
  {
    id: '13',
    title: 'Scaling to nothing',
    tries: [
      { what: 'the scale of every kind that scales', by: 'asks' },
      { what: 'an autoscaler that does it', by: 'asks' },
      {
        what: 'kubectl scale, under a policy that names only deployments',
        passes:
          'The resource `deployments` does not include `deployments/scale`. The status of such a policy warns.',
      },
    ],
    advice:
      'Name `*/scale` and the kinds of your autoscalers. A condition such as `object.spec.replicas == 0` narrows it.',
  },
  {
    id: '14',
    title: 'Nodes, priorities, budgets and quotas',
    tries: [
      { what: 'taints, cordons and labels of nodes', by: 'asks' },
      { what: 'a PriorityClass that pushes others out', by: 'asks' },
      { what: 'a PodDisruptionBudget that goes', by: 'asks' },
      { what: 'quotas and limits that starve a namespace', by: 'asks' },
    ],
    advice: 'Ask about them with risk `Critical` (policy `agents-critical`).',
  },
  {
    id: '16',
    title: 'Finalizers',
    tries: [
      { what: 'the last finalizer of an object that waits for it', by: 'asks' },
      { what: 'namespaces/finalize', by: 'asks' },
    ],
    advice: 'Nothing: finalizers are held with updates and with deletions, through subresources too.',
  },
  {
    id: '22',
    title: 'Labels that move a namespace out of a policy',
    tries: [
      { what: 'the label by which a policy finds the namespace', by: 'asks' },
      { what: 'the same where the policy does not name namespaces', by: 'asks' },
      { what: 'the labels of Pod Security', by: 'asks' },
    ],
    advice:
      'Nothing: a policy that picks namespaces by label also holds changes of these labels. Assent judges the old and the new ones and registers no selectors.',
  },
  {
    id: '23',
    title: 'Labels that hide an object',
    tries: [{ what: 'labels that exempt an object elsewhere', by: 'asks' }],
    advice: 'Nothing: no label of an object exempts it.',
  },
  {
    id: '36',
    title: 'Objects that rule the cluster',
    tries: [
      { what: 'aws-auth, coredns and kube-proxy in kube-system', by: 'policy' },
      { what: 'an ExternalSecret', by: 'asks' },
      {
        what: 'the IAM of the cloud',
        untried: 'It is not in the cluster, and there is no cloud here. Nothing of Assent sees it.',
      },
    ],
    advice:
      'Deny everything in `kube-*` (policy `agents-keep-out`); restrict the cloud identity of agents in the cloud.',
  },
  {
    id: 'L4',
    title: 'A list with one harmful item',
    tries: [
      { what: 'the harmful item of a list', by: 'policy' },
      { what: 'the harmless item beside it', by: 'asks' },
    ],
    advice: 'Nothing: each object of a list is a change of its own, with an answer of its own.',
  },
  {
    id: 'L5',
    title: 'A server-side apply that only leaves a field out',
    tries: [{ what: 'a field that its owner no longer sends', by: 'asks' }],
    advice: 'Nothing: the approver sees the removed path.',
  },
  {
    id: 'L6',
    title: 'Scale to 0',
    tries: [{ what: 'kubectl scale --replicas=0', by: 'asks' }],
    advice: 'Nothing: the approver sees from how many to how many.',
  },
  {
    id: 'L7',
    title: 'Labels that move a pod under another NetworkPolicy',
    tries: [{ what: 'a label on a pod, and on a template', by: 'asks' }],
    advice: 'Nothing: labels are never left out of the fingerprint, and the approver sees the path.',
  },
];
