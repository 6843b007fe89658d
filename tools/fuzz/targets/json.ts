// Lossless JSON (src/domain/change/json.ts): what is read is what was sent, and whatever cannot be kept is refused.
import {
  canonicalJson,
  MAX_DEPTH,
  parseLossless,
  parseLosslessText,
} from '../../../src/domain/change/json.ts';
import { parseStrictly } from '../../../src/domain/change/json-strict.ts';
import { sameJson } from '../../../src/domain/change/json-tree.ts';
import { lossesOf } from '../reference-json.ts';
import { reordered } from '../reorder.ts';
import { Random, seedOf } from '../random.ts';
import { bytesOf, holds, wordsOf, type Target } from '../target.ts';

function run(input: Uint8Array): string {
  const parsed = parseLossless(input);
  const text = nativeText(input);
  if (text === undefined) {
    holds(!parsed.ok, 'accepts what is not UTF-8 or not JSON');
    return parsed.why;
  }
  const { duplicate, surrogate, inexact, depth } = lossesOf(text);
  const mayKeep = !duplicate && !surrogate && !inexact && depth <= MAX_DEPTH;
  holds(parsed.ok === mayKeep, `${parsed.ok ? 'accepts' : 'refuses'} although a plain scan says otherwise`);
  if (!parsed.ok) return parsed.why;
  const { value } = parsed;
  const strict = parseStrictly(text, MAX_DEPTH);
  holds(strict.ok && sameJson(strict.value, value), 'the fast and the strict path read different values');
  const printed = canonicalJson(value);
  const again = parseLosslessText(printed);
  holds(again.ok && sameJson(again.value, value), 'parse(print(x)) is not x');
  holds(canonicalJson(again.value) === printed, 'the canonical text is not a fixed point');
  const other = reordered(value, new Random(seedOf(input)));
  holds(
    sameJson(other, value) && canonicalJson(other) === printed,
    'the order of keys shows in the canonical text',
  );
  return `ok ${typeof value} ${text === printed ? 'canonical' : 'spelt otherwise'}`;
}

/** The text, where the platform itself can decode and parse it. */
function nativeText(input: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(input);
    JSON.parse(text);
    return text;
  } catch {
    return undefined;
  }
}

/** Lossless JSON. */
export const jsonTarget: Target = {
  name: 'json',
  holds: 'read whole or refused; parse(print(x)) = x; fast path = strict path',
  code: [
    '/src/domain/change/json.ts',
    '/src/domain/change/json-strict.ts',
    '/src/domain/change/json-tree.ts',
  ],
  isJson: true,
  words: wordsOf(String.raw`\ud800 \udc00 \u "a": 1e e-7 .0 00 \u003c < \/`).concat('\ufeff', '\u2028'),
  seeds: () =>
    [
      '{"a":[1,-0.5,"x\\u003c",null,true],"b":{"c":{}}}',
      '[9007199254740993,1.50,"\\ud83d\\ude00"]\n',
      '"\\ud800"',
      '{"a":1,"a":2}',
    ].map(bytesOf),
  run,
};
