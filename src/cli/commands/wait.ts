// `wait`: until a request has its final answer, with an exit code for each, so that scripts need not read text.
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
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
  Ended: EXIT.expired,
};

/** Waits for the answer. */
export async function wait(
  command: Extract<Command, { verb: 'wait' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const state = (request: ApprovalRequest): RequestState => request.status?.state ?? 'Pending';
  const request = await api.waitFor(command.name, (one) => state(one) !== 'Pending', command.timeoutMs);
  if (!request) return notFound(command.name, screen);
  const { output, name } = command;
  screen.out(isData(output) ? objectData(request, output) : `${name}: ${state(request)}`);
  return CODES[state(request)];
}
