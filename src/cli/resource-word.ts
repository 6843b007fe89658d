// What a person means by the word for a resource: `deployments`, `deploy` and `deployments.apps` are the same, as kubectl reads
// them. A word without a group is of the core group where there is such a thing; where several groups have it, nobody guesses.
import type { AccessRule } from '../api/access.ts';
import { resourceWord } from '../domain/message/ask-command.ts';
import type { Discovery, ServedResource } from '../kube/discovery.ts';

/** The rules with names of resources as the API server knows them, or which word means several things. */
export type ReadWords =
  { readonly ok: true; readonly rules: AccessRule[] } | { readonly ok: false; readonly why: string };

/**
 * Reads the words for resources in rules; what is not served stays as it is, for the gate to say so.
 * @param rules a group of '' is one that was not said
 */
export function readWords(
  rules: readonly AccessRule[],
  { resources }: Pick<Discovery, 'resources'>,
): ReadWords {
  const read: AccessRule[] = [];
  for (const { apiGroups, resources: words, ...rest } of rules) {
    const meant = apiGroups.flatMap((group) => words.map((word) => meantBy(word, group, resources)));
    for (const one of meant) if ('why' in one) return { ok: false, why: one.why };
    const groups = Map.groupBy(meant as Meant[], ({ group }) => group);
    for (const [group, all] of groups)
      read.push({ apiGroups: [group], resources: [...new Set(all.map(({ path }) => path))], ...rest });
  }
  return { ok: true, rules: read };
}

interface Meant {
  readonly group: string;
  /** With its subresource. */
  readonly path: string;
}

function meantBy(
  word: string,
  group: string,
  all: readonly ServedResource[],
): Meant | { readonly why: string } {
  const [kind = '', ...rest] = word.split('/');
  const subresource = rest.join('/');
  const inGroup = group === '' ? all : all.filter((one) => one.group === group);
  const named = inGroup.filter(({ resource }) => resource === kind);
  const found = named.length > 0 ? named : inGroup.filter(({ aliases = [] }) => aliases.includes(kind));
  const having = found.filter(({ subresources }) => subresources.some(({ name }) => name === subresource));
  const candidates = new Map(
    (having.length > 0 ? having : found).map((one) => [`${one.group} ${one.resource}`, one]),
  );
  const [first, ...others] = [...candidates.values()].sort((one, other) =>
    one.group < other.group ? -1 : 1,
  );
  const path = (resource: string): string => (subresource === '' ? resource : `${resource}/${subresource}`);
  if (first === undefined) return { group, path: word };
  if (others.length === 0 && having.length === 0 && isNamed(subresource))
    return { why: noSubresource(first, subresource) };
  // Only so can what is of the core group be said at all.
  if (others.length === 0 || first.group === '') return { group: first.group, path: path(first.resource) };
  const spellings = [first, ...others].map((one) => resourceWord(path(one.resource), one.group));
  return {
    why: `${word} means several things in this cluster; say which: --resource ${spellings.join(' or ')}`,
  };
}

/** Wildcards are for the gate to refuse, with what to say in their place. */
const isNamed = (subresource: string): boolean => subresource !== '' && !subresource.includes('*');

/** What stands behind the slash is mostly the name of an object, as `kubectl delete pod/web-7` takes it. */
function noSubresource({ resource, group }: ServedResource, subresource: string): string {
  const word = resourceWord(resource, group);
  return `${word} has no subresource ${subresource}; names go in --name: --resource ${word} --name ${subresource}`;
}
