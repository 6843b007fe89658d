// Keeps every place of one channel up to date, one step at a time: what is next is computed from what is noted in the requests
// (steps.ts), what became of it is noted there again. Run by the leader; a channel that is away delays nothing else.
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Channel, NotDone, Told } from '../../channels/channel.ts';
import type { KubeClock } from '../../kube/clock.ts';
import type { RequestPorts } from '../requests/ports.ts';
import type { Sent } from './after.ts';
import type { PlaceRequest, SendKey } from './copy.ts';
import { listsOf } from './lists.ts';
import { Noting } from './noting.ts';
import { Pace } from './pace.ts';
import { send, type Result } from './send.ts';
import { stepsOf, type Step } from './steps.ts';
import { Tracked, type Notice } from './tracked.ts';

/** What a notifier needs. */
export interface NotifierPorts {
  readonly channel: Channel;
  /** Places in which a waiting request belongs. */
  readonly routed: (request: ApprovalRequest) => readonly string[];
  /** People who are to be told how a request ended, as the channel names them. */
  readonly owners: (request: ApprovalRequest) => readonly string[];
  readonly requests: Pick<RequestPorts, 'getRequest' | 'replaceStatus'>;
  readonly clock: KubeClock;
  /** Something did not go as it should; nothing is lost by it. */
  readonly troubled: (what: string, why: unknown) => void;
  readonly counted: (step: Step['kind'] | 'notice', outcome: Told['kind']) => void;
}

/** A channel that is away is asked again this often. ms. */
const AGAIN_MS = 5_000;
/** What only a person can mend is tried again this often. ms. */
const MENDED_MS = 30_000;
/** So long nobody is told that a channel does not answer. ms. */
const SAID_MS = 60_000;

interface Next {
  readonly place: string;
  readonly step: Step;
}

/** One channel's deliveries. */
export class Notifier {
  readonly #ports: NotifierPorts;
  readonly #tracked: Tracked;
  readonly #noting: Noting;
  #pace = new Pace();
  #unsure = new Set<string>();
  #sure = new Set<string>();
  /** Sends before this may have been made by the leader before us. Epoch ms. */
  #since = 0;
  /** Requests, in one place, that are left alone until then. By the clock that never jumps, as the pace. ms. */
  readonly #held = new Map<string, number>();
  /** Since when a place answers nothing. Epoch ms. */
  readonly #failingSince = new Map<string, number>();
  /** Places that take nothing now, and why: every request that waits for one says so. */
  readonly #troubles = new Map<string, string>();
  #wake: () => void = () => undefined;

  constructor(ports: NotifierPorts) {
    this.#ports = ports;
    const { channel, clock } = ports;
    const now = () => clock.wall();
    this.#tracked = new Tracked({ ...ports, now });
    this.#noting = new Noting({ ...ports, channel: channel.name, now }, this.#tracked);
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
      for (const [place, why] of this.#troubles) await this.#noting.noteTrouble(place, why);
      const next = this.#next(clock.wall());
      if (typeof next === 'number') await this.#sleep(next - clock.wall(), signal);
      else if ('step' in next) await this.#take(next);
      else await this.#give(next);
    }
  }

