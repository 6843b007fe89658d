// Which blocks a run of `make races` is made of. Seeds by their numbers are for going on and for repeating; a count alone
// asks for a sample of the whole, with every mood and every number of gates in it, however small it is.
import { blocksOf, type Block } from './races-plan.ts';

/** Races of a whole run. */
export const WHOLE = 10_000;
/** Blocks of the whole that hold all moods, and one to three gates. */
const SAMPLE: ReadonlySet<number> = new Set([0, 1, 2, 3, 4, 6, 9]);
/** Where a sample begins in its block: from here on every fault strikes within some thirty races of each. */
const MIDDLE = 200;

/** What the flags say; see `tools/proofs/catalogue.ts`. */
export interface Wanted {
  readonly from?: number | undefined;
  readonly count?: number | undefined;
  readonly each?: number | undefined;
  readonly seed?: number | undefined;
}

/** The blocks of a run. The same words give the same blocks, and a seed is always in the same kind of block. */
export function wantedBlocks({ from, count, each, seed }: Wanted): readonly Block[] {
  if (seed !== undefined) return blocksOf(seed, 1);
  const isSample = from === undefined && each === undefined && count !== undefined && count < WHOLE;
  return isSample ? sampleOf(count) : blocksOf(from ?? 0, count ?? WHOLE, each);
}

/** `count` races, evenly from the blocks of the sample; from those of the whole when that has too few. */
function sampleOf(count: number): readonly Block[] {
  const all = blocksOf(0, WHOLE);
  const some = all.filter((_, index) => SAMPLE.has(index));
  const room = some.reduce((sum, block) => sum + block.count, 0);
  const blocks = count <= room ? some : all;
  return blocks
    .map((block, index) => {
      const share = Math.floor(count / blocks.length) + Number(index < count % blocks.length);
      return { ...block, first: block.first + Math.min(MIDDLE, block.count - share), count: share };
    })
    .filter((block) => block.count > 0);
}
