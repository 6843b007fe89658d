// What is never granted to an agent, whatever a policy offers and whatever the ceiling holds: power over power, what no
// namespace contains, what RBAC cannot narrow down (INV-4).
import { GROUP } from '../../api/group.ts';
import { resourceWord } from '../message/ask-command.ts';
import type { AskRefusal, AskRefusalCode } from '../message/ask-refusal.ts';
import { visible } from '../message/plain-text.ts';
import type { Deed } from './rules.ts';
import { GRANTABLE_VERBS } from './verbs.ts';

/**
 * What the API server says of a resource or subresource: `unknown` when it serves none of that name, `unclear` when the
 * backend of the group does not answer.
 */
export type Served = { readonly namespaced: boolean } | 'unknown' | 'unclear';

/** Asks the API server's discovery. @param resource with its subresource, such as pods/exec */
export type Lookup = (group: string, resource: string) => Served;

/** Groups that decide who may do what. */
const POWER: ReadonlySet<string> = new Set([
  GROUP,
  'rbac.authorization.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'admissionregistration.k8s.io',
  'certificates.k8s.io',
]);
/** Whatever discovery says. */
const NEVER_IN_A_NAMESPACE: ReadonlySet<string> = new Set(['namespaces', 'nodes', 'persistentvolumes']);
const VERBS: ReadonlySet<string> = new Set(GRANTABLE_VERBS);

/** Why a deed is never granted; undefined where it may be. */
export function ungrantable(deed: Deed, lookup: Lookup): AskRefusal | undefined {
  const { verb, group, resource } = deed;
  const word = visible(resourceWord(resource, group));
  if ([verb, group, resource, deed.name].some((part) => part.includes('*')))
    return { code: 'wildcard', about: deedText(deed) };
  if (!VERBS.has(verb)) return { code: 'verb', about: visible(verb) };
  if (POWER.has(group) || group.endsWith(`.${GROUP}`)) return { code: 'group', about: visible(group) };
  if (group === '' && resource === 'serviceaccounts/token') return { code: 'token', about: word };
  const trouble = placeTrouble(group, resource, lookup) ?? nameTrouble(deed);
  return trouble && { code: trouble, about: word };
}

function nameTrouble({ verb, group, resource, name }: Deed): AskRefusalCode | undefined {
  const [kind, subresource] = resource.split('/');
  if (group === '' && kind === 'secrets' && name === '') return 'secrets-unnamed';
  // A subresource is created of something that is there: RBAC knows its name.
  const isNew = verb === 'create' && subresource === undefined;
  return isNew && name !== '' ? 'create-named' : undefined;
}

function placeTrouble(group: string, resource: string, lookup: Lookup): AskRefusalCode | undefined {
  const [kind = ''] = resource.split('/');
  if (group === '' && NEVER_IN_A_NAMESPACE.has(kind)) return 'cluster-scoped';
  const served = lookup(group, resource);
  if (served === 'unknown') return 'unknown-resource';
  if (served === 'unclear') return 'unclear-resource';
  return served.namespaced ? undefined : 'cluster-scoped';
}

/** Such as `delete pods web-7`, or `get deployments.apps/scale`. */
export function deedText({ verb, group, resource, name }: Deed): string {
  return visible([verb, resourceWord(resource, group), name].filter((one) => one !== '').join(' '));
}
