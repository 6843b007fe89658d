// The ServiceAccounts that the chart makes, and what its roles and bindings give them.
import { parseAllDocuments } from 'yaml';
import { CEILING } from '../../src/api/installation.ts';
import { helmTemplate } from './helm.ts';

/** A rule of RBAC. */
export interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** An object of the chart, as far as RBAC goes. */
export interface RbacObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[] | null;
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly {
    readonly kind: string;
    readonly name: string;
    readonly namespace?: string;
  }[];
}

const KINDS = new Set(['ServiceAccount', 'Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

/** Everything of RBAC that the chart renders with these values, hooks too. */
export async function chartRbac(values: object, namespace: string): Promise<readonly RbacObject[]> {
  const { code, stdout, stderr } = await helmTemplate(values, ['--namespace', namespace]);
  if (code !== 0) throw new Error(stderr);
  const objects = parseAllDocuments(stdout).flatMap((one) => (one.toJS() as RbacObject | null) ?? []);
  return objects.filter(({ kind }) => KINDS.has(kind));
}

/** Names of the accounts. */
export const accountsIn = (objects: readonly RbacObject[]): string[] =>
  objects.filter(({ kind }) => kind === 'ServiceAccount').map(({ metadata }) => metadata.name);

/**
 * The rules that bindings of the chart give to an account, each with where it counts: a namespace, or `*`. What the values put
 * into the ceiling is left out: it is the administrator's.
 */
export function rulesOf(objects: readonly RbacObject[], account: string): { where: string; rule: Rule }[] {
  return objects
    .filter(({ subjects }) =>
      subjects?.some(({ kind, name }) => kind === 'ServiceAccount' && name === account),
    )
    .flatMap(({ kind, metadata, roleRef }) => {
      const role = objects.find((one) => one.kind === roleRef?.kind && one.metadata.name === roleRef.name);
      if (role === undefined) throw new Error(`${metadata.name} binds what the chart does not make`);
      const where = kind === 'ClusterRoleBinding' ? '*' : (metadata.namespace ?? '?');
      if (role.metadata.name === CEILING) return [];
      return (role.rules ?? []).map((rule) => ({ where, rule }));
    });
}

const READS_SECRETS = new Set(['get', 'update', 'delete', 'create']);
const NEVER = new Set(['escalate', 'impersonate', '*', 'deletecollection', 'approve', 'sign', 'attest']);
const POWERFUL = new Set([
  'pods/exec',
  'pods/attach',
  'pods/portforward',
  'pods/ephemeralcontainers',
  'nodes/proxy',
  'services/proxy',
  'pods/proxy',
  'serviceaccounts/token',
  'certificatesigningrequests',
  'certificatesigningrequests/approval',
  'tokenreviews',
]);

const WRITTEN_BY_NOBODY = new Set([
  'pods',
  'clusterroles',
  'clusterrolebindings',
  'namespaces',
  'serviceaccounts',
]);
const reads = (verb: string): boolean => ['get', 'list', 'watch', 'bind'].includes(verb);

/** What is wrong with a rule of ours, in words; nothing when it is as it should be. */
export function faultsOf(rule: Rule): string[] {
  const { apiGroups = [], resources = [], verbs, resourceNames = [], nonResourceURLs = [] } = rule;
  const isBound = resourceNames.length > 0;
  const words = [...apiGroups, ...resources, ...verbs, ...nonResourceURLs];
  const isWritten = verbs.some((verb) => !reads(verb));
  const checks: readonly (readonly [fault: string, isThere: boolean])[] = [
    ['holds a wildcard', words.some((one) => one.includes('*'))],
    ['holds bind without names', verbs.includes('bind') && !isBound],
    ...verbs.map((verb) => [`holds the verb ${verb}`, NEVER.has(verb)] as const),
    ...resources.map((one) => [`reaches ${one}`, POWERFUL.has(one)] as const),
    ...resources.map((one) => [`writes ${one}`, isWritten && WRITTEN_BY_NOBODY.has(one)] as const),
    ...(resources.includes('secrets') ? secretChecks(verbs, isBound) : []),
  ];
  return checks.filter(([, isThere]) => isThere).map(([fault]) => fault);
}

const secretChecks = (verbs: readonly string[], isBound: boolean): (readonly [string, boolean])[] => [
  ...verbs.map((verb) => [`may ${verb} secrets`, !READS_SECRETS.has(verb)] as const),
  ['reaches secrets without names', !isBound && verbs.some((verb) => verb !== 'create')],
];
