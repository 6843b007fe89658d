// The findings about agents: each weakness of the catalogue, of each agent, with the binding that makes it so. One right that a
// binding gives to many agents is one finding.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { CEILING } from '../../api/installation.ts';
import { operationOf } from '../grant/verbs.ts';
import { accountOf, holdings, identitiesOf, reaches, userOf, type Identity } from './agents.ts';
import {
  COMBINED_WEAKNESSES,
  POD_DOORS,
  POD_MAKERS,
  POWER_WEAKNESSES,
  type PowerWeakness,
} from './agent-weaknesses.ts';
import { itemsOf, type Facts } from './facts.ts';
import { finding, type Finding, type Weakness } from './finding.ts';
import { isGated } from './gated.ts';
import { readyOf } from './registered.ts';
import { givenBy, isEverything, type Gift, type Held, type Power } from './rights.ts';

/** What is judged: one agent with what it holds. */
interface Case {
  readonly identity: Identity;
  readonly held: readonly Held[];
  readonly policies: readonly ApprovalPolicy[];
  readonly namespace: string;
}

type HeldBy = ReturnType<typeof holdings>;

interface Found {
  readonly weakness: Weakness;
  readonly identity: Identity;
  readonly via: string;
  /** Beside the title. */
  readonly more?: string;
}

/** Everything that agents may do and had better not. */
export function examineAgents(facts: Facts, gifts: readonly Gift[]): readonly Finding[] {
  const policies = itemsOf(facts.policies);
  const heldBy = holdings(gifts);
  // One that is left out names its agents, and holds nobody.
  const holding = policies.filter((policy) => readyOf(policy)?.reason !== 'LeftOut');
  const common = { policies: holding, namespace: facts.namespace };
  const strong = strongAccountsOf(gifts, common, heldBy);
  const found = identitiesOf(policies, gifts).flatMap((identity) => {
    const held = heldBy(identity.user);
    const one: Case = { ...common, identity, held };
    const all = held.find(({ rule, namespace }) => namespace === '' && isEverything(rule));
    if (all) return [{ weakness: COMBINED_WEAKNESSES.everything, identity, via: all.via }];
    return [
      ...POWER_WEAKNESSES.flatMap((weakness) => powerFound(weakness, one)),
      ...tokenSecrets(one),
      ...strongerAccounts(one, strong),
      ...ceilingBound(one, gifts),
    ];
  });
  return merged(found);
}

/** One finding for each weakness and binding. */
function merged(found: readonly Found[]): Finding[] {
  const groups = Map.groupBy(found, ({ weakness, via, more = '' }) => `${weakness.id} ${via} ${more}`);
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { weakness, via, more = '' } = first;
    const subject = some(alike.map(({ identity }) => identity.words));
    const policies = [...new Set(alike.flatMap(({ identity }) => identity.policies))].sort();
    return [finding(weakness, subject, `${weakness.title}${more} (${via})`, policies)];
  });
}

const MOST_NAMES = 3;

