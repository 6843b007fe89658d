// Makes an input smaller as long as it still does the same: first members of its JSON are left out, then pieces of text,
// large ones before small ones.
import { parseLoosely, printLoosely, type Loose } from './loose-json.ts';
import { bytesOf } from './target.ts';

/** Most attempts of either sort. Inputs are small, and what is left then is small enough to be read. */
const ATTEMPTS = 3_000;
/** Where it need not be perfect. */
const ROUGHLY = 300;

type StillDoes = (smaller: Uint8Array) => boolean;

/** The input without whatever may be left out of it. */
export function shrink(input: Uint8Array, stillDoes: StillDoes): Uint8Array {
  return shrinkBytes(shrinkTree(input, stillDoes, ATTEMPTS), stillDoes, ATTEMPTS);
}

/** The same with few attempts. */
export function trimmed(input: Uint8Array, stillDoes: StillDoes): Uint8Array {
  const smaller = shrinkTree(input, stillDoes, ROUGHLY);
  return smaller === input ? shrinkBytes(input, stillDoes, ROUGHLY) : smaller;
}

/** Leaves out members from the outside in, so that large subtrees go first. */
function shrinkTree(input: Uint8Array, stillDoes: StillDoes, most: number): Uint8Array {
  const tree = parseLoosely(input);
  const print = (): Uint8Array => (tree === undefined ? input : bytesOf(printLoosely(tree)));
  if (tree === undefined || !stillDoes(print())) return input;
  let attempts = most;
  for (let before = -1; before !== print().length;) {
    before = print().length;
    const open: Loose[] = [tree];
    for (let node = open.shift(); node !== undefined; node = open.shift()) {
      if (node.kind === 'scalar') continue;
      for (let at = node.members.length - 1; at >= 0 && attempts > 0; at -= 1, attempts -= 1) {
        const gone = node.members.splice(at, 1);
        if (!stillDoes(print())) node.members.splice(at, 0, ...gone);
      }
      open.push(...node.members.map((member) => member.value));
    }
  }
  return print();
}

function shrinkBytes(input: Uint8Array, stillDoes: StillDoes, most: number): Uint8Array {
  let best = input;
  let attempts = most;
  for (let size = best.length >> 1; size >= 1; size >>= 1) {
    for (let at = 0; at < best.length && attempts > 0; attempts -= 1) {
      const smaller = new Uint8Array([...best.subarray(0, at), ...best.subarray(at + size)]);
      if (stillDoes(smaller)) best = smaller;
      else at += size;
    }
  }
  return best;
}
