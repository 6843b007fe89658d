// What is worth a line of the log beside the answer: conditions that cannot be read, and policies that only watch, each with what
// it would do. Whoever tries a policy out reads there what it would have held (INV-7: a doubt is told as one).
import type { Judgement } from '../domain/policy/judge.ts';
import type { Policy } from '../domain/policy/policy.ts';

/** Ask for access is `Grant`, as in the warnings. */
type Would = 'Allow' | 'Ask' | 'Grant' | 'Deny';

/** What the line says. */
export interface Noted {
  /** Of the policies that enforce. */
  readonly verdict: Judgement['verdict'];
  /** What it would be, were those enforced that only watch; left out where none does. */
  readonly would?: Would;
  readonly notes: readonly string[];
}

/** From the mildest to the strictest. */
const STRICTNESS: readonly Would[] = ['Allow', 'Ask', 'Grant', 'Deny'];
const WORDS: Readonly<Record<Would, string>> = {
  Allow: 'allow',
  Ask: 'ask',
  Grant: 'ask for access',
  Deny: 'deny',
};

/**
 * Everything that is worth a line; undefined where nothing is.
 * @param offers policies that offer access for the change
 */
export function notedOf(judged: Judgement, offers: readonly Policy[]): Noted | undefined {
  const enforced = judged.verdict === 'None' ? [] : judged.policies;
  const watching = [...judged.warn, ...judged.audit];
  const would = [
    ...watching.map(({ policy }) => ({ policy, would: policy.spec.action })),
    ...offers
      .filter(({ spec }) => spec.mode !== 'Enforce')
      .map((policy) => ({ policy, would: 'Grant' as const })),
  ];
  const notes = [
    ...[...enforced, ...watching].flatMap((one) => one.notes),
    ...would.map(
      (one) => `policy ${one.policy.name} is in mode ${one.policy.spec.mode} and would ${WORDS[one.would]}`,
    ),
  ];
  const { verdict } = judged;
  if (notes.length === 0 && verdict !== 'Allow') return undefined;
  const all = new Set<string>([
    ...(verdict === 'None' ? [] : [verdict]),
    ...(offers.length === 0 ? [] : ['Grant']),
    ...would.map((one) => one.would),
  ]);
  const strictest = STRICTNESS.findLast((one) => all.has(one));
  return { verdict, ...(would.length === 0 || strictest === undefined ? {} : { would: strictest }), notes };
}
