// `list` and `show`: what waits, and what one request would do.
import { stringify } from 'yaml';
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { showRequest } from '../../domain/message/show.ts';
import type { CliApi } from '../api.ts';
import { OPEN_STATES, REQUEST_STATES, type Command, type Output } from '../arguments.ts';
import { EXIT, type Screen } from '../screen.ts';
import { requestTable } from '../table.ts';

/** Lists requests, oldest first. */
export async function list(
  command: Extract<Command, { verb: 'list' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const requests = (await api.list())
    .filter((one) => command.states.includes(one.status?.state ?? 'Pending'))
    .toSorted((a, b) =>
      (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1,
    );
  if (command.output === 'name') for (const one of requests) screen.out(nameOf(one));
  else if (command.output === 'json' || command.output === 'yaml') {
    screen.out(asData({ apiVersion: 'v1', kind: 'List', items: requests.map(stripped) }, command.output));
  } else if (requests.length === 0) screen.error(noneOf(command.states));
  else screen.out(requestTable(requests, command.output === 'wide', screen.now()));
  return EXIT.ok;
}

/** Shows one request as a person reads it before deciding. */
export async function show(
  command: Extract<Command, { verb: 'show' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const request = await api.get(command.name);
  if (!request) return notFound(command.name, screen);
  const { output } = command;
  if (output === 'name') screen.out(nameOf(request));
  else
    screen.out(
      output === 'json' || output === 'yaml' ? asData(stripped(request), output) : showRequest(request),
    );
  return EXIT.ok;
}

/** Says that there is no such request, and how to find those that there are. */
export function notFound(name: string, screen: Screen): number {
  screen.error(`there is no request ${name}; see: kubectl assent list`);
  return EXIT.failed;
}

const nameOf = (request: ApprovalRequest): string => `approvalrequest.assent.dev/${request.metadata.name}`;

function noneOf(states: readonly RequestState[]): string {
  if (states.length === REQUEST_STATES.length) return 'no requests';
  const isDefault = states.join() === OPEN_STATES.join();
  return isDefault
    ? 'no open requests; those that are over: kubectl assent list --all'
    : `no requests that are ${states.join(' or ')}`;
}

/** Without managedFields, as kubectl prints objects. */
const stripped = (request: ApprovalRequest): ApprovalRequest => ({
  ...request,
  metadata: Object.fromEntries(
    Object.entries(request.metadata).filter(([key]) => key !== 'managedFields'),
  ) as ApprovalRequest['metadata'],
});

/** YAML as 1.1 readers take it, kubectl among them: there a bare `no` or `1:30` is no string. */
function asData(value: unknown, output: Extract<Output, 'json' | 'yaml'>): string {
  return output === 'json' ? JSON.stringify(value, null, 2) : stringify(value, { version: '1.1' }).trimEnd();
}
