// Weighs the preselected policies: conditions, modes, and the strictest verdict among those that enforce.
// Monotone: one more policy never turns a stricter verdict into a milder one (INV-1); doubt counts as a match (INV-7).
import type { ReviewHead } from '../change/review.ts';
import { line } from '../message/plain-text.ts';
import { isAgent } from './agents.ts';
import { matchRules } from './implied.ts';
import type { Evaluator, Policy } from './policy.ts';
import { changeTerms, type ChangeTerms } from './strictest.ts';
import type { Touched } from './touched.ts';

/** Longest summary, in UTF-16 units. */
const MAX_SUMMARY = 256;

/** A policy that matches the request. */
export interface Matched {
  readonly policy: Policy;
  /** Approvers who own this agent according to this policy. */
  readonly owners: readonly string[];
  /** Conditions that could not be evaluated and were counted as true, one sentence each. */
  readonly notes: readonly string[];
}

/** What the policies say together. */
export type Judgement = Observed &
  (
    | { readonly verdict: 'None' }
    | { readonly verdict: 'Allow'; readonly policies: readonly Matched[] }
    | { readonly verdict: 'Deny'; readonly policies: readonly Matched[] }
    | {
        readonly verdict: 'Ask';
        readonly policies: readonly Matched[];
        readonly terms: ChangeTerms;
        readonly summary?: string;
      }
  );

/** Policies that match but do not enforce: they change no verdict. */
interface Observed {
  /** Policies in mode Warn: the agent is told what each would have done. */
  readonly warn: readonly Matched[];
  /** Policies in mode Audit: only recorded. */
  readonly audit: readonly Matched[];
}

/** What a request is judged by. */
interface Facts {
  /** What the conditions may use, as the evaluators expect it. */
  readonly variables: unknown;
  /** What a summary may use, which people read: without what a Secret holds (INV-10). */
  readonly shown: unknown;
  readonly head: ReviewHead;
  /** What an UPDATE changes. */
  readonly touched: Touched;
  /** Policies that hold the request whatever their rules say (guarded.ts). */
  readonly guarding?: readonly Policy[];
}

/**
 * Judges one request. `policies` come from `preselect` (and `confirmNamespaces`); the verdict's `policies` are those
 * that enforce this very verdict, in the same order: each Ask policy must be satisfied by its own approvers.
 */
export function judge(policies: readonly Policy[], facts: Facts): Judgement {
  const matched = policies.flatMap((policy) => match(policy, facts));
  const inMode = (mode: string) => matched.filter(({ policy }) => policy.spec.mode === mode);
  const observed = { warn: inMode('Warn'), audit: inMode('Audit') };
  const enforced = inMode('Enforce');
  const saying = (action: string) => enforced.filter(({ policy }) => policy.spec.action === action);
  const deny = saying('Deny');
  if (deny.length > 0) return { verdict: 'Deny', policies: deny, ...observed };
  const [first, ...others] = saying('Ask');
  if (first !== undefined) return { ...ask([first, ...others], facts.shown), ...observed };
  return enforced.length > 0
    ? { verdict: 'Allow', policies: enforced, ...observed }
    : { verdict: 'None', ...observed };
}

function ask(asking: readonly [Matched, ...Matched[]], variables: unknown) {
  const terms = changeTerms(asking.map(({ policy }) => policy.spec));
  const summary = summarise(asking, variables);
  return {
    verdict: 'Ask' as const,
    policies: asking,
    terms,
    ...(summary === undefined ? {} : { summary }),
  };
}

/** The first summary that is a text and says anything, as one safe line. */
function summarise(asking: readonly Matched[], variables: unknown): string | undefined {
  for (const { policy } of asking) {
    const result = policy.summary === undefined ? undefined : attempt(policy.summary, variables);
    const text =
      result?.ok === true && typeof result.value === 'string' ? line(result.value, MAX_SUMMARY) : '';
    if (text !== '') return text;
  }
  return undefined;
}

function match(policy: Policy, { variables, head, touched, guarding = [] }: Facts): Matched[] {
  const agent = isAgent(policy.spec, head.userInfo);
  const rules = guarding.includes(policy) ? 'implied' : matchRules(policy.spec, head, { touched });
  if (agent === undefined || rules === undefined) return [];
  // The conditions are about something else, such as what is deleted with a namespace: they cannot be asked.
  const notes = rules === 'implied' ? [] : weigh(policy.conditions, variables);
  return notes === undefined ? [] : [{ policy, owners: agent.owners, notes }];
}

/** Undefined if a condition is false; otherwise what could not be evaluated. */
function weigh(conditions: readonly Evaluator[], variables: unknown): string[] | undefined {
  const notes: string[] = [];
  for (const condition of conditions) {
    const result = attempt(condition, variables);
    if (result.ok && result.value === false) return undefined;
    if (!result.ok) notes.push(`condition ${condition.name} counts as true: ${result.message}`);
    else if (result.value !== true)
      notes.push(`condition ${condition.name} counts as true: it is not a yes or no`);
  }
  return notes;
}

/** Evaluators do not throw; should one, it is doubt like any other. */
function attempt(evaluator: Evaluator, variables: unknown): ReturnType<Evaluator['evaluate']> {
  try {
    return evaluator.evaluate(variables);
  } catch {
    return { ok: false, message: 'the expression cannot be evaluated' };
  }
}
