// The findings about our webhooks as they are registered: whether all of them are there, fail closed, are asked about
// everything, and lead to us (INV-1). Nothing else notices: the API server never sends these kinds to webhooks.
import { WEBHOOK_CONFIGURATIONS, WEBHOOKS, type OwnUsers } from '../../api/installation.ts';
import {
  CANARY_RULE,
  canaryTest,
  guardWebhooks,
  stampWebhooks,
  withCanaryTest,
  type OwnWebhook,
} from '../../api/own-webhooks.ts';
import { compileWebhook } from '../policy/compile.ts';
import { roleNow } from '../grant/cluster-role.ts';
import { isSame } from '../../api/same-content.ts';
import { type Facts, type WebhookEntry } from './facts.ts';
import { finding, type Finding } from './finding.ts';
import { REGISTRATION_WEAKNESSES as WEAK } from './installation-weaknesses.ts';
import { registeredPolicies } from './registered.ts';

const [GATE, GUARD] = WEBHOOK_CONFIGURATIONS.validating;
const [STAMP] = WEBHOOK_CONFIGURATIONS.mutating;

/** The entries of each configuration but the gate's. */
const expected = (own: OwnUsers): readonly (readonly [configuration: string, entry: OwnWebhook])[] => [
  ...guardWebhooks(own).map((entry) => [GUARD, entry] as const),
  ...stampWebhooks(own).map((entry) => [STAMP, entry] as const),
];

/** Close enough to the end that something must have gone wrong. ms. */
const SOON_MS = 14 * 86_400_000;

/** An entry with where it stands. */
interface Placed {
  readonly configuration: string;
  readonly entry: WebhookEntry;
}

/** What is wrong with our webhooks. */
export function examineWebhooks(facts: Facts): readonly Finding[] {
  if (facts.validating.kind === 'unseen' || facts.mutating.kind === 'unseen') return [];
  const configurations = [...facts.validating.items, ...facts.mutating.items];
  const ours = configurations.filter(({ metadata }) => isOurs(metadata.name));
  const entries = ours.flatMap(({ metadata, webhooks }) =>
    (webhooks ?? []).map((entry): Placed => ({ configuration: metadata.name, entry })),
  );
  return [
    ...missing(entries, facts),
    ...entries.flatMap((one) => shape(one, facts)),
    ...elsewhere(entries),
    ...gateRules(entries, facts),
  ];
}

const NAMES: ReadonlySet<string> = new Set([GATE, GUARD, STAMP]);
const isOurs = (name: string): boolean => NAMES.has(name);

function missing(entries: readonly Placed[], facts: Facts): Finding[] {
  const gated = expectedGate(facts);
  const wanted = expected(facts.own).map(([configuration, { name }]) => [configuration, name]);
  const all = gated === undefined || gated.kind === 'nothing' ? wanted : [[GATE, WEBHOOKS.gate], ...wanted];
  const lost = all.filter(([, name]) => !entries.some(({ entry }) => entry.name === name));
  const byConfiguration = Map.groupBy(lost, ([configuration = '']) => configuration);
  return [...byConfiguration].map(([configuration, names]) => {
    const [[, first = ''] = [], ...more] = names;
    const what = more.length === 0 ? `${first} is` : `${first} and ${more.length} more are`;
    return finding(WEAK.webhookMissing, configuration, `${what} not registered`);
  });
}

function shape({ configuration, entry }: Placed, facts: Facts): Finding[] {
  const { name, failurePolicy = 'not set', namespaceSelector, objectSelector } = entry;
  const about = `${configuration}: ${name}`;
  const own = expected(facts.own).find(([, one]) => one.name === name)?.[1];
  const { rules, matchConditions } = entry;
  const isEdited = own !== undefined && !isSame([rules, matchConditions], [own.rules, own.matchConditions]);
  return [
    ...(failurePolicy === 'Fail'
      ? []
      : [finding(WEAK.failsOpen, about, `failurePolicy is ${failurePolicy}`)]),
    ...(isSame(namespaceSelector, {}) ? [] : [finding(WEAK.selector, about, 'it has a namespaceSelector')]),
    ...(isSame(objectSelector, {}) ? [] : [finding(WEAK.selector, about, 'it has an objectSelector')]),
    ...(isEdited ? [finding(WEAK.guardEdited, about)] : []),
    ...trust(about, entry, facts),
  ];
}

