// Whole deliveries in simulated time: requests that come and end, a channel that limits, loses, and answers nothing, and
// leaders that end between a send and its note. Afterwards everything was told once, in order, and shows the last state.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyAfter, type Sent } from './after.ts';
import type { Copy, PlaceRequest, SendKey } from './copy.ts';
import { Pace } from './pace.ts';
import { stepsOf, type Step } from './steps.ts';

/** What the channel does with a call. */
type Fate = 'ok' | 'limited' | 'unsent' | 'unanswered' | 'leader ends' | 'deleted';

interface Message {
  readonly key: SendKey;
  readonly at: number;
  readonly form: Copy['form'];
  readonly thread: string;
  content: string;
}

interface Life {
  readonly since: number;
  readonly decidedAt: number;
  readonly isReminded: boolean;
}

const TICK_MS = 100;
const RETRY_MS = 5_000;

class World {
  readonly messages = new Map<string, Message>();
  readonly copies = new Map<string, Copy>();
  private unsure = new Set<SendKey>();
  private sure = new Set<SendKey>();
  private knownSince = 0;
  private pace = new Pace();
  private count = 0;
  private readonly lives: readonly Life[];
  private readonly fates: Fate[];

  constructor(lives: readonly Life[], fates: readonly Fate[]) {
    this.lives = lives;
    this.fates = [...fates];
  }

  requests(now: number): PlaceRequest[] {
    return this.lives.flatMap((life, index) => {
      if (now < life.since) return [];
      const isPending = now < life.decidedAt;
      const name = `r${index}`;
      const copy = this.copies.get(name);
      const remindAt = life.isReminded ? life.since + 20_000 : undefined;
      const known = { name, uid: `u${index}`, since: life.since, isPending, remindAt };
      return [
        {
          ...known,
          content: isPending ? 'pending' : 'decided',
          lines: isPending ? 0 : 2,
          ...(copy && { copy }),
        },
      ];
    });
  }

  /** Takes at most one step. @returns whether anything is left to do */
  tick(now: number): boolean {
    const requests = this.requests(now);
    const isUnsure = (key: SendKey): boolean => this.unsure.has(key) || this.isOfAnotherLeader(key, requests);
    const steps = stepsOf({ requests, listContent, isUnsure }, now);
    const step = steps.find((one) => this.pace.readyAt(one.kind, 'C') <= now);
    if (step) this.take(step, requests, now);
    return steps.length > 0;
  }

  private isOfAnotherLeader(key: SendKey, requests: readonly PlaceRequest[]): boolean {
    const since = requests.find(({ uid }) => key.startsWith(`${uid}:`))?.since ?? 0;
    return since < this.knownSince && !this.sure.has(key);
  }

  private take(step: Step, requests: readonly PlaceRequest[], now: number): void {
    this.pace.taken(step.kind, 'C', now);
    const fate = step.kind === 'join' ? 'ok' : (this.fates.shift() ?? 'ok');
    if (fate === 'limited' || fate === 'unsent') {
      this.pace.limited(step.kind, 'C', now, fate === 'limited' ? 3_000 : RETRY_MS);
      return;
    }
    if (fate === 'deleted') this.remove(step);
    const sent = this.arrives(step, requests, now);
    if (fate === 'leader ends') this.elect(now);
    else if (fate !== 'unanswered') this.note(step, requests, sent);
    else if ('key' in step && step.kind !== 'look') this.unsure.add(step.key);
  }

  private note(step: Step, requests: readonly PlaceRequest[], sent: Sent | undefined): void {
    if ('key' in step) {
      this.unsure.delete(step.key);
      this.sure.add(step.key);
    }
    const request = requests.find(({ name }) => name === step.request);
    if (request === undefined || sent === undefined) return;
    const copy = copyAfter(request, step, sent);
    if (copy) this.copies.set(step.request, copy);
    else this.copies.delete(step.request);
  }

  /** Somebody deletes the message that a step is about; its thread goes with it. */
  private remove(step: Step): void {
    const handle = 'handle' in step ? step.handle : 'thread' in step ? step.thread : undefined;
    if (handle === undefined) return;
    this.messages.delete(handle);
    for (const [one, { thread }] of this.messages) if (thread === handle) this.messages.delete(one);
  }

  private elect(now: number): void {
    this.unsure = new Set();
    this.sure = new Set();
    this.pace = new Pace();
    this.knownSince = now + TICK_MS;
  }

  private arrives(step: Step, requests: readonly PlaceRequest[], now: number): Sent | undefined {
    switch (step.kind) {
      case 'join':
        return { kind: 'said' };
      case 'edit':
        return this.edit(step.handle, [step.request], requests);
      case 'edit-list':
        return this.edit(step.handle, step.members, requests);
      case 'look':
        return this.found(step);
      case 'post':
      case 'line':
      case 'remind':
        return this.send(step, requests, now);
    }
  }

