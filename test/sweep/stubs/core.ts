// The core group: one valid object of each kind, and what may be done to it.
import { envelope, field, metadata } from '../protobuf.ts';
import type { CreatedSubresource, Manifest, Place, Stub } from '../stub.ts';

const labelled = (colour: string): Manifest => ({ metadata: { labels: { colour } } });
const container = (image: string): Manifest => ({ name: 'app', image });
const podSpec = (more: Manifest = {}): Manifest => ({
  containers: [{ ...container('app:1'), resources: { requests: { cpu: '100m' } } }],
  ...more,
});
const template = (app: string): Manifest => ({
  metadata: { labels: { app } },
  spec: { containers: [container('app:1')] },
});

const NODE: Manifest = { apiVersion: 'v1', kind: 'Node', name: 'sweep-node' };
const READY: Manifest = {
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Sweep',
        message: '',
        lastTransitionTime: '2026-01-02T03:04:05Z',
      },
    ],
  },
};
const BINDING = {
  create: { apiVersion: 'v1', kind: 'Binding', target: NODE },
  protobuf: (place: Place) => {
    const target = Buffer.concat([field(1, 'Node'), field(3, 'sweep-node'), field(5, 'v1')]);
    return envelope('v1', 'Binding', Buffer.concat([field(1, metadata(place)), field(2, target)]));
  },
} satisfies CreatedSubresource;
const EVICTION: CreatedSubresource = {
  create: { apiVersion: 'policy/v1', kind: 'Eviction' },
  protobuf: (place) => envelope('policy/v1', 'Eviction', field(1, metadata(place))),
};

/** Connections that a pod allows; none of them finds anything behind the API server. */
const POD_CONNECTIONS: Stub['subresources'] = {
  exec: {
    connect: [{ manner: '', query: '?command=id&command=-u&container=app&stdout=true' }],
    repeatable: true,
  },
  attach: { connect: [{ manner: '', query: '?container=app&stdout=true' }], repeatable: true },
  portforward: { connect: [{ manner: '', query: '?ports=8080' }], repeatable: false },
  proxy: {
    connect: [
      { manner: '' },
      { manner: 'path', tail: '/healthz?verbose=1' },
      { manner: 'port', port: ':8080' },
    ],
    repeatable: true,
  },
};

const service = (variant: string | undefined, spec: Manifest, more: Partial<Stub> = {}): Stub => ({
  group: '',
  resource: 'services',
  ...(variant === undefined ? {} : { variant }),
  manifest: { spec: { selector: { app: 'a' }, ports: [{ name: 'web', port: 80 }], ...spec } },
  change: { spec: { selector: { app: 'b' } } },
  ...more,
});

const node: Manifest = { status: { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] } };