function trust(about: string, { clientConfig }: WebhookEntry, { certificateEnds, now }: Facts): Finding[] {
  const ends = certificateEnds(clientConfig.caBundle ?? '');
  if (ends.length === 0) return [finding(WEAK.caBundleEmpty, about, 'its caBundle holds no certificate')];
  const last = Math.max(...ends);
  return last < now + SOON_MS
    ? [finding(WEAK.certificateEnds, about, `its last certificate ${moment(last, now)}`)]
    : [];
}

const moment = (end: number, now: number): string =>
  end <= now ? 'has ended' : `ends in ${Math.ceil((end - now) / 86_400_000)} days`;

/** All of them lead to the same gates, and trust the same CAs. One without any is told of as such. */
function elsewhere(entries: readonly Placed[]): Finding[] {
  const trusting = entries.filter(({ entry }) => (entry.clientConfig.caBundle ?? '') !== '');
  const odd = new Set([
    ...unlike(entries, ({ clientConfig }) => serverOf(clientConfig)),
    ...unlike(trusting, ({ clientConfig }) => clientConfig.caBundle ?? ''),
  ]);
  return [...odd].map(({ configuration, entry }) =>
    finding(WEAK.caBundlesDiffer, `${configuration}: ${entry.name}`),
  );
}

/** Those of which the key is not that of most. */
function unlike(entries: readonly Placed[], keyOf: (entry: WebhookEntry) => string): readonly Placed[] {
  const alike = [...Map.groupBy(entries, ({ entry }) => keyOf(entry)).values()];
  return alike
    .toSorted((one, other) => other.length - one.length)
    .slice(1)
    .flat();
}

const serverOf = ({ url = '', service }: WebhookEntry['clientConfig']): string =>
  service === undefined ? url.split('/').slice(0, 3).join('/') : `${service.namespace}/${service.name}`;

/** What the policies compile to; undefined where nobody can tell. */
function expectedGate(facts: Facts): ReturnType<typeof compileWebhook> | undefined {
  const policies = registeredPolicies(facts);
  if (policies === undefined || facts.served.kind === 'unseen' || facts.clusterRoles.kind === 'unseen')
    return undefined;
  const roles = new Map(facts.clusterRoles.items.map((role) => [role.metadata.name, roleNow(role)]));
  return compileWebhook(policies, facts.served.items, (name) => roles.get(name));
}

function gateRules(entries: readonly Placed[], facts: Facts): Finding[] {
  const wanted = expectedGate(facts);
  if (wanted === undefined || wanted.kind === 'nothing') return [];
  const gates = entries.filter(({ configuration }) => configuration === GATE);
  return gates.flatMap(({ entry: { rules = [], matchConditions } }) => [
    ...(isSame(
      rules.filter((one) => !isSame(one, CANARY_RULE)),
      wanted.rules,
    )
      ? []
      : [finding(WEAK.rulesEdited, GATE, 'its rules are others')]),
    ...(isSame(matchConditions?.map(withoutCanary), wanted.matchConditions)
      ? []
      : [finding(WEAK.rulesEdited, GATE, 'its conditions are others')]),
  ]);
}

/** In exactly this form: whatever else stands behind the agents may take some of them away. */
const CANARY = new RegExp(
  `^${RegExp.escape(withCanaryTest('AGENTS', canaryTest('MANAGER', 'CONTROLLER')))
    .replace('AGENTS', '(.*)')
    .replace('MANAGER', String.raw`[-\w.]+`)
    .replace('CONTROLLER', String.raw`[-\w.:]+`)}$`,
  's',
);

const withoutCanary = <T extends { readonly expression: string }>(condition: T): T => ({
  ...condition,
  expression: CANARY.exec(condition.expression)?.[1] ?? condition.expression,
});
