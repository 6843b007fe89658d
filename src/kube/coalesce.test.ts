import { describe, expect, it } from 'vitest';
import { coalesced } from './coalesce.ts';

/** A read whose answers are given by hand. */
function byHand() {
  const calls: { resolve: (value: string) => void; reject: (error: Error) => void }[] = [];
  const read = () => new Promise<string>((resolve, reject) => calls.push({ resolve, reject }));
  const shared = coalesced(read);
  return { calls, read: () => shared('') };
}
const turn = () => new Promise((resume) => setImmediate(resume));

describe('INV-7: a read that is shared', () => {
  it('is asked for after everybody who gets its answer', async () => {
    const { calls, read } = byHand();
    const first = read();
    const [second, third] = [read(), read()];
    expect(calls).toHaveLength(1);
    calls[0]?.resolve('old');
    await turn();
    expect(calls).toHaveLength(2);
    const fourth = read();
    calls[1]?.resolve('new');
    await turn();
    calls[2]?.resolve('newer');
    expect(await Promise.all([first, second, third, fourth])).toEqual(['old', 'new', 'new', 'newer']);
    expect(calls).toHaveLength(3);
  });

  it('is shared by those who ask for the same', async () => {
    const asked: string[] = [];
    const read = coalesced((key) => {
      asked.push(key);
      return Promise.resolve(key);
    });
    expect(await Promise.all(['a', 'b', 'a', 'a'].map(read))).toEqual(['a', 'b', 'a', 'a']);
    expect(asked).toEqual(['a', 'b', 'a']);
  });

  it('fails for those who share it, and for nobody after them', async () => {
    const { calls, read } = byHand();
    const first = read();
    const second = read();
    const why = Promise.all([first, second].map((one) => one.catch((error: Error) => error.message)));
    calls[0]?.reject(new Error('away'));
    await turn();
    calls[1]?.reject(new Error('again'));
    expect(await why).toEqual(['away', 'again']);
    const third = read();
    calls[2]?.resolve('well');
    expect(await third).toBe('well');
  });
});
