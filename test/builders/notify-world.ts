// The notifier with a store and a channel in memory and a clock that is stepped.
import { expect } from 'vitest';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../src/api/approval-request.ts';
import type { Channel, NotDone, Told } from '../../src/channels/channel.ts';
import { Notifier } from '../../src/controllers/notify/notifier.ts';
import { slackChannels } from '../../src/domain/message/routes.ts';
import { ManualClock } from '../../src/kube/manual-clock.ts';
import { aStoredRequest } from './cli.ts';

/** In ms. */
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
/** Where requests go whose policies name no place. */
export const PLACE = 'C1';

interface Message {
  readonly key: string;
  readonly thread: string | undefined;
  readonly form: 'card' | 'list' | 'notice';
  shown: string;
}

/** A channel that remembers what stands in it, and answers as it is told. */
class MemoryChannel implements Channel {
  readonly name = 'slack';
  readonly messages = new Map<string, Message>();
  /** What the next calls come to; `lost`: it arrives, and nobody hears of it. */
  readonly fates: (NotDone | 'lost')[] = [];
  /** The same, of the next words to an owner. */
  readonly noticeFates: (NotDone | 'lost')[] = [];
  away = false;
  calls = 0;

  cardContent = ({ metadata, status }: ApprovalRequest): string =>
    `${metadata.name} ${status?.state ?? 'Pending'}`;
  listContent = (requests: readonly ApprovalRequest[]): string => requests.map(this.cardContent).join(', ');

  postCard: Channel['postCard'] = ({ key }, request) => this.add(key, 'card', this.cardContent(request));
  postList: Channel['postList'] = ({ key }, requests) => this.add(key, 'list', this.listContent(requests));
  editCard: Channel['editCard'] = (_, handle, request) => this.edit(handle, this.cardContent(request));
  editList: Channel['editList'] = (_, handle, requests) => this.edit(handle, this.listContent(requests));
  notice: Channel['notice'] = ({ place, key }, request) => {
    this.fates.unshift(...this.noticeFates.splice(0, 1));
    return this.add(key, 'notice', `${place}: ${this.cardContent(request)}`);
  };
  reply: Channel['reply'] = ({ key }, thread, _, line) => this.add(key, 'card', line.type, thread);
  remind: Channel['remind'] = ({ key }, thread) => this.add(key, 'card', 'reminder', thread);
  alarm: Channel['alarm'] = () => Promise.reject(new Error('a notifier sends no alarms'));
  find: Channel['find'] = (_place, _since, thread) =>
    this.answered(() => ({
      handles: new Map(
        [...this.messages]
          .filter(([, message]) => message.thread === thread)
          .map(([handle, { key, form }]) => [key, { handle, form: form === 'list' ? form : 'card' }]),
      ),
      isComplete: true,
    }));

  tops(): string[] {
    return [...this.messages.values()].filter(({ thread }) => thread === undefined).map(({ shown }) => shown);
  }

  private add(key: string, form: Message['form'], shown: string, thread?: string) {
    return this.answered(() => {
      const handle = `m${this.messages.size + 1}`;
      this.messages.set(handle, { key, thread, form, shown });
      return { handle, content: shown };
    });
  }

  private async edit(handle: string, shown: string): Promise<Told<{ content: string }>> {
    const message = this.messages.get(handle);
    if (!message) return { kind: 'gone' };
    return this.answered(() => {
      message.shown = shown;
      return { content: shown };
    });
  }

  private answered<T extends object>(does: () => T): Promise<Told<T>> {
    this.calls += 1;
    const fate = this.away ? ({ kind: 'unsent', why: 'away' } as const) : this.fates.shift();
    if (fate === 'lost') {
      does();
      return Promise.resolve({ kind: 'unsure', why: 'no answer' });
    }
    return Promise.resolve(fate ?? { kind: 'done', ...does() });
  }
}

/** Requests, guarded by resourceVersion; the notifier sees each write. */
export class NotifyWorld {
  readonly clock = new ManualClock(Date.UTC(2026, 10, 22, 10));
  readonly channel = new MemoryChannel();
  readonly troubles: string[] = [];
  conflicts = 0;
  /** Whom outcomes are told to. */
  owners: readonly string[] = [];
  /** The API server answers no call. */
  isStoreAway = false;
  private readonly stored = new Map<string, ApprovalRequest>();
  private version = 1;
  private stop = new AbortController();
  private notifier = this.made();

  /** The leader ends, and another one begins. */
  elect(): void {
    this.stop.abort();
    this.stop = new AbortController();
    this.notifier = this.made();
    for (const request of this.stored.values()) this.notifier.seen(request);
  }

  ask(name: string, more: Parameters<typeof aStoredRequest>[1] = {}): void {
    const requestedAt = new Date(this.clock.wall()).toISOString();
    const expiresAt = new Date(this.clock.wall() + 4 * HOUR).toISOString();
    this.write(aStoredRequest(name, { ...more, requestedAt, expiresAt }, { state: 'Pending' }));
  }

  end(name: string, state: 'Approved' | 'Denied'): void {
    const request = this.get(name);
    const type = state === 'Approved' ? 'approved' : 'denied';
    const at = new Date(this.clock.wall()).toISOString();
    const outbox = [
      { id: '1', type: 'requested', at: request.spec.requestedAt },
      { id: '2', type, at },
    ] satisfies ApprovalRequestStatus['outbox'];
    this.write({ ...request, status: { ...request.status, state, outbox } });
  }

  get(name: string): ApprovalRequest {
    return this.stored.get(name) ?? expect.fail(`there is no ${name}`);
  }

  isKnown(name: string): boolean {
    return this.notifier.requestOf(`uid-of-${name}`) !== undefined;
  }

  private made(): Notifier {
    const notifier = new Notifier({
      channel: this.channel,
      routed: ({ spec }) => slackChannels(spec, PLACE),
      owners: () => this.owners,
      requests: {
        getRequest: (name) =>
          this.isStoreAway ? Promise.reject(new Error('away')) : Promise.resolve(this.stored.get(name)),
        replaceStatus: (request) =>
          this.isStoreAway ? Promise.reject(new Error('away')) : Promise.resolve(this.replace(request)),
      },
      clock: this.clock,
      troubled: (what) => void this.troubles.push(what),
      counted: () => undefined,
    });
    void notifier.run(this.stop.signal);
    return notifier;
  }

  private replace(request: ApprovalRequest): ApprovalRequest | undefined {
    const known = this.get(request.metadata.name);
    this.conflicts -= 1;
    if (this.conflicts >= 0 || known.metadata.resourceVersion !== request.metadata.resourceVersion)
      return undefined;
    return this.write(request);
  }

  private write(request: ApprovalRequest): ApprovalRequest {
    const metadata = { ...request.metadata, resourceVersion: String((this.version += 1)) };
    const written = { ...request, metadata };
    this.stored.set(metadata.name, written);
    this.notifier.seen(written);
    return written;
  }
}

/** The keys of everything that was sent, oldest first. */
export const keysOf = ({ channel }: NotifyWorld): string[] =>
  [...channel.messages.values()].map(({ key }) => key);
