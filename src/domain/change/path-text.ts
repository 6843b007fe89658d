// The human form of a path, as people and policies write it: spec.template.spec.containers[name=app].image.
// Keys are user data: they are printed inert and bounded (INV-10).
import type { Segment } from './change.ts';
import { quoted, shortened } from './printable.ts';

/** Longest key that is shown, in characters. */
const MAX_KEY = 128;
/** Longest path that is shown, in characters: the bound of `spec.change.diff[].path`. */
const MAX_PATH = 512;

const PLAIN_FIELD = /^[A-Za-z_$][A-Za-z0-9_$-]*$/;
const PLAIN_VALUE = /^[A-Za-z0-9_./:@-]+$/;

/** A path as text. `cut` says that a key or the path was too long to be shown whole. */
export interface PathText {
  readonly text: string;
  readonly cut: boolean;
}

/** Prints a path: at most 512 characters, keys at most 128, nothing unprintable. */
export function pathText(segments: readonly Segment[]): PathText {
  let text = '';
  let cut = false;
  for (const segment of segments) {
    cut ||= longest(segment) > MAX_KEY;
    text += segmentText(segment, text === '');
  }
  return { text: shortened(text, MAX_PATH), cut: cut || text.length > MAX_PATH };
}

function longest(segment: Segment): number {
  if (typeof segment === 'number') return 0;
  return typeof segment === 'string' ? segment.length : segment.value.length;
}

function segmentText(segment: Segment, first: boolean): string {
  if (typeof segment === 'number') return `[${segment}]`;
  if (typeof segment === 'string') {
    const field = shortened(segment, MAX_KEY);
    if (!PLAIN_FIELD.test(field)) return `[${quoted(field)}]`;
    return first ? field : `.${field}`;
  }
  if (segment.key === '') return `[${segment.value}]`;
  const value = shortened(segment.value, MAX_KEY);
  return `[${segment.key}=${PLAIN_VALUE.test(value) ? value : quoted(value)}]`;
}
