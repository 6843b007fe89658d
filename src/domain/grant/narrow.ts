// The narrower ask behind a refusal: what of the asked deeds one offer holds, the ceiling holds too, and may be granted at all,
// for as long as it may be granted. Whatever is advised was judged like an ask, and accepted.
import type { AccessRule } from '../../api/access.ts';
import type { Asked } from '../message/ask-command.ts';
import { globMatches } from '../policy/glob.ts';
import type { AskFacts, Settled } from './ask.ts';
import { isForNamespaces, offersTo, usable, type UsableOffer } from './offers.ts';
import { deedCount, type Draft } from './read-ask.ts';
import { allows, deedsOf, type Deed, type PolicyRule } from './rules.ts';
import { ungrantable } from './ungrantable.ts';

/** Most commands of one advice. */
const MOST_ASKS = 4;
/** Rules of more deeds than this are not taken apart for an advice. */
const MOST_DEEDS = 1_024;
const MOST = { rules: 16, names: 16, resources: 16, namespaces: 8 };

interface Facts extends AskFacts {
  readonly settle: (draft: Draft, facts: AskFacts) => Settled;
}

/** Asks that would be accepted; none where nothing of this one could be granted. */
export function narrower(
  draft: Draft,
  { refusal, longest }: Extract<Settled, { kind: 'refused' }>,
  facts: Facts,
): Asked[] {
  if (longest !== undefined) return accepted({ ...draft, seconds: longest }, facts);
  if (refusal.code === 'once-unseen') return accepted({ ...draft, once: undefined }, facts);
  const open = usable(offersTo(facts.policies, facts.requester), facts.roles);
  const own = open.filter(({ role }) => role === draft.role);
  const candidates = (own.length > 0 ? own : open).map((offer) => candidate(draft, offer, facts));
  const [best] = candidates.sort((one, other) => sizeOf(other) - sizeOf(one));
  if (best === undefined) return [];
  return best.rules.flatMap((rules) => accepted({ ...best.draft, rules }, facts)).slice(0, MOST_ASKS);
}

interface Candidate {
  readonly draft: Draft;
  /** One list of rules for each ask. */
  readonly rules: readonly (readonly AccessRule[])[];
}

const sizeOf = ({ draft, rules }: Candidate): number =>
  draft.namespaces.length * rules.flat().reduce((sum, rule) => sum + deedCount(rule), 0);

/** The draft and how it would have to be asked; nothing where even that is refused. */
function accepted(draft: Draft, facts: Facts): Asked[] {
  const settled = facts.settle(draft, facts);
  if (settled.kind === 'accepted') {
    const { role, whole, rules, namespaces, seconds, once } = draft;
    return [{ role, whole, rules, namespaces, seconds, once }];
  }
  const { longest, refusal } = settled;
  if (longest !== undefined && longest < draft.seconds)
    return accepted({ ...draft, seconds: longest }, facts);
  return refusal.code === 'once-unseen' && draft.once === true
    ? accepted({ ...draft, once: undefined }, facts)
    : [];
}

/** What of the draft one offer could give. */
function candidate(draft: Draft, offer: UsableOffer, facts: Facts): Candidate {
  const asked = draft.whole ? askedWhole(draft, facts) : draft.rules;
  const counted = [asked, offer.rules, facts.ceiling].flatMap((rules) =>
    concrete(rules).slice(0, MOST_DEEDS),
  );
  const names = [...new Set(asked.flatMap(({ resourceNames = [] }) => resourceNames))].slice(0, MOST.names);
  const granted = [...counted, ...underNames(counted, names)].filter(
    (deed) =>
      [asked, offer.rules, facts.ceiling].every((rules) => allows(rules, deed)) &&
      ungrantable(deed, facts.lookup) === undefined,
  );
  const namespaces = namespacesOf(draft, offer, facts.ownNamespace);
  const role = draft.role === offer.role ? draft.role : undefined;
  const rules = namespaces.length === 0 ? [] : asksOf(granted).filter(isStorable);
  return { draft: { ...draft, role, whole: false, namespaces }, rules };
}

function askedWhole({ role = '' }: Draft, { roles }: Facts): readonly PolicyRule[] {
  const now = roles.get(role) ?? 'gone';
  return now === 'gone' ? [] : now.rules;
}

/** Deeds of the rules that can be counted; those with wildcards in them are wildcards, too, and fall away later. */
function concrete(rules: readonly PolicyRule[]): Deed[] {
  return rules.flatMap(({ verbs, apiGroups = [], resources = [], resourceNames = [] }) => {
    const rule = {
      verbs: [...verbs],
      apiGroups: [...apiGroups],
      resources: [...resources],
      resourceNames: [...resourceNames],
    };
    return deedCount(rule) > MOST_DEEDS ? [] : deedsOf([rule]);
  });
}

/** What is offered under every name, under the names that are asked for. */
function underNames(deeds: readonly Deed[], names: readonly string[]): Deed[] {
  const open = deeds.filter(({ name }) => name === '');
  return names.flatMap((name) => open.map((deed) => ({ ...deed, name })));
}

/** The asked namespaces that are offered; for a wildcard, those that the offer names. */
function namespacesOf(draft: Draft, offer: UsableOffer, ownNamespace: string): string[] {
  const named = draft.namespaces.flatMap((one) =>
    one.includes('*')
      ? offer.namespaces.filter((other) => !other.includes('*') && globMatches(one, other))
      : [one],
  );
  const offered = named.filter((one) => one !== ownNamespace && isForNamespaces(offer, [one]));
  return [...new Set(offered)].sort().slice(0, MOST.namespaces);
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
