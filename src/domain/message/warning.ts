// Warnings that come with an admitted change: dry-runs and policies in Warn mode. The API server drops a warning with any
// control character and cuts long ones (reference/experiments.md 4), so each is one line of at most 120 characters.
import { cut, line, plain } from './plain-text.ts';

/** What a warning tells. */
export type WarningFacts =
  /** A dry-run of a change that would be held. */
  | { readonly kind: 'dry-run'; readonly verdict: Held; readonly policy: string }
  /** A policy in mode Warn would have held the change. */
  | { readonly kind: 'warn-mode'; readonly verdict: Held; readonly policy: string }
  /** A dry-run by an agent that somebody froze. */
  | { readonly kind: 'frozen' }
  /** A dry-run of a change for which there is access. */
  | { readonly kind: 'would-use'; readonly request: string };

/** How a change is held: until it is approved, until there is a grant for it, for good. */
type Held = 'Ask' | 'Grant' | 'Deny';

const LONGEST = 120;

/** One line of at most 120 characters without control characters. */
export function warningText(facts: WarningFacts): string {
  if (facts.kind === 'frozen')
    return 'assent: dry-run only; this agent is frozen, and the real change will be denied';
  if (facts.kind === 'would-use')
    return cut(
      plain(`assent: dry-run only; the real change would be let through by ${line(facts.request, 253)}`),
      LONGEST,
    );
  const policy = line(facts.policy, 50);
  return cut(plain(WORDS[facts.kind][facts.verdict](policy)), LONGEST);
}

const WORDS: Readonly<Record<'dry-run' | 'warn-mode', Readonly<Record<Held, (policy: string) => string>>>> = {
  'dry-run': {
    Ask: (policy) => `assent: dry-run only; the real change needs approval (policy ${policy})`,
    Grant: (policy) => `assent: dry-run only; the real change needs access (policy ${policy})`,
    Deny: (policy) => `assent: dry-run only; the real change will be denied (policy ${policy})`,
  },
  'warn-mode': {
    Ask: (policy) => `assent: admitted, but would need approval once policy ${policy} is enforced`,
    Grant: (policy) => `assent: admitted, but will need access once policy ${policy} is enforced`,
    Deny: (policy) => `assent: admitted, but will be denied once policy ${policy} is enforced`,
  },
};

/**
 * What somebody is told who writes a policy: which one, since kubectl applies many at once, and says the same words only once.
 * A long name gives way to the sentence.
 * @param sentence of `warningsFor`
 */
export function policyWarning(name: string, sentence: string): string {
  const [shown, room] = [plain(name), LONGEST - sentence.length - 2];
  if (shown === '' || room < 2) return sentence;
  return `${shown.length <= room ? shown : `${shown.slice(0, room - 1)}…`}: ${sentence}`;
}

/**
 * What somebody is told whose freeze stops nobody, in lines as {@link warningText} makes them.
 * @param agent whom it names, @param named whom policies name, both from `agentText`
 */
export function idleFreezeWarnings(agent: string, named: readonly string[]): readonly string[] {
  const nobody = (text: string): string =>
    cut(plain(`assent: no policy names ${text} as an agent, so this stops nobody now`), LONGEST);
  const whom = line(agent, LONGEST - nobody('x').length + 1);
  return [nobody(whom), cut(plain(`assent: agents that policies name: ${listOf(named)}`), LONGEST)];
}

const listOf = (named: readonly string[]): string =>
  named.length === 0 ? 'none' : named.map((one) => line(one, 100)).join(', ');
