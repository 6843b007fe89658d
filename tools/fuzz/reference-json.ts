// A second opinion about JSON text, written another way than src/domain/change: a scan over the tokens of text that the
// native parser accepts, which says what the lossless parser must refuse. Slow and plain on purpose.

/** What makes a text impossible to keep exactly. */
export interface Losses {
  readonly duplicate: boolean;
  readonly surrogate: boolean;
  readonly inexact: boolean;
  readonly depth: number;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/gs;

/** Looks for losses in valid JSON. */
export function lossesOf(text: string): Losses {
  const tokens = text.match(TOKEN) ?? [];
  const strings = tokens.filter((token) => token.startsWith('"')).map((token) => JSON.parse(token) as string);
  const numbers = tokens.filter((token) => /^[-0-9]/.test(token));
  return {
    ...nesting(tokens),
    surrogate: strings.some((string) => LONE.test(string)),
    inexact: !numbers.every(isExact),
  };
}

const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** How deep the text is, and whether an object in it has a key twice. */
function nesting(tokens: readonly string[]): Pick<Losses, 'duplicate' | 'depth'> {
  const open: Set<string>[] = [];
  let [duplicate, depth] = [false, 0];
  for (const [index, token] of tokens.entries()) {
    if (token === '{' || token === '[') open.push(new Set());
    if (token === '}' || token === ']') open.pop();
    depth = Math.max(depth, open.length);
    if (tokens[index + 1] !== ':') continue;
    const key = JSON.parse(token) as string;
    duplicate ||= open.at(-1)?.has(key) === true;
    open.at(-1)?.add(key);
  }
  return { duplicate, depth };
}

/** Whether a double, as it prints itself, is the number that is written; integers are exact at any size. */
function isExact(source: string): boolean {
  if (/^-?[0-9]+$/.test(source)) return true;
  const printed = String(Number(source));
  if (!/^-?[0-9]/.test(printed)) return false;
  const [a, b] = [fraction(source), fraction(printed)];
  // m1 * 10^e1 = m2 * 10^e2, without an exponent that nobody could compute
  if (a.mantissa === 0n || b.mantissa === 0n) return a.mantissa === b.mantissa;
  const shift = a.exponent - b.exponent;
  if (Math.abs(shift) > 5_000) return false;
  return shift >= 0
    ? a.mantissa * 10n ** BigInt(shift) === b.mantissa
    : a.mantissa === b.mantissa * 10n ** BigInt(-shift);
}

function fraction(source: string): { readonly mantissa: bigint; readonly exponent: number } {
  const [, sign = '', whole = '', , places = '', , exponent = '0'] =
    /^(-?)([0-9]*)(\.([0-9]*))?(e(.*))?$/i.exec(source) ?? [];
  const mantissa = BigInt(`${whole}${places}`);
  return { mantissa: sign === '-' ? -mantissa : mantissa, exponent: Number(exponent) - places.length };
}
