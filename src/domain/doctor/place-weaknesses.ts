// Rights that lead round the gate where Assent runs, or where the cluster itself does: keys, tokens and controllers are there
// (INV-1).
import { ASKING, CHANGE, OUT, POD_DOORS, POD_MAKERS, PUT, READ, type PowerWeakness } from './powers.ts';

/** The rights, each with what it leads to. */
export const PLACE_WEAKNESSES: readonly PowerWeakness[] = [
  {
    id: 'ASSENT-W114',
    severity: 'dangerous',
    title: 'may read Secrets in the namespace of Assent',
    reason: 'They hold the keys that seal approvals, and reads never reach admission.',
    remedy: `${OUT} If it was used, make new keys: kubectl -n NAMESPACE delete secret assent-seal assent-fingerprint, then kubectl -n NAMESPACE rollout restart deployment; open approvals are void.`,
    where: 'ours',
    seen: 'unseen',
    powers: [{ verbs: READ, group: '', resources: ['secrets'] }],
  },
  {
    id: 'ASSENT-W115',
    severity: 'dangerous',
    title: 'may run pods in the namespace of Assent',
    reason: 'A pod there runs as Assent if it says so, and mounts its keys.',
    remedy: ASKING,
    where: 'ours',
    seen: 'itself',
    powers: POD_MAKERS,
  },
  {
    id: 'ASSENT-W116',
    severity: 'dangerous',
    title: 'may enter pods of Assent',
    reason: 'Inside of the pod are its token and its keys.',
    remedy: ASKING,
    where: 'ours',
    seen: 'itself',
    powers: [
      ...POD_DOORS,
      { verbs: ['create', 'get'], group: '', resources: ['pods/portforward', 'pods/proxy'] },
    ],
  },
  {
    id: 'ASSENT-W118',
    severity: 'dangerous',
    title: 'may run or enter pods in kube-system',
    reason:
      'A pod there may run as any of the controllers of the cluster, and may be one that reaches its node.',
    remedy: ASKING,
    where: 'kube-system',
    seen: 'itself',
    powers: [...POD_MAKERS, ...POD_DOORS],
  },
  {
    id: 'ASSENT-W124',
    severity: 'dangerous',
    title: 'may change what Assent runs on, in its namespace',
    reason:
      'With its Service or EndpointSlice reviews are sent elsewhere; with its Lease or Secrets it is stopped or replaced.',
    remedy: `${ASKING} Close the whole namespace to agents.`,
    where: 'ours',
    seen: 'itself',
    powers: [
      {
        verbs: CHANGE,
        group: '',
        resources: ['services', 'endpoints', 'secrets', 'configmaps', 'serviceaccounts'],
      },
      { verbs: ['delete', 'deletecollection'], group: '', resources: ['pods'] },
      { verbs: ['delete', 'deletecollection'], group: 'apps', resources: ['deployments', 'replicasets'] },
      { verbs: ['update', 'patch'], group: 'apps', resources: ['deployments/scale'] },
      { verbs: CHANGE, group: 'discovery.k8s.io', resources: ['endpointslices'] },
      { verbs: CHANGE, group: 'networking.k8s.io', resources: ['networkpolicies'] },
      { verbs: CHANGE, group: 'coordination.k8s.io', resources: ['leases'] },
      { verbs: CHANGE, group: 'policy', resources: ['poddisruptionbudgets'] },
    ],
  },
  {
    id: 'ASSENT-W128',
    severity: 'dangerous',
    title: 'may read or write Secrets in kube-system',
    reason:
      'Tokens of controllers lie there. A bootstrap token is a Secret there as well: whoever reads or writes one logs in under a name that no policy knows.',
    remedy: 'Take the right away: reads never reach admission. Close the whole namespace to agents.',
    where: 'kube-system',
    seen: 'itself',
    powers: [{ verbs: [...READ, ...PUT], group: '', resources: ['secrets'] }],
  },
  {
    id: 'ASSENT-W132',
    severity: 'dangerous',
    title: 'may change ConfigMaps in kube-system',
    reason:
      'Whom extension API servers trust is written there (extension-apiserver-authentication), and in some clusters who has which groups (aws-auth).',
    remedy: `${ASKING} Close the whole namespace to agents.`,
    where: 'kube-system',
    seen: 'itself',
    powers: [{ verbs: CHANGE, group: '', resources: ['configmaps'] }],
  },
];
