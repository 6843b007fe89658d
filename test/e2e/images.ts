// The two images of the test: of this checkout, and of the release before, from the commit that is kept for it.
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clusterSettings, imageArchive, ROOT, script, treeKey } from '../../tools/cluster/scripts.ts';

const run = promisify(execFile);

/** Release n-1: what the chart and the image of the version before are made from. */
const PREVIOUS = 'ddf8d181f84b12ac6ee7bea09e20042ba05ff423';

/** A chart, and the image that it is to run. */
export interface Release {
  /** Folder of the chart. */
  readonly chart: string;
  readonly repository: string;
  readonly tag: string;
}

/** What is installed, and what it is upgraded from. */
export interface Releases {
  readonly current: Release;
  readonly previous: Release;
}

/** Where their charts are: the one of this checkout, and the one that `loadImages` took out of the history. */
export function releases(previousTree: string): Releases {
  return {
    current: { chart: join(ROOT, 'charts/assent'), repository: 'localhost/assent', tag: 'current' },
    previous: { chart: join(previousTree, 'charts/assent'), repository: 'localhost/assent', tag: 'previous' },
  };
}

/**
 * Builds both images, unless the cache has them, and loads them into the node.
 * @param previousTree folder to be made for the sources of the release before
 * @throws Error when git does not know the commit, or a build fails
 */
export async function loadImages(previousTree: string): Promise<void> {
  await rm(previousTree, { recursive: true, force: true });
  await mkdir(previousTree, { recursive: true });
  const archive = join(previousTree, 'tree.tar');
  await run('git', ['-C', ROOT, 'archive', '--output', archive, PREVIOUS]);
  await run('tar', ['-xf', archive, '-C', previousTree]);
  const settings = await clusterSettings();
  const { current, previous } = releases(previousTree);
  const key = await treeKey();
  const archives = [
    await imageArchive(
      `${previous.repository}:${previous.tag}`,
      previousTree,
      `previous-${PREVIOUS.slice(0, 8)}`,
      settings,
    ),
    await imageArchive(`${current.repository}:${current.tag}`, ROOT, `current-${key}`, settings),
  ];
  await script('load-image.sh', archives, settings);
}
