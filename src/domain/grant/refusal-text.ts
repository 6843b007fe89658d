// Reads how the API server says that RBAC does not allow something, so that an agent need not: what was refused is what it
// asks for. Only what can stand in a Role is believed; the text may come from anywhere, and what is read of it is typed again.
import { resourceWord } from '../message/ask-command.ts';
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

/** The command that asks for exactly what was refused, or why nobody can ask for it. */
export type AskAdvice =
  { readonly kind: 'ask'; readonly command: string } | { readonly kind: 'never'; readonly why: string };

/** What to type for a refused deed. */
export function askAdvice(deed: RefusedDeed, { time, reason }: AskWords): AskAdvice {
  const { verb, namespace, name } = deed;
  const resource = resourceWord(deed.resource, deed.group);
  if (!GRANTABLE_VERBS.some((one) => one === verb))
    return { kind: 'never', why: `nobody can ask for ${verb}: access is ${GRANTABLE_VERBS.join(', ')}` };
  if (namespace === '')
    return {
      kind: 'never',
      why: `nobody can ask for ${resource} at the cluster scope: access ends with a namespace`,
    };
  // RBAC knows no name of what is not there yet; a subresource, such as pods/exec, is of what is there.
  const isNew = verb === 'create' && !deed.resource.includes('/');
  const named = name === '' || isNew ? '' : ` --name ${name}`;
  return {
    kind: 'ask',
    command: `kubectl assent ask --verb ${verb} --resource ${resource}${named} -n ${namespace} --for ${time} --reason ${quoted(reason ?? 'WHY')}`,
  };
}

/** For a shell: nothing in it is read as anything else. */
const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;
