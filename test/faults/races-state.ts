// What an interrupted `make races` keeps: the scores of the blocks that were run, under a digest of the code that they ran
// on, so that scores of other code are never counted. A run that came to its end keeps nothing of its own.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RanBlock } from './races-block.ts';
import type { Block } from './races-plan.ts';

const CODE = ['src', 'tools/audit', 'tools/controlplane', 'tools/operator', 'test/faults', 'crds'];

/** Blocks that were run, on disk. */
export interface Kept {
  find(block: Block): Promise<RanBlock | undefined>;
  add(block: Block, ran: RanBlock): Promise<void>;
  /** Forgets these blocks, and nothing of another run. */
  clear(blocks: readonly Block[]): Promise<void>;
}

/** Digest of every file that a race depends on. @param checkout folder of the repository */
async function digestOf(checkout: string): Promise<string> {
  const hash = createHash('sha256');
  for (const folder of CODE) {
    const names = await readdir(join(checkout, folder), { recursive: true });
    for (const name of names.filter((one) => /\.(?:ts|ya?ml)$/.test(one)).toSorted()) {
      hash.update(`${folder}/${name}\0`).update(await readFile(join(checkout, folder, name)));
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** @param root folder in which the state of each version of the code has a folder */
export async function openState(checkout: string, root: string): Promise<Kept> {
  const folder = join(root, await digestOf(checkout));
  await mkdir(folder, { recursive: true });
  const fileOf = ({ first, count }: Block) => join(folder, `${first}-${count}.json`);
  return {
    async find(block) {
      try {
        return JSON.parse(await readFile(fileOf(block), 'utf8')) as RanBlock;
      } catch {
        return undefined;
      }
    },
    async add(block, ran) {
      const file = fileOf(block);
      // Whoever ends this process leaves a whole file or none.
      await writeFile(`${file}.new`, JSON.stringify(ran));
      await rename(`${file}.new`, file);
    },
    async clear(blocks) {
      await Promise.all(blocks.map((block) => rm(fileOf(block), { force: true })));
    },
  };
}
