// AdmissionReviews as the API server writes them (compact, struct order, Go's escapes, a line feed at the end), in three
// sizes. The requester is an agent that policies name; the namespaces are ones that no policy names.

/** A body to send, and what it stands for. */
export interface Body {
  /** Nominal size, as the rows of the table name it. */
  readonly size: '2 kB' | '20 kB' | '200 kB';
  readonly what: string;
  readonly bytes: Buffer;
}

/** ServiceAccount that the benchmark's policies name as an agent. */
export const AGENT = { namespace: 'agents', name: 'deploy-bot' } as const;

/** Namespace of the namespaced objects; no policy of the benchmark names it. */
export const UNNAMED_NAMESPACE = 'sandbox';

const UID = '5f0c3c1e-7b7a-4a53-9d0f-2f6b8c1d4e9a';
const CREATED = '2026-11-21T09:30:00Z';

const USER = {
  username: `system:serviceaccount:${AGENT.namespace}:${AGENT.name}`,
  uid: '1d6b0c52-3f5e-4a0b-8a57-0c6f6f7be0c1',
  groups: ['system:serviceaccounts', `system:serviceaccounts:${AGENT.namespace}`, 'system:authenticated'],
  extra: {
    'authentication.kubernetes.io/credential-id': ['JTI=6d5b1b0e-3a0c-4d2c-9a55-7f6a2e5b8c11'],
    'authentication.kubernetes.io/node-name': ['node-a'],
    'authentication.kubernetes.io/node-uid': ['b3a7d7a0-93a2-4d5e-8f8e-6b7e5d1f2c33'],
    'authentication.kubernetes.io/pod-name': ['deploy-bot-6c9f7d5b9-x2x8k'],
    'authentication.kubernetes.io/pod-uid': ['0a9b8c7d-6e5f-4a3b-9c1d-2e3f4a5b6c7d'],
  },
};

/** Namespaces that policies name; each meets its own rules (bench/servers/judge.ts, asked.ts). */
export const NAMESPACES = {
  one: 'production',
  ten: 'payments',
  keys: 'dashboards',
  asked: 'checkout',
} as const;

/** An update of a Deployment, about 20 kB. */
export const judgedDeployment = (namespace: string): Buffer => deploymentUpdate(namespace);

/** An update of a ConfigMap, about 1 MB. */
export const judgedConfigMap = (namespace: string): Buffer => configMapUpdate(namespace, 5);

/** The three bodies, smallest first. */
export function bodies(): readonly Body[] {
  return [
    { size: '2 kB', what: 'create of a ClusterRoleBinding', bytes: clusterRoleBindingCreate() },
    { size: '20 kB', what: 'update of a Deployment', bytes: deploymentUpdate(UNNAMED_NAMESPACE) },
    { size: '200 kB', what: 'update of a ConfigMap', bytes: configMapUpdate(UNNAMED_NAMESPACE, 1) },
  ];
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
}

function review(
  { group, version, kind, resource }: Kind,
  target: { readonly name: string; readonly namespace?: string },
  change: { readonly object: object; readonly oldObject: object | null },
): Buffer {
  const gvk = { group, version, kind };
  const gvr = { group, version, resource };
  const operation = change.oldObject === null ? 'CREATE' : 'UPDATE';
  const request = {
    uid: UID,
    kind: gvk,
    resource: gvr,
    requestKind: gvk,
    requestResource: gvr,
    ...target,
    operation,
    userInfo: USER,
    ...change,
    dryRun: false,
    options: {
      kind: operation === 'CREATE' ? 'CreateOptions' : 'UpdateOptions',
      apiVersion: 'meta.k8s.io/v1',
      fieldManager: 'kubectl-client-side-apply',
      fieldValidation: 'Strict',
    },
  };
  const json = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  const escape = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return Buffer.from(`${json.replaceAll(/[<>&\u2028\u2029]/g, escape)}\n`);
}

function metadata(name: string, namespace: string | undefined, fields: object): object {
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    uid: '9c2d7c55-6f0b-4d43-8a3b-1f1f0e6a7b21',
    resourceVersion: '418231',
    generation: 7,
    creationTimestamp: CREATED,
    labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'shop', team: 'payments' },
    managedFields: [
      {
        manager: 'kubectl-client-side-apply',
        operation: 'Update',
        apiVersion: 'v1',
        time: CREATED,
        fieldsType: 'FieldsV1',
        fieldsV1: fields,
      },
    ],
  };
}

