// The command line of kubectl-assent, read by the table of its verbs. Unknown flags, stray words and reasons that could
// not be stored are errors in one sentence before anything is sent, never guesses.
import { parseArgs } from 'node:util';
import type { RequestState } from '../api/approval-request.ts';
import { LONGEST_ACCESS } from '../api/access.ts';
import { NAMESPACE } from '../api/installation.ts';
import { LINE } from '../api/plain-text.ts';
import { isSendable, type Impersonation } from '../kube/impersonation.ts';
import type { NamedAgent } from '../domain/message/agent-text.ts';
import { exactly } from '../domain/message/moment.ts';
import { readAgent } from './agent-name.ts';
import { askForm, askOf, isNoReason, type AskCommand, type AskFromCommand } from './ask-arguments.ts';
import {
  CHATS,
  CLUSTER_FLAGS,
  COMMON_FLAGS,
  DEFAULT_ACCESS_TIME,
  DEFAULT_LINK_TIMEOUT,
  DEFAULT_TIMEOUT,
  isVerb,
  LONGEST_REASON,
  OPEN_STATES,
  REQUEST_STATES,
  SLACK_FLAGS,
  VERB_NAMES,
  VERBS,
  type Output,
  type VerbName,
} from './verbs.ts';

/** Flags that every verb understands. */
export interface CommonFlags {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  /** Whom to act as, in place of oneself. */
  readonly as?: Impersonation;
  readonly output: Output;
}

/** A parsed command line. */
export type Command =
  /** `about` is undefined for the help on everything. */
  | { readonly verb: 'help'; readonly about: VerbName | undefined }
  | { readonly verb: 'version' }
  | ({ readonly verb: 'list'; readonly states: readonly RequestState[] } & CommonFlags)
  | ({ readonly verb: 'show'; readonly name: string } & CommonFlags)
  | ({
      readonly verb: 'approve' | 'deny' | 'revoke';
      readonly name: string;
      readonly reason: string | undefined;
      readonly yes: boolean;
      /** How long access is to last, where the person makes it shorter. */
      readonly forSeconds: number | undefined;
    } & CommonFlags)
  | (AskCommand & CommonFlags)
  | ({
      readonly verb: 'freeze' | 'unfreeze';
      readonly agent: NamedAgent;
      readonly reason: string | undefined;
    } & CommonFlags)
  | AskFromCommand
  | ({ readonly verb: 'wait'; readonly name: string; readonly timeoutMs: number } & CommonFlags)
  | ({ readonly verb: 'link'; readonly channel: Chat; readonly timeoutMs: number } & CommonFlags)
  /** The doctor of the cluster. */
  | ({ readonly verb: 'examine'; readonly namespace: string } & CommonFlags)
  /** The doctor of a chat. `settings` are flags as the server takes them. */
  | {
      readonly verb: 'doctor';
      readonly chat: Chat;
      readonly settings: readonly string[];
      readonly output: Output;
    };

/** A chat. */
type Chat = (typeof CHATS)[number];

/** The outcome: a command, or a sentence about what is wrong and the verb whose page says more. */
export type Parsed =
  | { readonly ok: true; readonly command: Command }
  | { readonly ok: false; readonly message: string; readonly about?: VerbName };

