// What the ceiling lacks: of an ask, of what a policy offers, of what the API server refused to grant. The API server enforces
// it; this says so early, and names what an administrator has to add (INV-4).
import { allows, deedsOf, type Deed, type PolicyRule } from './rules.ts';
import { deedText, ungrantable } from './ungrantable.ts';

const RBAC = 'rbac.authorization.k8s.io';
/** Most deeds of one set of rules that are looked at; more is no mistake that one sentence could mend. */
const MOST_DEEDS = 1_024;
/** Most parts of a sentence; each is one resource with its verbs. */
const MOST_PARTS = 3;

/** Whether the ceiling lets Assent bind a whole ClusterRole without holding its rules: by the verb bind on its name. */
export function mayBind(ceiling: readonly PolicyRule[], role: string): boolean {
  return allows(ceiling, { verb: 'bind', group: RBAC, resource: 'clusterroles', name: role });
}

/**
 * What of these rules could be granted and is above the ceiling, such as `get, list, delete pods`; empty where nothing is. What
 * is never granted, wildcards too, is left out: to add that would help nobody.
 */
export function lackingIn(ceiling: readonly PolicyRule[], rules: readonly PolicyRule[]): string {
  const lacking = deedsIn(rules).filter(
    (deed) => ungrantable(deed, () => ({ namespaced: true })) === undefined && !allows(ceiling, deed),
  );
  const byObject = Map.groupBy(lacking, ({ group, resource, name }) =>
    JSON.stringify([group, resource, name]),
  );
  const parts = [...byObject.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [deedText({ ...first, verb: verbsOf([first, ...more]) })],
  );
  const rest = parts.length - MOST_PARTS;
  const told = parts.slice(0, MOST_PARTS);
  return (rest > 0 ? [...told, `${rest} more`] : told).join(' and ');
}

/** The first wildcard of these rules, such as `get *`; undefined where there is none. Wildcards are never granted. */
export function wildcardIn(rules: readonly PolicyRule[]): string | undefined {
  const deed = deedsIn(rules).find((one) =>
    [one.verb, one.group, one.resource, one.name].some((part) => part.includes('*')),
  );
  return deed && deedText(deed);
}

const verbsOf = (deeds: readonly Deed[]): string => [...new Set(deeds.map(({ verb }) => verb))].join(', ');

function deedsIn(rules: readonly PolicyRule[]): Deed[] {
  const deeds: Deed[] = [];
  for (const { verbs, apiGroups = [], resources = [], resourceNames = [] } of rules) {
    const count = verbs.length * apiGroups.length * resources.length * Math.max(1, resourceNames.length);
    if (deeds.length + count > MOST_DEEDS) break;
    deeds.push(
      ...deedsOf([
        {
          verbs: [...verbs],
          apiGroups: [...apiGroups],
          resources: [...resources],
          resourceNames: [...resourceNames],
        },
      ]),
    );
  }
  return deeds;
}
