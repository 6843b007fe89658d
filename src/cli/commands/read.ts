// `list` and `show`: what waits, and what one request would do.
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { showRequest } from '../../domain/message/show.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, listData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { requestTable } from '../table.ts';
import { OPEN_STATES, REQUEST_STATES } from '../verbs.ts';

/** Lists requests: what waits first, then what may be used, then what was let through, then the rest; newest first within. */
export async function list(
  command: Extract<Command, { verb: 'list' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const requests = (await api.list())
    .filter((one) => command.states.includes(stateOf(one)))
    .toSorted((a, b) => rank(a) - rank(b) || (madeAt(a) < madeAt(b) ? 1 : -1));
  const { output } = command;
  if (isData(output)) {
    const text = listData(requests, output);
    if (text !== '') screen.out(text);
  } else if (requests.length === 0) screen.error(noneOf(command.states));
  else screen.out(requestTable(requests, output === 'wide', screen.now()));
  return EXIT.ok;
}

const stateOf = ({ status }: ApprovalRequest): RequestState => status?.state ?? 'Pending';
const madeAt = ({ metadata }: ApprovalRequest): string => metadata.creationTimestamp ?? '';

const FIRST: readonly RequestState[] = ['Pending', 'Approved', 'Reserved'];
const rank = (request: ApprovalRequest): number => {
  const at = FIRST.indexOf(stateOf(request));
  return at < 0 ? FIRST.length : at;
};

/** Shows one request as a person reads it before deciding. */
export async function show(
  command: Extract<Command, { verb: 'show' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const request = await api.get(command.name);
  if (!request) return notFound(command.name, screen);
  screen.out(isData(command.output) ? objectData(request, command.output) : showRequest(request));
  return EXIT.ok;
}

/** Says that there is no such request, and how to find those that there are. */
export function notFound(name: string, screen: Screen): number {
  screen.error(`there is no request ${name}; see: kubectl assent list`);
  return EXIT.failed;
}

function noneOf(states: readonly RequestState[]): string {
  if (states.length === REQUEST_STATES.length) return 'no requests';
  const isDefault = states.join() === OPEN_STATES.join();
  return isDefault
    ? 'no open requests; those that were let through or are over: kubectl assent list --all'
    : `no requests that are ${states.join(' or ')}`;
}
