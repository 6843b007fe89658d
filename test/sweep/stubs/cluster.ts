// rbac, scheduling, node, coordination, discovery, flowcontrol, apiregistration, internal, storagemigration, events:
// what keeps a cluster together.
import type { Manifest, Stub } from '../stub.ts';

const RBAC = 'rbac.authorization.k8s.io';
const labelled = (colour: string): Manifest => ({ metadata: { labels: { colour } } });
const rules = (verb: string): Manifest => ({
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: [verb] }],
});
const subjects = (name: string): Manifest => ({
  subjects: [{ kind: 'User', apiGroup: RBAC, name }],
});
const roleRef: Manifest = { roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: 'view' } };

/** Kinds of RBAC. */
export const ACCESS: readonly Stub[] = [
  {
    group: RBAC,
    resource: 'clusterrolebindings',
    manifest: { ...roleRef, ...subjects('red') },
    change: subjects('blue'),
  },
  { group: RBAC, resource: 'clusterroles', manifest: rules('get'), change: rules('delete') },
  {
    group: RBAC,
    resource: 'rolebindings',
    manifest: { ...roleRef, ...subjects('red') },
    change: subjects('blue'),
  },
  { group: RBAC, resource: 'roles', manifest: rules('get'), change: rules('delete') },
  { group: RBAC, resource: 'clusterroles', variant: 'empty', manifest: { rules: [] }, change: rules('get') },
  { group: RBAC, resource: 'roles', variant: 'empty', manifest: { rules: [] }, change: rules('get') },
];

const condition = (type: string): Manifest => ({
  status: {
    conditions: [
      { type, status: 'True', reason: 'Sweep', message: 'blue', lastTransitionTime: '2026-01-02T03:04:05Z' },
    ],
  },
});

/** As 1.34 wants it. */
const RUNNING: Manifest = {
  status: {
    conditions: [
      {
        type: 'Running',
        status: 'True',
        reason: 'Sweep',
        lastUpdateTime: '2026-01-02T03:04:05Z',
      },
    ],
  },
};

/** Kinds by which parts of a cluster find each other. */
export const COORDINATION: readonly Stub[] = [
  {
    group: 'coordination.k8s.io',
    resource: 'leases',
    manifest: { spec: { holderIdentity: 'red', leaseDurationSeconds: 15 } },
    change: { spec: { holderIdentity: 'blue' } },
  },
  {
    group: 'coordination.k8s.io',
    resource: 'leasecandidates',
    manifest: {
      spec: {
        leaseName: 'sweep',
        binaryVersion: '1.36.0',
        emulationVersion: '1.36.0',
        strategy: 'OldestEmulationVersion',
      },
    },
    change: { spec: { emulationVersion: '1.35.0' } },
  },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    manifest: {
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.1'] }],
      ports: [{ name: 'web', port: 80 }],
    },
    change: { endpoints: [{ addresses: ['192.0.2.2'] }] },
  },
  {
    group: 'discovery.k8s.io',
    resource: 'endpointslices',
    variant: 'empty',
    manifest: { addressType: 'IPv4', endpoints: [], ports: [] },
    change: { ports: [{ name: 'web', port: 80 }] },
  },
  {
    group: 'events.k8s.io',
    resource: 'events',
    manifest: ({ namespace }) => ({
      regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name: 'app' },
      eventTime: '2026-01-02T03:04:05.000006Z',
      reportingController: 'example.com/sweep',
      reportingInstance: 'sweep-0',
      action: 'Sweep',
      reason: 'Sweep',
      type: 'Normal',
      note: 'red',
    }),
    change: { series: { count: 2, lastObservedTime: '2026-01-02T03:04:06.000006Z' } },
  },
];