const OPTIONS = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  as: { type: 'string' },
  'as-group': { type: 'string', multiple: true },
  output: { type: 'string', short: 'o', default: 'text' },
  state: { type: 'string' },
  all: { type: 'boolean', default: false },
  reason: { type: 'string' },
  yes: { type: 'boolean', short: 'y', default: false },
  timeout: { type: 'string' },
  for: { type: 'string' },
  verb: { type: 'string', multiple: true },
  resource: { type: 'string', multiple: true },
  name: { type: 'string', multiple: true },
  namespace: { type: 'string', short: 'n', multiple: true },
  role: { type: 'string' },
  once: { type: 'boolean' },
  several: { type: 'boolean' },
  wait: { type: 'boolean' },
  refusal: { type: 'string' },
  config: { type: 'string' },
  'slack-bot-token-file': { type: 'string' },
  'slack-app-token-file': { type: 'string' },
  'slack-signing-secret-file': { type: 'string' },
  'slack-channel': { type: 'string' },
  'slack-api-url': { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const;

/** A flag that is said with a value, as kubectl's flags are. */
const SPELLINGS = new Map([
  ['--once=true', '--once'],
  ['--once=false', '--several'],
]);
const NO_DURATION = '--timeout is a duration such as 90s, 15m or 1h';

/**
 * Parses the words after `kubectl assent`.
 * @returns the command, or a sentence about what is wrong with it
 */
export function parseCommand(words: readonly string[]): Parsed {
  let parsed;
  try {
    const args = words.map((word) => SPELLINGS.get(word) ?? word);
    parsed = parseArgs({ args, options: OPTIONS, allowPositionals: true, tokens: true });
  } catch (error) {
    return wrong(flagWords(error), words.find(isVerb));
  }
  const { values, tokens, positionals } = parsed;
  const [verb, name] = positionals;
  if (verb === undefined) return right(values.version ? { verb: 'version' } : help(undefined));
  if (verb === 'help') return name === undefined || isVerb(name) ? right(help(name)) : wrong(noVerb(name));
  if (!isVerb(verb)) return wrong(noVerb(verb));
  if (values.help) return right(help(verb));
  const options = tokens.flatMap((one) => (one.kind === 'option' ? [one] : []));
  const command = excess(verb, positionals, options) ?? build(verb, name, values);
  return typeof command === 'string' ? wrong(command, verb) : right(command);
}

/** A sentence about what this verb does not take. */
function excess(
  verb: VerbName,
  positionals: readonly string[],
  options: readonly { readonly name: string; readonly rawName: string }[],
): string | undefined {
  const known = new Set([...COMMON_FLAGS, ...Object.keys(VERBS[verb].flags)]);
  const foreign = options.find(({ name }) => !known.has(name));
  if (foreign) return `${verb} has no flag ${foreign.rawName}`;
  if (verb === 'ask' && positionals.length > 1) return askForm(positionals.slice(1));
  return positionals.length > 2 ? `one word too many: ${positionals[2]}` : undefined;
}

const help = (about: VerbName | undefined): Command => ({ verb: 'help', about });
const noVerb = (word: string): string => `there is no verb ${word}; there are ${VERB_NAMES.join(', ')}`;

/** What Node says about a flag, in our words: its message advises on things that we do not offer. */
function flagWords(error: unknown): string {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  const flag = /'(?:-\w, )?(-{1,2}[^\s'=]+)/.exec(message)?.[1];
  if (flag === undefined) return 'the command line cannot be read';
  if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') return `there is no flag ${flag}`;
  return message.includes('does not take') ? `${flag} takes no value` : `${flag} needs a value`;
}

