// The one place where values become text (INV-9, INV-10). Deny by default: a value is shown only if the safe list or the
// policy's reveal[] names its path; everything else is told as path, type and length. Nothing decisive is hidden
// silently: what finds no room is first told as a subtree with its number of leaves, and only then cut and counted.
import type { DiffEntry, ShownValue } from '../../api/approval-request.ts';
import type { RawEntry, Segment } from './change.ts';
import { canonicalJson, type Json } from './json.ts';
import { isEmpty, isList, isObject, leafCount } from './json-tree.ts';
import { children } from './merge-keys.ts';
import { pathText } from './path-text.ts';
import { escapeUnprintable } from './printable.ts';
import { visibility, type MaskFacts } from './safe-fields.ts';

/** Most entries of a diff: the bound of `spec.change.diff`. */
const MAX_ENTRIES = 100;
/** Most bytes of a diff as the API server stores it. */
const MAX_BYTES = 40_000;
/** Longest value that is shown, in characters of JSON. */
const MAX_SHOWN = 256;

/** A diff that may be stored and sent. */
export interface MaskedDiff {
  readonly diff: DiffEntry[];
  /** How many changed leaves have a value that is not shown. */
  readonly masked: number;
  /** How many changed paths are not told whole. Above 0 nobody can approve. */
  readonly cut: number;
}

/** A changed path on its way to a line of the diff. */
interface Line {
  readonly segments: readonly Segment[];
  readonly op: RawEntry['op'];
  readonly from?: Json;
  readonly to?: Json;
  readonly entry: DiffEntry;
  readonly bytes: number;
  /** Whether the path had to be shortened. */
  readonly isCut: boolean;
  /** How many lines it would become by going into its value; 0 when there is nothing more to tell. */
  readonly fanOut: number;
}

/** Turns changed paths into a diff of at most 100 entries and 40,000 bytes, with values masked. */
export function maskDiff(entries: readonly RawEntry[], facts: MaskFacts): MaskedDiff {
  const line = lineMaker(facts);
  const lines: Line[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (lines.length === MAX_ENTRIES) break;
    const next = line(entry);
    if (bytes + next.bytes > MAX_BYTES) break;
    lines.push(next);
    bytes += next.bytes;
  }
  const dropped = entries.length - lines.length;
  const opened = openUp(lines, bytes, line);
  return {
    diff: opened.map(finished),
    masked: opened.reduce((sum, each) => sum + maskedLeaves(each), 0),
    cut: dropped + opened.filter(({ isCut }) => isCut).length,
  };
}

type Source = Pick<Line, 'segments' | 'op' | 'from' | 'to'>;

/** Goes into subtrees as long as there is room, the shallowest and smallest first. */
function openUp(start: readonly Line[], startBytes: number, line: (source: Source) => Line): readonly Line[] {
  let lines = start;
  let bytes = startBytes;
  const shut = new Set<Line>();
  for (;;) {
    const next = lines.filter((each) => each.fanOut > 0 && !shut.has(each)).sort(byDepthAndSize)[0];
    if (next === undefined) return lines;
    const inner = next.fanOut + lines.length - 1 > MAX_ENTRIES ? [] : childrenOf(next).map(line);
    const after = bytes - next.bytes + inner.reduce((sum, each) => sum + each.bytes, 0);
    if (inner.length === 0 || after > MAX_BYTES || inner.some(({ isCut }) => isCut)) {
      shut.add(next);
    } else {
      lines = lines.flatMap((each) => (each === next ? inner : [each]));
      bytes = after;
    }
  }
}

function byDepthAndSize(a: Line, b: Line): number {
  return a.segments.length - b.segments.length || a.fanOut - b.fanOut;
}

/** The subtree that an Added or Removed line brings or takes. */
function subtree(line: Source): Json {
  return (line.op === 'Added' ? line.to : line.from) ?? null;
}

function sizeOf(value: Json): number {
  if (isList(value)) return value.length;
  return isObject(value) ? Object.keys(value).length : 0;
}

function childrenOf(line: Line): readonly Source[] {
  const { op } = line;
  return children(line.segments, subtree(line)).map(([segments, value]) =>
    op === 'Added' ? { segments, op, to: value } : { segments, op, from: value },
  );
}

function maskedLeaves(line: Line): number {
  const { from, to } = line.entry;
  if (from?.masked === undefined && to?.masked === undefined) return 0;
  return line.op === 'Changed' ? 1 : leafCount(subtree(line));
}

function lineMaker(facts: MaskFacts): (source: Source) => Line {
  const isVisible = visibility(facts);
  return (source) => {
    const { segments, op, from, to } = source;
    const path = pathText(segments);
    const entry: DiffEntry = { path: path.text, op };
    if (from !== undefined) entry.from = told(segments, from, isVisible);
    if (to !== undefined) entry.to = told(segments, to, isVisible);
    const isShown = (entry.from ?? entry.to)?.shown !== undefined;
    const fanOut = op === 'Changed' || isShown ? 0 : sizeOf(subtree(source));
    return { ...source, entry, bytes: storedSize(entry), isCut: path.cut, fanOut };
  };
}

type Visibility = ReturnType<typeof visibility>;

/** A value, shown or masked. */
function told(segments: readonly Segment[], value: Json, isVisible: Visibility): ShownValue {
  if (mayShow(segments, value, isVisible)) {
    const shown = escapeUnprintable(canonicalJson(value));
    if (shown.length <= MAX_SHOWN) return { shown };
  }
  return { masked: outline(value) };
}

/** A list is shown as a whole when each of its elements is a scalar that may be; a map only when it is empty. */
function mayShow(segments: readonly Segment[], value: Json, isVisible: Visibility): boolean {
  if (isList(value) && value.length > 0) {
    return (
      value.length <= MAX_SHOWN &&
      value.every((item, index) => isScalar(item) && isVisible([...segments, index], item))
    );
  }
  return (!isObject(value) || isEmpty(value)) && isVisible(segments, value);
}

function isScalar(value: Json): boolean {
  return typeof value !== 'object' || value === null;
}

/** Type and length; the leaves of maps and lists are counted at the very end, once for each line that is left. */
function outline(value: Json): NonNullable<ShownValue['masked']> {
  if (isList(value)) return { type: 'list', length: 0 };
  if (isObject(value)) return { type: 'map', length: 0 };
  if (typeof value === 'string') return { type: 'string', length: value.length };
  if (typeof value === 'boolean') return { type: 'boolean', length: 0 };
  return { type: value === null ? 'null' : 'number', length: 0 };
}

function finished({ entry, from, to }: Line): DiffEntry {
  for (const [side, value] of [[entry.from, from] as const, [entry.to, to] as const]) {
    if (side?.masked !== undefined && typeof value === 'object' && value !== null)
      side.masked.length = leafCount(value);
  }
  return entry;
}

/** Room for the number of leaves that is filled in later. */
const ROOM_FOR_COUNTS = 16;

/** Bytes of an entry as Go writes it: UTF-8, with `<`, `>` and `&` escaped to six bytes. At most, not exactly. */
function storedSize(entry: DiffEntry): number {
  const text = JSON.stringify(entry);
  return new TextEncoder().encode(text).length + (text.match(/[<>&]/g)?.length ?? 0) * 5 + ROOM_FOR_COUNTS;
}