/** Kinds about nodes and order of service. */
export const SCHEDULING: readonly Stub[] = [
  {
    group: 'node.k8s.io',
    resource: 'runtimeclasses',
    manifest: { handler: 'sweep', scheduling: { nodeSelector: { colour: 'red' } } },
    change: { scheduling: { nodeSelector: { colour: 'blue' } } },
  },
  {
    group: 'scheduling.k8s.io',
    resource: 'priorityclasses',
    manifest: { value: 7, description: 'red' },
    change: { description: 'blue' },
  },
  {
    group: 'scheduling.k8s.io',
    resource: 'workloads',
    since: '1.36',
    manifest: { spec: { podGroupTemplates: [{ name: 'a', schedulingPolicy: { basic: {} } }] } },
    change: labelled('blue'),
  },
  {
    group: 'scheduling.k8s.io',
    resource: 'podgroups',
    since: '1.36',
    manifest: { spec: { schedulingPolicy: { gang: { minCount: 2 } } } },
    change: labelled('blue'),
    subresources: { status: { change: condition('PodGroupScheduled') } },
  },
  {
    group: 'flowcontrol.apiserver.k8s.io',
    resource: 'flowschemas',
    manifest: {
      spec: {
        priorityLevelConfiguration: { name: 'workload-low' },
        matchingPrecedence: 9_000,
        rules: [
          {
            subjects: [{ kind: 'User', user: { name: 'nobody' } }],
            nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/sweep'] }],
          },
        ],
      },
    },
    change: { spec: { matchingPrecedence: 9_001 } },
    subresources: {
      status: {
        change: condition('Sweep'),
        apart: 'a strategic patch puts a new condition first, server-side apply last',
      },
    },
    restless: 'the API server writes whether the priority level exists',
    foregone: {
      status: {
        conditions: [
          {
            type: 'Dangling',
            status: 'False',
            reason: 'Found',
            message:
              'This FlowSchema references the PriorityLevelConfiguration object named "workload-low" and it exists',
            lastTransitionTime: '2026-01-02T03:04:05Z',
          },
        ],
      },
    },
  },
  {
    group: 'flowcontrol.apiserver.k8s.io',
    resource: 'prioritylevelconfigurations',
    manifest: {
      spec: {
        type: 'Limited',
        limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } },
      },
    },
    change: { spec: { limited: { nominalConcurrencyShares: 2 } } },
    subresources: { status: { change: condition('Sweep') } },
  },
];

/** Kinds by which the API server extends and migrates itself. */
export const EXTENSION: readonly Stub[] = [
  {
    group: 'apiregistration.k8s.io',
    resource: 'apiservices',
    name: 'v1.nothing.sweep.example.com',
    manifest: {
      spec: {
        group: 'nothing.sweep.example.com',
        version: 'v1',
        groupPriorityMinimum: 100,
        versionPriority: 10,
      },
    },
    change: { spec: { versionPriority: 11 } },
    subresources: {
      status: {
        change: condition('Sweep'),
        apart: 'a strategic patch puts a new condition first, server-side apply last',
      },
    },
    restless: 'the API server writes whether the group is available',
    settled: (object) => conditionOf(object, 'Available') !== undefined,
  },
  {
    group: 'apiextensions.k8s.io',
    resource: 'customresourcedefinitions',
    name: 'gizmos.crd.sweep.example.com',
    manifest: {
      spec: {
        group: 'crd.sweep.example.com',
        scope: 'Namespaced',
        names: { plural: 'gizmos', singular: 'gizmo', kind: 'Gizmo', listKind: 'GizmoList' },
        versions: [
          { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
        ],
      },
    },
    change: { spec: { names: { shortNames: ['gz'] } } },
    subresources: { status: { change: { status: { storedVersions: ['v1', 'v0'] } } } },
    restless: 'the API server accepts names and establishes the kind',
    settled: (object) => conditionOf(object, 'Established') === 'True',
  },
  {
    group: 'internal.apiserver.k8s.io',
    resource: 'storageversions',
    name: 'sweep.example.com.widgets',
    manifest: { spec: {}, ...labelled('red') },
    change: labelled('blue'),
    subresources: {
      status: {
        change: {
          status: {
            storageVersions: [{ apiServerID: 'sweep', encodingVersion: 'v1', decodableVersions: ['v1'] }],
            commonEncodingVersion: 'v1',
          },
        },
      },
    },
  },
  {
    group: 'storagemigration.k8s.io',
    resource: 'storageversionmigrations',
    manifest: { spec: { resource: { group: 'sweep.example.com', resource: 'widgets' } } },
    change: labelled('blue'),
    subresources: { status: { change: condition('Running') } },
    on: {
      '1.34': {
        manifest: { spec: { resource: { group: 'sweep.example.com', version: 'v1', resource: 'widgets' } } },
        subresources: { status: { change: RUNNING } },
      },
    },
  },
];

function conditionOf(object: Manifest, type: string): unknown {
  const { conditions } = (object['status'] ?? {}) as {
    conditions?: { type: string; status: string }[] | null;
  };
  return (conditions ?? []).find((one) => one.type === type)?.status;
}
