// The findings about agents: each weakness of the catalogue, of each agent, with the binding that makes it so. One right that a
// binding gives to many agents is one finding.
import { CEILING } from '../../api/installation.ts';
import { COMBINED_WEAKNESSES, POWER_WEAKNESSES } from './agent-weaknesses.ts';
import { holdings, identitiesOf, reaches } from './agents.ts';
import { isMet, type Case, type Found } from './case.ts';
import { combinedRights } from './combined-rights.ts';
import { itemsOf, type Facts } from './facts.ts';
import { finding, some, type Finding } from './finding.ts';
import { onceEnforced } from './once-enforced.ts';
import type { PowerWeakness } from './powers.ts';
import { readyOf } from './registered.ts';
import { isEverything, type Gift } from './rights.ts';
import { accountsOf, storedTokens, strongerAccounts } from './stronger.ts';
import { tokenless } from './tokenless.ts';

/** Everything that agents may do and had better not. */
export function examineAgents(facts: Facts, gifts: readonly Gift[]): readonly Finding[] {
  const policies = itemsOf(facts.policies);
  const heldBy = holdings(gifts);
  // One that is left out names its agents, and holds nobody.
  const holding = policies.filter((policy) => readyOf(policy)?.reason !== 'LeftOut');
  const common = { policies: holding, namespace: facts.namespace };
  const accounts = accountsOf(gifts, common, heldBy);
  const tokens = itemsOf(facts.accountTokens);
  const found = identitiesOf(policies, gifts).flatMap((identity) => {
    const held = heldBy(identity.user);
    const one: Case = { ...common, identity, held };
    const all = held.find(({ rule, namespace }) => namespace === '' && isEverything(rule));
    if (all) return [{ weakness: COMBINED_WEAKNESSES.everything, identity, via: all.via }];
    const look = (each: Case): readonly Found[] => [
      ...POWER_WEAKNESSES.flatMap((weakness) => powerFound(weakness, each)),
      ...combinedRights(each),
      ...strongerAccounts(each, accounts),
      ...storedTokens(each, accounts, tokens),
      ...tokenless(each),
      ...ceilingBound(each, gifts),
    ];
    return onceEnforced(look(one), one, look);
  });
  return merged(found);
}

/** One finding for each weakness and binding. */
function merged(found: readonly Found[]): Finding[] {
  const groups = Map.groupBy(found, ({ weakness, via, more, later }) =>
    JSON.stringify([weakness.id, via, more, later]),
  );
  return [...groups.values()].flatMap((alike) => {
    const [first] = alike;
    if (first === undefined) return [];
    const { weakness, via, more = '', later } = first;
    const subject = some(alike.map(({ identity }) => identity.words));
    const policies = [...new Set(alike.flatMap(({ identity }) => identity.policies))].sort();
    const says = `${weakness.title}${more} (${via})${later === undefined ? '' : `; ${later}`}`;
    return [finding(weakness, subject, says, policies)];
  });
}

function powerFound(weakness: PowerWeakness, one: Case): Found[] {
  const held = one.held.find((candidate) => isMet(weakness, candidate, one));
  return held ? [{ weakness, identity: one.identity, via: held.via }] : [];
}

function ceilingBound({ identity }: Case, gifts: readonly Gift[]): Found[] {
  return gifts
    .filter(({ role, subjects }) => role === CEILING && subjects.some((one) => reaches(one, identity.user)))
    .map(({ via }) => ({ weakness: COMBINED_WEAKNESSES.ceiling, identity, via }));
}