/** What the flags say. */
export type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** The command, or a sentence about what is wrong with it. */
function build(verb: VerbName, name: string | undefined, values: Values): Command | string {
  const { outputs } = VERBS[verb];
  const output = outputs.find((one) => one === values.output);
  if (output === undefined) return `-o of ${verb} is one of ${outputs.join(', ')}`;
  const as = impersonationIn(values);
  if (typeof as === 'string') return as;
  const common = {
    kubeconfig: values.kubeconfig,
    context: values.context,
    ...(as === undefined ? {} : { as }),
    output,
  };
  if (verb === 'list') return listOf(name, values, common);
  if (verb === 'link') return linkOf(name, values, common);
  if (verb === 'doctor') return doctorOf(name, values, common);
  if (verb === 'ask') return asking(values, common);
  if (verb === 'freeze' || verb === 'unfreeze') return freezing(verb, name, values, common);
  if (name === undefined) return `${verb} needs the name of a request; see: kubectl assent list`;
  return aboutRequest(verb, name.replace(/^(apr|approvalrequests?(\.assent\.dev)?)\//, ''), values, common);
}

/** Whom to act as; undefined for oneself, or a sentence about what is wrong. */
function impersonationIn({ as: user, 'as-group': groups = [] }: Values): Impersonation | string | undefined {
  if (user === undefined)
    return groups.length === 0 ? undefined : '--as-group needs --as: whoever acts as a group acts as a user';
  const isRight = [user, ...groups].every(isSendable);
  return isRight ? { user, groups } : '--as and --as-group take names of printable ASCII';
}

function aboutRequest(
  verb: 'show' | 'wait' | 'approve' | 'deny' | 'revoke',
  name: string,
  values: Values,
  common: CommonFlags,
): Command | string {
  if (verb === 'show') return { verb, name, ...common };
  return verb === 'wait' ? waitOf(name, values, common) : decisionOf(verb, name, values, common);
}

function listOf(name: string | undefined, values: Values, common: CommonFlags): Command | string {
  if (name !== undefined) return `list takes no name; use: kubectl assent show ${name}`;
  const states = statesOf(values);
  return typeof states === 'string' ? states : { verb: 'list', states, ...common };
}

function waitOf(name: string, values: Values, common: CommonFlags): Command | string {
  const timeoutMs = parseDuration(values.timeout ?? DEFAULT_TIMEOUT);
  return timeoutMs === undefined ? NO_DURATION : { verb: 'wait', name, timeoutMs, ...common };
}

function decisionOf(
  verb: 'approve' | 'deny' | 'revoke',
  name: string,
  values: Values,
  common: CommonFlags,
): Command | string {
  const reason = reasonIn(values);
  const forSeconds = values.for === undefined ? undefined : secondsIn(values.for);
  if (values.for !== undefined && forSeconds === undefined) return NO_TIME;
  return reasonTrouble(reason) ?? { verb, name, reason, yes: values.yes, forSeconds, ...common };
}

/** An empty reason is none. */
const reasonIn = ({ reason }: Values): string | undefined => (reason === '' ? undefined : reason);

const NO_TIME = `--for is a duration such as 90s, 10m or 1h, at most ${exactly(LONGEST_ACCESS)}`;

/** Undefined for what is no time, and for one that no access lasts. */
function secondsIn(text: string): number | undefined {
  const seconds = (parseDuration(text) ?? 0) / 1_000;
  return seconds >= 1 && seconds <= LONGEST_ACCESS ? seconds : undefined;
}

function asking(values: Values, common: CommonFlags): Command | string {
  const reason = reasonIn(values);
  if (isNoReason(reason))
    return `--reason ${reason} only marks the place of a reason: say why, the approver reads it; or leave it out`;
  const seconds = secondsIn(values.for ?? DEFAULT_ACCESS_TIME);
  const timeoutMs = parseDuration(values.timeout ?? DEFAULT_TIMEOUT);
  if (seconds === undefined) return NO_TIME;
  if (timeoutMs === undefined) return NO_DURATION;
  const asked = reasonTrouble(reason) ?? askOf(values, { reason, seconds, timeoutMs });
  if (typeof asked === 'string' || asked.verb === 'ask-from') return asked;
  return { ...asked, ...common };
}

function freezing(
  verb: 'freeze' | 'unfreeze',
  name: string | undefined,
  values: Values,
  common: CommonFlags,
): Command | string {
  const agent = name === undefined ? undefined : readAgent(name);
  if (agent === undefined)
    return `${verb} needs the name of an agent: NAMESPACE/NAME of a ServiceAccount, user:NAME or group:NAME`;
  const reason = reasonIn(values);
  return reasonTrouble(reason) ?? { verb, agent, reason, ...common };
}

function linkOf(name: string | undefined, values: Values, common: CommonFlags): Command | string {
  const channel = CHATS.find((one) => one === name);
  if (channel === undefined) return `link needs the name of a chat: ${CHATS.join(', ')}`;
  const timeoutMs = parseDuration(values.timeout ?? DEFAULT_LINK_TIMEOUT);
  return timeoutMs === undefined ? NO_DURATION : { verb: 'link', channel, timeoutMs, ...common };
}

function doctorOf(name: string | undefined, values: Values, common: CommonFlags): Command | string {
  const given = new Map<string, string | boolean | readonly string[] | undefined>(Object.entries(values));
  const isGiven = (flag: string): boolean => given.get(flag) !== undefined;
  if (name === undefined) {
    const foreign = Object.keys(SLACK_FLAGS).find(isGiven);
    if (foreign !== undefined) return `doctor has no flag --${foreign} without a chat: ${CHATS.join(', ')}`;
    const [namespace = NAMESPACE, ...more] = values.namespace ?? [];
    return more.length > 0 ? 'Assent runs in one namespace' : { verb: 'examine', namespace, ...common };
  }
  const chat = CHATS.find((one) => one === name);
  if (chat === undefined) return `doctor looks at the cluster, or at a chat: ${CHATS.join(', ')}`;
  const foreign = [...Object.keys(CLUSTER_FLAGS), 'namespace'].find(isGiven);
  if (foreign !== undefined) return `doctor ${chat} has no flag --${foreign}`;
  const settings = Object.keys(SLACK_FLAGS).flatMap((flag) => {
    const value = given.get(flag);
    return typeof value === 'string' ? [`--${flag}=${value}`] : [];
  });
  return { verb: 'doctor', chat, settings, output: common.output };
}

/** Why a reason could not be stored; undefined when it can. */
function reasonTrouble(reason = ''): string | undefined {
  if (/[\n\v\f\r\u0085\u2028\u2029]/.test(reason)) return 'a reason is one line';
  if (!LINE.test(reason))
    return 'a reason is plain text: no tabs, no control characters, no marks that turn its direction';
  return reason.length > LONGEST_REASON ? `a reason has at most ${LONGEST_REASON} characters` : undefined;
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
const wrong = (message: string, about?: VerbName): Parsed => ({
  ok: false,
  message,
  ...(about === undefined ? {} : { about }),
});
const right = (command: Command): Parsed => ({ ok: true, command });

/** Reads a Go duration of hours, minutes and seconds. @returns ms, or undefined when it is not one */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?$/.exec(text);
  if (!parts || text === '') return undefined;
  const [, hours = '0', minutes = '0', seconds = '0'] = parts;
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
}
