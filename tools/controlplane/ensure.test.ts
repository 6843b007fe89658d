// Where programs come from: first hit wins, a source counts only when it yields everything, the cache is shared.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, ensurePrograms, type Maker, type Sources } from './ensure.ts';
import type { Program } from './programs.ts';
import { ETCD_VERSION, KUBERNETES_VERSION } from './version.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ensure-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = async (where: string, program: Program, version?: string) => {
  await mkdir(where, { recursive: true });
  const said = version ?? (program === 'etcd' ? ETCD_VERSION : KUBERNETES_VERSION);
  await writeFile(join(where, program), `#!/bin/sh\necho "version v${said}"\n`, { mode: 0o755 });
};

const working = (log: (readonly Program[])[] = []): Maker => {
  return async (programs, where) => {
    log.push(programs);
    for (const program of programs) await put(where, program);
  };
};
const failing: Maker = () => Promise.reject(new Error('no internet here'));

const sources = (over: Partial<Sources> = {}): Sources => ({
  assets: undefined,
  cache: join(folder, 'cache', 'v1'),
  makers: [{ name: 'maker', make: failing }],
  ...over,
});

describe('the programs of the control plane', () => {
  it('come from KUBEBUILDER_ASSETS when it has all that is asked for', async () => {
    const assets = join(folder, 'assets');
    await put(assets, 'etcd');
    await put(assets, 'kubectl');
    const paths = await ensurePrograms(['etcd', 'kubectl'], sources({ assets }));
    expect(paths.etcd).toBe(join(assets, 'etcd'));
  });

  it.each([
    ['lacks a program', async (assets: string) => put(assets, 'etcd')],
    [
      'has another minor',
      async (assets: string) => {
        await put(assets, 'etcd');
        await put(assets, 'kubectl', '1.35.9');
      },
    ],
    [
      'has one that does not run',
      async (assets: string) => {
        await put(assets, 'etcd');
        await writeFile(join(assets, 'kubectl'), 'not for this machine', { mode: 0o755 });
      },
    ],
  ])('come from the next source when KUBEBUILDER_ASSETS %s', async (_, fill) => {
    const assets = join(folder, 'assets');
    await fill(assets);
    const given = sources({ assets, makers: [{ name: 'maker', make: working() }] });
    const paths = await ensurePrograms(['etcd', 'kubectl'], given);
    expect(paths.kubectl).toBe(join(given.cache, 'kubectl'));
  });

  it('are made once, then come from the cache; what is there is not made again', async () => {
    const made: (readonly Program[])[] = [];
    const given = sources({ makers: [{ name: 'maker', make: working(made) }] });
    await ensurePrograms(['etcd', 'kubectl'], given);
    await ensurePrograms(['kubectl', 'etcd'], given);
    await ensurePrograms(['etcd', 'kube-apiserver', 'kubectl'], given);
    expect(made).toEqual([['etcd', 'kubectl'], ['kube-apiserver']]);
  });

  it('are made once by many who ask at the same time', async () => {
    const made: (readonly Program[])[] = [];
    const given = sources({ makers: [{ name: 'maker', make: working(made) }] });
    await Promise.all(Array.from({ length: 4 }, () => ensurePrograms(['etcd'], given)));
    expect(made).toEqual([['etcd']]);
  });

  it('come from the second maker when the first fails or makes the wrong version', async () => {
    const wrong: Maker = (_, where) => put(where, 'kubectl', '1.30.0');
    const makers = [
      { name: 'first', make: failing },
      { name: 'second', make: wrong },
      { name: 'third', make: working() },
    ];
    const given = sources({ makers });
    const paths = await ensurePrograms(['kubectl'], given);
    expect(paths.kubectl).toBe(join(given.cache, 'kubectl'));
    expect(await readdir(join(folder, 'cache'))).toEqual(['v1']);
  });

  it('clear away what an interrupted maker left', async () => {
    const given = sources({ makers: [{ name: 'maker', make: working() }] });
    await put(`${given.cache}.new-abandoned`, 'etcd');
    await ensurePrograms(['etcd'], given);
    expect(await readdir(join(folder, 'cache'))).toEqual(['v1']);
  });

  it('fail with all that was tried and what to install', async () => {
    const assets = join(folder, 'nothing');
    const refused = ensurePrograms(['kubectl'], sources({ assets }));
    await expect(refused).rejects.toThrow(/No control plane: kubectl could not be had/);
    await expect(refused).rejects.toThrow(/KUBEBUILDER_ASSETS \(.*\): kubectl is not there/);
    await expect(refused).rejects.toThrow(/maker: no internet here/);
    await expect(refused).rejects.toThrow(/install Go 1\.26 or newer/);
    expect(await readdir(join(folder, 'cache'))).toEqual(['v1']);
  });

  it('are cached in the user’s cache folder, by version and system', () => {
    const path = cacheFolder({ XDG_CACHE_HOME: '/xdg' });
    expect(path).toMatch(/^\/xdg\/assent\/kubernetes-1\.\d+\.\d+-etcd-\d+\.\d+\.\d+-\w+-\w+$/);
    expect(cacheFolder({})).toContain('/.cache/assent/');
  });
});
