// The findings about what runs in the namespace of Assent, and as whom: enough gates, nobody else beside them, no token that
// never ends, no more rights than Assent needs, a ceiling that is one.
import { ACCOUNTS, CEILING, SELECTOR } from '../../api/installation.ts';
import { wildcardIn } from '../grant/ceiling.ts';
import { POWER_WEAKNESSES } from './agent-weaknesses.ts';
import { holdings, userOf } from './agents.ts';
import { itemsOf, TOKEN_OF, type Facts } from './facts.ts';
import { finding, type Finding } from './finding.ts';
import { WORKLOAD_WEAKNESSES as WEAK } from './installation-weaknesses.ts';
import { isPartOfUs } from './installed.ts';
import { givenBy, isEverything, type Gift, type Held } from './rights.ts';

const ENFORCE = 'pod-security.kubernetes.io/enforce';
const SMALLEST_MINOR = 34;
const NEEDED_GATES = 2;

/** What is wrong around the processes of Assent. */
export const examineWorkloads = (facts: Facts, gifts: readonly Gift[]): readonly Finding[] => [
  ...replicas(facts),
  ...budget(facts),
  ...pods(facts),
  ...secrets(facts),
  ...itemsOf(facts.namespaces)
    .filter(({ metadata }) => metadata.labels?.[ENFORCE] !== 'restricted')
    .map(({ metadata: { name } }) =>
      finding(WEAK.looseNamespace, name, `the label ${ENFORCE} is not restricted`),
    ),
  ...server(facts),
  ...ownRights(facts, gifts),
  ...ceiling(facts),
];

const labelsOf = (selector: string): readonly string[] => selector.split(',');

/** Whether the labels hold all of a selector of ours. */
const isSelected = (labels: Readonly<Record<string, string>>, selector: string): boolean =>
  labelsOf(selector).every((pair) => {
    const [key = '', value] = pair.split('=');
    return labels[key] === value;
  });

const parts = (facts: Facts, part: keyof typeof SELECTOR) =>
  itemsOf(facts.deployments).filter(({ metadata }) => isSelected(metadata.labels ?? {}, SELECTOR[part]));

/** Whether Assent runs outside of the cluster, where no Deployment tells of it. */
const isOutside = (facts: Facts): boolean =>
  itemsOf(facts.validating).some(({ metadata, webhooks }) => {
    const isOurs = metadata.name.startsWith('assent-');
    return isOurs && (webhooks ?? []).some(({ clientConfig }) => clientConfig.url !== undefined);
  });

function replicas(facts: Facts): Finding[] {
  if (facts.deployments.kind === 'unseen') return [];
  const ready = (part: keyof typeof SELECTOR): number | undefined => {
    const found = parts(facts, part);
    if (found.length === 0 && isOutside(facts)) return undefined;
    return found.reduce((sum, { status }) => sum + (status?.readyReplicas ?? 0), 0);
  };
  const [gates, controllers] = [ready('gate'), ready('controller')];
  return [
    ...(gates === 0 ? [finding(WEAK.noGate, facts.namespace)] : []),
    ...(gates !== undefined && gates > 0 && gates < NEEDED_GATES
      ? [finding(WEAK.oneGate, facts.namespace)]
      : []),
    ...(controllers === 0 ? [finding(WEAK.noController, facts.namespace)] : []),
  ];
}

function budget(facts: Facts): Finding[] {
  if (facts.budgets.kind === 'unseen' || parts(facts, 'gate').length === 0) return [];
  const keeps = facts.budgets.items.some(({ spec }) =>
    isSelected(spec?.selector?.matchLabels ?? {}, SELECTOR.gate),
  );
  return keeps ? [] : [finding(WEAK.noBudget, facts.namespace)];
}

const OURS: readonly string[] = Object.values(ACCOUNTS);

function pods(facts: Facts): Finding[] {
  return itemsOf(facts.pods)
    .filter((pod) => !isPartOfUs(pod))
    .map(({ metadata: { name }, spec }) => {
      const account = spec?.serviceAccountName ?? 'default';
      const subject = `pod ${facts.namespace}/${name}`;
      return OURS.includes(account)
        ? finding(
            WEAK.foreignPodAsUs,
            subject,
            `it runs as ${account}, and is not labelled as a part of Assent`,
          )
        : finding(WEAK.foreignPod, subject);
    });
}

function secrets(facts: Facts): Finding[] {
  return itemsOf(facts.secrets).flatMap(({ metadata: { name, annotations = {} } }) => {
    const account = annotations[TOKEN_OF];
    return account !== undefined && OURS.includes(account)
      ? [finding(WEAK.storedToken, `Secret ${facts.namespace}/${name}`, `it names the account ${account}`)]
      : [];
  });
}

const server = ({ serverMinor }: Facts): Finding[] =>
  serverMinor !== undefined && serverMinor < SMALLEST_MINOR
    ? [finding(WEAK.oldServer, 'API server', `it is Kubernetes 1.${serverMinor}`)]
    : [];

/** Rights that Assent never needs. What the ceiling holds is another matter. */
const NEVER = POWER_WEAKNESSES.filter(({ title }) => /impersonate|escalate|nodes\/proxy/.test(title));

function ownRights(facts: Facts, gifts: readonly Gift[]): Finding[] {
  const heldBy = holdings(gifts.filter(({ role }) => role !== CEILING));
  return [...new Set(Object.values(facts.own))].flatMap((username) => {
    const user = userOf({ kind: 'User', name: username });
    const excess = user && heldBy(user).find(isExcess);
    return excess ? [finding(WEAK.ownRights, username, `${wordsOf(excess)} (${excess.via})`)] : [];
  });
}

const isExcess = (held: Held): boolean => isEverything(held.rule) || wordOf(held) !== undefined;
const wordOf = ({ rule }: Held): string | undefined =>
  NEVER.find(({ powers }) => powers.some((power) => givenBy(rule, power).length > 0))?.title;
const wordsOf = (held: Held): string =>
  isEverything(held.rule) ? 'it may do everything' : `it ${wordOf(held) ?? ''}`;

function ceiling(facts: Facts): Finding[] {
  const role = itemsOf(facts.clusterRoles).find(({ metadata }) => metadata.name === CEILING);
  const rules = role?.rules ?? [];
  const wild = wildcardIn(rules);
  const power = rules.find(
    ({ verbs, resourceNames = [] }) =>
      verbs.includes('escalate') ||
      verbs.includes('impersonate') ||
      (verbs.includes('bind') && resourceNames.length === 0),
  );
  return [
    ...(wild === undefined ? [] : [finding(WEAK.wideCeiling, CEILING, `it holds ${wild}`)]),
    ...(power === undefined || wild !== undefined
      ? []
      : [
          finding(
            WEAK.wideCeiling,
            CEILING,
            `it holds ${power.verbs.join(', ')} on ${(power.resources ?? []).join(', ')}`,
          ),
        ]),
  ];
}
