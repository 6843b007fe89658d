// One glob as a CEL test, and what it costs at most. The API server gives a condition 1,000,000 units of cost and denies
// the user on whom it is used up, so a test is a plain comparison where it can be: a regular expression costs 25 times as much.

/** A CEL expression of type bool, and its cost in the units of cel-go at the longest text that is reckoned with. */
export interface CelTest {
  readonly expression: string;
  readonly cost: number;
}

/** What it costs to name a variable and to join the test with the next one: somewhat more than measured. */
const NAME_COST = 2;
/** `startsWith` and its like read a tenth of a unit for each character of their argument (cel-go, runtimecost.go). */
const comparison = (text: string): number => NAME_COST + Math.ceil(lengthOf(text) / 10);

/**
 * The test whether the variable fits the glob.
 *
 * @param glob has at least one star
 * @param longest characters of the longest text that the cost is reckoned for
 */
export function globTest(variable: string, glob: string, longest: number): CelTest {
  const [first = '', ...rest] = glob.split('*');
  const last = rest.at(-1) ?? '';
  const middle = rest.slice(0, -1).filter((part) => part !== '');
  if (middle.length > 0) return regexTest(variable, glob.split('*').map(quote).join('.*'), longest);
  const ends: readonly (readonly [call: string, text: string])[] = [
    ['startsWith', first],
    ['endsWith', last],
  ];
  const tests = ends
    .filter(([, text]) => text !== '')
    .map(([call, text]) => ({
      expression: `${variable}.${call}(${literal(text)})`,
      cost: comparison(text),
    }));
  // The two ends do not overlap: `ab*ba` is no name for `aba`.
  const size = {
    expression: `size(${variable}) >= ${lengthOf(first) + lengthOf(last)}`,
    cost: NAME_COST + 3,
  };
  const all = tests.length === 2 ? [...tests, size] : tests;
  if (all.length === 0) return { expression: 'true', cost: 1 };
  const expression = all.map((one) => one.expression).join(' && ');
  return { expression: all.length > 1 ? `(${expression})` : expression, cost: sumOf(all) };
}

/** One anchored pattern without alternatives at its top: `(?s)` lets a run cross line breaks, as the glob does. */
export function regexTest(variable: string, pattern: string, longest: number): CelTest {
  const anchored = `(?s)^${pattern}$`;
  return {
    expression: `${variable}.matches(${literal(anchored)})`,
    cost: NAME_COST + Math.ceil((longest + 1) / 10) * Math.ceil(lengthOf(anchored) / 4),
  };
}

/** The cost of all of them. */
export function sumOf(tests: readonly CelTest[]): number {
  return tests.reduce((sum, { cost }) => sum + cost, 0);
}

/** Escapes what has a meaning in RE2. */
export function quote(text: string): string {
  return text.replace(/[\\.+*?()|[\]{}^$]/g, String.raw`\$&`);
}

/** A CEL string: JSON's escapes are a part of CEL's. */
export function literal(text: string): string {
  return JSON.stringify(text.toWellFormed());
}

/** Code points, as CEL counts them. */
function lengthOf(text: string): number {
  return Array.from(text).length;
}
