// The loop of the reflector against a scripted list and watch; test/controlplane/kube.test.ts runs it against a real server.
import { describe, expect, it } from 'vitest';
import { ApiError, UnreachableError } from './errors.ts';
import type { ListPage } from './list.ts';
import { ManualClock } from './manual-clock.ts';
import type { KubeObject } from './object.ts';
import { Reflector, type ReflectorOptions } from './reflector.ts';
import type { WatchEvent, WatchOptions } from './watch.ts';

type Turn = WatchEvent<KubeObject> | Error | 'close';

/** One open watch, fed by the test. */
class Watch {
  readonly options: WatchOptions;
  #turns: Turn[] = [];
  #wake: (() => void) | undefined;

  constructor(options: WatchOptions) {
    this.options = options;
  }

  say(...turns: Turn[]): void {
    this.#turns.push(...turns);
    this.#wake?.();
  }

  async *events(): AsyncGenerator<WatchEvent<KubeObject>, void, undefined> {
    const { signal } = this.options;
    signal?.addEventListener('abort', () => this.#wake?.());
    for (;;) {
      if (signal?.aborted === true) throw new UnreachableError('connection', 'aborted');
      const turn = this.#turns.shift();
      if (turn === 'close') return;
      if (turn instanceof Error) throw turn;
      if (turn !== undefined) yield turn;
      else await this.#next();
    }
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** A list and watch that answer as the test says. */
class Script {
  readonly definition = { group: 'example.dev', version: 'v1', resource: 'widgets', namespaced: false };
  readonly watches: Watch[] = [];
  lists = 0;
  /** Answers of the lists to come; the last one stays. */
  readonly answers: (Error | readonly ListPage<KubeObject>[])[] = [];

  async *list(): AsyncGenerator<ListPage<KubeObject>, void, undefined> {
    this.lists += 1;
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    await Promise.resolve();
    if (answer instanceof Error) throw answer;
    yield* answer ?? [];
  }

  watch(options: WatchOptions): AsyncGenerator<WatchEvent<KubeObject>, void, undefined> {
    const watch = new Watch(options);
    this.watches.push(watch);
    return watch.events();
  }

  get last(): Watch {
    const watch = this.watches.at(-1);
    if (watch === undefined) throw new Error('no watch is open');
    return watch;
  }
}

const object = (name: string, version: string, uid = `uid-${name}`): KubeObject => ({
  metadata: { name, uid, resourceVersion: version },
});
const page = (version: string, ...items: KubeObject[]): ListPage<KubeObject> => ({
  items,
  resourceVersion: version,
  more: false,
});
const bookmark = (resourceVersion: string): Turn => ({ kind: 'bookmark', resourceVersion });

interface Setup {
  readonly clock: ManualClock;
  readonly script: Script;
  readonly reflector: Reflector<KubeObject, string>;
  readonly told: string[];
}

async function started(
  answers: Script['answers'],
  more: Partial<ReflectorOptions<KubeObject, string>> = {},
): Promise<Setup> {
  const clock = new ManualClock();
  const script = new Script();
  script.answers.push(...answers);
  const told: string[] = [];
  const project = ({ metadata }: KubeObject): string => `${metadata.name}@${metadata.resourceVersion}`;
  const reflector = new Reflector({ resource: script, project, clock, ...more });
  reflector.onChange((change) => void told.push(`${change.kind} ${change.key}`));
  reflector.start();
  await clock.advance(0);
  return { clock, script, reflector, told };
}

describe('a reflector', () => {
  it('lists all pages, then watches from the version of the list, asking for a time limit of 1 to 2 minutes', async () => {
    const pages = [page('7', object('a', '1')), page('7', object('b', '2'))];
    const { script, reflector } = await started([pages]);
    await reflector.synced;
    expect([...reflector.all()]).toEqual(['a@1', 'b@2']);
    expect(script.last.options).toMatchObject({ resourceVersion: '7', timeoutSeconds: 90 });
    await reflector.stop();
  });

  it('follows changes and bookmarks, and watches again from the last version after a clean close', async () => {
    const { clock, script, reflector, told } = await started([[page('7', object('a', '1'))]]);
    script.last.say(
      { kind: 'added', object: object('b', '8') },
      { kind: 'modified', object: object('a', '9') },
      { kind: 'deleted', object: object('b', '10') },
      'close',
    );
    await clock.advance(0);
    expect(told).toEqual(['added a', 'added b', 'updated a', 'deleted b']);
    expect(script.last.options.resourceVersion).toBe('10');
    script.last.say(bookmark('55'), 'close');
    await clock.advance(0);
    expect(script.last.options.resourceVersion).toBe('55');
    expect([script.watches.length, script.lists]).toEqual([3, 1]);
    await reflector.stop();
  });

  it('tells an object that was deleted and made again during a gap as deleted, then added', async () => {
    const answers = [[page('7', object('a', '1'))], [page('9', object('a', '8', 'other'))]];
    const { clock, script, reflector, told } = await started(answers);
    script.last.say(new ApiError(410, { reason: 'Expired' }));
    await clock.advance(100);
    expect(told).toEqual(['added a', 'deleted a', 'added a']);
    await reflector.stop();
  });

  it.each([
    ['410 as an answer or event', new ApiError(410, { reason: 'Expired' }), 2],
    ['an event that cannot be read', new UnreachableError('unreadable', 'x'), 2],
    ['a version the server refuses', new ApiError(400, { reason: 'BadRequest' }), 2],
    ['a cut connection', new UnreachableError('connection', 'x'), 1],
    ['an overloaded server', new ApiError(429, {}), 1],
    ['an internal error', new ApiError(500, {}), 1],
  ])('after %s it lists again only if it must', async (_what, error, lists) => {
    const { clock, script, reflector } = await started([[page('7', object('a', '1'))]]);
    script.last.say(error);
    await clock.advance(100);
    expect([script.lists, script.watches.length]).toEqual([lists, 2]);
    await reflector.stop();
  });

  it('drops what a new list no longer holds', async () => {
    const answers = [[page('7', object('a', '1'), object('b', '1'))], [page('9', object('b', '1'))]];
    const { clock, script, reflector, told } = await started(answers);
    script.last.say(new ApiError(410, {}));
    await clock.advance(100);
    expect(told).toEqual(['added a', 'added b', 'deleted a']);
    await reflector.stop();
  });

  it('backs off from 100 ms to 10 s while the server is away, and not at all after it was steady again', async () => {
    const away = new UnreachableError('connection', 'refused');
    const { clock, script, reflector } = await started([away]);
    await clock.advance(60_000);
    // With the die at 0.5 and jitter 0.5 the waits are three quarters of 100, 200, ... 10,000 ms.
    expect(script.lists).toBe(14);
    script.answers.splice(0, 1, [page('7')]);
    await clock.advance(10_000);
    script.last.say(bookmark('8'), away);
    await clock.advance(75);
    expect(script.watches).toHaveLength(2);
    await reflector.stop();
  });

  it('lists at once when the server is back and has forgotten, however long it was away', async () => {
    const away = new UnreachableError('connection', 'refused');
    const { clock, script, reflector } = await started([[page('7')]]);
    for (let second = 0; second < 120; second += 1) {
      script.last.say(away);
      await clock.advance(1_000);
    }
    const before = script.watches.length;
    await clock.advance(10_000);
    expect(script.watches.length).toBe(before + 1);
    script.last.say(new ApiError(410, {}));
    await clock.advance(0);
    expect([script.lists, script.watches.length]).toEqual([2, before + 2]);
    for (let second = 0; second < 60; second += 1) {
      script.last.say(new ApiError(410, {}));
      await clock.advance(1_000);
    }
    expect(script.lists, 'gone again and again is no reason to hurry').toBeLessThan(12);
    await reflector.stop();
  });

  it('does not spin on a server that closes every watch at once', async () => {
    const { clock, script, reflector } = await started([[page('7')]]);
    for (let second = 0; second < 60; second += 1) {
      script.last.say('close');
      await clock.advance(1_000);
    }
    expect(script.watches.length).toBeLessThan(20);
    await reflector.stop();
  });

  it('knows how old it is: a list counts from its start, and only events and bookmarks renew it', async () => {
    const { clock, script, reflector } = await started([[page('7')]]);
    expect([reflector.isFresh(0), reflector.ageMs()]).toEqual([true, 0]);
    await clock.advance(5_000);
    expect([reflector.isFresh(4_999), reflector.isFresh(5_000)]).toEqual([false, true]);
    script.last.say(bookmark('8'));
    await clock.advance(0);
    expect(reflector.ageMs()).toBe(0);
    expect(reflector.isFresh(1_000, clock.wall() + 2_000), 'the machine was suspended').toBe(false);
    await reflector.stop();
  });

  it('is never fresh before its first list', async () => {
    const { reflector } = await started([new UnreachableError('connection', 'refused')]);
    expect([reflector.isFresh(1e12), reflector.ageMs()]).toEqual([false, Infinity]);
    await reflector.stop();
    await expect(reflector.synced).rejects.toThrow(/stopped/);
  });

  it('counts a watch that the server ended at its time limit as proof, as of its start', async () => {
    const { clock, script, reflector } = await started([[page('7')]], { watchMs: [10_000, 10_000] });
    for (let turn = 0; turn < 5; turn += 1) {
      await clock.advance(9_900);
      expect(reflector.isFresh(20_000)).toBe(true);
      script.last.say('close');
      await clock.advance(100);
      expect([10_000, 10_100]).toContain(reflector.ageMs());
    }
    expect([script.lists, reflector.stats.lists], 'one list of all, and of one object after each').toEqual([
      6, 1,
    ]);
    await reflector.stop();
  });

  it('lets an event on a watch count for more than the end of the watch', async () => {
    const { clock, script, reflector } = await started([[page('7')]], { watchMs: [10_000, 10_000] });
    await clock.advance(6_000);
    script.last.say(bookmark('8'));
    await clock.advance(4_000);
    script.last.say('close');
    await clock.advance(0);
    expect(reflector.ageMs()).toBe(4_000);
    await reflector.stop();
  });

  it('does not count a watch that was closed early', async () => {
    const { clock, script, reflector } = await started([[page('7')]], { watchMs: [10_000, 10_000] });
    for (let turn = 0; turn < 5; turn += 1) {
      await clock.advance(5_000);
      script.last.say('close');
    }
    await clock.advance(0);
    expect(reflector.ageMs()).toBe(25_000);
    await reflector.stop();
  });

  it('opens a watch anew that is not over 5 s after its time limit, from the last version and without a list', async () => {
    const { clock, script, reflector } = await started([[page('7')]], { watchMs: [10_000, 10_000] });
    script.last.say(bookmark('8'));
    await clock.advance(14_900);
    expect(script.watches).toHaveLength(1);
    await clock.advance(200);
    expect([script.lists, script.watches.length, script.last.options.resourceVersion]).toEqual([1, 2, '8']);
    expect([reflector.stats.failures, reflector.ageMs()]).toEqual([1, 15_100]);
    await reflector.stop();
  });

  it('lists again when the server has gone back to an older state, as after an etcd restore', async () => {
    const answers = [[page('70', object('a', '60'))], [page('30')], [page('30', object('a', '20'))]];
    const { clock, script, reflector } = await started(answers, { watchMs: [10_000, 10_000] });
    await clock.advance(10_000);
    script.last.say('close');
    await clock.advance(0);
    expect([[...reflector.all()], script.last.options.resourceVersion]).toEqual([['a@20'], '30']);
    expect(reflector.ageMs()).toBe(0);
    await reflector.stop();
  });

  it('survives a handler and a projection that throw, and counts them', async () => {
    const project = ({ metadata }: KubeObject): string => {
      if (metadata.name === 'broken') throw new Error('cannot read');
      return metadata.name;
    };
    const { clock, script, reflector, told } = await started([[page('7')]], { project });
    reflector.onChange(() => {
      throw new Error('handler');
    });
    script.last.say(
      { kind: 'added', object: object('broken', '8') },
      { kind: 'added', object: object('ok', '9') },
    );
    await clock.advance(0);
    expect([told, [...reflector.all()]]).toEqual([['added ok'], ['ok']]);
    expect(reflector.stats).toMatchObject({ handlerFailures: 1, projectionFailures: 1, failures: 0 });
    await reflector.stop();
  });

  it('leaves out what the projection leaves out, also when an object comes to be left out', async () => {
    const project = ({ metadata }: KubeObject): string | undefined =>
      metadata.resourceVersion === '9' ? undefined : metadata.name;
    const { clock, script, reflector, told } = await started([[page('7', object('a', '1'))]], { project });
    script.last.say({ kind: 'modified', object: object('a', '9') });
    await clock.advance(0);
    expect(told).toEqual(['added a', 'deleted a']);
    await reflector.stop();
  });

  it('leaves no timer behind when it is stopped', async () => {
    const { clock, reflector } = await started([[page('7')]]);
    await reflector.stop();
    expect(clock.pending).toBe(0);
  });
});
