// Three CRDs of our own, and an object of each: a plain one that is cluster-scoped; one with status, scale and two served
// versions; one that keeps unknown fields and has lists of maps. And our own kinds, which are closed to agents.
import type { Manifest, Stub } from '../stub.ts';

const GROUP = 'sweep.example.com';
const text: Manifest = { type: 'string' };
const whole: Manifest = { type: 'integer', format: 'int64' };

const definition = (kind: string, scope: string, versions: readonly Manifest[]): Manifest => {
  const singular = kind.toLowerCase();
  const names = { plural: `${singular}s`, singular, kind, listKind: `${kind}List` };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${singular}s.${GROUP}` },
    spec: { group: GROUP, scope, names, versions },
  };
};

const PLAIN: Manifest = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: {
        colour: text,
        size: whole,
        ratio: { type: 'number' },
        isOpen: { type: 'boolean' },
        port: { 'x-kubernetes-int-or-string': true },
        tags: { type: 'array', items: text },
        labels: { type: 'object', additionalProperties: text },
      },
    },
  },
};

const GADGET: Manifest = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      properties: { colour: { ...text, default: 'red' }, replicas: { type: 'integer', default: 1 } },
    },
    status: {
      type: 'object',
      properties: {
        replicas: { type: 'integer' },
        selector: text,
        conditions: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['type'],
          items: { type: 'object', required: ['type'], properties: { type: text, status: text } },
        },
      },
    },
  },
};
const gadget = (name: string, storage: boolean): Manifest => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: GADGET },
  subresources: {
    status: {},
    scale: {
      specReplicasPath: '.spec.replicas',
      statusReplicasPath: '.status.replicas',
      labelSelectorPath: '.status.selector',
    },
  },
});

const LOOSE: Manifest = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      'x-kubernetes-preserve-unknown-fields': true,
      properties: {
        ports: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['port', 'protocol'],
          items: {
            type: 'object',
            required: ['port', 'protocol'],
            properties: { port: whole, protocol: { ...text, default: 'TCP' }, name: text },
          },
        },
        sets: { type: 'array', 'x-kubernetes-list-type': 'set', items: text },
        embedded: {
          type: 'object',
          'x-kubernetes-embedded-resource': true,
          'x-kubernetes-preserve-unknown-fields': true,
        },
      },
    },
  },
};

/** Manifests of the three CRDs. */
export const DEFINITIONS: readonly Manifest[] = [
  definition('Widget', 'Cluster', [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: PLAIN } },
  ]),
  definition('Gadget', 'Namespaced', [gadget('v2', true), gadget('v1', false)]),
  definition('Gear', 'Namespaced', [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: LOOSE } },
  ]),
];

/** Objects of the three. */
export const CUSTOM: readonly Stub[] = [
  {
    group: GROUP,
    resource: 'widgets',
    manifest: {
      spec: {
        colour: 'red',
        size: 7,
        ratio: 0.5,
        isOpen: true,
        port: 'web',
        tags: ['a', 'b'],
        labels: { a: 'b' },
      },
    },
    change: { spec: { colour: 'blue', tags: ['b', 'a'] } },
  },
  {
    group: GROUP,
    resource: 'gadgets',
    manifest: { spec: { colour: 'red', replicas: 1 } },
    change: { spec: { colour: 'blue' } },
    subresources: {
      status: { change: { status: { replicas: 3, conditions: [{ type: 'Ready', status: 'True' }] } } },
      scale: { change: { spec: { replicas: 4 } } },
    },
  },
  {
    group: GROUP,
    resource: 'gears',
    manifest: {
      spec: {
        ports: [
          { port: 80, protocol: 'TCP', name: 'web' },
          { port: 53, protocol: 'UDP', name: 'dns' },
        ],
        sets: ['a', 'b'],
        unknown: { deep: [{ x: 1 }, { x: 1 }] },
        embedded: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'inner' }, data: { a: 'b' } },
      },
    },
    change: { spec: { unknown: { deep: [{ x: 2 }] } } },
  },
];

const OWN = 'assent.dev';
interface Status {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** All that Assent says of a policy that nobody touches. */
const isSeen = (status: Status | undefined): boolean =>
  ['Ready', 'Enforced', 'Contained'].every((type) =>
    status?.conditions?.some((one) => one.type === type && one.status === 'True'),
  );

/** Our own kinds: closed to agents, whatever a policy names. */
export const OWN_KINDS: readonly Stub[] = [
  {
    group: OWN,
    resource: 'approvalpolicies',
    manifest: {
      spec: {
        agents: [{ user: 'nobody' }],
        match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
      },
    },
    change: { spec: { risk: 'Low' } },
    subresources: { status: { change: { status: { observedGeneration: 7 } } } },
    restless: 'Assent writes the status',
    settled: ({ status }) => isSeen(status as Status | undefined),
  },
  {
    group: OWN,
    resource: 'approvers',
    manifest: { spec: { displayName: 'Sweep', identities: [{ kubernetes: { username: 'sweep' } }] } },
    change: { spec: { displayName: 'Swept' } },
  },
  {
    group: OWN,
    resource: 'identitylinks',
    existing: 'link',
    change: { metadata: { labels: { colour: 'blue' } } },
    subresources: { status: { change: { status: { account: { team: 'T0123', user: 'U0123' } } } } },
  },
  {
    group: OWN,
    resource: 'agentfreezes',
    existing: 'freeze',
    change: { metadata: { labels: { colour: 'blue' } } },
  },
  {
    group: OWN,
    resource: 'approvalrequests',
    existing: 'request',
    change: { metadata: { labels: { colour: 'blue' } } },
    subresources: { status: { change: { status: { state: 'Approved' } } } },
    restless: 'Assent writes the status',
  },
  {
    group: OWN,
    resource: 'approvaldecisions',
    existing: 'decision',
    change: { metadata: { labels: { colour: 'blue' } } },
    restless: 'Assent takes it up',
  },
];
