// Carries one step out over a channel, and says what came of it in the words of notes (after.ts). Decides nothing.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Channel, Found, Posted, Told } from '../../channels/channel.ts';
import type { Sent } from './after.ts';
import type { Step } from './steps.ts';
import { threadLines } from './told.ts';

/** What came of a step that was taken. */
export type Result = Sent | { readonly kind: 'found'; readonly found: Found };

/** A step with everything that it is about. */
export interface Sending {
  readonly place: string;
  readonly step: Step;
  /** The request of the step. */
  readonly request: ApprovalRequest;
  /** The members of a list, whole. */
  readonly members: readonly ApprovalRequest[];
  /** How far a look goes back; asked by a look alone. Epoch ms. */
  readonly since: () => number;
}

/** Takes a step. Never rejects, as channels never do. */
export async function send(channel: Channel, sending: Sending): Promise<Told<{ sent: Result }>> {
  const { place, step, request, members } = sending;
  const address = { place, key: 'key' in step ? step.key : '' };
  switch (step.kind) {
    case 'join':
      return { kind: 'done', sent: { kind: 'said' } };
    case 'post':
      return mapped(
        step.form === 'card'
          ? await channel.postCard(address, request)
          : await channel.postList(address, [request]),
        ({ handle, content }): Sent => ({ kind: 'message', form: step.form, handle, content }),
      );
    case 'line':
      return line(channel, address, sending);
    case 'remind':
      return mapped(await channel.remind(address, step.thread, request), said);
    case 'edit':
      return mapped(await channel.editCard(place, step.handle, request), edited);
    case 'edit-list':
      return mapped(await channel.editList(place, step.handle, members), edited);
    case 'look':
      return mapped(await channel.find(place, sending.since(), step.thread), (found) => ({
        kind: 'found',
        found,
      }));
  }
}

async function line(
  channel: Channel,
  address: { readonly place: string; readonly key: string },
  { step, request }: Sending,
): Promise<Told<{ sent: Result }>> {
  const entry = step.kind === 'line' ? threadLines(request)[step.line] : undefined;
  if (step.kind !== 'line' || entry === undefined)
    return { kind: 'unsent', why: 'the line is not there any more' };
  return mapped(await channel.reply(address, step.thread, request, entry), said);
}

const said = (): Sent => ({ kind: 'said' });
const edited = ({ content }: Pick<Posted, 'content'>): Sent => ({ kind: 'edited', content });

function mapped<T extends object>(told: Told<T>, read: (result: T) => Result): Told<{ sent: Result }> {
  return told.kind === 'done' ? { kind: 'done', sent: read(told) } : told;
}
