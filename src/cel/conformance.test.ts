// Golden answers of Kubernetes' own engine: 87 of its 201 probes are offered and pass; of 500 random expressions
// some are refused, but none gets another value.
import { readFileSync } from 'node:fs';
import { Duration, UnsignedInt } from '@marcbachmann/cel-js/evaluator';
import { describe, expect, it } from 'vitest';
import { compileCel } from './program.ts';
import { toCel, type CelInput } from './value.ts';

type Expected = { value: unknown } | { refused: string } | { error: string };
interface Golden {
  variables: Record<string, unknown>;
  cases: { expression: string; expect: Expected }[];
}

type Reviver = (key: string, value: unknown, context: { source: string }) => unknown;
/** The types do not know yet that a reviver sees the source text. */
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** Integers beyond 2^53 become bigint. */
function read(name: string): Golden {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), 'utf8');
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && /^-?\d+$/.test(source) && !Number.isSafeInteger(value)
      ? BigInt(source)
      : value,
  ) as Golden;
}

function encode(value: unknown): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return { s: value };
  if (typeof value === 'bigint') return { i: String(value) };
  if (typeof value === 'number') return { d: String(value) };
  if (value instanceof UnsignedInt) return { u: value.toString() };
  if (value instanceof Duration) return { dur: value.toString() };
  if (value instanceof Date) return { ts: value.toISOString().replace('.000Z', 'Z') };
  if (Array.isArray(value)) return { l: value.map(encode) };
  if (value instanceof Map) return { m: [...value].map((entry: unknown[]) => entry.map(encode)) };
  throw new Error('a value that JSON cannot lead to');
}

/** The order of map entries has no meaning. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if ('m' in value) return { m: (value.m as unknown[]).map((entry) => JSON.stringify(sorted(entry))).sort() };
  if ('l' in value) return { l: (value.l as unknown[]).map(sorted) };
  return Array.isArray(value) ? value.map(sorted) : value;
}

function answer(
  expression: string,
  input: CelInput,
): { value: unknown } | { refused: string } | { error: string } {
  const compiled = compileCel(expression, { variables: Object.keys(input) });
  if (!compiled.ok) return { refused: compiled.message };
  const result = compiled.program.evaluate(input);
  return result.ok ? { value: sorted(encode(result.value)) } : { error: result.message };
}

const convert = (golden: Golden): CelInput =>
  Object.fromEntries(Object.entries(golden.variables).map(([name, value]) => [name, toCel(value)]));

describe('the probes of the Kubernetes dialect that are offered', () => {
  const golden = read('probes');
  const input = convert(golden);

  it('are 87 in number', () => {
    expect(golden.cases).toHaveLength(87);
  });

  it.each(golden.cases)('$expression', ({ expression, expect: expected }) => {
    const actual = answer(expression, input);
    expect('value' in actual ? actual : {}).toEqual(
      'value' in expected ? { value: sorted(expected.value) } : {},
    );
  });
});

describe('random expressions', () => {
  it('never get another value than in Kubernetes, and most get the same', () => {
    const golden = read('random');
    const input = convert(golden);
    const pairs = golden.cases.flatMap(({ expression, expect: expected }) => {
      const actual = answer(expression, input);
      return 'value' in expected && 'value' in actual
        ? [{ expression, actual: actual.value, expected: sorted(expected.value) }]
        : [];
    });
    expect(
      pairs.filter(({ actual, expected }) => JSON.stringify(actual) !== JSON.stringify(expected)),
    ).toEqual([]);
    expect(pairs.length).toBeGreaterThan(250);
  });
});
