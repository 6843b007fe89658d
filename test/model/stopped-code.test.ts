import { describe, expect, it } from 'vitest';
import { Stopped, type Code, type Reply } from './stopped-code.ts';

const yes = (key: string): Reply => ({ ok: true, key, value: key });
const NO: Reply = { ok: false, key: 'failed' };

/** Two reads side by side, then a third. */
const joined: Code<string> = async (call) => {
  const [a, b] = await Promise.allSettled([
    call<string>({ kind: 'get', name: 'a' }),
    call<string>({ kind: 'get', name: 'b' }),
  ]);
  if (a.status === 'rejected' || b.status === 'rejected') return 'failed';
  return `${a.value} ${b.value} ${await call<string>({ kind: 'look' })}`;
};

/** Whichever is first. */
const raced: Code<string> = (call) =>
  Promise.race([call<string>({ kind: 'get', name: 'a' }), call<string>({ kind: 'get', name: 'b' })]);

const numbers = (stop: Stopped<string>) => stop.calls.map(({ number }) => number);

describe('Stopped', () => {
  it('waits for all calls that are made side by side, and for each by itself', async () => {
    const start = await Stopped.start(joined);
    expect(numbers(start)).toEqual([0, 1]);
    const half = await start.resume(1, yes('b'));
    expect(numbers(half)).toEqual([0]);
    const whole = await half.resume(0, yes('a'));
    expect(whole.calls).toEqual([{ number: 2, call: { kind: 'look' } }]);
    expect((await whole.resume(2, yes('c'))).answer).toBe('a b c');
  });

  it('can be resumed at each stop in several ways', async () => {
    const start = await Stopped.start(joined);
    const failed = await (await start.resume(0, NO)).resume(1, yes('b'));
    expect(failed).toMatchObject({ answer: 'failed', hasFailed: true });
    const other = await (await start.resume(0, yes('x'))).resume(1, yes('b'));
    expect((await other.resume(2, yes('c'))).answer).toBe('x b c');
  });

  it('is one stop whatever the order of the same replies', async () => {
    const start = await Stopped.start(joined);
    const [a, b] = [await start.resume(0, yes('a')), await start.resume(1, yes('b'))];
    expect(a.number).not.toBe(b.number);
    expect((await a.resume(1, yes('b'))).number).toBe((await b.resume(0, yes('a'))).number);
  });

  it('shows an answer that does not wait for all of its calls', async () => {
    const start = await Stopped.start(raced);
    const end = await start.resume(1, yes('b'));
    expect(end.answer).toBe('b');
    expect(numbers(end)).toEqual([0]);
  });

  it('refuses a reply that is not waited for', async () => {
    const start = await Stopped.start(joined);
    expect(() => start.resume(2, NO)).toThrow('call 2 is not waited for');
  });

  it('throws what the code throws', async () => {
    await expect(Stopped.start(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
