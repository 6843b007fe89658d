// What pages name is there: files, targets of make, verbs of the plugin, metrics, conditions, values of the chart, findings, codes,
// alerts, lines of the log and Events. A page that sends its reader to something that is gone is wrong when it matters most.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseCommand } from '../../src/cli/arguments.ts';
import { AREAS } from '../../src/domain/doctor/catalog.ts';
import { CATALOG } from '../../src/domain/message/denial-catalog.ts';
import { metricsMarkdown } from '../../src/platform/metrics.ts';
import { ALERTS } from '../../tools/generate/alerts.ts';

const ROOT = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const codeOf = (pattern: string): string =>
  globSync(pattern, { cwd: ROOT })
    .filter((path) => !path.endsWith('.test.ts'))
    .map(read)
    .join('\n');

const SOURCES = codeOf('src/**/*.ts');
const SCRIPTS = (JSON.parse(read('package.json')) as { scripts: Record<string, string> }).scripts;
const TARGETS = new Set([...read('Makefile').matchAll(/^([a-z0-9]+):/gm)].map(([, name]) => name));
const METRICS = metricsMarkdown();
const FINDINGS = new Set<string>(AREAS.flatMap(({ weaknesses }) => weaknesses.map(({ id }) => id)));
const DENIALS = new Set<string>(Object.values(CATALOG).map(({ code }) => code));
const VALUES = parse(read('charts/assent/values.yaml')) as Readonly<Record<string, unknown>>;

const KEYS = Object.keys(VALUES).join('|');

/** Whether the chart has a value, or one that holds whatever its user puts in. */
function isValue(path: string): boolean {
  let value: unknown = VALUES;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return false;
    if (Object.keys(value).length === 0) return true;
    if (!Object.hasOwn(value, step)) return false;
    value = (value as Record<string, unknown>)[step];
  }
  return true;
}

interface Sort {
  /** What is named, in the first group. */
  readonly named: RegExp;
  readonly isThere: (name: string) => boolean;
  /** One that is not there. */
  readonly missing: string;
}

const SORTS: Readonly<Record<string, Sort>> = {
  files: {
    named:
      /(?<![\w./-])((?:src|test|tools|docs|charts|crds|manifests|policies|examples|dashboards|bench|bin)\/[\w./-]*[\w/])/g,
    isThere: (path) => existsSync(join(ROOT, path)),
    missing: 'see src/gate/door.ts',
  },
  'targets of make': {
    named: /(?:^|&& |\b[A-Z0-9]+=\S+ )make ([a-z][a-z0-9]*)/gm,
    isThere: (name) => TARGETS.has(name),
    missing: 'make fuss',
  },
  'scripts of npm': {
    named: /\bnpm run ([a-z][a-z:0-9]*)/g,
    isThere: (name) => Object.hasOwn(SCRIPTS, name),
    missing: 'npm run generated',
  },
  'verbs of the plugin': {
    named: /\bkubectl assent ([a-z]+)/g,
    isThere: (verb) => parseCommand([verb, '--help']).ok,
    missing: 'kubectl assent undo NAME',
  },
  metrics: {
    named: /\b(assent_[a-z_]+[a-z])/g,
    isThere: (name) => METRICS.includes(`\`${name}\``),
    missing: 'assent_leaders',
  },
  conditions: {
    named: /--for=condition=(\w+)/g,
    isThere: (name) => new RegExp(`= '${name}'|type: '${name}'`).test(SOURCES),
    missing: '--for=condition=Enforcing',
  },
  'values of the chart': {
    named: new RegExp(
      `(?:--set |^)(?!gate\\.assent)((?:${KEYS})(?:(?:\\.[A-Za-z]+)+(?==)|(?:\\.[A-Za-z]+){2,}$))`,
      'gm',
    ),
    isThere: isValue,
    missing: '--set gate.replica=3',
  },
  'findings of the doctor': {
    named: /\b(ASSENT-W\d+)/g,
    isThere: (id) => FINDINGS.has(id),
    missing: 'ASSENT-W999',
  },
  'codes of denials': {
    named: /\b(ASSENT-D\d+)/g,
    isThere: (code) => DENIALS.has(code),
    missing: 'ASSENT-D999',
  },
  'settings in the environment': {
    named: /\b(ASSENT_[A-Z_]+[A-Z])/g,
    isThere: (name) => read('docs/reference/configuration.md').includes(`\`${name}\``),
    missing: 'ASSENT_LOGS',
  },
};

/** What is in code: blocks, and words between back-ticks. Prose may "make sure" of whatever it likes. */
function codeIn(text: string): string {
  const block = /^ *```[a-z]*\n([\s\S]*?)^ *```$/gm;
  const blocks = [...text.matchAll(block)].map(([, code]) => code);
  const spans = [...text.replaceAll(block, '').matchAll(/`([^`]+)`/g)].map(([, code]) => code);
  return [...blocks, ...spans].join('\n');
}

const namedIn = ({ named }: Sort, code: string): string[] =>
  [...code.matchAll(named)].flatMap(([, name]) => name ?? []);

/** Decisions say what was so on their day, and what became of it may be gone. */
const pages = ['*.md', 'docs/**/*.md', 'charts/*/README.md', 'tools/*/README.md']
  .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  .filter((page) => !page.startsWith('docs/adr/'));
const code = new Map(pages.map((page) => [page, codeIn(read(page))]));

describe('what pages name', () => {
  it.each(Object.entries(SORTS))('%s: is there', (_, sort) => {
    const gone = [...code].flatMap(([page, text]) =>
      namedIn(sort, text)
        .filter((name) => !sort.isThere(name))
        .map((name) => `${page}: ${name}`),
    );
    expect(gone).toEqual([]);
    expect([...code.values()].flatMap((text) => namedIn(sort, text)).length).toBeGreaterThan(0);
  });
  it.each(Object.entries(SORTS))('%s: what is not there is told', (_, sort) => {
    const names = namedIn(sort, codeIn(`\`${sort.missing}\``));
    expect(names.filter((name) => !sort.isThere(name))).toHaveLength(1);
  });
});

it('alerts that pages name are there', () => {
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/[`[](Assent[A-Z][A-Za-z]+)[`\]]/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((name) => ALERTS.every((alert) => alert.name !== name))).toEqual([]);
});

describe('the page of the logs', () => {
  const page = read('docs/operate/logs.md');
  const words = (text = ''): string[] => [...text.matchAll(/`([^`]+)`/g)].flatMap(([, word]) => word ?? []);

  it('names lines that are written', () => {
    const rows =
      page
        .split('## The log')[1]
        ?.split('\n## ')[0]
        ?.match(/^\| `.*$/gm) ?? [];
    const messages = rows.flatMap((row) => words(row.split('|')[1]));
    expect(messages.length).toBeGreaterThan(10);
    expect(messages.filter((message) => !isSaid(message))).toEqual([]);
  });

  it('names reasons of Events that there are', () => {
    const reasons = words(page.split('## Events')[1]).filter((word) =>
      /^[A-Z][a-z]+(?:[A-Z][a-z]+)*$/.test(word),
    );
    expect(reasons.length).toBeGreaterThan(10);
    expect(reasons.filter((reason) => !isSaid(reason))).toEqual([]);
  });

  const isSaid = (text: string): boolean => SOURCES.includes(`'${text}'`) || SOURCES.includes(`"${text}"`);
});