  private edit(handle: string, members: readonly string[], requests: readonly PlaceRequest[]): Sent {
    const message = this.messages.get(handle);
    if (!message) return { kind: 'gone' };
    const of = members.flatMap((member) => requests.filter(({ name }) => name === member));
    const content = message.form === 'list' ? listContent(of) : (of[0]?.content ?? '');
    message.content = content;
    return { kind: 'edited', content };
  }

  private found(step: Step & { kind: 'look' }): Sent | undefined {
    const thread = step.thread ?? '';
    if (thread !== '' && !this.messages.has(thread)) return { kind: 'gone' };
    const isIt = (one: Message): boolean => one.key === step.key && one.thread === thread;
    const [handle = '', found] = [...this.messages].find(([, message]) => isIt(message)) ?? [];
    if (!found || step.what !== 'post') return found && { kind: 'said' };
    return { kind: 'message', form: found.form, handle, content: found.content };
  }

  private send(
    step: Step & { kind: 'post' | 'line' | 'remind' },
    requests: readonly PlaceRequest[],
    now: number,
  ): Sent {
    const thread = step.kind === 'post' ? '' : step.thread;
    if (thread !== '' && !this.messages.has(thread)) return { kind: 'gone' };
    const handle = `m${(this.count += 1)}`;
    const self = requests.filter(({ name }) => name === step.request);
    const form = step.kind === 'post' ? step.form : 'card';
    const content = form === 'list' ? listContent(self) : (self[0]?.content ?? '');
    this.messages.set(handle, { key: step.key, at: now, form, thread, content });
    return step.kind === 'post' ? { kind: 'message', form, handle, content } : { kind: 'said' };
  }
}

const listContent = (members: readonly PlaceRequest[]): string =>
  members.map(({ name, content }) => `${name} ${content}`).join(', ');

const life = fc
  .tuple(fc.nat(20_000), fc.nat(60_000), fc.boolean())
  .map(([since, length, isReminded]): Life => ({ since, decidedAt: since + length, isReminded }));
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('ok') },
  {
    weight: 4,
    arbitrary: fc.constantFrom<Fate>('limited', 'unsent', 'unanswered', 'leader ends', 'deleted'),
  },
);

function play(lives: readonly Life[], fates: readonly Fate[]): World {
  const world = new World(lives, fates);
  let now = 0;
  const end = TICK_MS + Math.max(0, ...lives.map(({ decidedAt }) => decidedAt));
  for (let isBusy = true; isBusy || now <= end; now += TICK_MS) {
    isBusy = world.tick(now);
    if (now > end + 1_000_000) throw new Error('it never comes to rest');
  }
  return world;
}

describe('a delivery', () => {
  it(
    'tells everything once, in order, and ends with the last state, whatever the channel does',
    { timeout: 120_000 },
    () => {
      fc.assert(
        fc.property(fc.array(life, { maxLength: 12 }), fc.array(fate, { maxLength: 30 }), (lives, fates) => {
          const { messages, copies } = play(lives, fates);
          const keys = [...messages.values()].map(({ key }) => key);
          expect(keys).toHaveLength(new Set(keys).size);
          for (const [handle, { form, content, thread }] of messages) {
            if (thread !== '') continue;
            expect(content).not.toContain('pending');
            const inside = [...messages.values()]
              .filter((one) => one.thread === handle)
              .map(({ key }) => key.split(':')[1]);
            const lines = inside.filter((key) => key !== 'remind');
            expect(lines).toEqual(form === 'card' ? ['line-0', 'line-1'] : []);
          }
          const isKept = !fates.includes('deleted');
          const lost = [...copies].filter(([, { handle }]) => !messages.has(handle)).map(([name]) => name);
          expect(isKept ? lost : []).toEqual([]);
          const posts = [...messages.values()].filter(({ key }) => key.endsWith(':post')).map(({ at }) => at);
          // A new leader does not know the pace of the one before it.
          const gaps = posts.slice(1).map((at, index) => at - (posts[index] ?? 0));
          expect(fates.includes('leader ends') ? [] : gaps.filter((gap) => gap < 1_000)).toEqual([]);
        }),
        { numRuns: 300 },
      );
    },
  );

  it('makes few messages of a burst', () => {
    const lives = Array.from({ length: 200 }, () => ({ since: 0, decidedAt: 600_000, isReminded: false }));
    const { messages, copies } = play(lives, []);
    const top = [...messages.values()].filter(({ thread }) => thread === '');
    expect(top.map(({ form }) => form)).toEqual(['card', 'card', 'card', 'card', 'list']);
    expect(copies.size).toBe(200);
    expect(top.at(-1)?.content.match(/decided/g)).toHaveLength(196);
  });
});
