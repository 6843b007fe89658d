// The role that docs/reference/limits.md advises for an agent: what it works with, named, in its namespaces. No `*`, no
// impersonate, bind or escalate, no nodes, no webhooks, no Secrets to read: what admission cannot hold is not granted.
const EDIT = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/** A ClusterRole, to be bound by a RoleBinding in each namespace that the agent works in. */
export const AGENT_ROLE = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: 'agent-workloads' },
  rules: [
    { apiGroups: [''], resources: ['configmaps', 'services', 'pods'], verbs: EDIT },
    { apiGroups: [''], resources: ['pods/eviction'], verbs: ['create'] },
    { apiGroups: [''], resources: ['pods/log', 'events'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale', 'statefulsets', 'statefulsets/scale'],
      verbs: EDIT,
    },
    { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: EDIT },
  ],
} as const;
