// Weaknesses that several rights of one agent make together, each of which is harmless alone (INV-1).
import { COMBINED_WEAKNESSES as WEAK } from './agent-weaknesses.ts';
import { askedOf, askingOf } from './asked.ts';
import { openHoldings, type Case, type Found } from './case.ts';
import { POD_MAKERS, PUT, RBAC, READ } from './powers.ts';
import { givenBy, type Held, type Power } from './rights.ts';

/** All that this agent has. */
export const combinedRights = (one: Case): Found[] => [
  ...tokenSecrets(one),
  ...handedOver(one),
  ...nodeVolumes(one),
];

const power = (verbs: readonly string[], group: string, resource: string): Power => ({
  verbs,
  group,
  resources: [resource],
});

function tokenSecrets(one: Case): Found[] {
  const written = openHoldings(one, [power(PUT, '', 'secrets')]);
  const read = one.held.filter(({ rule }) => givenBy(rule, power(READ, '', 'secrets')).length > 0);
  const both = written.find((write) =>
    read.some(({ namespace }) => [namespace, write.namespace].includes('') || namespace === write.namespace),
  );
  return both ? [{ weakness: WEAK.tokenSecrets, identity: one.identity, via: both.via }] : [];
}

/**
 * What it has to ask about it may give to somebody who does not: the API server lets everybody bind what they hold. Whoever
 * sends no token is such a somebody, so that no other account is needed.
 */
function handedOver(one: Case): Found[] {
  const inOne = openHoldings(one, [power(PUT, RBAC, 'rolebindings')]);
  const everywhere = openHoldings(one, [power(PUT, RBAC, 'clusterrolebindings')]);
  if (inOne.length === 0 && everywhere.length === 0) return [];
  const asking = askingOf(one.policies, one.identity.user);
  const asked = one.held.filter((held) => askedOf(held, asking).length > 0);
  const isWorth = ({ namespace }: Held): boolean =>
    asked.some((held) => namespace === '' || ['', namespace].includes(held.namespace));
  const binds =
    inOne.find(isWorth) ??
    everywhere.find(({ namespace }) => namespace === '' && asked.some((held) => held.namespace === ''));
  return binds ? [{ weakness: WEAK.handedOver, identity: one.identity, via: binds.via }] : [];
}

function nodeVolumes(one: Case): Found[] {
  const volumes = openHoldings(one, [power(['create'], '', 'persistentvolumes')]);
  const made = volumes.find(({ namespace }) => namespace === '');
  return made && openHoldings(one, POD_MAKERS).length > 0
    ? [{ weakness: WEAK.nodeVolumes, identity: one.identity, via: made.via }]
    : [];
}
