// The command line of kubectl-assent: verbs, flags and their help, in one table. Unknown flags and stray words are
// errors in one sentence, never guesses.
import { parseArgs } from 'node:util';
import { requestState, type RequestState } from '../api/approval-request.ts';

/** Flags that every verb understands. */
export interface CommonFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly output: Output;
}

/** How results are printed. */
export type Output = 'text' | 'wide' | 'json' | 'yaml' | 'name';
const OUTPUTS: readonly string[] = ['text', 'wide', 'json', 'yaml', 'name'];

/** Every state of a request. */
export const REQUEST_STATES: readonly RequestState[] = requestState.options;
/** States in which something may still happen: what `list` shows unless told otherwise. */
export const OPEN_STATES: readonly RequestState[] = ['Pending', 'Approved', 'Reserved'];

/** A parsed command line. */
export type Command =
  | { readonly verb: 'help' }
  | ({ readonly verb: 'list'; readonly states: readonly RequestState[] } & CommonFlags)
  | ({ readonly verb: 'show'; readonly name: string } & CommonFlags)
  | ({
      readonly verb: 'approve' | 'deny';
      readonly name: string;
      readonly reason: string | undefined;
      readonly yes: boolean;
    } & CommonFlags)
  | ({ readonly verb: 'wait'; readonly name: string; readonly timeoutMs: number } & CommonFlags);

/** The help text; also the reference in docs. */
export const USAGE = `Answer what AI agents ask for.

  kubectl assent list [--state STATE[,STATE]] [--all]
  kubectl assent show NAME
  kubectl assent approve NAME [--reason TEXT] [--yes]
  kubectl assent deny NAME [--reason TEXT] [--yes]
  kubectl assent wait NAME [--timeout 1h]

list shows the open requests: ${OPEN_STATES.join(', ')}. --all shows all, --state those in the states that it names:
${REQUEST_STATES.join(', ')}.

  -o text|wide|json|yaml|name         for list and show; text unless given, wide adds columns to list
  --kubeconfig FILE, --context NAME   as in kubectl
  --yes                               do not ask; needed when there is no terminal

wait exits 0 when approved or admitted, 3 when denied, 4 when expired or superseded, 5 when still pending.
`;

const OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  output: { type: 'string', short: 'o', default: 'text' },
  state: { type: 'string' },
  all: { type: 'boolean', default: false },
  reason: { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  timeout: { type: 'string', default: '1h' },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

/** Flags of each verb besides the common ones. */
const OWN_FLAGS: Readonly<Record<string, readonly string[]>> = {
  list: ['state', 'all'],
  show: [],
  approve: ['reason', 'yes'],
  deny: ['reason', 'yes'],
  wait: ['timeout'],
};
const COMMON = ['kubeconfig', 'context', 'output', 'help'];

/**
 * Parses the words after `kubectl assent`.
 * @returns the command, or a sentence about what is wrong with it
 */
export function parseCommand(
  words: readonly string[],
): { readonly ok: true; readonly command: Command } | { readonly ok: false; readonly message: string } {
  let parsed;
  try {
    parsed = parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true, tokens: true });
  } catch (error) {
    return wrong(flagWords(error));
  }
  const [verb, name, ...stray] = parsed.positionals;
  if (parsed.values.help || verb === undefined || verb === 'help')
    return { ok: true, command: { verb: 'help' } };
  const own = OWN_FLAGS[verb];
  if (!own) return wrong(`there is no verb ${verb}`);
  const foreign = parsed.tokens.find(
    (one) => one.kind === 'option' && ![...COMMON, ...own].includes(one.name),
  );
  if (foreign?.kind === 'option') return wrong(`${verb} has no flag --${foreign.name}`);
  if (stray.length > 0) return wrong(`one word too many: ${stray[0]}`);
  return build(verb, name, parsed.values);
}

/** What Node says about a flag, in our words: its message advises on things that we do not offer. */
function flagWords(error: unknown): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const flag = /'(?:-\w, )?(-{1,2}[^\s'=]+)/.exec(message)?.[1];
  if (flag === undefined) return 'the command line cannot be read';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no flag ${flag}`;
  return message.includes('does not take') ? `${flag} takes no value` : `${flag} needs a value`;
}

type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

function build(verb: string, name: string | undefined, values: Values) {
  if (!isOutput(values.output)) return wrong(`-o is one of ${OUTPUTS.join(', ')}`);
  const common = { kubeconfig: values.kubeconfig, context: values.context, output: values.output };
  if (verb === 'list') {
    if (name !== undefined) return wrong(`list takes no name; use: kubectl assent show ${name}`);
    const states = statesOf(values);
    return typeof states === 'string' ? wrong(states) : right({ verb, states, ...common });
  }
  if (name === undefined) return wrong(`${verb} needs the name of a request; see: kubectl assent list`);
  const plain = name.replace(/^(apr|approvalrequests?(\.assent\.dev)?)\//, '');
  if (verb === 'show') return right({ verb, name: plain, ...common });
  if (verb === 'wait') {
    const timeoutMs = parseDuration(values.timeout);
    if (timeoutMs === undefined) return wrong('--timeout is a duration such as 90s, 15m or 1h');
    return right({ verb, name: plain, timeoutMs, ...common });
  }
  const decision = verb === 'approve' ? 'approve' : 'deny';
  return right({ verb: decision, name: plain, reason: values.reason, yes: values.yes, ...common });
}

/** The states that `list` shows, or a sentence about what is wrong with them. */
function statesOf({ state, all }: Values): readonly RequestState[] | string {
  if (state === undefined) return all ? REQUEST_STATES : OPEN_STATES;
  if (all) return 'use --all or --state, not both';
  const states = state
    .split(',')
    .map((word) => REQUEST_STATES.find((one) => one.toLowerCase() === word.trim().toLowerCase()) ?? word);
  const unknown = states.find((one) => !isState(one));
  if (unknown !== undefined)
    return `there is no state "${unknown}"; --state takes one or more of ${REQUEST_STATES.join(', ')}`;
  return states.filter(isState);
}

const isState = (word: string): word is RequestState => REQUEST_STATES.some((one) => one === word);
const wrong = (message: string) => ({ ok: false as const, message });
const right = (command: Command) => ({ ok: true as const, command });
const isOutput = (value: string): value is Output => OUTPUTS.includes(value);

/** Reads a Go duration of hours, minutes and seconds. @returns ms, or undefined when it is not one */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