/** The first of many names, and how many more there are. */
function some(given: readonly string[]): string {
  const names = [...new Set(given)].sort();
  const rest = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function powerFound(weakness: PowerWeakness, one: Case): Found[] {
  const held = one.held.find((candidate) => isMet(weakness, candidate, one));
  return held ? [{ weakness, identity: one.identity, via: held.via }] : [];
}

/** Whether this rule, where it is bound, is the weakness, and no policy holds it. */
function isMet({ powers, where, seen }: PowerWeakness, held: Held, one: Case): boolean {
  const place = { cluster: '', anywhere: held.namespace, ours: one.namespace, 'kube-system': 'kube-system' }[
    where
  ];
  if (held.namespace !== '' && held.namespace !== place) return false;
  const namespace = held.namespace === '' && where === 'anywhere' ? '' : place;
  const given = powers.flatMap((power) => givenBy(held.rule, power));
  if (seen === 'unseen') return given.length > 0;
  if (seen === 'itself') return given.some((deed) => isOpen(deed, namespace, one));
  const writes = seen.map((write) => ({ ...write, namespace: isOfCluster(write.resource) ? '' : namespace }));
  return given.length > 0 && !writes.every((write) => isGated(one.policies, one.identity.user, write));
}

const isOfCluster = (resource: string): boolean =>
  resource.startsWith('cluster') || resource.startsWith('certificate');

type Deed = ReturnType<typeof givenBy>[number];

/** Whether no policy holds what it does. Reads never come by. */
function isOpen({ verb, group, resource }: Deed, namespace: string, { policies, identity }: Case): boolean {
  const operation = operationOf(verb === 'deletecollection' ? 'delete' : verb, resource);
  return (
    operation === undefined || !isGated(policies, identity.user, { operation, group, resource, namespace })
  );
}

const SECRETS = { write: ['create', 'update', 'patch'], read: ['get', 'list', 'watch'] } as const;

function tokenSecrets(one: Case): Found[] {
  const power = (verbs: readonly string[]): Power => ({ verbs, group: '', resources: ['secrets'] });
  const written = one.held.filter(({ rule, namespace }) =>
    givenBy(rule, power(SECRETS.write)).some((deed) => isOpen(deed, namespace, one)),
  );
  const read = one.held.filter(({ rule }) => givenBy(rule, power(SECRETS.read)).length > 0);
  const both = written.find((write) =>
    read.some(({ namespace }) => [namespace, write.namespace].includes('') || namespace === write.namespace),
  );
  return both ? [{ weakness: COMBINED_WEAKNESSES.tokenSecrets, identity: one.identity, via: both.via }] : [];
}

/** An account that leads round the gate: a right that nothing holds where this account has it. */
interface StrongAccount {
  readonly namespace: string;
  readonly name: string;
  readonly username: string;
}

const DANGEROUS = POWER_WEAKNESSES.filter(({ severity }) => severity === 'dangerous');

/** Every account that is stronger than an agent that is held. Of two namespaces a weakness of its own tells. */
function strongAccountsOf(gifts: readonly Gift[], common: Omit<Case, 'identity' | 'held'>, heldBy: HeldBy) {
  const known = gifts.flatMap(({ subjects }) => subjects).flatMap((one) => accountOf(one) ?? []);
  const accounts = new Map(known.map((one) => [`${one.namespace}/${one.name}`, one])).values();
  return [...accounts].flatMap(({ namespace, name }): StrongAccount[] => {
    const user = userOf({ kind: 'ServiceAccount', namespace, name });
    if (user === undefined || [common.namespace, 'kube-system'].includes(namespace)) return [];
    const held = heldBy(user);
    const one: Case = { ...common, identity: { user, words: '', policies: [] }, held };
    const isStrong = held.some(
      (each) =>
        (each.namespace === '' && isEverything(each.rule)) ||
        DANGEROUS.some((weakness) => isMet(weakness, each, one)),
    );
    return isStrong ? [{ namespace, name, username: user.username }] : [];
  });
}

function strongerAccounts(one: Case, accounts: readonly StrongAccount[]): Found[] {
  const makers = one.held.filter(({ rule, namespace }) =>
    [...POD_MAKERS, ...POD_DOORS].some((power) =>
      givenBy(rule, power).some((deed) => isOpen(deed, namespace, one)),
    ),
  );
  const places = new Map(makers.map(({ namespace, via }) => [namespace, via]));
  const strong = accounts.filter(
    ({ namespace, username }) =>
      username !== one.identity.user.username && (places.has(namespace) || places.has('')),
  );
  const byBinding = Map.groupBy(strong, ({ namespace }) => places.get(namespace) ?? places.get('') ?? '');
  return [...byBinding].map(([via, all]) => ({
    weakness: COMBINED_WEAKNESSES.strongerAccounts,
    identity: one.identity,
    via,
    more: `, ${some(all.map(({ namespace, name }) => `${namespace}/${name}`))}`,
  }));
}

function ceilingBound({ identity }: Case, gifts: readonly Gift[]): Found[] {
  return gifts
    .filter(({ role, subjects }) => role === CEILING && subjects.some((one) => reaches(one, identity.user)))
    .map(({ via }) => ({ weakness: COMBINED_WEAKNESSES.ceiling, identity, via }));
}
