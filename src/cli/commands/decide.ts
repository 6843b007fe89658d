// `approve`, `deny` and `revoke`: prints the whole question first, asks on a terminal, and sends a decision that is bound to
// what was printed. Who decided is not sent: Assent takes it from the authenticated request.
import type { Verdict } from '../../api/approval-decision.ts';
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { showQuestion } from '../../domain/message/show.ts';
import { askedSummary } from '../../domain/message/asked.ts';
import { notBefore } from '../../domain/request/instant.ts';
import { rememberedUntil } from '../../domain/request/supersede.ts';
import type { CliApi } from '../api.ts';
import type { Command } from '../arguments.ts';
import { isData, objectData } from '../data.ts';
import { EXIT, type Screen } from '../screen.ts';
import { objection } from './objection.ts';
import { notFound } from './read.ts';
import { notTaken } from './refused.ts';

/** How long the answer may take to show in the request. The decision is made whatever happens here. ms. */
const SETTLE_MS = 5_000;

type Decide = Extract<Command, { verb: 'approve' | 'deny' | 'revoke' }>;

const VERDICTS: Readonly<Record<Decide['verb'], Verdict>> = {
  approve: 'Approve',
  deny: 'Deny',
  revoke: 'Revoke',
};

/** Answers one request, or takes an answer back. */
export async function decide(command: Decide, api: CliApi, screen: Screen): Promise<number> {
  const request = await api.get(command.name);
  if (!request) return notFound(command.name, screen);
  // Data has stdout for itself.
  const tell = (text: string) => (isData(command.output) ? screen.error(text) : screen.out(text));
  tell(showQuestion(request));
  if (!command.yes && !(await isConfirmed(command, request, screen))) return EXIT.failed;
  const refused = await send(command, request, api, screen);
  if (refused !== undefined) return refused;
  const isTold = (one: ApprovalRequest) =>
    counted(one) > counted(request) || stateOf(one) !== stateOf(request);
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
    const { verb, reason, forSeconds } = command;
    await api.decide({
      request: command.name,
      verdict: VERDICTS[verb],
      fingerprint: request.spec.fingerprint,
      ...(reason === undefined ? {} : { reason }),
      ...(forSeconds === undefined ? {} : { forSeconds }),
    });
    return undefined;
  } catch (error) {
    return notTaken(error, 'nothing was sent', screen);
  }
}

/** Asks on the terminal, unless it is known already that the answer would be refused. */
async function isConfirmed(command: Decide, request: ApprovalRequest, screen: Screen): Promise<boolean> {
  const known = objection(request, command, screen.now());
  if (known !== undefined) {
    screen.error(known);
    return false;
  }
  const answer = await screen.ask(
    `\n${command.verb} "${askedSummary(answered(request.spec, command))}"? Type yes: `,
  );
  if (answer?.trim().toLowerCase() === 'yes') return true;
  screen.error(answer === undefined ? 'there is no terminal to ask on: add --yes' : 'nothing was sent');
  return false;
}

/** What the answer is about: access as short as the person makes it. */
function answered(spec: ApprovalRequest['spec'], { forSeconds }: Decide): ApprovalRequest['spec'] {
  const { access } = spec;
  if (access === undefined || forSeconds === undefined) return spec;
  return { ...spec, access: { ...access, seconds: Math.min(forSeconds, access.seconds) } };
}

/** What became of the request, in one line. */
function settled(request: ApprovalRequest): string {
  const { metadata, spec, status = { state: 'Pending' } } = request;
  const { name } = metadata;
  const { state, approvals = '', usableUntil = '', decisions = [] } = status;
  const isAccess = spec.access !== undefined;
  if (decisions.some(({ verdict }) => verdict === 'Revoke'))
    return `revoked: ${name}${isAccess && state !== 'Ended' ? ', the access is being taken away' : ''}`;
  switch (state) {
    case 'Approved':
      return `approved: ${name} (${approvals}), ${isAccess ? 'access' : 'usable'} until ${usableUntil}`;
    case 'Reserved':
    case 'Admitted':
      return `approved: ${name}, and used already`;
    case 'Denied':
      return `denied: ${name}${remembered(request)}`;
    default:
      return `counted: ${name} is ${state} (${approvals})`;
  }
}

/** Until when the no is remembered, and for what: nothing lifts it earlier. */
function remembered(request: ApprovalRequest): string {
  const until = rememberedUntil(request);
  if (until === undefined) return '';
  if (request.spec.coolDownSeconds === 0) return '; the agent may ask again at once';
  const what =
    request.spec.access === undefined
      ? 'the same operation on this object again, whatever its content,'
      : 'the same access again';
  return `; the agent cannot ask for ${what} before ${notBefore(until)}`;
}
