// networking, storage, resource, certificates.
import type { Manifest, Stub } from '../stub.ts';

const labelled = (colour: string): Manifest => ({ metadata: { labels: { colour } } });
const NETWORKING = 'networking.k8s.io';

/** Kinds of the group networking.k8s.io. */
export const NETWORK: readonly Stub[] = [
  {
    group: NETWORKING,
    resource: 'ingressclasses',
    manifest: { spec: { controller: 'example.com/sweep' } },
    change: labelled('blue'),
  },
  {
    group: NETWORKING,
    resource: 'ingresses',
    manifest: { spec: { defaultBackend: { service: { name: 'a', port: { number: 80 } } } } },
    change: { spec: { defaultBackend: { service: { name: 'b' } } } },
    subresources: { status: { change: { status: { loadBalancer: { ingress: [{ ip: '192.0.2.9' }] } } } } },
  },
  {
    group: NETWORKING,
    resource: 'ipaddresses',
    name: '10.77.0.7',
    manifest: { spec: { parentRef: { resource: 'services', namespace: 'sweep', name: 'a' } } },
    change: labelled('blue'),
  },
  {
    group: NETWORKING,
    resource: 'networkpolicies',
    manifest: { spec: { podSelector: {}, policyTypes: ['Ingress'] } },
    change: { spec: { podSelector: { matchLabels: { app: 'a' } } } },
  },
  {
    group: NETWORKING,
    resource: 'servicecidrs',
    manifest: { spec: { cidrs: ['10.99.0.0/24'] } },
    change: labelled('blue'),
    subresources: {
      status: {
        change: {
          status: {
            conditions: [
              {
                type: 'Ready',
                status: 'False',
                reason: 'Sweep',
                message: '',
                lastTransitionTime: '2026-01-02T03:04:05Z',
              },
            ],
          },
        },
      },
    },
  },
];

const STORAGE_GROUP = 'storage.k8s.io';
/** Kinds of the group storage.k8s.io. */
export const STORAGE: readonly Stub[] = [
  {
    group: STORAGE_GROUP,
    resource: 'csidrivers',
    manifest: { spec: { attachRequired: false, requiresRepublish: false } },
    change: { spec: { requiresRepublish: true } },
  },
  {
    group: STORAGE_GROUP,
    resource: 'csinodes',
    manifest: { spec: { drivers: [] } },
    change: { spec: { drivers: [{ name: 'example.com', nodeID: 'a' }] } },
  },
  {
    group: STORAGE_GROUP,
    resource: 'csistoragecapacities',
    manifest: { storageClassName: 'none', capacity: '1Gi' },
    change: { capacity: '2Gi' },
  },
  {
    group: STORAGE_GROUP,
    resource: 'storageclasses',
    manifest: { provisioner: 'example.com/sweep', allowVolumeExpansion: false },
    change: { allowVolumeExpansion: true },
  },
  {
    group: STORAGE_GROUP,
    resource: 'volumeattachments',
    manifest: {
      spec: { attacher: 'sweep.example.com', nodeName: 'sweep-node', source: { persistentVolumeName: 'a' } },
    },
    change: labelled('blue'),
    subresources: { status: { change: { status: { attached: true } } } },
  },
  {
    group: STORAGE_GROUP,
    resource: 'volumeattributesclasses',
    manifest: { driverName: 'example.com', parameters: { iops: '1' } },
    change: labelled('blue'),
  },
];

const RESOURCE = 'resource.k8s.io';
const request = { name: 'gpu', exactly: { deviceClassName: 'sweep.example.com' } };
const taint = (effect: string): Manifest => ({ key: 'example.com/sweep', value: 'red', effect });

/** Kinds of the group resource.k8s.io. */
export const DEVICES: readonly Stub[] = [
  {
    group: RESOURCE,
    resource: 'deviceclasses',
    manifest: { spec: { selectors: [{ cel: { expression: 'true' } }] } },
    change: { spec: { selectors: [{ cel: { expression: 'false' } }] } },
  },
  {
    group: RESOURCE,
    resource: 'resourceclaims',
    manifest: { spec: { devices: { requests: [request] } } },
    change: labelled('blue'),
    subresources: {
      status: {
        change: {
          status: {
            allocation: {
              devices: { results: [{ request: 'gpu', driver: 'example.com', pool: 'a', device: 'gpu-0' }] },
            },
          },
        },
      },
    },
  },
  {
    group: RESOURCE,
    resource: 'resourceclaimtemplates',
    manifest: { spec: { spec: { devices: { requests: [request] } } } },
    change: labelled('blue'),
  },
  {
    group: RESOURCE,
    resource: 'resourceslices',
    manifest: {
      spec: {
        driver: 'example.com',
        nodeName: 'sweep-node',
        pool: { name: 'a', generation: 1, resourceSliceCount: 1 },
        devices: [{ name: 'gpu-0' }],
      },
    },
    change: { spec: { devices: [{ name: 'gpu-1' }] } },
  },
  {
    group: RESOURCE,
    resource: 'devicetaintrules',
    manifest: { spec: { deviceSelector: { driver: 'example.com' }, taint: taint('NoSchedule') } },
    change: { spec: { taint: { effect: 'NoExecute' } } },
    on: { '1.34': { subresources: {} } },
    subresources: {
      status: {
        change: {
          status: {
            conditions: [
              {
                type: 'EvictionInProgress',
                status: 'False',
                reason: 'Sweep',
                message: '',
                lastTransitionTime: '2026-01-02T03:04:05Z',
              },
            ],
          },
        },
      },
    },
  },
  {
    group: RESOURCE,
    resource: 'resourcepoolstatusrequests',
    since: '1.36',
    manifest: { spec: { driver: 'example.com' } },
    change: labelled('blue'),
    subresources: {
      status: {
        change: {
          status: {
            poolCount: 0,
            conditions: [
              {
                type: 'Complete',
                status: 'True',
                reason: 'Sweep',
                message: '',
                lastTransitionTime: '2026-01-02T03:04:05Z',
              },
            ],
          },
        },
      },
    },
  },
];
