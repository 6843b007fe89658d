// The tests are evaluated with our own engine here, and by a real API server in test/controlplane.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileCel } from '../../cel/program.ts';
import { toCel } from '../../cel/value.ts';
import { globTest, literal } from './glob-test.ts';
import { globMatches } from './glob.ts';

function evaluate(expression: string, g: string): unknown {
  const compiled = compileCel(expression, { variables: ['g'], maxLength: 100_000 });
  if (!compiled.ok) throw new Error(`${compiled.message} in ${expression}`);
  const result = compiled.program.evaluate({ g: toCel(g) });
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

describe('globTest', () => {
  it.each([
    ['a*', 'g.startsWith("a")', 3],
    ['*a', 'g.endsWith("a")', 3],
    ['ab*ba', '(g.startsWith("ab") && g.endsWith("ba") && size(g) >= 4)', 11],
    ['a**', 'g.startsWith("a")', 3],
    ['*', 'true', 1],
    ['a*b*c', 'g.matches("(?s)^a.*b.*c$")', 46],
    [`${'p'.repeat(100)}*`, `g.startsWith("${'p'.repeat(100)}")`, 12],
  ])('%s is %s at a cost of %i', (glob, expression, cost) => {
    expect(globTest('g', glob, 100)).toEqual({ expression, cost });
  });

  const character = fc.constantFrom('a', 'b', '.', '\\', '"', '\n', 'é', '😀');
  const text = fc.string({ unit: character, maxLength: 8 });
  const glob = fc.string({ unit: fc.oneof(character, fc.constant('*')), maxLength: 6 });

  it('INV-1, INV-6: says what the glob says', () => {
    fc.assert(
      fc.property(
        glob.filter((one) => one.includes('*')),
        text,
        (one, name) => {
          expect(evaluate(globTest('g', one, 100).expression, name)).toBe(globMatches(one, name));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('counts the length in code points, as the API server does', () => {
    expect(evaluate(globTest('g', '😀*😀', 100).expression, '😀')).toBe(false);
    expect(evaluate(globTest('g', '😀*😀', 100).expression, '😀😀')).toBe(true);
  });
});

describe('literal', () => {
  it.each(['"', '\\', '\n', '\u0000', '\u2028', '😀'])('%j stays what it is', (text) => {
    expect(evaluate(`g == ${literal(text)}`, text)).toBe(true);
  });
});
