// `ask`: makes a request for access, which the gate judges and completes, and says how to wait for the answer. With a refusal by
// RBAC it makes nothing and says what to type. Decides nothing: what may be asked for is the gate's to say.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { askAdvice, refusedDeeds } from '../../domain/grant/refusal-text.ts';
import { askedText } from '../../domain/message/asked.ts';
import { exactly, patience } from '../../domain/message/moment.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { notTaken } from './refused.ts';
import { wait } from './wait.ts';

type Ask = Extract<Command, { verb: 'ask' }>;

/** Asks for access. */
export async function ask(command: Ask, api: CliApi, screen: Screen): Promise<number> {
  let made: ApprovalRequest;
  try {
    const { access, reason } = command;
    made = await api.ask({ access, ...(reason === undefined ? {} : { reason }) });
  } catch (error) {
    return notTaken(error, 'nothing was asked', screen);
  }
  // Data has stdout for itself; with --wait it is the data of the end.
  const tell = (text: string) => (isData(command.output) ? screen.error(text) : screen.out(text));
  tell(askedScreen(made, screen.now()));
  if (command.wait) return wait({ ...command, verb: 'wait', name: made.metadata.name }, api, screen);
  if (isData(command.output)) screen.out(objectData(made, command.output));
  return EXIT.ok;
}

/** What was asked for, as the gate understood it, and what to do next. */
function askedScreen({ metadata, spec, status }: ApprovalRequest, now: number): string {
  const { name } = metadata;
  const timeout = patience(Date.parse(spec.expiresAt) - now);
  return [
    `asked for ${askedText(spec)}.`,
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
