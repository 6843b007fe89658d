// A second, small reading of what an ApprovalPolicy matches, written from its field descriptions and from the rules of
// webhook configurations, not from src/domain.
import type { Deed, Target } from './deed.ts';
import { at, list, text, texts } from './value.ts';

/** Whether a glob, in which `*` stands for any run of characters, fits the whole text. */
function fits(glob: string, value: string): boolean {
  const pattern = glob
    .split('*')
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*');
  return new RegExp(`^${pattern}$`, 's').test(value);
}

/** Whether any glob fits the whole text. */
export const anyFits = (globs: readonly string[], value: string): boolean =>
  globs.some((glob) => fits(glob, value));

/** Whether a policy names this user as an agent. */
export function isAgent(spec: unknown, actor: Deed['actor']): boolean {
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(actor.username);
  return list(spec, 'agents').some((agent) => {
    const [user, group] = [text(agent, 'user'), text(agent, 'group')];
    const serviceAccount = text(agent, 'serviceAccount');
    if (user !== '') return fits(user, actor.username);
    if (group !== '') return actor.groups.some((name) => fits(group, name));
    return serviceAccount !== '' && account !== null && fits(serviceAccount, `${account[1]}/${account[2]}`);
  });
}

/** `*` is every resource itself, without subresources; a `*` behind the slash covers the resource itself too, as in the API server. */
function namesResource(entry: string, target: Target): boolean {
  const [resource = '', subresource = ''] = entry.split('/', 2);
  return (
    (resource === '*' || resource === target.resource) &&
    (subresource === '*' || subresource === target.subresource)
  );
}

const either = (values: readonly string[], value: string): boolean =>
  values.includes('*') || values.includes(value);

function ruleFits(rule: unknown, deed: Deed): boolean {
  const { target } = deed;
  const names = texts(rule, 'resourceNames');
  return (
    either(texts(rule, 'apiGroups'), target.group) &&
    texts(rule, 'resources').some((entry) => namesResource(entry, target)) &&
    either(texts(rule, 'operations'), deed.operation) &&
    (names.length === 0 || namesOf(deed).some((name) => anyFits(names, name))) &&
    (!isRelease(target) || names.some((name) => name.startsWith(RELEASES)))
  );
}

const RELEASES = 'sh.helm.release.v1.';

/** Releases of Helm are left out unless a rule names them (ADR 0013). The log does not tell the type: the name has to do. */
const isRelease = ({ group, resource, name }: Target): boolean =>
  group === '' && resource === 'secrets' && name.startsWith(RELEASES);

const namesOf = (deed: Deed): readonly string[] => deed.items ?? [deed.target.name];

function namespaceFits(globs: readonly string[], target: Target): boolean {
  // Naming namespaces covers the Namespace objects too; no other cluster-scoped object is in a namespace.
  if (target.group === '' && target.resource === 'namespaces') return anyFits(globs, target.name);
  return target.namespace !== '' && anyFits(globs, target.namespace);
}

/** Whether the policy is about this change: one of its rules and its namespaces fit. Agents are asked separately. */
export function covers(spec: unknown, deed: Deed): boolean {
  if (!list(spec, 'match', 'rules').some((rule) => ruleFits(rule, deed))) return false;
  const namespaces = at(spec, 'match', 'namespaces');
  return namespaces === undefined || namespaceFits(texts(namespaces, 'names'), deed.target);
}

const NEVER_GROUPS = new Set(['assent.dev', 'authentication.k8s.io', 'authorization.k8s.io']);
const NEVER_RESOURCES =
  /^(validatingwebhookconfigurations|mutatingwebhookconfigurations|validatingadmissionpolic.*|mutatingadmissionpolic.*)$/;

/** What no policy gates: our own kinds (the guard's), reviews, and what the API server never sends to webhooks. */
export const isNeverGated = (target: Target): boolean =>
  NEVER_GROUPS.has(target.group) ||
  (target.group === 'admissionregistration.k8s.io' && NEVER_RESOURCES.test(target.resource));

/** Why a policy is left to others to judge; undefined when this oracle judges it. */
export function notJudged(spec: unknown): string | undefined {
  if ((text(spec, 'mode') || 'Enforce') !== 'Enforce') return `mode ${text(spec, 'mode')}`;
  if (text(spec, 'action') === 'Allow') return 'action Allow';
  if (list(spec, 'match', 'conditions').length > 0) return 'CEL conditions';
  if (at(spec, 'match', 'namespaces', 'selector') !== undefined) return 'namespaces by label';
  return undefined;
}
