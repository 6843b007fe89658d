// Keeps every place of one channel up to date, one step at a time: what is next is computed from what is noted in the requests
// (steps.ts), what became of it is noted there again. Run by the leader; a channel that is away delays nothing else.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Channel, Found, NotDone, Posted, Told } from '../../channels/channel.ts';
import type { KubeClock } from '../../kube/clock.ts';
import { withNotified } from '../../domain/request/notified.ts';
import type { RequestPorts } from '../requests/ports.ts';
import { copyAfter, type Sent } from './after.ts';
import type { PlaceRequest, SendKey } from './copy.ts';
import { listsOf } from './lists.ts';
import { copyOf, noteOf, withNote, type Noted } from './notes.ts';
import { Pace } from './pace.ts';
import { stepsOf, type Step } from './steps.ts';
import { placeRequest, threadLines } from './told.ts';
import { Tracked } from './tracked.ts';

/** What a notifier needs. */
export interface NotifierPorts {
  readonly channel: Channel;
  /** Places in which a waiting request belongs. */
  readonly routed: (request: ApprovalRequest) => readonly string[];
  readonly requests: Pick<RequestPorts, 'getRequest' | 'replaceStatus'>;
  readonly clock: KubeClock;
  /** Something did not go as it should; nothing is lost by it. */
  readonly troubled: (what: string, why: unknown) => void;
  readonly counted: (step: Step['kind'], outcome: Told['kind']) => void;
}

/** A channel that is away is asked again this often. ms. */
const AGAIN_MS = 5_000;
/** What only a person can mend is tried again this often. ms. */
const MENDED_MS = 30_000;
/** So long nobody is told that a channel does not answer. ms. */
const SAID_MS = 60_000;
const MOST_CONFLICTS = 5;

interface Next {
  readonly place: string;
  readonly step: Step;
}

/** One channel's deliveries. */
export class Notifier {
  readonly #ports: NotifierPorts;
  readonly #tracked: Tracked;
  #pace = new Pace();
  #unsure = new Set<string>();
  #sure = new Set<string>();
  /** Sends before this may have been made by the leader before us. Epoch ms. */
  #since = 0;
  /** Requests, in one place, that are left alone until then. */
  readonly #held = new Map<string, number>();
  /** Since when a place answers nothing. Epoch ms. */
  readonly #failingSince = new Map<string, number>();
  #wake: () => void = () => undefined;

  constructor(ports: NotifierPorts) {
    this.#ports = ports;
    this.#tracked = new Tracked(ports.channel, ports.routed);
  }

  /** A request was seen. */
  seen(request: ApprovalRequest): void {
    this.#tracked.seen(request);
    this.#wake();
  }

  gone(name: string): void {
    this.#tracked.gone(name);
    this.#wake();
  }

  /** A request that waits, or is not told to its end, by metadata.uid. */
  requestOf(uid: string): ApprovalRequest | undefined {
    return this.#tracked.byUid(uid);
  }

  /** Delivers until the signal is aborted. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#ports;
    this.#since = clock.wall();
    this.#pace = new Pace();
    [this.#unsure, this.#sure] = [new Set(), new Set()];
    while (!signal.aborted) {
      const next = this.#next(clock.wall());
      if (typeof next === 'number') await this.#sleep(next - clock.wall(), signal);
      else await this.#take(next);
    }
  }

  /** The step that is due, or when one may be (epoch ms). */
  #next(now: number): Next | number {
    let at = now + AGAIN_MS * 12;
    for (const [place, requests] of this.#tracked.places()) {
      const free = requests.filter(({ name }) => (this.#held.get(`${place} ${name}`) ?? 0) <= now);
      const facts = {
        requests: free,
        listContent: (members: readonly PlaceRequest[]) => this.#listContent(members),
        isUnsure: (key: SendKey) => this.#isUnsure(place, key, requests),
      };
      const steps = stepsOf(facts, now);
      const ready = steps.find((step) => this.#pace.readyAt(step, place) <= now);
      if (ready) return { place, step: ready };
      at = Math.min(at, ...steps.map((step) => this.#pace.readyAt(step, place)), ...dueLater(requests, now));
      if (steps.length === 0) this.#forgetLists(requests);
    }
    return Math.min(at, ...[...this.#held.values()].filter((until) => until > now));
  }

  #sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal.removeEventListener('abort', done);
        this.#wake = () => undefined;
        resolve();
      };
      const cancel = this.#ports.clock.after(Math.max(ms, 1), done);
      signal.addEventListener('abort', done);
      this.#wake = done;
    });
  }

  #isUnsure(place: string, key: SendKey, requests: readonly PlaceRequest[]): boolean {
    const sent = `${place} ${key}`;
    if (this.#unsure.has(sent)) return true;
    const since = requests.find(({ uid }) => key.startsWith(`${uid}:`))?.since ?? 0;
    return since < this.#since && !this.#sure.has(sent);
  }

  #listContent(members: readonly PlaceRequest[]): string {
    return this.#ports.channel.listContent(this.#whole(members));
  }

  #whole(members: readonly { readonly name: string }[]): readonly ApprovalRequest[] {
    return members.flatMap(({ name }) => this.#tracked.get(name) ?? []);
  }

  /** Nothing is left to do in this place, so its lists are up to date. */
  #forgetLists(requests: readonly PlaceRequest[]): void {
    for (const { members } of listsOf(requests)) {
      if (members.every(({ isPending }) => !isPending)) this.#tracked.forget(members.map(({ name }) => name));
    }
  }

