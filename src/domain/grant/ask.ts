// Judges an ask for access: whether a policy offers it to this agent, whether it may be granted at all, and whether the
// ceiling holds it. Accepted asks come back complete, ready to be sealed; refused ones with what would be accepted (INV-4).
import type { Access, AccessRule } from '../../api/access.ts';
import type { Asked } from '../message/ask-command.ts';
import type { AskRefusal, AskRefusalCode } from '../message/ask-refusal.ts';
import { exactly } from '../message/moment.ts';
import type { User } from '../policy/policy.ts';
import { mayBind } from './ceiling.ts';
import { narrower } from './narrow.ts';
import {
  holdingAll,
  isForNamespaces,
  longestOf,
  namingWrites,
  narrowest,
  offersHolding,
  offersTo,
  usable,
  type Offer,
  type OfferingPolicy,
  type Roles,
  type UsableOffer,
} from './offers.ts';
import { readRoleRules, type Draft } from './read-ask.ts';
import { allows, deedsOf, type Deed, type PolicyRule } from './rules.ts';
import { deedText, ungrantable, type Lookup } from './ungrantable.ts';
import { isSeen } from './verbs.ts';

/** What an ask is judged on. */
export interface AskFacts {
  readonly requester: User;
  /** All loaded policies. */
  readonly policies: readonly OfferingPolicy[];
  /** The ClusterRole of every offer to this agent. */
  readonly roles: Roles;
  /** Rules of the ClusterRole that holds the ceiling; none when it is gone. */
  readonly ceiling: readonly PolicyRule[];
  readonly lookup: Lookup;
  /** Whether a namespace is there, as far as somebody looked; one on its way out is not. */
  readonly hasNamespace: (name: string) => boolean;
  /** Where Assent itself runs. */
  readonly ownNamespace: string;
}

/** A policy that has to approve. */
export interface AskedPolicy {
  readonly policy: OfferingPolicy;
  readonly owners: readonly string[];
}

/** What comes of an ask. */
export type AskJudgement =
  | { readonly kind: 'accepted'; readonly access: Access; readonly policies: readonly AskedPolicy[] }
  | {
      readonly kind: 'refused';
      readonly refusal: AskRefusal;
      /** Narrower asks that would be accepted; together all of this one that could be granted. */
      readonly instead: readonly Asked[];
    };

/** A draft, judged without advice. */
export type Settled =
  | Extract<AskJudgement, { kind: 'accepted' }>
  | {
      readonly kind: 'refused';
      readonly refusal: AskRefusal;
      /** How long it would be granted, where the time alone is in the way. Seconds. */
      readonly longest?: number;
    };

/** What of the facts is the same for an ask and for every narrower one. */
export interface Ground extends AskFacts {
  readonly offers: readonly Offer[];
  /** Those of them that can be used. */
  readonly open: readonly UsableOffer[];
  /** By which the gate holds what this agent writes. */
  readonly holding: readonly UsableOffer[];
}

/** Judges an ask. */
export function judgeAsk(draft: Draft, facts: AskFacts): AskJudgement {
  const { policies, requester, roles } = facts;
  const offers = offersTo(policies, requester);
  const holding = usable(offersHolding(policies, requester), roles);
  const ground = { ...facts, offers, open: usable(offers, roles), holding };
  const settled = settle(draft, ground);
  if (settled.kind === 'accepted') return settled;
  const { refusal } = settled;
  const judge = (other: Draft) => settle(other, ground);
  return { kind: 'refused', refusal, instead: narrower(draft, settled, { ground, judge }) };
}

const refused = (code: AskRefusalCode, about = ''): Settled => ({
  kind: 'refused',
  refusal: { code, about },
});

/** Judges a draft, narrower ones too. */
function settle(draft: Draft, ground: Ground): Settled {
  const { offers, open, roles } = ground;
  const trouble = roleTrouble(draft, offers, roles);
  if (trouble !== undefined) return { kind: 'refused', refusal: trouble };
  const read = rulesOf(draft, roles);
  if (!read.ok) return { kind: 'refused', refusal: read.refusal };
  const deeds = deedsOf(read.rules);
  const never = neverGranted(deeds, draft, ground);
  if (never !== undefined) return { kind: 'refused', refusal: never };
  const covers = (offer: Offer) => isForNamespaces(offer, draft.namespaces);
  const covering = holdingAll(open.filter(covers), deeds);
  // Who names a ClusterRole gets that one or nothing; whoever else offers the same is asked all the same.
  const from = narrowest(covering.filter((offer) => isOfRole(offer, draft)));
  if (from === undefined) return { kind: 'refused', refusal: notOffered(deeds, draft, open) };
  // A grant is for its namespaces as they are: of one that is made later it would never give anything.
  const missing = draft.namespaces.find((one) => !ground.hasNamespace(one));
  if (missing !== undefined) return refused('no-namespace', missing);
  const above = aboveCeiling(deeds, draft, ground.ceiling);
  if (above !== undefined) return refused('ceiling', deedText(above));
  const asked = {
    covering: holdingAll(ground.holding.filter(covers), deeds),
    naming: namingWrites(ground.holding, deeds, draft.namespaces),
  };
  return complete(draft, { rules: read.rules, deeds, ...asked, role: from.role });
}

