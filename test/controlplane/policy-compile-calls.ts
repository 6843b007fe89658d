// Writes of every sort, for the test of the compiled webhook entry.
/** A ConfigMap in the namespace default. */
export const configMap = (name: string, data: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default' },
  data,
});
/** An object that is little more than its name. */
export const named = (apiVersion: string, kind: string, name: string, rest: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name },
  ...rest,
});
const deployment = (name: string) => ({
  ...named('apps/v1', 'Deployment', name),
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: { containers: [{ name: 'c', image: 'registry.example.com/a:1' }] },
    },
  },
});
/** An autoscaler in the old version. */
export const autoscaler = (name: string) => ({
  ...named('autoscaling/v1', 'HorizontalPodAutoscaler', name),
  spec: {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
    minReplicas: 1,
    maxReplicas: 3,
  },
});
/** A Pod of one container. */
export const pod = (name: string) => ({
  ...named('v1', 'Pod', name),
  spec: {
    containers: [{ name: 'c', image: 'registry.example.com/a:1' }],
    automountServiceAccountToken: false,
  },
});

/** Where namespaced objects of the core group are written. */
export const core = '/api/v1/namespaces/default';
const apps = '/apis/apps/v1/namespaces/default';

/** One request: method, path, body. */
export type Call = readonly [method: string, path: string, body?: object];

/** Every sort of write there is: namespaced and cluster-scoped, subresources, no-ops, collections, reviews. */
export const everything = (name: string): readonly Call[] => [
  ['POST', `${core}/configmaps`, configMap(name, { a: '1' })],
  ['PATCH', `${core}/configmaps/${name}`, { data: { a: '2' } }],
  ['PATCH', `${core}/configmaps/${name}`, { data: { a: '2' } }],
  ['DELETE', `${core}/configmaps/${name}`],
  ['DELETE', `${core}/configmaps?labelSelector=of%3D${name}`],
  ['POST', `${apps}/deployments`, deployment(name)],
  ['PATCH', `${apps}/deployments/${name}/scale`, { spec: { replicas: 2 } }],
  ['PATCH', `${apps}/deployments/${name}/status`, { status: { observedGeneration: 1 } }],
  ['DELETE', `${apps}/deployments/${name}`],
  ['POST', `${core}/pods`, pod(name)],
  ['POST', `${core}/pods/${name}/eviction`, named('policy/v1', 'Eviction', name)],
  [
    'POST',
    `${core}/serviceaccounts/default/token`,
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  ],
  ['POST', '/api/v1/namespaces', named('v1', 'Namespace', name)],
  ['PATCH', `/api/v1/namespaces/${name}`, { metadata: { labels: { a: 'b' } } }],
  ['DELETE', `/api/v1/namespaces/${name}`],
  ['POST', '/api/v1/nodes', named('v1', 'Node', name)],
  ['DELETE', `/api/v1/nodes/${name}`],
  [
    'POST',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    named('rbac.authorization.k8s.io/v1', 'ClusterRole', name),
  ],
  ['DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`],
  [
    'POST',
    '/apis/coordination.k8s.io/v1/namespaces/default/leases',
    named('coordination.k8s.io/v1', 'Lease', name),
  ],
  ['DELETE', `/apis/coordination.k8s.io/v1/namespaces/default/leases/${name}`],
  [
    'POST',
    '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
    },
  ],
  [
    'POST',
    '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  ],
];
