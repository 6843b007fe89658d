// What an ordinary workload shows by itself (INV-10: and what it still does not).
import { describe, expect, it } from 'vitest';
import { changeOf, recorded, reviewOf } from '../../../test/builders/reviews.ts';
import type { JsonObject } from './json.ts';
import { maskDiff, type MaskedDiff } from './mask.ts';

const created = (group: string, resource: string, object: JsonObject): MaskedDiff => {
  const facts = { resource: { group, version: 'v1', resource } };
  const name = (object['metadata'] as JsonObject | undefined)?.['name'] as string | undefined;
  const review = reviewOf({ ...facts, operation: 'CREATE', object, name: name ?? '' });
  return maskDiff(changeOf(review).entries, { ...facts, subResource: '', reveal: [] });
};
const hidden = ({ diff }: MaskedDiff): string[] =>
  diff.filter(({ to }) => to?.masked !== undefined).map(({ path }) => path);

const container = (fields: JsonObject = {}): JsonObject => ({
  image: 'nginx:1',
  imagePullPolicy: 'IfNotPresent',
  name: 'nginx',
  resources: {},
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  ...fields,
});
const podSpec = (fields: JsonObject = {}): JsonObject => ({
  containers: [container()],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  schedulerName: 'default-scheduler',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  ...fields,
});
const template = (fields: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app: 'foo' } },
  spec: podSpec(fields),
});
/** `kubectl create deployment foo --image=nginx:1`, with what the API server fills in. */
const deployment = (fields: JsonObject = {}): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'foo',
    namespace: 'payments',
    uid: 'u',
    generation: 1,
    creationTimestamp: '2026-11-22T12:00:00Z',
    labels: { app: 'foo' },
  },
  spec: {
    progressDeadlineSeconds: 600,
    replicas: 1,
    revisionHistoryLimit: 10,
    selector: { matchLabels: { app: 'foo' } },
    strategy: { rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' }, type: 'RollingUpdate' },
    template: template(fields),
  },
  status: {},
});
const token: JsonObject = {
  name: 'kube-api-access-x7k2p',
  projected: {
    defaultMode: 420,
    sources: [
      { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
      { configMap: { items: [{ key: 'ca.crt', path: 'ca.crt' }], name: 'kube-root-ca.crt' } },
      {
        downwardAPI: {
          items: [{ fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' }, path: 'namespace' }],
        },
      },
    ],
  },
};
const evict = { effect: 'NoExecute', operator: 'Exists', tolerationSeconds: 300 };
const jobSpec: JsonObject = {
  backoffLimit: 6,
  completionMode: 'NonIndexed',
  completions: 1,
  manualSelector: false,
  parallelism: 1,
  podReplacementPolicy: 'TerminatingOrFailed',
  suspend: false,
  template: template({ restartPolicy: 'OnFailure' }),
};

describe('nothing is masked in', () => {
  it.each<[string, string, JsonObject]>([
    ['apps', 'deployments', deployment()],
    [
      '',
      'pods',
      {
        metadata: { name: 'foo', labels: { run: 'foo' } },
        spec: podSpec({
          containers: [
            container({
              volumeMounts: [
                {
                  mountPath: '/var/run/secrets/kubernetes.io/serviceaccount',
                  name: 'kube-api-access-x7k2p',
                  readOnly: true,
                },
              ],
            }),
          ],
          enableServiceLinks: true,
          preemptionPolicy: 'PreemptLowerPriority',
          priority: 0,
          serviceAccount: 'default',
          serviceAccountName: 'default',
          tolerations: [
            { key: 'node.kubernetes.io/not-ready', ...evict },
            { key: 'node.kubernetes.io/unreachable', ...evict },
          ],
          volumes: [token],
        }),
      },
    ],
    [
      'apps',
      'statefulsets',
      {
        metadata: { name: 'db' },
        spec: {
          persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
          podManagementPolicy: 'OrderedReady',
          replicas: 3,
          revisionHistoryLimit: 10,
          selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['db'] }] },
          serviceName: 'db',
          template: template(),
          updateStrategy: { rollingUpdate: { partition: 0 }, type: 'RollingUpdate' },
        },
      },
    ],
    ['batch', 'jobs', { metadata: { name: 'once' }, spec: jobSpec }],
    [
      'batch',
      'cronjobs',
      {
        metadata: { name: 'nightly' },
        spec: {
          concurrencyPolicy: 'Forbid',
          failedJobsHistoryLimit: 1,
          jobTemplate: { metadata: { labels: { app: 'foo' } }, spec: jobSpec },
          schedule: '*/5 2 * * MON-FRI',
          successfulJobsHistoryLimit: 3,
          suspend: false,
        },
      },
    ],
    [
      '',
      'services',
      {
        metadata: { name: 'foo', labels: { 'app.kubernetes.io/name': 'foo' } },
        spec: {
          clusterIP: 'None',
          clusterIPs: ['None'],
          internalTrafficPolicy: 'Cluster',
          ipFamilies: ['IPv4'],
          ipFamilyPolicy: 'SingleStack',
          ports: [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }],
          selector: { app: 'foo' },
          sessionAffinity: 'None',
          type: 'ClusterIP',
        },
      },
    ],
    [
      'policy',
      'poddisruptionbudgets',
      {
        metadata: { name: 'foo' },
        spec: { minAvailable: '50%', selector: { matchLabels: { app: 'foo' } } },
      },
    ],
    [
      'autoscaling',
      'horizontalpodautoscalers',
      {
        metadata: { name: 'foo' },
        spec: {
          maxReplicas: 9,
          metrics: [
            {
              resource: { name: 'cpu', target: { averageUtilization: 80, type: 'Utilization' } },
              type: 'Resource',
            },
          ],
          minReplicas: 2,
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'foo' },
        },
      },
    ],
    [
      '',
      'namespaces',
      {
        metadata: { name: 'foo', labels: { 'kubernetes.io/metadata.name': 'foo' } },
        spec: { finalizers: ['kubernetes'] },
      },
    ],
  ])('%s %s as the API server completes it', (group, resource, object) => {
    const result = created(group, resource, object);
    expect(hidden(result)).toEqual([]);
    expect(result).toMatchObject({ masked: 0, cut: 0 });
  });
});