function clusterRoleBindingCreate(): Buffer {
  const fields = { 'f:roleRef': {}, 'f:subjects': {} };
  const object = {
    kind: 'ClusterRoleBinding',
    apiVersion: 'rbac.authorization.k8s.io/v1',
    metadata: metadata('node-debuggers', undefined, fields),
    subjects: ['anna', 'bernd', 'chloe'].map((name) => ({
      kind: 'User',
      apiGroup: 'rbac.authorization.k8s.io',
      name: `${name}@example.com`,
    })),
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'node-debugger' },
  };
  const kind = {
    group: 'rbac.authorization.k8s.io',
    version: 'v1',
    kind: 'ClusterRoleBinding',
    resource: 'clusterrolebindings',
  };
  return review(kind, { name: 'node-debuggers' }, { object, oldObject: null });
}

function deploymentUpdate(namespace: string): Buffer {
  const kind = { group: 'apps', version: 'v1', kind: 'Deployment', resource: 'deployments' };
  return review(
    kind,
    { name: 'api', namespace },
    { object: deployment(namespace, 5), oldObject: deployment(namespace, 3) },
  );
}

function deployment(namespace: string, replicas: number): object {
  const names = ['api', 'proxy', 'metrics', 'sync'];
  const labels = { 'app.kubernetes.io/name': 'api', team: 'payments' };
  const fields = Object.fromEntries(names.map((name) => [`k:{"name":"${name}"}`, containerFields()]));
  return {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: metadata('api', namespace, {
      'f:spec': { 'f:replicas': {}, 'f:template': { 'f:spec': { 'f:containers': fields } } },
    }),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { creationTimestamp: null, labels },
        spec: {
          containers: names.map(container),
          restartPolicy: 'Always',
          terminationGracePeriodSeconds: 30,
        },
      },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
    },
    status: {
      observedGeneration: 6,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
    },
  };
}

function containerFields(): object {
  const env = Array.from({ length: 10 }, (_, i) => [`k:{"name":"SETTING_${i}"}`, { '.': {}, 'f:value': {} }]);
  return { '.': {}, 'f:image': {}, 'f:env': { '.': {}, ...Object.fromEntries(env) }, 'f:resources': {} };
}

function container(name: string): object {
  return {
    name,
    image: `registry.example.com/shop/${name}@sha256:${'0123456789abcdef'.repeat(4)}`,
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    env: Array.from({ length: 20 }, (_, i) => ({
      name: `SETTING_${i}`,
      value: `value of ${name} number ${i}`,
    })),
    resources: { limits: { cpu: '1', memory: '512Mi' }, requests: { cpu: '100m', memory: '256Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http', scheme: 'HTTP' }, periodSeconds: 10 },
    volumeMounts: [{ name: 'config', mountPath: '/etc/shop', readOnly: true }],
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: 'IfNotPresent',
  };
}

function configMapUpdate(namespace: string, times: number): Buffer {
  const kind = { group: '', version: 'v1', kind: 'ConfigMap', resource: 'configmaps' };
  return review(
    kind,
    { name: 'dashboards', namespace },
    {
      object: dashboards(namespace, { times, mark: 'new' }),
      oldObject: dashboards(namespace, { times, mark: 'old' }),
    },
  );
}

function dashboards(namespace: string, { times, mark }: { times: number; mark: string }): object {
  const panel = (i: number): object => ({
    id: i,
    title: `Requests of shard ${i} (${mark})`,
    type: 'timeseries',
    expr: `sum(rate(http_requests_total{shard="${i}",code=~"5.."}[5m])) > 0`,
  });
  const dashboard = JSON.stringify({ panels: Array.from({ length: 60 }, (_, i) => panel(i)) });
  const data = Object.fromEntries(
    Array.from({ length: 9 * times }, (_, i) => [`dashboard-${i}.json`, dashboard]),
  );
  return {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata: metadata('dashboards', namespace, { 'f:data': {} }),
    data,
  };
}
