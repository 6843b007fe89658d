// Writes what a channel was told into the status of the request, on its newest form, with the condition that follows. What
// could not be written counts as unknown: it is looked for, never sent again unseen (DESIGN 7).
import type { ApprovalRequest, ApprovalRequestStatus, Notification } from '../../api/approval-request.ts';
import { withNotified } from '../../domain/request/notified.ts';
import type { RequestPorts } from '../requests/ports.ts';
import { copyAfter, type Sent } from './after.ts';
import { copyOf, noteOf, notesBeside, withNote } from './notes.ts';
import type { Step } from './steps.ts';
import { placeRequest } from './told.ts';
import type { Tracked } from './tracked.ts';

/** What noting needs. */
export interface NotingPorts {
  /** Name of the channel. */
  readonly channel: string;
  readonly requests: Pick<RequestPorts, 'getRequest' | 'replaceStatus'>;
  /** Epoch ms. */
  readonly now: () => number;
  readonly troubled: (what: string, why: unknown) => void;
}

/** A step, where it was taken, and what came of it. */
export interface Taken {
  readonly place: string;
  readonly step: Step;
  readonly sent: Sent;
}

const MOST_CONFLICTS = 5;

/** Writes notes, one at a time. */
export class Noting {
  readonly #ports: NotingPorts;
  readonly #tracked: Tracked;

  constructor(ports: NotingPorts, tracked: Tracked) {
    this.#ports = ports;
    this.#tracked = tracked;
  }

  /** Notes what a place holds now. @returns whether it is stored */
  note(name: string, { place, step, sent }: Taken): Promise<boolean> {
    const { channel } = this.#ports;
    return this.#change(name, (request) => {
      const content = this.#tracked.content(request);
      const at = placeRequest(request, content, copyOf(noteOf(request, channel, place)));
      return withNote(request, { channel, place, copy: copyAfter(at, step, sent), content });
    });
  }

  /** Notes that an owner was told how a request ended, or why not: nobody tries again. @returns whether it is stored */
  noteNotice(name: string, place: string, told: Pick<Notification, 'handle' | 'trouble'>): Promise<boolean> {
    const { channel } = this.#ports;
    const note: Notification = { channel, place, form: 'notice', ...told, isFinal: true };
    return this.#change(name, (request) => [...notesBeside(request, channel, place), note]);
  }

  /** Tells in every request that waits for this place why it is not shown there. Once for each reason. */
  async noteTrouble(place: string, why: string): Promise<void> {
    const { channel } = this.#ports;
    for (const { name, isPending, copy } of this.#tracked.in(place)) {
      const request = this.#tracked.get(name);
      const isTold = request && noteOf(request, channel, place)?.trouble === why;
      if (request?.status === undefined || !isPending || copy !== undefined || isTold) continue;
      const noted = { channel, place, copy: undefined, trouble: why, content: '' };
      // On the newest form: the controller writes a new request at the same moment, and nothing else would try again soon.
      await this.#change(name, (newest) => withNote(newest, noted));
    }
  }

  async #change(
    name: string,
    change: (request: ApprovalRequest) => readonly Notification[],
  ): Promise<boolean> {
    const { requests } = this.#ports;
    for (let tries = 0; tries < MOST_CONFLICTS; tries += 1) {
      const request =
        tries === 0
          ? this.#tracked.get(name)
          : await requests.getRequest(name).catch((error: unknown) => this.#unstored(error));
      if (request?.status === undefined) break;
      if (await this.#store(request, request.status, change(request))) return true;
    }
    return false;
  }

  /** @returns false when somebody else wrote meanwhile */
  async #store(
    request: ApprovalRequest,
    status: ApprovalRequestStatus,
    notifications: readonly Notification[],
  ): Promise<boolean> {
    const { requests, now } = this.#ports;
    const after = { ...status, notifications: [...notifications] };
    const conditions = withNotified(after, request.metadata.generation ?? 1, now());
    const written = await requests
      .replaceStatus({ ...request, status: { ...after, conditions } })
      .catch((error: unknown) => this.#unstored(error));
    if (written) this.#tracked.wrote(written);
    return written !== undefined;
  }

  /** The API server did not answer: whether it was stored is not known, so it counts as not. */
  #unstored(error: unknown): undefined {
    this.#ports.troubled('the API server did not answer', error);
    return undefined;
  }
}
