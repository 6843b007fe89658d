// Pods and everything that holds a template of one, as the tests send them.

/** A pod spec; what a test is about comes on top. */
export const podSpec = (over: object = {}) => ({
  serviceAccountName: 'app',
  containers: [{ name: 'app', image: 'registry.example/app:1' }],
  ...over,
});

interface Holder {
  readonly kind: string;
  /** Path of the collection below /api or /apis, in a namespace. */
  readonly path: (namespace: string) => string;
  readonly object: (name: string, spec: object) => object;
}

const template = (name: string, spec: object) => ({ metadata: { labels: { app: name } }, spec });
const selected = (name: string, spec: object, more: object = {}) => ({
  metadata: { name },
  spec: { ...more, selector: { matchLabels: { app: name } }, template: template(name, spec) },
});
const job = (name: string, spec: object) => ({
  template: template(name, { ...spec, restartPolicy: 'Never' }),
});

const inCore = (plural: string) => (namespace: string) => `/api/v1/namespaces/${namespace}/${plural}`;
const inGroup = (name: string, plural: string) => (namespace: string) =>
  `/apis/${name}/v1/namespaces/${namespace}/${plural}`;

/** Every built-in kind that holds a pod. */
export const POD_HOLDERS: readonly Holder[] = [
  { kind: 'Pod', path: inCore('pods'), object: (name, spec) => ({ metadata: { name }, spec }) },
  {
    kind: 'PodTemplate',
    path: inCore('podtemplates'),
    object: (name, spec) => ({ metadata: { name }, template: template(name, spec) }),
  },
  {
    kind: 'ReplicationController',
    path: inCore('replicationcontrollers'),
    object: (name, spec) => ({
      metadata: { name },
      spec: { replicas: 1, selector: { app: name }, template: template(name, spec) },
    }),
  },
  { kind: 'Deployment', path: inGroup('apps', 'deployments'), object: selected },
  { kind: 'DaemonSet', path: inGroup('apps', 'daemonsets'), object: selected },
  {
    kind: 'StatefulSet',
    path: inGroup('apps', 'statefulsets'),
    object: (name, spec) => selected(name, spec, { serviceName: name }),
  },
  { kind: 'ReplicaSet', path: inGroup('apps', 'replicasets'), object: selected },
  {
    kind: 'Job',
    path: inGroup('batch', 'jobs'),
    object: (name, spec) => ({ metadata: { name }, spec: job(name, spec) }),
  },
  {
    kind: 'CronJob',
    path: inGroup('batch', 'cronjobs'),
    object: (name, spec) => ({
      metadata: { name },
      spec: { schedule: '0 0 * * *', jobTemplate: { spec: job(name, spec) } },
    }),
  },
];

/** A new object of one of these kinds, and where it is created. */
export function maker(kind: string, name: string): { readonly path: string; readonly object: object } {
  const holder = POD_HOLDERS.find((one) => one.kind === kind);
  if (holder === undefined) throw new Error(`no built-in kind ${kind} holds a pod`);
  return { path: holder.path('shop'), object: holder.object(name, podSpec()) };
}

/** A CustomResourceDefinition of any content, without subresources unless given. */
export const definition = (plural: string, group: string, kind: string, version: object = {}) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        ...version,
      },
    ],
  },
});
