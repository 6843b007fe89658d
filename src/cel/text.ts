// Text functions that the engine gets wrong outside ASCII: Kubernetes counts code points and changes only A-Z and a-z.
// A silent difference here would let a policy miss, so they replace the engine's own.
import { CelFault } from './faults.ts';

const OUT_OF_RANGE = 'index out of range';

/** A replacement for a method: receiver first, then arguments, all evaluated. Throws {@link CelFault}. */
type TextMethod = (operands: readonly unknown[]) => unknown;

/** Replacements by method name. The type check has fixed the number of operands, not their types. */
export const TEXT_METHODS: ReadonlyMap<string, TextMethod> = new Map<string, TextMethod>([
  ['lowerAscii', ([text]) => string(text).replace(/[A-Z]+/g, (run) => run.toLowerCase())],
  ['upperAscii', ([text]) => string(text).replace(/[a-z]+/g, (run) => run.toUpperCase())],
  ['trim', ([text]) => trim(string(text))],
  ['substring', ([text, start, end]) => substring(string(text), index(start), end)],
  ['indexOf', ([text, part, from]) => indexOf(string(text), string(part), from)],
  ['lastIndexOf', ([text, part, from]) => lastIndexOf(string(text), string(part), from)],
  ['split', ([text, separator, limit]) => split(string(text), string(separator), limit)],
]);

/** The operand as text; a fault if it is of another type. */
export function string(value: unknown): string {
  if (typeof value !== 'string') throw new CelFault('a function needs a string here');
  return value;
}

function index(value: unknown): number {
  if (typeof value !== 'bigint') throw new CelFault('a function needs an int here');
  return Number(value);
}

/** White_Space of Unicode: what Go trims, which is not quite what JavaScript trims. */
function isSpace(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code === 0xfeff) return false;
  return code === 0x85 || text.charAt(at).trim() === '';
}

function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isSpace(text, start)) start += 1;
  while (end > start && isSpace(text, end - 1)) end -= 1;
  return text.slice(start, end);
}

/** Code points, or the text itself where every UTF-16 unit is one. */
function points(text: string): string | readonly string[] {
  return /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
}

function substring(text: string, start: number, end: unknown): string {
  const all = points(text);
  const stop = end === undefined ? all.length : index(end);
  if (start < 0 || start > stop || stop > all.length) throw new CelFault(OUT_OF_RANGE);
  return typeof all === 'string' ? all.slice(start, stop) : all.slice(start, stop).join('');
}

/** Number of code points before the UTF-16 offset `at`; -1 stays -1. */
function pointsBefore(text: string, at: number): bigint {
  return BigInt(at < 0 ? at : points(text.slice(0, at)).length);
}

function indexOf(text: string, part: string, from: unknown): bigint {
  const start = from === undefined ? 0 : index(from);
  if (part === '') return BigInt(start);
  if (start < 0) throw new CelFault(OUT_OF_RANGE);
  const all = points(text);
  const skipped = typeof all === 'string' ? start : all.slice(0, start).join('').length;
  return pointsBefore(text, text.indexOf(part, skipped));
}

function lastIndexOf(text: string, part: string, from: unknown): bigint {
  const all = points(text);
  const start = from === undefined ? all.length : index(from);
  if (part === '') return BigInt(start);
  if (start < 0) throw new CelFault(OUT_OF_RANGE);
  if (from !== undefined && start >= all.length) return -1n;
  const until = typeof all === 'string' ? start : all.slice(0, start).join('').length;
  return pointsBefore(text, text.lastIndexOf(part, until));
}

function split(text: string, separator: string, limit: unknown): readonly string[] {
  const most = limit === undefined ? -1 : index(limit);
  if (most === 0) return [];
  const parts = separator === '' ? Array.from(text) : text.split(separator);
  if (most < 0 || parts.length <= most) return parts;
  return [...parts.slice(0, most - 1), parts.slice(most - 1).join(separator)];
}
