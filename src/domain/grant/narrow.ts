// The narrower ask behind a refusal: what of the asked deeds one offer holds, the ceiling holds too, and may be granted at all,
// for as long as it may be granted. Whatever is advised was judged like an ask, and accepted. How much work it is, is reckoned
// before it is begun: an agent may ask for anything, as often as it likes, and too wide an ask gets a plain no.
import type { AccessRule } from '../../api/access.ts';
import type { Asked } from '../message/ask-command.ts';
import { globMatches } from '../policy/glob.ts';
import type { Ground, Settled } from './ask.ts';
import { isForNamespaces, type Offer, type UsableOffer } from './offers.ts';
import { deedCount, type Draft } from './read-ask.ts';
import { allows, deedsOf, type Deed, type PolicyRule } from './rules.ts';
import { ungrantable } from './ungrantable.ts';

/** Most commands of one advice. */
const MOST_ASKS = 4;
/** Most asks that are judged for one advice. */
const MOST_TRIES = 8;
/** Of one list of rules, no more deeds than this are taken apart for an advice. */
const MOST_DEEDS = 1_024;
/** Most comparisons of a deed with a rule for one advice: some ten milliseconds. */
const MOST_WORK = 32_768;
const MOST = { rules: 16, names: 16, resources: 16, namespaces: 8 };

interface Judging {
  readonly ground: Ground;
  readonly judge: (draft: Draft) => Settled;
}

/** Asks that would be accepted; none where nothing of this one could be granted, or to find out would be too much work. */
export function narrower(
  draft: Draft,
  { refusal, longest }: Extract<Settled, { kind: 'refused' }>,
  { ground, judge }: Judging,
): Asked[] {
  if (longest !== undefined) return accepted({ ...draft, seconds: longest }, judge);
  if (refusal.code === 'once-unseen') return accepted({ ...draft, once: undefined }, judge);
  const own = ground.open.filter(({ role }) => role === draft.role);
  const [best] = candidates(draft, own.length > 0 ? own : ground.open, ground).sort(
    (one, other) => sizeOf(other) - sizeOf(one),
  );
  if (best === undefined) return [];
  const tried = best.rules.slice(0, MOST_TRIES);
  return tried.flatMap((rules) => accepted({ ...best.draft, rules }, judge)).slice(0, MOST_ASKS);
}

interface Candidate {
  readonly draft: Draft;
  /** One list of rules for each ask. */
  readonly rules: readonly (readonly AccessRule[])[];
}

const sizeOf = ({ draft, rules }: Candidate): number =>
  draft.namespaces.length * rules.flat().reduce((sum, rule) => sum + deedCount(rule), 0);

/** The draft and how it would have to be asked; nothing where even that is refused. */
function accepted(draft: Draft, judge: Judging['judge']): Asked[] {
  const settled = judge(draft);
  if (settled.kind === 'accepted') {
    const { role, whole, rules, namespaces, seconds, once } = draft;
    return [{ role, whole, rules, namespaces, seconds, once }];
  }
  const { longest, refusal } = settled;
  if (longest !== undefined && longest < draft.seconds)
    return accepted({ ...draft, seconds: longest }, judge);
  return refusal.code === 'once-unseen' && draft.once === true
    ? accepted({ ...draft, once: undefined }, judge)
    : [];
}

/** What of the draft each offer could give. */
function candidates(draft: Draft, offers: readonly UsableOffer[], ground: Ground): Candidate[] {
  const roles = new Map(offers.map(({ role, rules }) => [role, rules]));
  const grantable = grantableOf(draft, [...roles.values()], ground);
  if (grantable.length === 0) return [];
  const asks = new Map(
    [...roles].map(([role, rules]) => [role, asksOf(grantable.filter((deed) => allows(rules, deed)))]),
  );
  return offers.map((offer) => {
    const namespaces = namespacesOf(draft, offer, ground);
    const role = draft.role === offer.role ? draft.role : undefined;
    const rules = namespaces.length === 0 ? [] : (asks.get(offer.role) ?? []).filter(isStorable);
    return { draft: { ...draft, role, whole: false, namespaces }, rules };
  });
}

/** The asked deeds that the ceiling holds and that may be granted at all; none where there is too much to compare. */
function grantableOf(
  draft: Draft,
  roles: readonly (readonly PolicyRule[])[],
  { ceiling, lookup, roles: known }: Ground,
): Deed[] {
  const asked = draft.whole ? askedWhole(draft, known) : draft.rules;
  const lists = [asked, ceiling, ...roles];
  const size = lists.reduce((sum, rules) => sum + Math.min(MOST_DEEDS, countable(rules)), 0);
  if (size * asked.length > MOST_WORK) return [];
  const ofAnyName = asked.map((rule) => ({ ...rule, resourceNames: [] }));
  const near = distinct(lists.flatMap(concrete)).filter((deed) => allows(ofAnyName, deed));
  const names = [...new Set(asked.flatMap(({ resourceNames = [] }) => resourceNames))].slice(0, MOST.names);
  const rules = lists.reduce((sum, list) => sum + list.length, 0);
  if (near.length * (1 + names.length) * rules > MOST_WORK) return [];
  return distinct([...near, ...underNames(near, names)]).filter(
    (deed) => allows(asked, deed) && allows(ceiling, deed) && ungrantable(deed, lookup) === undefined,
  );
}

