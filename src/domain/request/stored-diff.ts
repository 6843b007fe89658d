// How much of a masked diff a request stores. What does not fit is counted as cut, and then nobody can approve it (INV-9):
// nothing is ever shortened silently.
import type { DiffEntry, ShownValue } from '../../api/approval-request.ts';
import { visible } from '../message/plain-text.ts';
import { jsonBytes } from './size.ts';

/** A diff as masked, with the counts of what is hidden. */
export interface MaskedDiff {
  readonly diff: readonly DiffEntry[];
  /** How many values are masked. */
  readonly masked: number;
  /** How many changed paths are left out. */
  readonly cut: number;
}

const MOST_ENTRIES = 100;
const LONGEST_PATH = 512;
const LONGEST_VALUE = 256;

/**
 * The entries that can be stored whole, with everything unusual spelt out, within `room` bytes of JSON.
 * @param room bytes
 */
export function storedDiff(
  mask: MaskedDiff,
  room: number,
): { diff: DiffEntry[]; masked: number; cut: number } {
  const diff: DiffEntry[] = [];
  let left = room;
  let { cut } = mask;
  for (const entry of mask.diff) {
    const stored = storedEntry(entry);
    const bytes = stored ? jsonBytes(stored) + 1 : Infinity;
    if (!stored || diff.length >= MOST_ENTRIES || bytes > left) cut += 1;
    else {
      diff.push(stored);
      left -= bytes;
    }
  }
  return { diff, masked: mask.masked, cut };
}

function storedEntry(entry: DiffEntry): DiffEntry | undefined {
  const [path, from, to] = [visible(entry.path), storedValue(entry.from), storedValue(entry.to)];
  const isWhole = [from, to].every((value) => (value?.shown?.length ?? 0) <= LONGEST_VALUE);
  if (path.length > LONGEST_PATH || !isWhole) return undefined;
  return { path, op: entry.op, ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

function storedValue(value: ShownValue | undefined): ShownValue | undefined {
  return value?.shown === undefined ? value : { ...value, shown: visible(value.shown) };
}
