// The doctor: all findings, and what nobody could look at. Facts in, words out; what was not seen is said, and never counts as
// in order (INV-7).
import { examineAgents } from './examine-agents.ts';
import { examineMutators } from './examine-mutators.ts';
import { examinePolicies } from './examine-policies.ts';
import { examineRegistrations } from './examine-registrations.ts';
import { examineWebhooks } from './examine-webhooks.ts';
import { examineWorkloads } from './examine-workloads.ts';
import { SOURCES, type Facts, type Sort } from './facts.ts';
import { POLICY_WEAKNESSES, REGISTRATION_WEAKNESSES as WEAK } from './installation-weaknesses.ts';
import { giftsOf } from './rights.ts';
import { ordered, SEVERITIES, typable, type Finding, type Severity } from './finding.ts';

/** What could not be looked at. */
export interface Unseen {
  /** Such as `clusterrolebindings`. */
  readonly what: string;
  readonly why: string;
}

/** What the doctor says. */
export interface Examination {
  readonly findings: readonly Finding[];
  readonly unseen: readonly Unseen[];
}

/** Looks at everything. */
export function examine(facts: Facts): Examination {
  const gifts = giftsOf(facts);
  const findings = [
    ...examineAgents(facts, gifts),
    ...examineWebhooks(facts),
    ...examineMutators(facts),
    ...examineRegistrations(facts),
    ...examineWorkloads(facts, gifts),
    ...examinePolicies(facts, gifts),
  ];
  const typed = findings.map((one) => typable(one, facts.namespace));
  return { findings: ordered(typed), unseen: unseenOf(facts) };
}

function unseenOf(facts: Facts): Unseen[] {
  const sorts = (Object.keys(SOURCES) as Sort[]).flatMap((sort) => {
    const seen = facts[sort];
    return seen.kind === 'unseen' ? [{ what: nameOf(sort, facts.namespace), why: seen.why }] : [];
  });
  return [
    ...sorts,
    ...(facts.served.kind === 'unseen' ? [{ what: 'what the cluster serves', why: facts.served.why }] : []),
    ...(facts.serverMinor === undefined
      ? [{ what: 'the version of the API server', why: 'it does not say' }]
      : []),
  ];
}

function nameOf(sort: Sort, namespace: string): string {
  const { called, ours, resource } = SOURCES[sort];
  return called ?? (ours ? `${resource} of ${namespace}` : resource);
}

/** How many of each weight. */
export function counted(findings: readonly Finding[]): Readonly<Record<Severity, number>> {
  const count = (severity: Severity): number => findings.filter((one) => one.severity === severity).length;
  return Object.fromEntries(SEVERITIES.map((severity) => [severity, count(severity)])) as Record<
    Severity,
    number
  >;
}

/** What the controller writes: it follows a change of the policies by moments. */
const FOLLOWING: ReadonlySet<string> = new Set(
  [
    WEAK.webhookMissing,
    WEAK.rulesEdited,
    WEAK.caBundlesDiffer,
    WEAK.admissionPolicyMissing,
    WEAK.admissionPolicyEdited,
    WEAK.bindingLoose,
    POLICY_WEAKNESSES.notReady,
  ].map(({ id }) => id),
);

const keyOf = ({ id, subject }: Finding): string => `${id} ${subject}`;

/**
 * Of an examination what is no mere moment of a change that is under way: what a look some seconds before found as well.
 * @param before undefined for the first look
 * @returns `isSettled` when nothing was left out
 */
export function lasting(
  now: Examination,
  before: Examination | undefined,
): { readonly examination: Examination; readonly isSettled: boolean } {
  const known = new Set((before?.findings ?? []).map(keyOf));
  const findings = now.findings.filter((one) => !FOLLOWING.has(one.id) || known.has(keyOf(one)));
  return { examination: { ...now, findings }, isSettled: findings.length === now.findings.length };
}
