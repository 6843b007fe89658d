// Whether there is an installation to look at. Without one everything that is missing would be a finding, and none of them the
// reason. Only what was seen to be missing counts (INV-7), and one thing that is there is enough to look at everything.
import { GROUP } from '../../api/group.ts';
import { ADMISSION_POLICIES, PART_OF, WEBHOOK_CONFIGURATIONS } from '../../api/installation.ts';
import { itemsOf, type Facts, type Named, type WebhookConfiguration } from './facts.ts';

/** How Assent is not there. */
export type Absence =
  | { readonly kind: 'nothing' }
  /** The kinds stay when it is uninstalled. */
  | { readonly kind: 'only-kinds' }
  | { readonly kind: 'elsewhere'; readonly namespace: string };

const { validating: GATES, mutating: STAMPS } = WEBHOOK_CONFIGURATIONS;
const REGISTERED: ReadonlySet<string> = new Set([...GATES, ...STAMPS, ...Object.values(ADMISSION_POLICIES)]);

/** Whether it is labelled as a part of Assent. */
export const isPartOfUs = ({ metadata }: Named): boolean =>
  Object.entries(PART_OF).every(([key, value]) => metadata.labels?.[key] === value);

const isRegistered = ({ metadata }: Named): boolean => REGISTERED.has(metadata.name);

/** Says that Assent is not in the namespace; undefined where something of it is, or where nobody can tell. */
export function absenceOf(facts: Facts): Absence | undefined {
  const { validating, mutating, admissionPolicies, admissionBindings, deployments, served } = facts;
  if (itemsOf(deployments).some(isPartOfUs)) return undefined;
  const webhooks = [...itemsOf(validating), ...itemsOf(mutating)].filter(isRegistered);
  if (webhooks.length > 0)
    return deployments.kind === 'seen' ? elsewhere(webhooks, facts.namespace) : undefined;
  if ([admissionPolicies, admissionBindings].some((seen) => itemsOf<Named>(seen).some(isRegistered)))
    return undefined;
  const isServed = itemsOf(served).some(({ group }) => group === GROUP);
  if (served.kind === 'seen' && !isServed && itemsOf(facts.definitions).length === 0)
    return { kind: 'nothing' };
  const needed = [validating, mutating, admissionPolicies, admissionBindings, deployments];
  return needed.every(({ kind }) => kind === 'seen') ? { kind: 'only-kinds' } : undefined;
}

/** All of its webhooks lead to one other namespace. */
function elsewhere(configurations: readonly WebhookConfiguration[], namespace: string): Absence | undefined {
  const places = new Set(
    configurations.flatMap(({ webhooks }) =>
      (webhooks ?? []).map(({ clientConfig }) => clientConfig.service?.namespace),
    ),
  );
  const [place, ...others] = places;
  if (place === undefined || place === namespace || others.length > 0) return undefined;
  return { kind: 'elsewhere', namespace: place };
}