const isOfRole = (offer: Offer, { role }: Draft): boolean => role === undefined || offer.role === role;

/** What is wrong with the ClusterRoles that are offered, before anything is read of them. */
function roleTrouble(draft: Draft, offers: readonly Offer[], roles: Roles): AskRefusal | undefined {
  if (offers.length === 0) return { code: 'no-offer', about: '' };
  const named = offers.filter((offer) => isOfRole(offer, draft));
  if (named.length === 0) return { code: 'role-not-offered', about: draft.role ?? '' };
  if (usable(named, roles).length > 0) return undefined;
  const { role } = named[0] ?? { role: '' };
  const now = roles.get(role) ?? 'gone';
  return { code: now === 'gone' ? 'role-gone' : 'aggregated', about: role };
}

type ReadRules =
  | { readonly ok: true; readonly rules: readonly AccessRule[] }
  | { readonly ok: false; readonly refusal: AskRefusal };

/** What is asked for: a cut, or a ClusterRole exactly as it is stored. */
function rulesOf(draft: Draft, roles: Roles): ReadRules {
  if (!draft.whole) return { ok: true, rules: draft.rules };
  const { role: name = '' } = draft;
  const role = roles.get(name) ?? 'gone';
  if (role === 'gone') return { ok: false, refusal: { code: 'role-gone', about: name } };
  const read = readRoleRules(role.rules);
  if (read.ok) return { ok: true, rules: role.rules as readonly AccessRule[] };
  const { code, about } = read.refusal;
  return {
    ok: false,
    refusal: { code: code === 'too-much' ? code : 'malformed', about: `in ClusterRole ${name}, ${about}` },
  };
}

function neverGranted(deeds: readonly Deed[], draft: Draft, facts: AskFacts): AskRefusal | undefined {
  const wide = draft.namespaces.find((namespace) => namespace.includes('*'));
  if (wide !== undefined) return { code: 'wildcard', about: `namespace ${wide}` };
  if (draft.namespaces.includes(facts.ownNamespace))
    return { code: 'own-namespace', about: facts.ownNamespace };
  for (const deed of deeds) {
    const never = ungrantable(deed, facts.lookup);
    if (never !== undefined) return never;
  }
  return undefined;
}

/** Why no single offer covers the ask. */
function notOffered(deeds: readonly Deed[], draft: Draft, open: readonly UsableOffer[]): AskRefusal {
  const own = open.filter((offer) => isOfRole(offer, draft));
  const rules = [...new Map(own.map((offer) => [offer.role, offer.rules])).values()];
  const foreign = deeds.find((deed) => !rules.some((some) => allows(some, deed)));
  if (foreign !== undefined) return { code: 'not-offered', about: deedText(foreign) };
  const holding = holdingAll(own, deeds);
  if (holding.length === 0) return { code: 'not-offered', about: 'do all of that under one ClusterRole' };
  const elsewhere = draft.namespaces.find((one) => !holding.some((offer) => isForNamespaces(offer, [one])));
  return { code: 'namespace', about: elsewhere ?? `${draft.namespaces.join(' and ')} under one offer` };
}

/** The first deed that the ceiling does not hold; a whole ClusterRole may be named there, too, by the verb bind. */
function aboveCeiling(
  deeds: readonly Deed[],
  draft: Draft,
  ceiling: readonly PolicyRule[],
): Deed | undefined {
  if (draft.whole && mayBind(ceiling, draft.role ?? '')) return undefined;
  return deeds.find((deed) => !allows(ceiling, deed));
}

interface Covered {
  readonly rules: readonly AccessRule[];
  readonly deeds: readonly Deed[];
  /** Offers of the policies that have to approve: of all of it, or of some write that it leads to. */
  readonly covering: readonly Offer[];
  readonly naming: readonly Offer[];
  readonly role: string;
}

/** The terms: how long, how often, who has to approve. */
function complete(draft: Draft, { rules, deeds, covering, naming, role }: Covered): Settled {
  const longest = longestOf(covering, naming);
  if (draft.seconds > longest)
    return { kind: 'refused', refusal: { code: 'too-long', about: exactly(longest) }, longest };
  const hasSeen = deeds.some(({ verb, resource }) => isSeen(verb, resource));
  const once = draft.once ?? (!draft.whole && hasSeen);
  if (once && !hasSeen) return refused('once-unseen');
  const policies = new Map(
    [...covering, ...naming].map(({ policy, owners }) => [policy.name, { policy, owners }]),
  );
  const { whole, namespaces, seconds } = draft;
  const access: Access = { role, whole, rules: [...rules], namespaces: [...namespaces], seconds, once };
  return { kind: 'accepted', access, policies: [...policies.values()].sort(byName) };
}

const byName = (one: AskedPolicy, other: AskedPolicy): number =>
  one.policy.name < other.policy.name ? -1 : 1;
