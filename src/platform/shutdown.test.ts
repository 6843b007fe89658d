import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from './log.ts';
import { Shutdown, type ProcessPort } from './shutdown.ts';

const make = () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'debug', stream: { write: (line) => lines.push(line) } });
  return { shutdown: new Shutdown({ log, deadlineMs: 1_000 }), text: () => lines.join('') };
};
const fakeProcess = () => {
  const emitter = new EventEmitter();
  const exited = Promise.withResolvers<number>();
  const exit = vi.fn<(code: number) => void>((code) => exited.resolve(code));
  const target: ProcessPort = { on: (event, listener) => emitter.on(event, listener), exit };
  return { emitter, target, exit, exited: exited.promise };
};

afterEach(() => {
  vi.useRealTimers();
});

describe('Shutdown', () => {
  it('stops the newest part first, one after the other', async () => {
    const { shutdown } = make();
    const order: string[] = [];
    for (const name of ['cache', 'gate', 'lease']) {
      shutdown.add(name, async () => {
        order.push(`${name} stops`);
        await Promise.resolve();
        order.push(`${name} stopped`);
      });
    }
    expect(await shutdown.run('test')).toBe(0);
    expect(order).toEqual([
      'lease stops',
      'lease stopped',
      'gate stops',
      'gate stopped',
      'cache stops',
      'cache stopped',
    ]);
  });

  it('turns readiness off before the first part stops', async () => {
    const { shutdown } = make();
    let aborted: boolean | undefined;
    shutdown.add('gate', () => {
      aborted = shutdown.signal.aborted;
    });
    expect(shutdown.signal.aborted).toBe(false);
    await shutdown.run('test');
    expect(aborted).toBe(true);
  });

  it('goes on after a part that fails, and says so by its exit code', async () => {
    const { shutdown, text } = make();
    const stopped = vi.fn<() => void>();
    shutdown.add('first', stopped);
    shutdown.add('second', () => Promise.reject(new Error('stuck')));
    expect(await shutdown.run('test')).toBe(1);
    expect(stopped).toHaveBeenCalledOnce();
    expect(text()).toContain('stuck');
  });

  it('gives up at the deadline', async () => {
    vi.useFakeTimers();
    const { shutdown, text } = make();
    shutdown.add('endless', () => new Promise(() => {}));
    const code = shutdown.run('test');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await code).toBe(1);
    expect(text()).toContain('too long');
  });

  it('runs once however often it is asked', async () => {
    const { shutdown } = make();
    const stopped = vi.fn<() => void>();
    shutdown.add('gate', stopped);
    await Promise.all([shutdown.run('one'), shutdown.run('two')]);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it.each(['SIGTERM', 'SIGINT'])('exits in order on %s', async (signal) => {
    const { shutdown } = make();
    const { emitter, target, exited } = fakeProcess();
    const stopped = vi.fn<() => void>();
    shutdown.add('gate', stopped);
    shutdown.install(target);
    emitter.emit(signal);
    expect(await exited).toBe(0);
    expect(stopped).toHaveBeenCalledOnce();
  });

  it('exits at once on a second signal', () => {
    const { shutdown } = make();
    const { emitter, target, exit } = fakeProcess();
    shutdown.add('endless', () => new Promise(() => {}));
    shutdown.install(target);
    emitter.emit('SIGTERM');
    expect(exit).not.toHaveBeenCalled();
    emitter.emit('SIGINT');
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
  });

  it.each(['uncaughtException', 'unhandledRejection'])(
    'crashes on %s without tidying up, and logs no body (INV-10)',
    (event) => {
      const { shutdown, text } = make();
      const { emitter, target, exit } = fakeProcess();
      const stopped = vi.fn<() => void>();
      shutdown.add('gate', stopped);
      shutdown.install(target);
      emitter.emit(event, Object.assign(new Error('odd\ncanary-7f3a9c'), { body: 'canary-7f3a9c' }));
      expect(exit).toHaveBeenCalledExactlyOnceWith(1);
      expect(stopped).not.toHaveBeenCalled();
      expect(text()).toContain('odd');
      expect(text()).not.toContain('canary');
    },
  );
});
