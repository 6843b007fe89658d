// Judges an ask for access: whether a policy offers it to this agent, whether it may be granted at all, and whether the
// ceiling holds it. Accepted asks come back complete, ready to be sealed; refused ones with what would be accepted (INV-4).
import type { Access, AccessRule } from '../../api/access.ts';
import type { Asked } from '../message/ask-command.ts';
import type { AskRefusal, AskRefusalCode } from '../message/ask-refusal.ts';
import { exactly } from '../message/moment.ts';
import type { User } from '../policy/policy.ts';
import { narrower } from './narrow.ts';
import {
  holds,
  isForNamespaces,
  longestOf,
  narrowest,
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

/** Judges an ask. */
export function judgeAsk(draft: Draft, facts: AskFacts): AskJudgement {
  const settled = settle(draft, facts);
  if (settled.kind === 'accepted') return settled;
  const { refusal } = settled;
  return { kind: 'refused', refusal, instead: narrower(draft, settled, { ...facts, settle }) };
}

const refused = (code: AskRefusalCode, about = ''): Settled => ({
  kind: 'refused',
  refusal: { code, about },
});

/** Judges a draft, narrower ones too. */
function settle(draft: Draft, facts: AskFacts): Settled {
  const offers = offersTo(facts.policies, facts.requester);
  const trouble = roleTrouble(draft, offers, facts.roles);
  if (trouble !== undefined) return { kind: 'refused', refusal: trouble };
  const read = rulesOf(draft, facts.roles);
  if (!read.ok) return { kind: 'refused', refusal: read.refusal };
  const deeds = deedsOf(read.rules);
  const never = neverGranted(deeds, draft, facts);
  if (never !== undefined) return { kind: 'refused', refusal: never };
  const open = usable(offers, facts.roles);
  const covering = open.filter((offer) => holds(offer, deeds) && isForNamespaces(offer, draft.namespaces));
  // Who names a ClusterRole gets that one or nothing; whoever else offers the same is asked all the same.
  const from = narrowest(covering.filter((offer) => isOfRole(offer, draft)));
  if (from === undefined) return { kind: 'refused', refusal: notOffered(deeds, draft, open) };
  const above = aboveCeiling(deeds, draft, facts.ceiling);
  if (above !== undefined) return refused('ceiling', deedText(above));
  return complete(draft, { rules: read.rules, deeds, covering, role: from.role });
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
  const foreign = deeds.find((deed) => !own.some((offer) => allows(offer.rules, deed)));
  if (foreign !== undefined) return { code: 'not-offered', about: deedText(foreign) };
  const holding = own.filter((offer) => holds(offer, deeds));
  if (holding.length === 0) return { code: 'not-offered', about: 'do all of that under one ClusterRole' };
  const elsewhere = draft.namespaces.find((one) => !holding.some((offer) => isForNamespaces(offer, [one])));
  return { code: 'namespace', about: elsewhere ?? `${draft.namespaces.join(' and ')} under one offer` };
}

const RBAC = 'rbac.authorization.k8s.io';

/** The first deed that the ceiling does not hold; a whole ClusterRole may be named there, too, by the verb bind. */
function aboveCeiling(
  deeds: readonly Deed[],
  draft: Draft,
  ceiling: readonly PolicyRule[],
): Deed | undefined {
  const bind: Deed = { verb: 'bind', group: RBAC, resource: 'clusterroles', name: draft.role ?? '' };
  if (draft.whole && allows(ceiling, bind)) return undefined;
  return deeds.find((deed) => !allows(ceiling, deed));
}

interface Covered {
  readonly rules: readonly AccessRule[];
  readonly deeds: readonly Deed[];
  readonly covering: readonly Offer[];
  readonly role: string;
}

/** The terms: how long, how often, who has to approve. */
function complete(draft: Draft, { rules, deeds, covering, role }: Covered): Settled {
  const longest = longestOf(covering);
  if (draft.seconds > longest)
    return { kind: 'refused', refusal: { code: 'too-long', about: exactly(longest) }, longest };
  const hasSeen = deeds.some(({ verb, resource }) => isSeen(verb, resource));
  const once = draft.once ?? (!draft.whole && hasSeen);
  if (once && !hasSeen) return refused('once-unseen');
  const policies = new Map(covering.map(({ policy, owners }) => [policy.name, { policy, owners }]));
  const { whole, namespaces, seconds } = draft;
  const access: Access = { role, whole, rules: [...rules], namespaces: [...namespaces], seconds, once };
  return { kind: 'accepted', access, policies: [...policies.values()].sort(byName) };
}

const byName = (one: AskedPolicy, other: AskedPolicy): number =>
  one.policy.name < other.policy.name ? -1 : 1;
