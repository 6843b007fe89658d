// The findings about what of others rewrites requests on their way: webhooks and admission policies that see our own kinds, and
// webhooks that see the questions by which Assent learns who may approve. What changes a decision before it is sealed makes a
// yes of a no (INV-1, INV-3).
import { GROUP, RESOURCES } from '../../api/group.ts';
import { WEBHOOK_CONFIGURATIONS } from '../../api/installation.ts';
import { KINDS } from '../../api/kinds.ts';
import { itemsOf, type Facts, type MatchResources, type MatchRule, type MutatingPolicy } from './facts.ts';
import { finding, type Finding } from './finding.ts';
import { REGISTRATION_WEAKNESSES as WEAK } from './installation-weaknesses.ts';

/** Who rewrites what. */
export const examineMutators = (facts: Facts): readonly Finding[] => [
  ...webhooks(facts),
  ...admissionPolicies(facts),
];

/** Whether a rule is about one of these resources of a group, or about its status; both are of the whole cluster. */
function isAbout(group: string, resources: readonly string[]): (rule: MatchRule) => boolean {
  const paths = resources.flatMap((one) => [one, `${one}/*`, `${one}/status`]);
  const spellings = new Set(['*', '*/*', '*/status', ...paths]);
  return ({ apiGroups = [], resources: named = ['*'], operations = ['*'], scope = '*' }) =>
    apiGroups.some((one) => one === '*' || one === group) &&
    named.some((one) => spellings.has(one)) &&
    operations.some((one) => ['*', 'CREATE', 'UPDATE'].includes(one)) &&
    scope !== 'Namespaced';
}

const isAboutOurs = isAbout(
  GROUP,
  KINDS.map(({ plural }) => plural),
);
const isAboutDecisions = isAbout(GROUP, [RESOURCES.decisions]);
const isAboutReviews = isAbout('authorization.k8s.io', ['subjectaccessreviews']);

const [STAMP] = WEBHOOK_CONFIGURATIONS.mutating;

function webhooks({ mutating }: Facts): Finding[] {
  const entries = itemsOf(mutating)
    .filter(({ metadata }) => metadata.name !== STAMP)
    .flatMap(({ metadata, webhooks: all }) => (all ?? []).map((entry) => ({ ...entry, of: metadata.name })));
  return entries.flatMap(({ of, name, rules = [] }) => {
    const subject = `${of}: ${name}`;
    // The API server asks them in the order of the names of their configurations.
    const isFirst = of < STAMP && rules.some(isAboutDecisions);
    return [
      ...(isFirst ? [finding(WEAK.beforeTheSeal, subject)] : []),
      ...(!isFirst && rules.some(isAboutOurs) ? [finding(WEAK.mutatorOfOurKinds, subject)] : []),
      ...(rules.some(isAboutReviews) ? [finding(WEAK.webhookOnReviews, subject)] : []),
    ];
  });
}

/** The API server itself keeps admission policies away from the reviews. */
const admissionPolicies = ({ mutatingPolicies, mutatingBindings }: Facts): Finding[] =>
  itemsOf(mutatingPolicies).flatMap((policy) => {
    const subject = `MutatingAdmissionPolicy ${policy.metadata.name}`;
    if (isBoundOn(isAboutDecisions, policy, mutatingBindings)) return [finding(WEAK.beforeTheSeal, subject)];
    return isBoundOn(isAboutOurs, policy, mutatingBindings) ? [finding(WEAK.mutatorOfOurKinds, subject)] : [];
  });

type Test = (rule: MatchRule) => boolean;

/** One that nothing binds does nothing; a binding without rules is about all that its policy is about. */
function isBoundOn(test: Test, policy: MutatingPolicy, bindings: Facts['mutatingBindings']): boolean {
  const { metadata, spec: { matchConstraints } = {} } = policy;
  const isOn = (match: MatchResources | null | undefined): boolean =>
    (match?.resourceRules ?? []).some(test) && !isLeftOut(match);
  if (!isOn(matchConstraints)) return false;
  if (bindings.kind === 'unseen') return true;
  return bindings.items.some(({ spec }) => {
    const hasRules = (spec?.matchResources?.resourceRules ?? []).length > 0;
    const isHere = hasRules ? isOn(spec?.matchResources) : !isLeftOut(spec?.matchResources);
    return spec?.policyName === metadata.name && isHere;
  });
}

/** Whether all of our kinds are excluded by one rule. */
const isLeftOut = (match: MatchResources | null | undefined): boolean =>
  (match?.excludeResourceRules ?? []).some(
    ({
      apiGroups = [],
      apiVersions = [],
      resources = [],
      operations = [],
      resourceNames = [],
      scope = '*',
    }) =>
      apiGroups.some((one) => one === '*' || one === GROUP) &&
      apiVersions.includes('*') &&
      resources.includes('*/*') &&
      operations.includes('*') &&
      resourceNames.length === 0 &&
      scope !== 'Namespaced',
  );
