// The slow, strict half of json.ts: a small recursive parser for the few texts that native parsing may not have kept
// exactly. It is given syntactically valid JSON (native parsing succeeded before), so it looks only for losses.
import type { Json, ParsedJson } from './json.ts';
import { putMember } from './json-tree.ts';

const NUMBER = /-?[0-9.eE+-]+/y;
const INTEGER = /^-?[0-9]+$/;
/** In valid JSON everything up to the space is white, outside of strings. */
const SPACE = 0x20;

/** A loss that the text would suffer; its message is the sentence for the caller. */
class Loss extends Error {}

/**
 * Parses valid JSON exactly. Integers beyond 2^53 become bigint.
 *
 * Refused: duplicate keys, lone surrogates, numbers that a double does not hold exactly, nesting deeper than `maxDepth`.
 */
export function parseStrictly(text: string, maxDepth: number): ParsedJson {
  try {
    return { ok: true, value: new Reader(text).value(maxDepth) };
  } catch (error) {
    if (error instanceof Loss) return { ok: false, why: error.message };
    throw error;
  }
}

class Reader {
  private readonly text: string;
  private at = 0;
  /** Where the next backslash is, or the end of the text: strings without one need no decoding. */
  private slash = -1;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Json {
    this.skipSpace();
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{' || first === '[') {
      if (depth === 0) throw new Loss('The body is nested too deeply.');
      this.at += 1;
      return first === '{' ? this.object(depth - 1) : this.list(depth - 1);
    }
    if (first === 't') return this.literal('true', true);
    if (first === 'f') return this.literal('false', false);
    if (first === 'n') return this.literal('null', null);
    return this.number();
  }

  private object(depth: number): Json {
    const object: Record<string, Json> = {};
    while (!this.closes('}')) {
      const key = this.string();
      if (Object.hasOwn(object, key)) throw new Loss('The body has a duplicate key.');
      this.skipSpace();
      this.at += 1; // the colon
      putMember(object, key, this.value(depth));
    }
    return object;
  }

  private list(depth: number): Json {
    const list: Json[] = [];
    while (!this.closes(']')) list.push(this.value(depth));
    return list;
  }

  /** Steps over a comma or the closing bracket; true for the bracket. */
  private closes(bracket: string): boolean {
    this.skipSpace();
    if (this.text[this.at] === ',') this.at += 1;
    this.skipSpace();
    if (this.text[this.at] !== bracket) return false;
    this.at += 1;
    return true;
  }

  private string(): string {
    const start = this.at;
    let end = this.text.indexOf('"', start + 1);
    if (this.slash < start) this.slash = this.nextSlash(start);
    let string: string;
    if (this.slash > end) {
      string = this.text.slice(start + 1, end);
    } else {
      while (isEscaped(this.text, end)) end = this.text.indexOf('"', end + 1);
      string = JSON.parse(this.text.slice(start, end + 1)) as string;
    }
    this.at = end + 1;
    if (!string.isWellFormed()) throw new Loss('The body has a lone surrogate.');
    return string;
  }

  private nextSlash(from: number): number {
    const found = this.text.indexOf('\\', from);
    return found === -1 ? this.text.length : found;
  }

  private number(): number | bigint {
    NUMBER.lastIndex = this.at;
    const source = NUMBER.exec(this.text)?.[0] ?? '';
    this.at += source.length;
    if (INTEGER.test(source)) return asSafe(BigInt(source));
    const number = Number(source);
    if (!Number.isFinite(number) || digits(source) !== digits(String(number))) {
      throw new Loss('The body has a number that cannot be held exactly.');
    }
    return Number.isInteger(number) ? asSafe(BigInt(number)) : number;
  }

  private literal<T extends Json>(word: string, value: T): T {
    this.at += word.length;
    return value;
  }

  private skipSpace(): void {
    while (this.text.charCodeAt(this.at) <= SPACE) this.at += 1;
  }
}

/** A number where it holds the integer without doubt, else the bigint itself. */
function asSafe(integer: bigint): number | bigint {
  return Number.isSafeInteger(Number(integer)) ? Number(integer) : integer;
}

function isEscaped(text: string, quote: number): boolean {
  let slashes = 0;
  while (text[quote - 1 - slashes] === '\\') slashes += 1;
  return slashes % 2 === 1;
}

/** The number as significant digits and a power of ten, so that 1.50, 15e-1 and 1.5 are one. Zero has no sign. */
function digits(source: string): string {
  const [mantissa = '', exponent = '0'] = source.toLowerCase().split('e');
  const sign = mantissa.startsWith('-') ? '-' : '';
  const [whole = '', fraction = ''] = mantissa.replace(/^[+-]/, '').split('.');
  const significant = `${whole}${fraction}`.replace(/^0+/, '');
  const trimmed = significant.replace(/0+$/, '');
  if (trimmed === '') return '0';
  const power = Number(exponent) - fraction.length + (significant.length - trimmed.length);
  return `${sign}${trimmed}e${power}`;
}
