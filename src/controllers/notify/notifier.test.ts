// The notifier with a store and a channel in memory and a clock that is stepped: what it tells through an hour without the
// channel, lost answers, refusals and conflicts.
import { describe, expect, it } from 'vitest';
import { aStoredRequest } from '../../../test/builders/cli.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../api/approval-request.ts';
import type { Channel, NotDone, Told } from '../../channels/channel.ts';
import { ManualClock } from '../../kube/manual-clock.ts';
import { Notifier } from './notifier.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const PLACE = 'C1';

interface Message {
  readonly key: string;
  readonly thread: string | undefined;
  readonly form: 'card' | 'list';
  shown: string;
}

/** A channel that remembers what stands in it, and answers as it is told. */
class MemoryChannel implements Channel {
  readonly name = 'slack';
  readonly messages = new Map<string, Message>();
  /** What the next calls come to; `lost`: it arrives, and nobody hears of it. */
  readonly fates: (NotDone | 'lost')[] = [];
  away = false;
  calls = 0;

  cardContent = ({ metadata, status }: ApprovalRequest): string =>
    `${metadata.name} ${status?.state ?? 'Pending'}`;
  listContent = (requests: readonly ApprovalRequest[]): string => requests.map(this.cardContent).join(', ');

  postCard: Channel['postCard'] = ({ key }, request) => this.add(key, 'card', this.cardContent(request));
  postList: Channel['postList'] = ({ key }, requests) => this.add(key, 'list', this.listContent(requests));
  editCard: Channel['editCard'] = (_, handle, request) => this.edit(handle, this.cardContent(request));
  editList: Channel['editList'] = (_, handle, requests) => this.edit(handle, this.listContent(requests));
  reply: Channel['reply'] = ({ key }, thread, _, line) => this.add(key, 'card', line.type, thread);
  remind: Channel['remind'] = ({ key }, thread) => this.add(key, 'card', 'reminder', thread);
  find: Channel['find'] = (_place, _since, thread) =>
    this.answered(() => ({
      handles: new Map(
        [...this.messages]
          .filter(([, message]) => message.thread === thread)
          .map(([handle, { key, form }]) => [key, { handle, form }]),
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
class World {
  readonly clock = new ManualClock(Date.UTC(2026, 10, 22, 10));
  readonly channel = new MemoryChannel();
  readonly troubles: string[] = [];
  conflicts = 0;
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

  ask(name: string): void {
    const requestedAt = new Date(this.clock.wall()).toISOString();
    const expiresAt = new Date(this.clock.wall() + 4 * HOUR).toISOString();
    this.write(aStoredRequest(name, { requestedAt, expiresAt }, { state: 'Pending' }));
  }

  end(name: string, state: 'Approved' | 'Denied'): void {
    const request = this.get(name);
    const type = state === 'Approved' ? 'approved' : 'denied';
    const outbox = [
      { id: '1', type: 'requested', at: request.spec.requestedAt },
      { id: '2', type, at: request.spec.requestedAt },
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
      routed: () => [PLACE],
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

const keysOf = ({ channel }: World): string[] => [...channel.messages.values()].map(({ key }) => key);

describe('the notifier', () => {
  it('posts, edits in place, and tells the rest in the thread', async () => {
    const world = new World();
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.channel.tops()).toEqual(['a Pending']);
    expect(world.get('a').status?.notifications).toMatchObject([
      { place: PLACE, handle: 'm1', form: 'card' },
    ]);
    world.end('a', 'Denied');
    await world.clock.advance(5 * SECOND);
    expect([...world.channel.messages.values()].map(({ shown }) => shown)).toEqual(['a Denied', 'denied']);
    expect(world.get('a').status?.notifications).toMatchObject([{ isFinal: true }]);
    const { calls } = world.channel;
    await world.clock.advance(HOUR);
    expect(world.channel.calls).toBe(calls);
  });

  it('has every message right within ten seconds and the rate limit, after an hour without the channel', async () => {
    const world = new World();
    for (const name of ['a', 'b', 'c']) world.ask(name);
    await world.clock.advance(10 * SECOND);
    expect(world.channel.tops()).toEqual(['a Pending', 'b Pending', 'c Pending']);
    world.channel.away = true;
    world.end('a', 'Approved');
    world.ask('d');
    world.ask('over-before-anybody-was-told');
    await world.clock.advance(30 * MINUTE);
    world.end('b', 'Denied');
    world.end('over-before-anybody-was-told', 'Denied');
    await world.clock.advance(30 * MINUTE);
    // A channel that is away is asked now and then, not all the time.
    expect(world.channel.calls).toBeLessThan(2_000);
    world.channel.away = false;
    await world.clock.advance(10 * SECOND + 3 * 1_200);
    expect(world.channel.tops()).toEqual(['a Approved', 'b Denied', 'c Pending', 'd Pending']);
    await world.clock.advance(10 * SECOND);
    expect(keysOf(world)).toHaveLength(new Set(keysOf(world)).size);
    expect(keysOf(world).filter((key) => key.includes('line'))).toHaveLength(2);
  });

  it('looks before it sends again what may have arrived', async () => {
    const world = new World();
    world.channel.fates.push('lost');
    world.ask('a');
    await world.clock.advance(MINUTE);
    expect(keysOf(world)).toEqual(['uid-of-a:post']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1', content: 'a Pending' }]);
  });

  it('takes over from a leader that ended between a send and its note', async () => {
    const world = new World();
    world.conflicts = 100;
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.get('a').status?.notifications).toBeUndefined();
    world.conflicts = 0;
    world.elect();
    world.ask('b');
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['a Pending', 'b Pending']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('notes on the newest form of a request, whoever writes it meanwhile', async () => {
    const world = new World();
    world.conflicts = 2;
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('goes on when the API server does not answer, and tells nothing twice', async () => {
    const world = new World();
    world.isStoreAway = true;
    world.ask('a');
    await world.clock.advance(MINUTE);
    world.isStoreAway = false;
    await world.clock.advance(MINUTE);
    expect(keysOf(world)).toEqual(['uid-of-a:post']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('lets a message that is refused delay no other, and tries again', async () => {
    const world = new World();
    world.channel.fates.push({ kind: 'refused', why: 'invalid_blocks', isOfPlace: false });
    world.ask('a');
    world.ask('b');
    await world.clock.advance(5 * SECOND);
    expect(world.channel.tops()).toEqual(['b Pending']);
    expect(world.troubles).toEqual(['slack refuses in C1']);
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['b Pending', 'a Pending']);
  });

  it('leaves a place alone that refuses everything, and comes back', async () => {
    const world = new World();
    const refused = { kind: 'refused', why: 'not_in_channel', isOfPlace: true } as const;
    world.channel.fates.push(refused, refused);
    for (const name of ['a', 'b', 'c']) world.ask(name);
    await world.clock.advance(20 * SECOND);
    expect(world.channel.calls).toBe(1);
    await world.clock.advance(2 * MINUTE);
    expect(world.channel.tops()).toHaveLength(3);
  });

  it('says in the request why it is not shown, and that it is once it is', async () => {
    const world = new World();
    const notified = (name: string) =>
      world.get(name).status?.conditions?.find(({ type }) => type === 'Notified');
    const why = 'not_in_channel: Invite the app into the channel.';
    world.channel.fates.push({ kind: 'refused', why, isOfPlace: true });
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(notified('a')).toMatchObject({ status: 'False', reason: 'NotShown' });
    expect(notified('a')?.message).toContain('Invite the app into the channel');
    await world.clock.advance(MINUTE);
    expect(notified('a')).toMatchObject({ status: 'True', message: 'Shown in slack C1.' });
    world.channel.away = true;
    world.ask('b');
    await world.clock.advance(2 * MINUTE);
    expect(notified('b')?.message).toContain('does not answer');
  });

  it('posts again what somebody deleted while it waits', async () => {
    const world = new World();
    world.ask('a');
    await world.clock.advance(SECOND);
    world.channel.messages.delete('m1');
    world.end('a', 'Approved');
    world.ask('b');
    await world.clock.advance(MINUTE);
    // Of what is over nothing more is said.
    expect(world.channel.tops()).toEqual(['b Pending']);
  });

  it('makes one list of many, keeps it right, and forgets it when all are over', async () => {
    const world = new World();
    const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
    for (const name of names) world.ask(name);
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toHaveLength(5);
    for (const name of names) world.end(name, 'Denied');
    await world.clock.advance(MINUTE);
    expect(world.channel.tops().join()).not.toContain('Pending');
    expect(
      world.channel
        .tops()
        .join()
        .match(/Denied/g),
    ).toHaveLength(12);
    const { calls } = world.channel;
    await world.clock.advance(HOUR);
    expect(world.channel.calls).toBe(calls);
    expect(names.filter((name) => world.isKnown(name))).toEqual([]);
  });
});
