// Accounts that lead an agent round the gate, and how it gets at them: by their pods, or by a token that is stored. Stronger is
// whoever has a right that leads round the gate, or may do unasked what the agent has to ask for (INV-1).
import { allows } from '../grant/rules.ts';
import { isAgent } from '../policy/agents.ts';
import { COMBINED_WEAKNESSES, POWER_WEAKNESSES } from './agent-weaknesses.ts';
import { accountOf, userOf, type holdings } from './agents.ts';
import { askedOf, askingOf } from './asked.ts';
import { isMet, openHoldings, type Case, type Found } from './case.ts';
import { some } from './finding.ts';
import { TOKEN_OF, type Named } from './facts.ts';
import { isGated } from './gated.ts';
import { POD_DOORS, POD_MAKERS, READ } from './powers.ts';
import { isEverything, type Gift } from './rights.ts';

/** An account that bindings make known, as a case of its own. */
export interface Account extends Case {
  readonly place: string;
  readonly name: string;
  /** Whether a right of it leads round the gate, whoever uses it. */
  readonly isStrong: boolean;
}

const DANGEROUS = POWER_WEAKNESSES.filter(({ severity }) => severity === 'dangerous');

/** Every account that somebody may want to be. Of two namespaces a weakness of its own tells. */
export function accountsOf(
  gifts: readonly Gift[],
  common: Omit<Case, 'identity' | 'held'>,
  heldBy: ReturnType<typeof holdings>,
): readonly Account[] {
  const known = gifts.flatMap(({ subjects }) => subjects).flatMap((one) => accountOf(one) ?? []);
  const accounts = new Map(known.map((one) => [`${one.namespace}/${one.name}`, one])).values();
  return [...accounts].flatMap(({ namespace: place, name }): Account[] => {
    const user = userOf({ kind: 'ServiceAccount', namespace: place, name });
    if (user === undefined || [common.namespace, 'kube-system'].includes(place)) return [];
    const held = heldBy(user);
    // Others hold nothing of it: there are thousands of accounts, and each is compared with each agent.
    const policies = common.policies.filter(({ spec }) => isAgent(spec, user) !== undefined);
    const one: Case = { ...common, policies, identity: { user, words: '', policies: [] }, held };
    const isStrong = held.some(
      (each) =>
        (each.namespace === '' && isEverything(each.rule)) ||
        DANGEROUS.some((weakness) => isMet(weakness, each, one)),
    );
    return [{ ...one, place, name, isStrong }];
  });
}

/** Tells whether the agent gets round the gate by being an account. */
function strongerThan({ identity: { user }, policies }: Case): (account: Account) => boolean {
  const asking = askingOf(policies, user);
  return ({ identity, held, isStrong, policies: own }) => {
    if (identity.user.username === user.username) return false;
    return (
      isStrong ||
      held.some((each) => askedOf(each, asking).some((write) => !isGated(own, identity.user, write)))
    );
  };
}

/** The agent may run or enter pods of a stronger account. */
export function strongerAccounts(one: Case, accounts: readonly Account[]): Found[] {
  const makers = openHoldings(one, [...POD_MAKERS, ...POD_DOORS]);
  const places = new Map(makers.map(({ namespace, via }) => [namespace, via]));
  if (places.size === 0) return [];
  const isStronger = strongerThan(one);
  const strong = accounts.filter(
    (account) => (places.has(account.place) || places.has('')) && isStronger(account),
  );
  const byBinding = Map.groupBy(strong, ({ place }) => places.get(place) ?? places.get('') ?? '');
  return [...byBinding].map(([via, all]) => ({
    weakness: COMBINED_WEAKNESSES.strongerAccounts,
    identity: one.identity,
    via,
    more: `, ${some(all.map(({ place, name }) => `${place}/${name}`))}`,
  }));
}

/** The agent may read a Secret in which a token of a stronger account is. */
export function storedTokens(one: Case, accounts: readonly Account[], secrets: readonly Named[]): Found[] {
  const isStronger = strongerThan(one);
  return secrets.flatMap(({ metadata: { name, namespace = '', annotations = {} } }): Found[] => {
    const read = one.held.find(
      (held) =>
        ['', namespace].includes(held.namespace) &&
        READ.some((verb) => allows([held.rule], { verb, group: '', resource: 'secrets', name })),
    );
    const account = accounts.find((each) => each.place === namespace && each.name === annotations[TOKEN_OF]);
    if (read === undefined || account === undefined || !isStronger(account)) return [];
    const more = `, ${namespace}/${name} of ${account.name}`;
    return [{ weakness: COMBINED_WEAKNESSES.storedTokens, identity: one.identity, via: read.via, more }];
  });
}
