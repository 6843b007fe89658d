// `ask`: makes a request for access, which the gate judges and completes, and says how to wait for the answer. With a refusal by
// RBAC it makes nothing and says what to type. Decides nothing: what may be asked for is the gate's to say.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { askAdvice, refusedDeeds } from '../../domain/grant/refusal-text.ts';
import { withReason } from '../../domain/message/ask-command.ts';
import { askedText } from '../../domain/message/asked.ts';
import { exactly, patience } from '../../domain/message/moment.ts';
import { visible } from '../../domain/message/plain-text.ts';
import { ApiError, UnreachableError } from '../../kube/errors.ts';
import { orUndefined } from '../../kube/expected.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import type { AskedAccess } from '../ask-arguments.ts';
import { isData, objectData } from '../data.ts';
import { readWords } from '../resource-word.ts';
import { EXIT, type Screen } from '../screen.ts';
import { notTaken } from './refused.ts';
import { wait } from './wait.ts';

type Ask = Extract<Command, { verb: 'ask' }>;

/** Asks for access. */
export async function ask(command: Ask, api: CliApi, screen: Screen): Promise<number> {
  const read = await spelt(command.access, api);
  if ('why' in read) {
    screen.error(read.why);
    return EXIT.usage;
  }
  let made: ApprovalRequest;
  try {
    const { access } = read;
    const { reason } = command;
    made = await api.ask({ access, ...(reason === undefined ? {} : { reason }) });
  } catch (error) {
    const { reason } = command;
    const filled = reason === undefined ? undefined : (text: string) => withReason(text, reason);
    return notTaken(error, 'nothing was asked', screen, filled);
  }
  // Data has stdout for itself; with --wait it is the data of the end.
  const tell = (text: string) => (isData(command.output) ? screen.error(text) : screen.out(text));
  tell(askedScreen(made, screen.now()));
  if (command.wait) return wait({ ...command, verb: 'wait', name: made.metadata.name }, api, screen);
  if (isData(command.output)) screen.out(objectData(made, command.output));
  return EXIT.ok;
}

/** The access with its resources as the API server spells them, or what is not clear about it. */
async function spelt(
  access: AskedAccess,
  api: CliApi,
): Promise<{ readonly access: AskedAccess } | { readonly why: string }> {
  if (access.rules === undefined) return { access };
  const served = await orUndefined(api.served(), cannotSay);
  if (served === undefined) return { access };
  const read = readWords(access.rules, served);
  return read.ok ? { access: { ...access, rules: read.rules } } : read;
}

/** Whoever may not look, or whose API server does not tell, is taken at their word: the gate judges it. */
const cannotSay = (error: unknown): boolean =>
  error instanceof ApiError || (error instanceof UnreachableError && error.code === 'unreadable');

/** What was asked for, as the gate understood it, and what to do next. */
function askedScreen({ metadata, spec, status }: ApprovalRequest, now: number): string {
  const { name } = metadata;
  const { rules = [], once = false } = spec.access ?? {};
  const names = new Set(rules.flatMap(({ resourceNames = [] }) => resourceNames));
  const timeout = patience(Date.parse(spec.expiresAt) - now);
  return [
    `asked for ${askedText(spec)}.`,
    ...(once && names.size > 1 ? ['  once:    one write in all; for one on each name: --several'] : []),
    `  request: ${name}   state: ${status?.state ?? 'Pending'}   expires: ${spec.expiresAt}`,
    `  wait:    kubectl wait apr/${name} --for=condition=GrantActive --timeout=${timeout}`,
    `  or:      kubectl assent wait ${name} --timeout ${timeout}   which ends as well when the answer is no`,
  ].join('\n');
}

/** Says what to type after a refusal by RBAC. @param text what kubectl printed */
export function askFrom(
  command: Extract<Command, { verb: 'ask-from' }>,
  text: string,
  screen: Screen,
): number {
  const own = adviceOfGate(text, command.reason);
  if (own !== undefined) {
    screen.out(own);
    return EXIT.ok;
  }
  const deeds = refusedDeeds(text);
  if (deeds.length === 0) {
    screen.error('this is no refusal by RBAC: it would say who cannot do what, in which namespace');
    return EXIT.failed;
  }
  const words = { time: exactly(command.seconds), reason: command.reason };
  const advice = deeds.map((deed) => askAdvice(deed, words));
  for (const one of advice) {
    if (one.kind === 'ask') screen.out(one.command);
    else screen.error(one.why);
  }
  return advice.some(({ kind }) => kind === 'ask') ? EXIT.ok : EXIT.failed;
}

/** The command in a refusal by Assent itself, whose words say what to type; it has the reason that was typed here. */
function adviceOfGate(text: string, reason: string | undefined): string | undefined {
  const commands = [...text.slice(0, LONGEST).matchAll(OWN_ADVICE)].map(([, command = '']) => command);
  const told = [...new Set(commands.map((one) => visible(one.trim())))].join('\n');
  if (told === '') return undefined;
  return reason === undefined ? told : withReason(told, reason);
}

const LONGEST = 100_000;
/** A line of a denial that holds a command, as src/domain/message/denial.ts writes it. */
const OWN_ADVICE = /^\s*(?:then|instead|and):\s+(kubectl assent ask [^\n\r]+)$/gm;
