// What the doctor judges by: objects of the cluster as they were read, or why they were not. Nothing that could not be read
// counts as in order (INV-7).
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { Approver } from '../../api/approver.ts';
import { GROUP, ourResource, RESOURCES } from '../../api/group.ts';
import type { OwnUsers } from '../../api/installation.ts';
import { KINDS } from '../../api/kinds.ts';
import type { PolicyRule } from '../grant/rules.ts';
import type { DiscoveredResource } from '../policy/compile.ts';

/** What was read of one sort. */
export type Seen<T> =
  | { readonly kind: 'seen'; readonly items: readonly T[] }
  /** `why` is half a sentence, such as `you may not read them`. */
  | { readonly kind: 'unseen'; readonly why: string };

interface Meta {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Any object, as far as the doctor knows it. */
export interface Named {
  readonly metadata: Meta;
}

/** A Role or ClusterRole. */
export interface RoleObject extends Named {
  readonly rules?: readonly PolicyRule[] | null;
  readonly aggregationRule?: {
    readonly clusterRoleSelectors?: readonly {
      readonly matchLabels?: Record<string, string>;
      readonly matchExpressions?: { key: string; operator: 'In'; values?: string[] }[];
    }[];
  } | null;
}

/** Whom a binding names. */
export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** A RoleBinding or ClusterRoleBinding. */
export interface BindingObject extends Named {
  readonly roleRef: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly Subject[] | null;
}

/** One entry of a webhook configuration. */
export interface WebhookEntry {
  readonly name: string;
  readonly failurePolicy?: string;
  readonly namespaceSelector?: object;
  readonly objectSelector?: object;
  readonly rules?: readonly MatchRule[];
  readonly matchConditions?: readonly { readonly name: string; readonly expression: string }[];
  readonly clientConfig: {
    readonly caBundle?: string;
    readonly url?: string;
    readonly service?: { readonly namespace: string; readonly name: string };
  };
}

/** Which requests an admission policy or its binding is about. */
export interface MatchResources {
  readonly resourceRules?: readonly MatchRule[] | null;
  readonly excludeResourceRules?: readonly MatchRule[] | null;
}

/** Some of them, as webhooks name them too. */
export interface MatchRule {
  readonly apiGroups?: readonly string[];
  readonly apiVersions?: readonly string[];
  readonly resources?: readonly string[];
  readonly operations?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly scope?: string;
}

/** A MutatingAdmissionPolicy. */
export interface MutatingPolicy extends Named {
  readonly spec?: { readonly matchConstraints?: MatchResources | null };
}

/** Its binding, without which it does nothing. */
export interface MutatingBinding extends Named {
  readonly spec?: { readonly policyName?: string; readonly matchResources?: MatchResources | null };
}

/** A webhook configuration. */
export interface WebhookConfiguration extends Named {
  readonly webhooks?: readonly WebhookEntry[] | null;
}

/** An object of which the spec is compared. */
export interface WithSpec extends Named {
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** A Deployment, as far as its replicas go. */
export interface DeploymentObject extends Named {
  readonly status?: { readonly readyReplicas?: number };
}

/** A PodDisruptionBudget. */
export interface BudgetObject extends Named {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Record<string, string> } };
}

/** A pod, as far as it says as whom it runs. */
export interface PodObject extends Named {
  readonly spec?: { readonly serviceAccountName?: string };
}

interface Sorts {
  clusterRoles: RoleObject;
  roles: RoleObject;
  clusterRoleBindings: BindingObject;
  roleBindings: BindingObject;
  policies: ApprovalPolicy;
  approvers: Approver;
  freezes: AgentFreeze;
  validating: WebhookConfiguration;
  mutating: WebhookConfiguration;
  mutatingPolicies: MutatingPolicy;
  mutatingBindings: MutatingBinding;
  admissionPolicies: WithSpec;
  admissionBindings: WithSpec;
  definitions: WithSpec;
  apiServices: WithSpec;
  namespaces: Named;
  deployments: DeploymentObject;
  pods: PodObject;
  budgets: BudgetObject;
  secrets: Named;
  accountTokens: Named;
}

/** Everything that is looked at. */
export type Sort = keyof Sorts;

/** What was read of the cluster. */
export type Sight = { readonly [S in Sort]: Seen<Sorts[S]> };

/** What the doctor judges by. */
export interface Facts extends Sight {
  /** Where Assent runs. */
  readonly namespace: string;
  readonly own: OwnUsers;
  /** Epoch ms. */
  readonly now: number;
  /** Of the API server. Undefined where it does not say. */
  readonly serverMinor: number | undefined;
  /** What is served; unseen while the backend of a group is away. */
  readonly served: Seen<DiscoveredResource>;
  /** When the certificates of a `caBundle` end, epoch ms; none for what holds none. */
  readonly certificateEnds: (caBundle: string) => readonly number[];
}