function askedWhole({ role = '' }: Draft, roles: Ground['roles']): readonly PolicyRule[] {
  const now = roles.get(role) ?? 'gone';
  return now === 'gone' ? [] : now.rules;
}

/** How many deeds the rules are, as far as they can be counted. */
function countable(rules: readonly PolicyRule[]): number {
  return rules.reduce((sum, rule) => sum + countOf(rule), 0);
}

function countOf({ verbs, apiGroups = [], resources = [], resourceNames = [] }: PolicyRule): number {
  const count = verbs.length * apiGroups.length * resources.length * Math.max(1, resourceNames.length);
  return count > MOST_DEEDS ? 0 : count;
}

/** Deeds of the rules that can be counted; those with wildcards in them are wildcards, too, and fall away later. */
function concrete(rules: readonly PolicyRule[]): Deed[] {
  const deeds: Deed[] = [];
  for (const rule of rules) {
    if (deeds.length >= MOST_DEEDS) break;
    const { verbs, apiGroups = [], resources = [], resourceNames = [] } = rule;
    const lists = { verbs: [...verbs], apiGroups: [...apiGroups], resources: [...resources] };
    if (countOf(rule) > 0) deeds.push(...deedsOf([{ ...lists, resourceNames: [...resourceNames] }]));
  }
  return deeds.slice(0, MOST_DEEDS);
}

const distinct = (deeds: readonly Deed[]): Deed[] => [
  ...new Map(deeds.map((deed) => [key(deed), deed])).values(),
];

/** What is offered under every name, under the names that are asked for. */
function underNames(deeds: readonly Deed[], names: readonly string[]): Deed[] {
  const open = deeds.filter(({ name }) => name === '');
  return names.flatMap((name) => open.map((deed) => ({ ...deed, name })));
}

/** The asked namespaces that are offered and there; for a wildcard, those that the offer names. */
function namespacesOf(
  draft: Draft,
  offer: UsableOffer,
  { ownNamespace, hasNamespace }: Pick<Ground, 'ownNamespace' | 'hasNamespace'>,
): string[] {
  const offered = meantBy(draft.namespaces, offer).filter(
    (one) => one !== ownNamespace && hasNamespace(one) && isForNamespaces(offer, [one]),
  );
  return [...new Set(offered)].sort().slice(0, MOST.namespaces);
}

const meantBy = (asked: readonly string[], offer: Pick<Offer, 'namespaces'>): string[] =>
  asked.flatMap((one) =>
    one.includes('*')
      ? offer.namespaces.filter((other) => !other.includes('*') && globMatches(one, other))
      : [one],
  );

/** The namespaces to look for before an ask is judged: those that it names, and the first that a wildcard may mean. */
export function namespacesToLookFor(
  { namespaces }: Pick<Draft, 'namespaces'>,
  offers: readonly Pick<Offer, 'namespaces'>[],
): string[] {
  const named = namespaces.filter((one) => !one.includes('*'));
  const wild = namespaces.filter((one) => one.includes('*'));
  const meant = new Set(offers.flatMap((offer) => meantBy(wild, offer)));
  return [...new Set([...named, ...[...meant].sort().slice(0, MOST.namespaces)])];
}

const isStorable = (rules: readonly AccessRule[]): boolean =>
  rules.length <= MOST.rules &&
  rules.every(
    ({ resources, resourceNames = [] }) =>
      resources.length <= MOST.resources && resourceNames.length <= MOST.names,
  );

/** Puts deeds together again: one ask for all that have the same verbs and names, in it a rule for each API group. */
function asksOf(deeds: readonly Deed[]): AccessRule[][] {
  const everyName = new Set(deeds.filter(({ name }) => name === '').map(key));
  const needed = deeds.filter((deed) => deed.name === '' || !everyName.has(key({ ...deed, name: '' })));
  const byObject = Map.groupBy(needed, ({ group, resource, name }) =>
    JSON.stringify([group, resource, name]),
  );
  const objects = [...byObject.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, verbs: sorted([first, ...more].map(({ verb }) => verb)) }],
  );
  const byResource = Map.groupBy(objects, ({ group, resource, verbs }) =>
    JSON.stringify([group, resource, verbs]),
  );
  const resources = [...byResource.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, names: sorted([first, ...more].map(({ name }) => name)) }],
  );
  const byAsk = Map.groupBy(resources, ({ verbs, names }) => JSON.stringify([verbs, names]));
  return [...byAsk.values()].map((some) => {
    const byGroup = Map.groupBy(some, ({ group }) => group);
    return [...byGroup]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([group, all]) => ruleOf(group, all));
  });
}

interface Together {
  readonly resource: string;
  readonly verbs: readonly string[];
  readonly names: readonly string[];
}

function ruleOf(group: string, all: readonly Together[]): AccessRule {
  const { verbs = [], names = [] } = all[0] ?? {};
  return {
    apiGroups: [group],
    resources: sorted(all.map(({ resource }) => resource)),
    ...(names.includes('') ? {} : { resourceNames: [...names] }),
    verbs: [...verbs],
  };
}

const key = ({ verb, group, resource, name }: Deed): string => JSON.stringify([verb, group, resource, name]);
const sorted = (texts: readonly string[]): string[] => [...new Set(texts)].sort();
