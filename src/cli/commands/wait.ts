// `wait`: until a request has its final answer, with an exit code for each, so that scripts need not read text. Access is waited
// for until it is there: a script goes on with what it asked for.
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { waitedText } from '../../domain/message/waited.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { notFound } from './read.ts';

const CODES: Readonly<Record<RequestState, number>> = {
  Pending: EXIT.pending,
  Approved: EXIT.ok,
  Reserved: EXIT.ok,
  Admitted: EXIT.ok,
  Denied: EXIT.denied,
  Expired: EXIT.expired,
  Superseded: EXIT.expired,
  Withdrawn: EXIT.expired,
  // The answer was yes, but there is nothing left to go on with; what was used up is told before.
  Ended: EXIT.expired,
};

/** Waits for the answer. */
export async function wait(
  command: Extract<Command, { verb: 'wait' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const request = await api.waitFor(command.name, isOver, command.timeoutMs);
  if (!request) return notFound(command.name, screen);
  const { output, name } = command;
  screen.out(isData(output) ? objectData(request, output) : `${name}: ${waitedText(request)}`);
  if (!isOver(request)) return EXIT.pending;
  if (isUsedUp(request)) return EXIT.ok;
  return isEnding(request) ? EXIT.expired : CODES[stateOf(request)];
}

/** Access that did what it was for: its one write was made. */
const isUsedUp = ({ status }: ApprovalRequest): boolean => status?.grant?.endedWhy === 'Used';

const stateOf = ({ status }: ApprovalRequest): RequestState => status?.state ?? 'Pending';

/** Whether there is nothing to wait for any more. */
function isOver(request: ApprovalRequest): boolean {
  const state = stateOf(request);
  const { createdAt, endedAt } = request.status?.grant ?? {};
  const isOnItsWay = request.spec.access !== undefined && state === 'Approved';
  return isOnItsWay ? createdAt !== undefined || endedAt !== undefined : state !== 'Pending';
}

/** Access that was taken away, although nobody has looked yet whether it is gone. */
const isEnding = (request: ApprovalRequest): boolean =>
  stateOf(request) === 'Approved' && request.status?.grant?.endedAt !== undefined;
