// docs/reference/limits.md, the catalogue of bypasses and the tests under test/bypass say the same: each row has its tries, each
// try that can be made has a test with its number and an ending that is checked, and no test stands for itself.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
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
import { AREAS } from '../../src/domain/doctor/catalog.ts';
import { ALERTS } from '../../tools/generate/alerts.ts';
import { CHAPTERS, ROWS } from '../bypass/catalogue.ts';
import { limitsMarkdown, outcome } from '../bypass/limits-page.ts';
import { POLICIES } from '../bypass/policies.ts';
import { testName, type Row } from '../bypass/row.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/reference/limits.md');
const page = readFileSync(PAGE, 'utf8');

/** Rows of the catalogue, then leaves of the attack tree. */
const IDS = [
  ...Array.from({ length: 40 }, (_, i) => `${i + 1}`),
  ...Array.from({ length: 10 }, (_, i) => `L${i + 1}`),
];

/** Tests of a file: name, and whether each shows an answer to be checked. */
function testsOf(source: Source): { name: string; isChecked: boolean }[] {
  return nodesOf(source, 'CallExpression')
    .filter((call) => nameOf(child(call, 'callee')) === 'it')
    .map((call) => {
      let isChecked = false;
      walk(call, (node) => {
        isChecked ||= node.type === 'Identifier' && nameOf(node) === 'toEndAsPromised';
      });
      return { name: nameOf((call['arguments'] as Node[])[0]) ?? 'a name that is no literal', isChecked };
    });
}

const sources = readSources(ROOT, ['test/bypass']).filter(({ isTest }) => isTest);

describe('the catalogue of bypasses', () => {
  it('has the 40 rows and the 10 leaves, each once', () => {
    expect(ROWS.map((row) => row.id).toSorted()).toEqual(IDS.toSorted());
  });

  it.each(ROWS)('$id says what was tried, how it ends and what to do', ({ tries, title, advice }) => {
    expect(tries.length).toBeGreaterThan(0);
    expect(new Set(tries.map((one) => one.what)).size).toBe(tries.length);
    const sentences = tries.flatMap((one) =>
      'passes' in one ? one.passes : 'untried' in one ? one.untried : [],
    );
    for (const text of [advice, ...sentences]) expect(text).toMatch(/^[A-Z].*\.$/s);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
  });

  it('advises only policies that the page shows', () => {
    const advised = ROWS.flatMap((row) => row.advice.match(/(?<=policy `)[a-z-]+/g) ?? []);
    const shown = POLICIES.map((policy) => policy.name);
    expect(advised.filter((name) => !shown.includes(name))).toEqual([]);
    expect(shown.filter((name) => !advised.includes(name))).toEqual([]);
  });

  it('names findings of the doctor and alerts that there are', () => {
    const text = JSON.stringify(ROWS);
    const findings = text.match(/ASSENT-W\d+/g) ?? [];
    expect(findings.length).toBeGreaterThan(10);
    const known = new Set<string>(AREAS.flatMap(({ weaknesses }) => weaknesses.map(({ id }) => id)));
    expect(findings.filter((id) => !known.has(id))).toEqual([]);
    const alerts = text.match(/(?<=`)Assent[A-Z]\w+(?=`)/g) ?? [];
    expect(alerts.length).toBeGreaterThan(2);
    expect(alerts.filter((name) => ALERTS.every((alert) => alert.name !== name))).toEqual([]);
  });

  it('knows a row that is held, one that is not, and one in part', () => {
    const row = (tries: Row['tries']): Row => ({ id: '0', title: '', advice: '', tries });
    const held = { what: 'a', by: 'asks' as const };
    const passes = { what: 'b', passes: '' };
    expect([row([held]), row([held, passes]), row([passes])].map(outcome)).toEqual([
      'held',
      'held in part',
      '**not ours**',
    ]);
  });
});

describe('the tests of the catalogue', () => {
  it('are one file for each chapter', () => {
    expect(sources.map(({ path }) => basename(path, '.test.ts'))).toEqual(
      CHAPTERS.map(({ file }) => file).toSorted(),
    );
  });

  it.each(CHAPTERS)('$file: a test for each try, and no other one', ({ file, rows }) => {
    const source = sources.find(({ path }) => path.endsWith(`/${file}.test.ts`));
    const tests = source === undefined ? [] : testsOf(source);
    const tries = rows.flatMap((row) =>
      row.tries.filter((one) => !('untried' in one)).map((one) => testName(row, one)),
    );
    expect(tests.map(({ name }) => name).toSorted()).toEqual(tries.toSorted());
    expect(tests.filter(({ isChecked }) => !isChecked)).toEqual([]);
  });

  it.each([
    [
      "it('bypass 1: a', () => { expect(x).toEndAsPromised(); });",
      [{ name: 'bypass 1: a', isChecked: true }],
    ],
    ["it('bypass 1: a', () => { expect(x).toBe(1); });", [{ name: 'bypass 1: a', isChecked: false }]],
    ['it(name, () => {});', [{ name: 'name', isChecked: false }]],
    ["// it('bypass 1: a', () => {});", []],
  ])('are read: %s', (text, tests) => {
    expect(testsOf(parse('test/bypass/a.test.ts', text))).toEqual(tests);
  });
});

describe('docs/reference/limits.md', () => {
  it('is up to date: run npm run generate', async () => {
    const options = { ...(await resolveConfig(PAGE)), filepath: PAGE };
    expect(page).toBe(await format(limitsMarkdown(), options));
  });

  it('has links that lead somewhere', () => {
    const anchors = new Set(
      [...page.matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
        text
          .toLowerCase()
          .replaceAll(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const links = [...page.matchAll(/\]\(#([^)]*)\)/g)].map(([, target]) => target);
    expect(links.length).toBeGreaterThanOrEqual(IDS.length);
    expect(links.filter((target) => !anchors.has(target ?? ''))).toEqual([]);
  });

  it('is linked from the limits in the README', () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
    const section = readme.split('## What it cannot promise')[1]?.split('\n## ')[0] ?? '';
    expect(section).toContain('(docs/reference/limits.md)');
  });
});