/** Where one sort is read. */
export interface Source {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespaced: boolean;
  /** Only in the namespace of Assent. */
  readonly ours?: true;
  /** Only these; `ours` for the namespace of Assent itself. */
  readonly names?: readonly string[] | 'ours';
  /** Only metadata: what Secrets hold is nobody's business here (INV-10). */
  readonly metadataOnly?: true;
  readonly fieldSelector?: string;
  /** In whichever version it is served; where it is not, there are none. */
  readonly anyVersion?: true;
  /** What it is called where it could not be looked at, unless by its resource. */
  readonly called?: string;
}

/** The annotation of a Secret that names the account whose token it holds. */
export const TOKEN_OF = 'kubernetes.io/service-account.name';

const source = (group: string, resource: string, namespaced = false): Source => ({
  group,
  version: 'v1',
  resource,
  namespaced,
});
const RBAC = 'rbac.authorization.k8s.io';
const ADMISSION = 'admissionregistration.k8s.io';
const inOurs = (group: string, resource: string): Source => ({
  ...source(group, resource, true),
  ours: true,
});

/** Where everything is read. */
export const SOURCES: Readonly<Record<Sort, Source>> = {
  clusterRoles: source(RBAC, 'clusterroles'),
  roles: source(RBAC, 'roles', true),
  clusterRoleBindings: source(RBAC, 'clusterrolebindings'),
  roleBindings: source(RBAC, 'rolebindings', true),
  policies: ourResource(RESOURCES.policies),
  approvers: ourResource(RESOURCES.approvers),
  freezes: ourResource(RESOURCES.freezes),
  validating: source(ADMISSION, 'validatingwebhookconfigurations'),
  mutating: source(ADMISSION, 'mutatingwebhookconfigurations'),
  mutatingPolicies: { ...source(ADMISSION, 'mutatingadmissionpolicies'), anyVersion: true },
  mutatingBindings: { ...source(ADMISSION, 'mutatingadmissionpolicybindings'), anyVersion: true },
  admissionPolicies: source(ADMISSION, 'validatingadmissionpolicies'),
  admissionBindings: source(ADMISSION, 'validatingadmissionpolicybindings'),
  definitions: {
    ...source('apiextensions.k8s.io', 'customresourcedefinitions'),
    names: KINDS.map(({ plural }) => `${plural}.${GROUP}`),
  },
  // Another version than ours may be one that somebody else answers.
  apiServices: source('apiregistration.k8s.io', 'apiservices'),
  namespaces: { ...source('', 'namespaces'), names: 'ours' },
  deployments: inOurs('apps', 'deployments'),
  pods: inOurs('', 'pods'),
  budgets: inOurs('policy', 'poddisruptionbudgets'),
  secrets: { ...inOurs('', 'secrets'), metadataOnly: true },
  accountTokens: {
    ...source('', 'secrets', true),
    metadataOnly: true,
    fieldSelector: 'type=kubernetes.io/service-account-token',
    called: 'secrets that hold tokens',
  },
};

/** What was read, or nothing: for checks that hold whatever else is there. */
export const itemsOf = <T>(seen: Seen<T>): readonly T[] => (seen.kind === 'seen' ? seen.items : []);

/** What was looked at is believed to be what it was looked up as: the API server's own kinds. */
type Looked = Readonly<Record<Sort, Seen<object>>>;

/** Where everything is read for an installation in this namespace. */
export function placesOf(
  namespace: string,
): Readonly<
  Record<Sort, Omit<Source, 'names' | 'ours'> & { namespace?: string; names?: readonly string[] }>
> {
  const places = Object.entries(SOURCES).map(([sort, { ours, names, ...place }]) => [
    sort,
    {
      ...place,
      ...(ours === undefined ? {} : { namespace }),
      ...(names === undefined ? {} : { names: names === 'ours' ? [namespace] : names }),
    },
  ]);
  return Object.fromEntries(places) as ReturnType<typeof placesOf>;
}

/** What was read of a cluster. */
export interface Survey {
  readonly looked: Looked;
  readonly discovery: {
    readonly resources: readonly DiscoveredResource[];
    readonly stale: readonly { readonly group: string }[];
  };
  readonly serverMinor: number | undefined;
}

/** What was served, as far as it is known: a group whose backend is away may serve anything. */
const servedIn = ({ resources, stale }: Survey['discovery']): Seen<DiscoveredResource> =>
  stale.length === 0
    ? { kind: 'seen', items: resources }
    : { kind: 'unseen', why: `nothing answers for ${stale.map(({ group }) => group).join(', ')}` };

/** Puts together what was read, and who asks when. */
export const factsOf = (
  { looked, discovery, serverMinor }: Survey,
  rest: Pick<Facts, 'namespace' | 'own' | 'now' | 'certificateEnds'>,
): Facts => ({
  ...(looked as unknown as Sight),
  served: servedIn(discovery),
  serverMinor,
  ...rest,
});
