// `approve` and `deny`: prints the whole change first, asks on a terminal, and sends a decision that is bound to what was
// printed. Who decided is not sent: Assent takes it from the authenticated request.
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { refusalIn } from '../../domain/message/refusal.ts';
import { showQuestion } from '../../domain/message/show.ts';
import { askedSummary } from '../../domain/message/asked.ts';
import { ApiError } from '../../kube/errors.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { unanswered } from '../failure.ts';
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
  // Data has stdout for itself.
  const tell = (text: string) => (isData(command.output) ? screen.error(text) : screen.out(text));
  tell(showQuestion(request));
  if (!command.yes && !(await isConfirmed(command, request, screen))) return EXIT.failed;
  const refused = await send(command, request, api, screen);
  if (refused !== undefined) return refused;
  const isTold = (one: ApprovalRequest) => counted(one) > counted(request) || stateOf(one) !== 'Pending';
  const after = await api.waitFor(command.name, isTold, SETTLE_MS);
  if (after && isData(command.output)) screen.out(objectData(after, command.output));
  if (after && isTold(after)) {
    tell(settled(after));
    return EXIT.ok;
  }
  const later = `it counts as soon as one does: kubectl get apr ${command.name}`;
  screen.error(`the decision is stored, but no controller counts it now; ${later}`);
  return EXIT.uncounted;
}

const stateOf = ({ status }: ApprovalRequest): RequestState => status?.state ?? 'Pending';
const counted = ({ status }: ApprovalRequest): number => status?.decisions?.length ?? 0;

/** Sends the decision. A refusal is shown in its own words. @returns an exit code when it was not taken */
async function send(
  command: Decide,
  request: ApprovalRequest,
  api: CliApi,
  screen: Screen,
): Promise<number | undefined> {
  try {
    await api.decide({
      request: command.name,
      verdict: command.verb === 'approve' ? 'Approve' : 'Deny',
      fingerprint: request.spec.fingerprint,
      ...(command.reason === undefined ? {} : { reason: command.reason }),
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const cause = unanswered(error);
    if (cause === undefined) {
      screen.error(refusalIn(error.message) ?? error.message);
      return EXIT.failed;
    }
    screen.error(`Assent does not answer; nothing was sent\n${cause}`);
    return EXIT.unanswered;
  }
}

/** Asks on the terminal, unless it is known already that the answer would be refused. */
async function isConfirmed(command: Decide, request: ApprovalRequest, screen: Screen): Promise<boolean> {
  const known = objection(request, command, screen.now());
  if (known !== undefined) {
    screen.error(known);
    return false;
  }
  const answer = await screen.ask(`\n${command.verb} "${askedSummary(request.spec)}"? Type yes: `);
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
    case 'Reserved':
    case 'Admitted':
      return `approved: ${name}, and used already`;
    case 'Denied':
      return `denied: ${name}`;
    default:
      return `counted: ${name} is ${status?.state ?? 'Pending'} (${status?.approvals ?? ''})`;
  }
}
