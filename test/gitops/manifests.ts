// The five objects that the clients apply, as gitops.md measured them: ConfigMap, ServiceAccount, Service, Deployment and
// RoleBinding. The Deployment says `cpu: "0.1"`, which the API server stores as 100m: clients send it again for ever.

/** An object as a client sends it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Kinds of the five objects. */
export type Kind = 'ConfigMap' | 'ServiceAccount' | 'Service' | 'Deployment' | 'RoleBinding';

/** What a commit says; the rest is always the same. */
export interface Commit {
  readonly namespace: string;
  readonly name: string;
  /** ServiceAccount that the RoleBinding binds. Default: the name. */
  readonly account?: string;
  /** `data.colour` of the ConfigMap. Default red. */
  readonly colour?: string;
  /** Image tag of the Deployment. Default 1. */
  readonly tag?: string;
  /** Replicas of the Deployment. Default 2. */
  readonly replicas?: number;
  /** ClusterRole that the RoleBinding binds. Default view. */
  readonly role?: string;
  /** Groups that the RoleBinding binds beside the ServiceAccount. Default none. */
  readonly groups?: readonly string[];
  /** Kinds that the commit has. Default all five. */
  readonly kinds?: readonly Kind[];
  /** Annotations of each object. */
  readonly annotations?: Readonly<Record<string, string>>;
}

const API_VERSIONS: Readonly<Record<Kind, string>> = {
  ConfigMap: 'v1',
  ServiceAccount: 'v1',
  Service: 'v1',
  Deployment: 'apps/v1',
  RoleBinding: 'rbac.authorization.k8s.io/v1',
};
const RESOURCES: Readonly<Record<Kind, string>> = {
  ConfigMap: 'configmaps',
  ServiceAccount: 'serviceaccounts',
  Service: 'services',
  Deployment: 'deployments',
  RoleBinding: 'rolebindings',
};
const ALL = Object.keys(API_VERSIONS) as Kind[];
const RBAC = 'rbac.authorization.k8s.io';

const BODIES: Readonly<Record<Kind, (commit: Commit) => Readonly<Record<string, unknown>>>> = {
  ConfigMap: ({ colour = 'red' }) => ({ data: { colour, shape: 'round' } }),
  ServiceAccount: () => ({}),
  Service: ({ name }) => ({ spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] } }),
  Deployment: ({ name, tag = '1', replicas = 2 }) => ({
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          serviceAccountName: name,
          containers: [{ name: 'app', image: `app:${tag}`, resources: { requests: { cpu: '0.1' } } }],
        },
      },
    },
  }),
  RoleBinding: ({ name, namespace, account = name, role = 'view', groups = [] }) => ({
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: [
      { kind: 'ServiceAccount', name: account, namespace },
      ...groups.map((group) => ({ apiGroup: RBAC, kind: 'Group', name: group })),
    ],
  }),
};

/** The objects of a commit. */
export function objectsOf(commit: Commit): Manifest[] {
  const { namespace, name, annotations, kinds = ALL } = commit;
  return kinds.map((kind) => ({
    apiVersion: API_VERSIONS[kind],
    kind,
    metadata: { name, namespace, ...(annotations === undefined ? {} : { annotations }) },
    ...BODIES[kind](commit),
  }));
}

/** Path of the collection of an object. */
export function collectionOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  return `${root}/namespaces/${metadata.namespace}/${RESOURCES[kind]}`;
}

/** Path of an object. RBAC names may hold blanks. */
export const pathOf = (manifest: Manifest): string =>
  `${collectionOf(manifest)}/${encodeURIComponent(manifest.metadata.name)}`;