const masksOf = (name: string): string[] => {
  const review = recorded(name)[0];
  const { resource, subResource } = review;
  return maskDiff(changeOf(review).entries, { resource, subResource, reveal: [] })
    .diff.filter(({ from, to }) => (from ?? to)?.masked !== undefined)
    .map(({ path }) => path);
};

describe('what is shown of changes that are not workloads', () => {
  it.each<[string, string, JsonObject]>([
    [
      '',
      'nodes',
      {
        spec: {
          unschedulable: true,
          taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule', value: 'gpu' }],
        },
      },
    ],
    ['', 'secrets', { type: 'kubernetes.io/tls', immutable: true }],
    ['', 'configmaps', { immutable: false }],
    ['', 'serviceaccounts', { automountServiceAccountToken: false }],
    [
      '',
      'persistentvolumes',
      {
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          persistentVolumeReclaimPolicy: 'Delete',
          volumeMode: 'Filesystem',
        },
      },
    ],
    [
      'resource.k8s.io',
      'devicetaintrules',
      { spec: { taint: { key: 'gpu/broken', effect: 'None', timeAdded: '(now)' } } },
    ],
    [
      '',
      'pods',
      {
        spec: {
          nodeName: 'node-1',
          ephemeralContainers: [
            { name: 'debugger-bcdfg', targetContainerName: 'app' },
            { name: 'debugger-* beside 1', targetContainerName: 'debugger-bcdfg' },
          ],
        },
      },
    ],
  ])('everything of %s %s that is a number, a name, a switch or a known word', (group, resource, object) => {
    expect(hidden(created(group, resource, object))).toEqual([]);
  });

  it.each<[string, string[]]>([
    ['job-generate', []],
    [
      'job-labels',
      [
        'spec.template.spec.containers[name=m].command[0]',
        'spec.template.spec.containers[name=m].command[1]',
      ],
    ],
    ['namespace-generate', []],
    ['pod-debug', ['spec.ephemeralContainers[name="debugger-*"].command[0]']],
    ['pod-create', ['spec.containers[name=app].env[name=LOG_LEVEL].value']],
    ['pod-portforward', []],
    ['pod-binding', []],
    ['secret-create', ['data.password', 'data.user']],
  ])('of %s only what people put there is masked: no word for what is made up', (name, paths) => {
    expect(masksOf(name)).toEqual(paths);
  });
});

