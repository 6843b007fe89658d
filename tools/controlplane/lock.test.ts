// One maker at a time; a lock left behind by a killed maker is taken over.
import { existsSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the lock of the cache folder', () => {
  it('lets one worker in at a time and tells the others once that they wait', async () => {
    const path = join(folder, 'a.lock');
    let inside = 0;
    let most = 0;
    let waits = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      inside -= 1;
    };
    const options = { pollMs: 1, onWait: () => (waits += 1) };
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, work, options)));
    expect(most).toBe(1);
    expect(waits).toBe(7);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work fails', async () => {
    const path = join(folder, 'b.lock');
    await expect(withLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await withLock(path, () => Promise.resolve('free'))).toBe('free');
  });

  it('is taken over by exactly one waiter when its owner stopped touching it', async () => {
    const path = join(folder, 'c.lock');
    await writeFile(path, '');
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(path, longAgo, longAgo);
    let count = 0;
    const work = () => Promise.resolve((count += 1));
    await Promise.all([withLock(path, work, { pollMs: 1 }), withLock(path, work, { pollMs: 1 })]);
    expect(count).toBe(2);
  });

  it('waits for an owner who is alive', async () => {
    const path = join(folder, 'd.lock');
    await writeFile(path, '');
    let waited = false;
    const second = withLock(path, () => Promise.resolve('mine'), {
      pollMs: 5,
      onWait: () => (waited = true),
    });
    await rm(path);
    expect(await second).toBe('mine');
    expect(waited).toBe(true);
  });
});
