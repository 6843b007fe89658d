// Reads how the API server says that RBAC does not allow something, so that an agent need not: what was refused is what it
// asks for. Only what can stand in a Role is believed; the text may come from anywhere, and what is read of it is typed again.
import { REASON_PLACE, resourceWord, shellQuoted } from '../message/ask-command.ts';
import { ungrantable } from './ungrantable.ts';
import { GRANTABLE_VERBS } from './verbs.ts';

/** What RBAC refused. */
export interface RefusedDeed {
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** With its subresource, such as pods/exec. */
  readonly resource: string;
  /** Empty at the cluster scope. */
  readonly namespace: string;
  /** Empty where the refusal names none: of a collection, or of what is created. */
  readonly name: string;
}

/** The longest text that is looked at, and the most refusals that are read of it. */
const LONGEST = 100_000;
const MOST = 32;

/** As k8s.io/apiserver writes it; users and names stand between quotes of Go, in which a quote is escaped. */
const QUOTED = String.raw`"(?:[^"\\\n]|\\.){0,512}"`;
const REFUSAL = new RegExp(
  String.raw`(?:(?<![a-z0-9.-])(?<object>[a-z0-9.-]{1,253}) (?<name>${QUOTED}) is forbidden: |is forbidden: )?User ${QUOTED} cannot (?<verb>[a-z]+) resource "(?<resource>[^"\n]*)" in API group "(?<group>[^"\n]*)" (?:in the namespace "(?<namespace>[^"\n]*)"|at the cluster scope)`,
  'g',
);

const SEGMENT = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const RESOURCE = new RegExp(String.raw`^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?(?:/${SEGMENT})?$`);
const GROUP = /^(?:[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)?$/;
const NAMESPACE = new RegExp(`^(?:${SEGMENT})?$`);
/** Names of objects as they are nearly everywhere; of RBAC objects, too. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,252}$/;

/**
 * Every refusal by RBAC in a text, each once, in its order; whatever else stands there is not looked at. Parts that could not
 * be the name of anything end the reading of that refusal.
 */
export function refusedDeeds(text: string): RefusedDeed[] {
  const found = new Map<string, RefusedDeed>();
  for (const { groups = {} } of text.slice(0, LONGEST).matchAll(REFUSAL)) {
    const { verb = '', group = '', resource = '', namespace = '' } = groups;
    const name = nameIn(groups['name']);
    const isPlain = RESOURCE.test(resource) && GROUP.test(group) && NAMESPACE.test(namespace);
    if (!isPlain || name === undefined || found.size >= MOST) continue;
    const deed = { verb, group, resource, namespace, name };
    found.set(JSON.stringify(deed), deed);
  }
  return [...found.values()];
}

/** Without quotes; '' where there is none, undefined where it is one that nobody should type. */
function nameIn(quoted = '""'): string | undefined {
  const name = quoted.slice(1, -1);
  return name === '' || NAME.test(name) ? name : undefined;
}

/** How an ask is spelt, where the person has not said it. */
export interface AskWords {
  /** Such as 10m. */
  readonly time: string;
  readonly reason: string | undefined;
}

/** The command that asks for exactly what was refused, or why nobody can ask for it, and for what instead. */
export type AskAdvice =
  { readonly kind: 'ask'; readonly command: string } | { readonly kind: 'never'; readonly why: string };

/** What a cluster has by itself that is in no namespace and can be listed: nobody is sent to ask for it in one. */
const OUTSIDE: ReadonlySet<string> = new Set([
  'apiservices.apiregistration.k8s.io',
  'componentstatuses',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'deviceclasses.resource.k8s.io',
  'flowschemas.flowcontrol.apiserver.k8s.io',
  'ingressclasses.networking.k8s.io',
  'ipaddresses.networking.k8s.io',
  'priorityclasses.scheduling.k8s.io',
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io',
  'resourceslices.resource.k8s.io',
  'runtimeclasses.node.k8s.io',
  'servicecidrs.networking.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
]);
/** Of what is in namespaces, these alone are sent without one: of all of them at once. */
const IN_ALL: ReadonlySet<string> = new Set(['list', 'watch']);

/** What to type for a refused deed. */
export function askAdvice(deed: RefusedDeed, words: AskWords): AskAdvice {
  const { verb, namespace, name } = deed;
  const resource = resourceWord(deed.resource, deed.group);
  if (!GRANTABLE_VERBS.some((one) => one === verb))
    return { kind: 'never', why: `nobody can ask for ${verb}: access is ${GRANTABLE_VERBS.join(', ')}` };
  const never = neverWhy(deed);
  if (never !== undefined) return { kind: 'never', why: `nobody can ask for ${resource}: ${never}` };
  if (namespace !== '') return { kind: 'ask', command: askFor(deed, namespace, words) };
  if (name !== '' || !IN_ALL.has(verb) || OUTSIDE.has(resource))
    return { kind: 'never', why: `nobody can ask for ${resource} at the cluster scope: ${ONLY_INSIDE}` };
  return {
    kind: 'never',
    why: `nobody can ask for ${resource} of all namespaces at once; ask in one: ${askFor(deed, 'NAMESPACE', words)}`,
  };
}

const ONLY_INSIDE = 'nothing is granted outside of a namespace; tell the person who runs you';

/** Why it is never granted, wherever. The refusal does not say what is in a namespace, but for what never is. */
function neverWhy({ verb, group, resource, name }: RefusedDeed): string | undefined {
  const never = ungrantable({ verb, group, resource, name }, () => ({ namespaced: true }));
  if (never?.code === 'cluster-scoped') return `it is not in a namespace, and ${ONLY_INSIDE}`;
  if (never?.code === 'group') return `the API group ${group} decides who may do what`;
  return never?.code === 'token' ? 'a token would outlive the access' : undefined;
}

function askFor(deed: RefusedDeed, namespace: string, { time, reason }: AskWords): string {
  const { verb, name } = deed;
  // RBAC knows no name of what is not there yet; a subresource, such as pods/exec, is of what is there.
  const isNew = verb === 'create' && !deed.resource.includes('/');
  const named = name === '' || isNew ? '' : ` --name ${name}`;
  const why = reason === undefined ? REASON_PLACE : `--reason ${shellQuoted(reason)}`;
  return `kubectl assent ask --verb ${verb} --resource ${resourceWord(deed.resource, deed.group)}${named} -n ${namespace} --for ${time} ${why}`;
}
