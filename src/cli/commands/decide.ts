// `approve` and `deny`: prints the whole change first, asks on a terminal, and sends a decision that is bound to what was
// printed. Who decided is not sent: Assent takes it from the authenticated request.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { showQuestion } from '../../domain/message/show.ts';
import { ApiError } from '../../kube/errors.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { EXIT, type Screen } from '../screen.ts';
import { objection } from './objection.ts';
import { notFound } from './read.ts';

/** How long the answer may take to show in the request. The decision is made whatever happens here. ms. */
const SETTLE_MS = 5_000;

type Decide = Extract<Command, { verb: 'approve' | 'deny' }>;

/** Approves or denies one request. */
export async function decide(command: Decide, api: CliApi, screen: Screen): Promise<number> {
  const request = await api.get(command.name);
  if (!request) return notFound(command.name, screen);
  screen.out(showQuestion(request));
  if (!command.yes && !(await isConfirmed(command, request, screen))) return EXIT.failed;
  if (!(await isSent(command, request, api, screen))) return EXIT.failed;
  const before = request.status?.decisions?.length ?? 0;
  const isFolded = (one: ApprovalRequest) => (one.status?.decisions?.length ?? 0) > before;
  const after = await api.waitFor(command.name, isFolded, SETTLE_MS);
  const isTold = after !== undefined && isFolded(after);
  screen.out(
    isTold ? settled(after) : `sent; the request does not show it yet: kubectl get apr ${command.name}`,
  );
  return EXIT.ok;
}

/** Sends the decision; a refusal is shown in its own words. */
async function isSent(
  command: Decide,
  request: ApprovalRequest,
  api: CliApi,
  screen: Screen,
): Promise<boolean> {
  try {
    await api.decide({
      request: command.name,
      verdict: command.verb === 'approve' ? 'Approve' : 'Deny',
      fingerprint: request.spec.change.fingerprint,
      ...(command.reason === undefined ? {} : { reason: command.reason }),
    });
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    screen.error(refusal(error.message));
    return false;
  }
}

/** Asks on the terminal, unless it is known already that the answer would be refused. */
async function isConfirmed(command: Decide, request: ApprovalRequest, screen: Screen): Promise<boolean> {
  const { action, target } = request.spec.change;
  const known = objection(request, command, screen.now());
  if (known !== undefined) {
    screen.error(known);
    return false;
  }
  const answer = await screen.ask(`\n${command.verb} "${action} ${target}"? Type yes: `);
  if (answer?.trim().toLowerCase() === 'yes') return true;
  screen.error(answer === undefined ? 'there is no terminal to ask on: add --yes' : 'nothing was sent');
  return false;
}

/** What became of the request, in one line. */
function settled({ metadata, status }: ApprovalRequest): string {
  const { name } = metadata;
  switch (status?.state) {
    case 'Approved':
      return `approved: ${name} (${status.approvals ?? ''}), usable until ${status.usableUntil ?? ''}`;
    case 'Denied':
      return `denied: ${name}`;
    default:
      return `counted: ${name} is ${status?.state ?? 'Pending'} (${status?.approvals ?? ''})`;
  }
}

/** The sentence of a refusal, without the API server's words around it. */
export function refusal(message: string): string {
  const at = message.indexOf('refused: ');
  return at < 0 ? message : message.slice(at);
}
