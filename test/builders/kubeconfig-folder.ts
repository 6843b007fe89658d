// A folder with a kubeconfig for each test of a file, and the time by which it is read.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, vi } from 'vitest';
import { ManualClock } from '../../src/kube/manual-clock.ts';

/** What a test says of its kubeconfig; the rest is as it usually is. */
export interface Parts {
  readonly cluster?: object;
  readonly user?: object;
  readonly context?: object;
  readonly over?: object;
}

/** Makes one before each test and removes it after, with the variables of the environment that the test set. */
export function kubeconfigFolder() {
  let [directory, clock] = ['', new ManualClock()];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    clock = new ManualClock();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await rm(directory, { recursive: true });
  });
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(directory, name), text);
    return join(directory, name);
  };
  return {
    get directory() {
      return directory;
    },
    get clock() {
      return clock;
    },
    file,
    /** Writes a kubeconfig with one cluster, one user and one context. */
    write: ({ cluster, user = { token: 't' }, context, over }: Parts): Promise<string> =>
      file(
        'config',
        JSON.stringify({
          'current-context': 'main',
          contexts: [{ name: 'main', context: { cluster: 'c', user: 'u', ...context } }],
          clusters: [{ name: 'c', cluster: { server: 'https://one.test:6443/', ...cluster } }],
          users: [{ name: 'u', user }],
          ...over,
        }),
      ),
  };
}

/** As kubeconfigs and plugins carry bytes. */
export const base64 = (text: string): string => Buffer.from(text).toString('base64');
