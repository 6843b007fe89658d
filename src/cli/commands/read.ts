// `list` and `show`: what waits, and what one request would do.
import { stringify } from 'yaml';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { showRequest } from '../../domain/message/show.ts';
import type { CliApi } from '../api.ts';
import type { Command, Output } from '../arguments.ts';
import { EXIT, type Screen } from '../screen.ts';
import { requestTable } from '../table.ts';

/** Lists requests, oldest first. */
export async function list(
  command: Extract<Command, { verb: 'list' }>,
  api: CliApi,
  screen: Screen,
): Promise<number> {
  const wanted = command.state?.toLowerCase();
  const requests = (await api.list())
    .filter((one) => wanted === undefined || (one.status?.state ?? 'Pending').toLowerCase() === wanted)
    .toSorted((a, b) =>
      (a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? -1 : 1,
    );
  if (command.output === 'name') for (const one of requests) screen.out(nameOf(one));
  else if (command.output === 'json' || command.output === 'yaml') {
    screen.out(asData({ apiVersion: 'v1', kind: 'List', items: requests }, command.output));
  } else if (requests.length === 0)
    screen.error(wanted === undefined ? 'no requests' : `no requests in state ${command.state}`);
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
  else screen.out(output === 'json' || output === 'yaml' ? asData(request, output) : showRequest(request));
  return EXIT.ok;
}

/** Says that there is no such request, and how to find those that there are. */
export function notFound(name: string, screen: Screen): number {
  screen.error(`there is no request ${name}; see: kubectl assent list`);
  return EXIT.failed;
}

const nameOf = (request: ApprovalRequest): string => `approvalrequest.assent.dev/${request.metadata.name}`;

function asData(value: unknown, output: Extract<Output, 'json' | 'yaml'>): string {
  return output === 'json' ? JSON.stringify(value, null, 2) : stringify(value).trimEnd();
}