/** Kinds of the core group. */
export const CORE: readonly Stub[] = [
  {
    group: '',
    resource: 'configmaps',
    manifest: { data: { colour: 'red' } },
    change: { data: { colour: 'blue' } },
  },
  {
    group: '',
    resource: 'secrets',
    manifest: { type: 'Opaque', data: { token: 'cmVk' } },
    change: { data: { token: 'Ymx1ZQ==' } },
  },
  {
    group: '',
    resource: 'secrets',
    variant: 'stringData',
    manifest: { stringData: { token: 'red' } },
    change: { stringData: { token: 'blue' } },
  },
  {
    group: '',
    resource: 'endpoints',
    manifest: { subsets: [{ addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'web', port: 80 }] }] },
    change: { subsets: [{ addresses: [{ ip: '192.0.2.2' }], ports: [{ name: 'web', port: 80 }] }] },
  },
  {
    group: '',
    resource: 'events',
    manifest: ({ namespace }) => ({
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace, name: 'app' },
      reason: 'Sweep',
      message: 'red',
      type: 'Normal',
    }),
    change: { message: 'blue' },
  },
  {
    group: '',
    resource: 'limitranges',
    manifest: { spec: { limits: [{ type: 'Pod', max: { cpu: '2' } }] } },
    change: { spec: { limits: [{ type: 'Pod', max: { cpu: '3' } }] } },
  },
  {
    group: '',
    resource: 'limitranges',
    variant: 'empty',
    manifest: { spec: { limits: [] } },
    change: { spec: { limits: [{ type: 'Pod', max: { cpu: '3' } }] } },
  },
  {
    group: '',
    resource: 'namespaces',
    manifest: labelled('red'),
    change: labelled('blue'),
    subresources: {
      status: {
        change: {
          status: { conditions: [{ type: 'NamespaceContentRemaining', status: 'False', reason: 'Sweep' }] },
        },
      },
      finalize: { change: { spec: { finalizers: ['kubernetes', 'example.com/sweep'] } } },
    },
  },
  {
    group: '',
    resource: 'nodes',
    manifest: node,
    change: { spec: { unschedulable: true } },
    subresources: {
      status: { change: { status: { conditions: [{ type: 'Ready', status: 'True', reason: 'Sweep' }] } } },
      proxy: { connect: [{ manner: '' }, { manner: 'path', tail: '/pods' }], repeatable: true },
    },
  },
  {
    group: '',
    resource: 'persistentvolumeclaims',
    manifest: {
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'none',
        resources: { requests: { storage: '1Gi' } },
      },
    },
    change: labelled('blue'),
    subresources: { status: { change: { status: { phase: 'Lost' } } } },
  },
  {
    group: '',
    resource: 'persistentvolumes',
    manifest: {
      spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: '/sweep' } },
    },
    change: { spec: { persistentVolumeReclaimPolicy: 'Delete' } },
    subresources: { status: { change: { status: { phase: 'Failed', message: 'sweep' } } } },
  },
  {
    group: '',
    resource: 'pods',
    manifest: { spec: podSpec() },
    change: { spec: { containers: [container('app:2')] } },
    subresources: {
      status: { change: { status: { message: 'sweep', reason: 'Sweep' } } },
      ephemeralcontainers: {
        change: { spec: { ephemeralContainers: [{ name: 'look', image: 'busybox:1' }] } },
      },
      resize: {
        change: { spec: { containers: [{ name: 'app', resources: { requests: { cpu: '200m' } } }] } },
      },
      binding: BINDING,
      eviction: EVICTION,
    },
  },
  {
    group: '',
    resource: 'pods',
    variant: 'bound',
    manifest: { spec: podSpec({ nodeName: 'sweep-node' }) },
    subresources: { ...POD_CONNECTIONS, eviction: EVICTION },
  },
  {
    group: '',
    resource: 'podtemplates',
    manifest: { template: template('a') },
    change: { template: { metadata: { labels: { colour: 'blue' } } } },
  },
  {
    group: '',
    resource: 'replicationcontrollers',
    manifest: { spec: { replicas: 1, selector: { app: 'a' }, template: template('a') } },
    change: { spec: { minReadySeconds: 5 } },
    subresources: {
      status: { change: { status: { replicas: 3 } } },
      scale: { change: { spec: { replicas: 4 } } },
    },
  },
  {
    group: '',
    resource: 'resourcequotas',
    manifest: { spec: { hard: { 'count/widgets.sweep.example.com': '5' } } },
    change: { spec: { hard: { 'count/widgets.sweep.example.com': '6' } } },
    subresources: { status: { change: { status: { hard: { 'count/widgets.sweep.example.com': '7' } } } } },
  },
  {
    group: '',
    resource: 'serviceaccounts',
    manifest: { automountServiceAccountToken: true },
    change: { automountServiceAccountToken: false },
    subresources: {
      token: {
        create: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          spec: { audiences: ['sweep'], expirationSeconds: 3_600 },
        },
        repeatable: true,
        hasDryRun: false,
      },
    },
  },
  service(
    undefined,
    {},
    {
      subresources: {
        status: { change: READY },
        proxy: {
          connect: [{ manner: '' }, { manner: 'path', tail: '/healthz' }, { manner: 'port', port: ':web' }],
          repeatable: true,
        },
      },
    },
  ),
  service('NodePort', { type: 'NodePort' }),
  service(
    'LoadBalancer',
    { type: 'LoadBalancer', externalTrafficPolicy: 'Local' },
    {
      subresources: {
        status: { change: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } } } },
      },
    },
  ),
  service('headless', { clusterIP: 'None' }),
  {
    group: '',
    resource: 'bindings',
    manifest: { target: NODE },
    protobuf: BINDING.protobuf,
    pod: { spec: podSpec() },
    fleeting: true,
  },
  { group: '', resource: 'componentstatuses', name: 'etcd-0', fleeting: true },
];