  async #take({ place, step }: Next): Promise<void> {
    const { clock, counted } = this.#ports;
    const now = clock.wall();
    this.#pace.taken(step, place, now);
    const request = this.#tracked.get(step.request);
    if (request === undefined) return;
    const told = await this.#tell(place, step, request);
    counted(step.kind, told.kind);
    await this.#failing(place, told, now);
    if (told.kind === 'done') await this.#done(place, step, request, told.sent);
    else await this.#notDone(place, step, request, told);
  }

  /** What nobody answers for a while, or only a person can mend, is said where people look. */
  async #failing(place: string, told: Told, now: number): Promise<void> {
    if (told.kind === 'refused' && told.isOfPlace) return this.#noteTrouble(place, told.why);
    if (told.kind !== 'unsent' && told.kind !== 'unsure') {
      if (told.kind === 'done') this.#failingSince.delete(place);
      return;
    }
    const since = this.#failingSince.get(place) ?? now;
    this.#failingSince.set(place, since);
    if (now - since >= SAID_MS) await this.#noteTrouble(place, `${this.#ports.channel.name} does not answer`);
  }

  async #tell(place: string, step: Step, request: ApprovalRequest): Promise<Told<{ sent: Result }>> {
    const { channel } = this.#ports;
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
      case 'line': {
        const line = threadLines(request)[step.line];
        if (line === undefined) return { kind: 'unsent', why: 'the line is not there any more' };
        return mapped(await channel.reply(address, step.thread, request, line), said);
      }
      case 'remind':
        return mapped(await channel.remind(address, step.thread, request), said);
      case 'edit':
        return mapped(await channel.editCard(place, step.handle, request), edited);
      case 'edit-list': {
        const members = this.#whole(step.members.map((name) => ({ name })));
        return mapped(await channel.editList(place, step.handle, members), edited);
      }
      case 'look':
        return mapped(await this.#look(place, step, request), (found) => ({ kind: 'found', found }));
    }
  }

  /** One look tells about every send of the place whose answer nobody saw. */
  #look(place: string, step: Step & { kind: 'look' }, request: ApprovalRequest): Promise<Told<Found>> {
    const requests = this.#tracked.places().get(place) ?? [];
    const since = Math.min(Date.parse(request.spec.requestedAt), ...requests.map((one) => one.since));
    return this.#ports.channel.find(place, since, step.thread);
  }

  async #done(place: string, step: Step, request: ApprovalRequest, result: Result): Promise<void> {
    if (result.kind !== 'found') {
      if ('key' in step) this.#know(place, step.key);
      await this.#note(place, step, request.metadata.name, result);
      return;
    }
    const { handles, isComplete } = result.found;
    if (!isComplete) this.#ports.troubled('not every message could be looked through', place);
    if (step.kind === 'look' && step.what !== 'post') {
      this.#know(place, step.key);
      if (handles.has(step.key)) await this.#note(place, step, request.metadata.name, { kind: 'said' });
      return;
    }
    for (const { name, uid, copy } of this.#tracked.places().get(place) ?? []) {
      const key: SendKey = `${uid}:post`;
      if (copy !== undefined) continue;
      this.#know(place, key);
      const found = handles.get(key);
      // What it shows is not known: an edit comes next.
      if (found) await this.#note(place, step, name, { kind: 'message', ...found, content: UNKNOWN_CONTENT });
    }
  }

  #know(place: string, key: SendKey): void {
    this.#unsure.delete(`${place} ${key}`);
    this.#sure.add(`${place} ${key}`);
  }

  /** Notes what a place holds now, on the newest form of the request. */
  async #note(place: string, step: Step, name: string, sent: Sent): Promise<void> {
    const { channel, requests, troubled } = this.#ports;
    for (let tries = 0; tries < MOST_CONFLICTS; tries += 1) {
      const request =
        tries === 0
          ? this.#tracked.get(name)
          : await requests.getRequest(name).catch((error: unknown) => this.#unstored(error));
      if (request?.status === undefined) break;
      const at = this.#placeRequest(place, request);
      const content = this.#tracked.content(request);
      const noted = { channel: channel.name, place, copy: copyAfter(at, step, sent), content };
      if (await this.#store(request, noted)) return;
    }
    if ('key' in step) this.#unsure.add(`${place} ${step.key}`);
    this.#held.set(`${place} ${name}`, this.#ports.clock.wall() + AGAIN_MS);
    troubled('what was told could not be noted; it is looked for', name);
  }

  /** Writes a note, and the condition that follows. @returns false when somebody else wrote meanwhile */
  async #store(request: ApprovalRequest, noted: Noted): Promise<boolean> {
    const { requests, clock } = this.#ports;
    const { status = { state: 'Pending' }, metadata } = request;
    const after = { ...status, notifications: [...withNote(request, noted)] };
    const conditions = withNotified(after, metadata.generation ?? 1, clock.wall());
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

  /** Tells in every request that waits for this place why it is not shown there. Once for each reason. */
  async #noteTrouble(place: string, why: string): Promise<void> {
    const { channel } = this.#ports;
    for (const { name, isPending, copy } of this.#tracked.places().get(place) ?? []) {
      const request = this.#tracked.get(name);
      const isTold = request && noteOf(request, channel.name, place)?.trouble === why;
      if (request?.status === undefined || !isPending || copy !== undefined || isTold) continue;
      const noted = { channel: channel.name, place, copy: undefined, trouble: why, content: '' };
      await this.#store(request, noted);
    }
  }

  #placeRequest(place: string, request: ApprovalRequest): PlaceRequest {
    const copy = copyOf(noteOf(request, this.#ports.channel.name, place));
    return placeRequest(request, this.#tracked.content(request), copy);
  }

  async #notDone(place: string, step: Step, request: ApprovalRequest, told: NotDone): Promise<void> {
    const now = this.#ports.clock.wall();
    switch (told.kind) {
      case 'gone':
        return this.#note(place, step, request.metadata.name, { kind: 'gone' });
      case 'limited':
        return this.#pace.limited(step, place, now, told.retryAfterMs);
      case 'unsure':
        if ('key' in step && step.kind !== 'look') this.#unsure.add(`${place} ${step.key}`);
        return this.#pace.limited(step, place, now, AGAIN_MS);
      case 'unsent':
        return this.#pace.limited(step, place, now, AGAIN_MS);
      case 'refused':
        this.#ports.troubled(`${this.#ports.channel.name} refuses in ${place}`, told.why);
        if (told.isOfPlace) this.#pace.limited(step, place, now, MENDED_MS);
        else this.#held.set(`${place} ${request.metadata.name}`, now + MENDED_MS);
    }
  }
}

type Result = Sent | { readonly kind: 'found'; readonly found: Found };
/** Differs from every digest, and marks who opened a list. */
const UNKNOWN_CONTENT = 'unknown';

const said = (): Sent => ({ kind: 'said' });
const edited = ({ content }: Pick<Posted, 'content'>): Sent => ({ kind: 'edited', content });

function mapped<T extends object>(told: Told<T>, read: (result: T) => Result): Told<{ sent: Result }> {
  return told.kind === 'done' ? { kind: 'done', sent: read(told) } : told;
}

/** When time alone makes something due. */
function dueLater(requests: readonly PlaceRequest[], now: number): number[] {
  return requests.flatMap(({ isPending, remindAt, copy }) =>
    isPending && copy?.isReminded === false && remindAt !== undefined && remindAt > now ? [remindAt] : [],
  );
}
