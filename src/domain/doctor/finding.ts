// What the doctor can find, and what it says when it does. A weakness has one id for ever, one weight, a reason and a remedy:
// the page of the doctor is made of them, and a finding points at it.

/**
 * How bad it is. `dangerous`: somebody may get round the gate. `broken`: Assent does not do its work. `advice`: it holds, and
 * would hold better.
 */
export type Severity = 'broken' | 'dangerous' | 'advice';

/** From the worst to the mildest. */
export const SEVERITIES: readonly Severity[] = ['dangerous', 'broken', 'advice'];

/** One thing that the doctor knows to look for. */
export interface Weakness {
  /** Such as ASSENT-W101; it never gets another meaning. */
  readonly id: `ASSENT-W${number}`;
  readonly severity: Severity;
  /** What is so, in a few words. */
  readonly title: string;
  /** Why it matters. */
  readonly reason: string;
  /** What to do. NAMESPACE stands for where Assent runs, NAME for the policy that it is about. */
  readonly remedy: string;
}

/** A weakness of this cluster. */
export interface Finding {
  readonly id: Weakness['id'];
  readonly severity: Severity;
  /** Who or what has it, such as `ServiceAccount agents/bot`. */
  readonly subject: string;
  /** What is so, about the subject. */
  readonly says: string;
  readonly remedy: string;
  /** Policies that name the agent; none where the finding is about no agent. */
  readonly policies: readonly string[];
}

/** Makes a finding. @param says the title of the weakness unless told */
export function finding(
  { id, severity, title, remedy }: Weakness,
  subject: string,
  says: string = title,
  policies: readonly string[] = [],
): Finding {
  return { id, severity, subject, says, remedy, policies };
}

/** A finding with commands that can be typed as they stand. @param namespace where Assent runs */
export function typable(one: Finding, namespace: string): Finding {
  const remedy = one.remedy.replaceAll(/\bNAMESPACE\b/g, namespace);
  const [, policy] = /^policy (.+)$/.exec(one.subject) ?? [];
  return { ...one, remedy: policy === undefined ? remedy : remedy.replaceAll(/\bNAME\b/g, policy) };
}

/** The worst first, then by id and subject. */
export function ordered(findings: readonly Finding[]): Finding[] {
  const weight = ({ severity }: Finding): number => SEVERITIES.indexOf(severity);
  const text = ({ id, subject, says }: Finding): string => `${id} ${subject} ${says}`;
  return findings.toSorted((a, b) => weight(a) - weight(b) || (text(a) < text(b) ? -1 : 1));
}

const MOST_NAMES = 3;

/** The first of many names, and how many more there are. */
export function some(given: readonly string[]): string {
  const names = [...new Set(given)].sort();
  const rest = names.length - MOST_NAMES;
  return [...names.slice(0, MOST_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}