  /** The step that is due, or when one may be (epoch ms). */
  #next(now: number): Next | Notice | number {
    const monotonic = this.#ports.clock.monotonic();
    const readyAt = (call: Parameters<Pace['readyAt']>[0], place: string): number =>
      now + this.#pace.readyAt(call, place) - monotonic;
    let at = now + AGAIN_MS * 12;
    for (const [place, requests] of this.#tracked.places()) {
      const free = requests.filter(({ name }) => (this.#held.get(`${place} ${name}`) ?? 0) <= monotonic);
      const facts = {
        requests: free,
        listContent: (members: readonly PlaceRequest[]) => this.#listContent(members),
        isUnsure: (key: SendKey) => this.#isUnsure(place, key, requests),
      };
      const steps = stepsOf(facts, now);
      const ready = steps.find((step) => readyAt(step.kind, place) <= now);
      if (ready) return { place, step: ready };
      at = Math.min(at, ...steps.map((step) => readyAt(step.kind, place)), ...dueLater(requests, now));
      if (steps.length === 0) this.#forgetLists(requests);
    }
    const notices = this.#tracked.notices();
    const due = notices.find(({ place }) => readyAt('notice', place) <= now);
    if (due) return due;
    at = Math.min(at, ...notices.map(({ place }) => readyAt('notice', place)));
    const held = [...this.#held.values()].filter((until) => until > monotonic);
    return Math.min(at, ...held.map((until) => now + until - monotonic));
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
    return this.#ports.channel.listContent(this.#whole(members.map(({ name }) => name)));
  }

  #whole(names: readonly string[]): readonly ApprovalRequest[] {
    return names.flatMap((name) => this.#tracked.get(name) ?? []);
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
    this.#pace.taken(step.kind, place, clock.monotonic());
    const request = this.#tracked.get(step.request);
    if (request === undefined) return;
    const told = await send(this.#ports.channel, {
      place,
      step,
      request,
      members: step.kind === 'edit-list' ? this.#whole(step.members) : [],
      since: () =>
        Math.min(Date.parse(request.spec.requestedAt), ...this.#tracked.in(place).map((one) => one.since)),
    });
    counted(step.kind, told.kind);
    this.#failing(place, told, now);
    if (told.kind === 'done') await this.#done(place, step, request, told.sent);
    else await this.#notDone(place, step, request, told);
  }

  /** What nobody answers for a while, or only a person can mend, is said in every request that waits for the place. */
  #failing(place: string, told: Told, now: number): void {
    if (told.kind === 'done') {
      this.#failingSince.delete(place);
      this.#troubles.delete(place);
    }
    if (told.kind === 'refused' && told.isOfPlace) this.#troubles.set(place, told.why);
    if (told.kind !== 'unsent' && told.kind !== 'unsure') return;
    const since = this.#failingSince.get(place) ?? now;
    this.#failingSince.set(place, since);
    if (now - since >= SAID_MS)
      this.#troubles.set(
        place,
        `${this.#ports.channel.name} does not answer; it is tried again, and kubectl assent approve or deny works meanwhile`,
      );
  }

  /** Tells an owner. Nobody can look whether it arrived, and the card says it too: what may have arrived counts as told. */
  async #give({ place, name, key }: Notice): Promise<void> {
    const { channel, clock, counted, troubled } = this.#ports;
    const now = clock.monotonic();
    this.#pace.taken('notice', place, now);
    const request = this.#tracked.get(name);
    if (request === undefined) return;
    const told = await channel.notice({ place, key }, request);
    counted('notice', told.kind);
    if (told.kind === 'limited') return this.#pace.limited('notice', place, now, told.retryAfterMs);
    if (told.kind === 'unsent') return this.#pace.limited('notice', place, now, AGAIN_MS);
    if (told.kind === 'refused') troubled(`${channel.name} refuses to tell an owner`, told.why);
    this.#tracked.gave(place, name);
    await this.#noting.noteNotice(name, place, noticeOf(told));
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
    for (const { name, uid, copy } of this.#tracked.in(place)) {
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

  async #note(place: string, step: Step, name: string, sent: Sent): Promise<void> {
    if (await this.#noting.note(name, { place, step, sent })) return;
    if ('key' in step) this.#unsure.add(`${place} ${step.key}`);
    this.#held.set(`${place} ${name}`, this.#ports.clock.monotonic() + AGAIN_MS);
    this.#ports.troubled('what was told could not be noted; it is looked for', name);
  }

  async #notDone(place: string, step: Step, request: ApprovalRequest, told: NotDone): Promise<void> {
    const now = this.#ports.clock.monotonic();
    switch (told.kind) {
      case 'gone':
        return this.#note(place, step, request.metadata.name, { kind: 'gone' });
      case 'limited':
        return this.#pace.limited(step.kind, place, now, told.retryAfterMs);
      case 'unsure':
        if ('key' in step && step.kind !== 'look') this.#unsure.add(`${place} ${step.key}`);
        return this.#pace.limited(step.kind, place, now, AGAIN_MS);
      case 'unsent':
        return this.#pace.limited(step.kind, place, now, AGAIN_MS);
      case 'refused':
        this.#ports.troubled(`${this.#ports.channel.name} refuses in ${place}`, told.why);
        if (told.isOfPlace) this.#pace.limited(step.kind, place, now, MENDED_MS);
        else this.#held.set(`${place} ${request.metadata.name}`, now + MENDED_MS);
    }
  }
}

/** Differs from every digest, and marks who opened a list. */
const UNKNOWN_CONTENT = 'unknown';

function noticeOf(told: Told<{ readonly handle: string }>): { handle?: string; trouble?: string } {
  if (told.kind === 'done') return { handle: told.handle };
  return told.kind === 'gone' ? {} : { trouble: 'why' in told ? told.why : '' };
}

/** When time alone makes something due. */
function dueLater(requests: readonly PlaceRequest[], now: number): number[] {
  return requests.flatMap(({ isPending, remindAt, copy }) =>
    isPending && copy?.isReminded === false && remindAt !== undefined && remindAt > now ? [remindAt] : [],
  );
}
