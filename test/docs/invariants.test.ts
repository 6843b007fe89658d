// docs/reference/invariants.md against the sources: the ten promises are all there, what it names exists, and each one has
// a property test that carries its number.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  child,
  nameOf,
  nodesOf,
  parse,
  readSources,
  walk,
  type Node,
  type Source,
} from '../architecture/source.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = readFileSync(join(ROOT, 'docs/reference/invariants.md'), 'utf8');
const IDS = Array.from({ length: 10 }, (_, index) => `INV-${index + 1}`);

interface Entry {
  readonly id: string;
  readonly holders: readonly string[];
  readonly tests: readonly string[];
}

/** The entries of the page: a heading with the number, then a list of holders and one of tests. */
function entriesOf(page: string): Entry[] {
  return page
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const id = /^INV-\d+/.exec(section)?.[0] ?? '';
      const paths = (label: string): string[] => {
        const list = section.split(`- ${label}:`)[1]?.split(/\n- /)[0] ?? '';
        return [...list.matchAll(/`([a-z][\w./-]*\.ts)`/g)].map(([, path = '']) => path);
      };
      return { id, holders: paths('Held by'), tests: paths('Tests') };
    });
}

/** Numbers in the names of a file's tests, and among them those of tests that draw their cases with fast-check. */
function numbersOf(source: Source): { numbers: Set<string>; properties: Set<string> } {
  const numbers = new Set<string>();
  const properties = new Set<string>();
  for (const call of nodesOf(source, 'CallExpression')) {
    if (!isTestCall(child(call, 'callee'))) continue;
    for (const id of textOf((call['arguments'] as Node[])[0]).match(/\bINV-\d+\b/g) ?? []) {
      numbers.add(id);
      if (usesFastCheck(call)) properties.add(id);
    }
  }
  return { numbers, properties };
}

function usesFastCheck(call: Node): boolean {
  let uses = false;
  walk(call, (node) => {
    uses ||= node.type === 'Identifier' && nameOf(node) === 'fc';
  });
  return uses;
}

/** `it(...)`, `test(...)`, `describe(...)`, and the same with `.each(...)` or `.concurrent` in between. */
function isTestCall(callee: Node | undefined): boolean {
  if (!callee) return false;
  if (callee.type === 'Identifier') return ['it', 'test', 'describe'].includes(nameOf(callee) ?? '');
  return isTestCall(child(callee, 'object') ?? child(callee, 'callee') ?? child(callee, 'tag'));
}

const textOf = (node: Node | undefined): string => {
  const quasis = (node?.['quasis'] ?? []) as { value: { raw: string } }[];
  return nameOf(node) ?? quasis.map(({ value }) => value.raw).join('');
};

const found = new Map(
  readSources(ROOT, ['src', 'test', 'tools'])
    .filter(({ isTest }) => isTest)
    .map((source) => [source.path, numbersOf(source)]),
);

describe('docs/reference/invariants.md', () => {
  const entries = entriesOf(PAGE);

  it('has the ten invariants, in order', () => {
    expect(entries.map(({ id }) => id)).toEqual(IDS);
  });

  it.each(entries)('$id names files that exist', ({ holders, tests }) => {
    expect(holders.length).toBeGreaterThan(0);
    expect(tests.length).toBeGreaterThan(0);
    expect([...holders, ...tests].filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it.each(entries)('$id is in the name of a test in each test file that it names', ({ id, tests }) => {
    expect(tests.filter((path) => !found.get(path)?.numbers.has(id))).toEqual([]);
  });

  it.each(entries)('$id has a property test among them', ({ id, tests }) => {
    expect(tests.filter((path) => found.get(path)?.properties.has(id))).not.toEqual([]);
  });
});

describe('the check of the page', () => {
  it('reads entries with their files', () => {
    const page =
      '# x\n\n## INV-3\n\nWords.\n\n- Held by: `src/a.ts` (why),\n  `src/b.ts`.\n- Tests: `src/a.test.ts`.\n';
    expect(entriesOf(page)).toEqual([
      { id: 'INV-3', holders: ['src/a.ts', 'src/b.ts'], tests: ['src/a.test.ts'] },
    ]);
  });

  it.each([
    ["it('INV-3: nobody', () => {});", ['INV-3']],
    ["describe('x (INV-10)', () => {});", ['INV-10']],
    ["it.each([1])('INV-2: %s', () => {});", ['INV-2']],
    ['it.each`a`(`INV-2: ${name}`, () => {});', ['INV-2']],
    ["// INV-3\nit('nobody', () => { expect('INV-3').toBe(1); });", []],
    ["it('INV-33', () => {});", ['INV-33']],
  ])('finds the numbers in names of tests only: %s', (text, numbers) => {
    expect([...numbersOf(parse('src/a.test.ts', text)).numbers]).toEqual(numbers);
  });

  it.each([
    ["it('INV-2: once', () => { fc.assert(fc.property(fc.nat(), () => true)); });", ['INV-2']],
    ["describe('INV-2', () => { it('once', () => { fc.assert(p); }); });", ['INV-2']],
    ["it('INV-2: once', () => {}); it('other', () => { fc.assert(p); });", []],
  ])('tells property tests from others: %s', (text, properties) => {
    expect([...numbersOf(parse('a.test.ts', text)).properties]).toEqual(properties);
  });
});
