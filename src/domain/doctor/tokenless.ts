// Changes by whoever sends no token. Any agent can leave its token out: then it is no agent, and nobody asks (INV-1).
import { COMBINED_WEAKNESSES } from './agent-weaknesses.ts';
import { ANONYMOUS } from './agents.ts';
import { openHoldings, type Case, type Found } from './case.ts';
import { CHANGE } from './powers.ts';

/** Questions to the API server, which are sent as if they made something. */
const QUESTIONS: ReadonlySet<string> = new Set(['authentication.k8s.io', 'authorization.k8s.io']);

/** The rights of an anonymous caller to change something; nothing of anybody else. */
export function tokenless(one: Case): Found[] {
  if (one.identity.user.username !== ANONYMOUS.username) return [];
  const changes = one.held.find(({ rule, namespace, via }) => {
    const { apiGroups = [], resources = [] } = rule;
    const powers = apiGroups
      .filter((group) => !QUESTIONS.has(group))
      .map((group) => ({ verbs: CHANGE, group, resources }));
    return openHoldings({ ...one, held: [{ rule, namespace, via }] }, powers).length > 0;
  });
  return changes
    ? [{ weakness: COMBINED_WEAKNESSES.tokenless, identity: one.identity, via: changes.via }]
    : [];
}