describe('INV-10: what stays masked', () => {
  it.each<[string, string, string, JsonObject]>([
    ['a type of a Secret that nobody knows', '', 'secrets', { type: 'canary' }],
    [
      'a boolean in the data of a Secret',
      '',
      'secrets',
      { data: { immutable: true }, stringData: { a: true } },
    ],
    ['a boolean in the data of a ConfigMap', '', 'configmaps', { data: { a: true } }],
    ['a boolean of a kind that is not built in', 'shop.example', 'widgets', { spec: { paused: true } }],
    ['a boolean in a namesake of another group', 'shop.example', 'deployments', { spec: { paused: true } }],
    ['a boolean in a place of free form', 'apps', 'controllerrevisions', { data: { a: true } }],
    [
      'a boolean in a default of a CRD',
      'apiextensions.k8s.io',
      'customresourcedefinitions',
      { spec: { default: true } },
    ],
    ['a boolean under a name that imitates a path', 'apps', 'deployments', { spec: { 'a.b': true } }],
    ['a boolean in quotes', '', 'nodes', { spec: { unschedulable: 'true' } }],
    ['a taint that is none', '', 'nodes', { spec: { taints: [{ key: 'a b', effect: 'canary' }] } }],
    [
      'a value of a variable that looks made up',
      '',
      'pods',
      { spec: { containers: [{ name: 'a', env: [{ name: 'A', value: '(own uid)' }] }] } },
    ],
    ['data of a Secret that looks made up', '', 'secrets', { data: { a: '(own uid)', b: '(now)' } }],
    [
      'a signer of a namesake',
      'shop.example',
      'certificatesigningrequests',
      { spec: { signerName: 'canary' } },
    ],
  ])('%s', (_, group, resource, object) => {
    const result = created(group, resource, object);
    expect(
      result.diff.filter(({ to }) => to?.shown !== undefined).filter(({ path }) => !path.endsWith('.name')),
    ).toEqual([]);
    expect(result.masked).toBeGreaterThan(0);
  });

  it('what people put into a workload themselves', () => {
    const object = deployment({
      containers: [
        container({
          args: ['canary'],
          command: ['canary'],
          env: [{ name: 'A', value: 'canary' }],
          livenessProbe: { httpGet: { path: '/canary', port: 80, scheme: 'HTTP' } },
          terminationMessagePath: '/canary',
        }),
      ],
      volumes: [
        { name: 'v', hostPath: { path: '/canary', type: 'Directory' } },
        { name: 'w', projected: { sources: [{ configMap: { name: 'canary' } }] } },
      ],
    });
    const result = created('apps', 'deployments', object);
    expect(JSON.stringify(result)).not.toContain('canary');
    expect(hidden(result).map((path) => path.replace('spec.template.spec.', ''))).toEqual([
      'containers[name=nginx].args[0]',
      'containers[name=nginx].command[0]',
      'containers[name=nginx].env[name=A].value',
      'containers[name=nginx].livenessProbe.httpGet.path',
      'containers[name=nginx].terminationMessagePath',
      'volumes[name=v].hostPath.path',
      'volumes[name=v].hostPath.type',
      'volumes[name=w].projected.sources[0].configMap.name',
    ]);
  });

  it.each<[string, string, string, JsonObject]>([
    ['a policy that is none', 'apps', 'deployments', deployment({ dnsPolicy: 'canary' })],
    ['a number in words', 'apps', 'deployments', deployment({ terminationGracePeriodSeconds: 'canary' })],
    ['the same field of a kind that is not built in', 'example.com', 'widgets', { spec: podSpec() }],
    ['a label that is none', '', 'services', { metadata: { labels: { app: 'no label!' } } }],
    ['a label of a Secret', '', 'secrets', { metadata: { labels: { app: 'canary' } } }],
    [
      'a field whose name imitates a path',
      'apps',
      'deployments',
      { 'spec.replicas.x': 1, spec: { 'selector.matchLabels': { a: 'b' } } },
    ],
    ['labels elsewhere', '', 'configmaps', { data: { metadata: 'x', labels: 'canary' } }],
    ['an address that is none', '', 'services', { spec: { clusterIP: 'deadbeef' } }],
    ['a schedule in words', 'batch', 'cronjobs', { spec: { schedule: 'canary' } }],
  ])('%s', (_, group, resource, object) => {
    expect(created(group, resource, object).masked).toBeGreaterThan(0);
  });
});
