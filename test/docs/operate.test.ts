// What an operator is given against the code: alerts and dashboard name metrics and labels that there are, each alert has a page
// that says all that its reader needs, and every command on the pages can be typed.
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../src/cli/arguments.ts';
import { METRICS, type MetricDefinition } from '../../src/platform/metric-table.ts';
import { ALERTS } from '../../tools/generate/alerts.ts';
import { ROWS } from '../../tools/generate/dashboard.ts';
import { inWords } from '../../tools/generate/rules.ts';
import { OPERATE_PAGES, operatePage, typedLines } from '../builders/operate-pages.ts';

/** Metrics of the API server; test/controlplane/alerts.test.ts asks a real one for them. */
const OF_THE_API_SERVER: Readonly<Record<string, readonly string[]>> = {
  apiserver_admission_webhook_rejection_count: ['name', 'error_type'],
  apiserver_admission_webhook_fail_open_count: ['name'],
};
const OURS = new Map(Object.values<MetricDefinition>(METRICS).map((metric) => [metric.name, metric]));
const SELECTOR = /\b((?:assent|process|apiserver)_[a-z_]+)(?:\{([^}]*)\})?/g;
const MATCHER = /(\w+)(=~|!~|!=|=)"([^"]*)"/g;

/** What a selector asks for that is not there. */
function unknownIn(name: string, matchers: string): string[] {
  const found = [...matchers.matchAll(MATCHER)].map(([, label = '', , value = '']) => ({ label, value }));
  const foreign = OF_THE_API_SERVER[name];
  if (foreign !== undefined)
    return found.filter(({ label }) => !foreign.includes(label)).map(({ label }) => `${name}: ${label}`);
  const metric = OURS.get(name) ?? OURS.get(name.replace(/_(?:bucket|count|sum)$/, ''));
  if (metric === undefined) return [name];
  if (name !== metric.name && metric.type !== 'histogram') return [name];
  return found.flatMap(({ label, value }) => {
    const values = metric.labels[label];
    if (values === undefined) return [`${name}: ${label}`];
    return value.split('|').flatMap((one) => (values.includes(one) ? [] : [`${name}: ${label}="${one}"`]));
  });
}
const unknown = (expr: string): string[] =>
  [...expr.matchAll(SELECTOR)].flatMap(([, name = '', matchers = '']) => unknownIn(name, matchers));
const queries = ROWS.flatMap(({ panels }) =>
  panels.flatMap(({ title, queries: all }) => all.map(({ expr, legend }) => ({ title, expr, legend }))),
);

describe('alerts and dashboard', () => {
  it.each(ALERTS)('$name asks for metrics and labels that there are', ({ expr }) => {
    expect([...expr.matchAll(SELECTOR)].length).toBeGreaterThan(0);
    expect(unknown(expr)).toEqual([]);
  });
  it.each(queries)('the panel "$title" asks for metrics and labels that there are', ({ expr }) => {
    expect([...expr.matchAll(SELECTOR)].length).toBeGreaterThan(0);
    expect(unknown(expr)).toEqual([]);
  });
  it.each([
    ['assent_leaders', ['assent_leaders']],
    ['assent_leader_count', ['assent_leader_count']],
    ['assent_ready{replica="gate"}', ['assent_ready: replica']],
    ['assent_ready{part=~"gate|door"}', ['assent_ready: part="door"']],
    [
      'apiserver_admission_webhook_fail_open_count{code="1"}',
      ['apiserver_admission_webhook_fail_open_count: code'],
    ],
  ])('would be told that there is no such thing: %s', (expr, told) => expect(unknown(expr)).toEqual(told));

  it('the panels of a row fill it: Grafana counts in 24 whole columns', () => {
    for (const { question, panels } of ROWS) expect([question, 24 % panels.length]).toEqual([question, 0]);
  });

  const split = queries.flatMap((one) => {
    const [, by = ''] = /by \(([^)]*)\)/.exec(one.expr) ?? [];
    const labels = by.split(', ').filter((label) => label !== '' && label !== 'le');
    return labels.length === 0 ? [] : [{ ...one, labels }];
  });
  it.each(split)('the panel "$title" names series by $labels', ({ legend, labels }) => {
    expect([...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)).toEqual(labels);
  });
});

const HEADINGS = ['What it means', 'What still works', 'See', 'Do', 'Why it happens'];
const pages = OPERATE_PAGES.flatMap((page) => /^alerts\/(?!README)(.*)$/.exec(page)?.[1] ?? []);
const prose = (text: string): string => text.replaceAll(/\s+/g, ' ');

describe('the pages of alerts', () => {
  it('are there, one for each, and no other', () => {
    expect(pages.toSorted()).toEqual(ALERTS.map(({ page }) => `${page}.md`).toSorted());
  });
  it.each(ALERTS)('$page: says what $name says, and what to do', ({ name, page, severity, summary }) => {
    const text = operatePage(`alerts/${page}.md`);
    expect(text.startsWith(`# ${name}\n`)).toBe(true);
    expect(prose(text)).toContain(`**${severity}**: ${inWords(summary)}`);
    expect([...text.matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)).toEqual(HEADINGS);
    for (const section of text.split(/^## .*$/m).slice(1)) expect(section.trim().length).toBeGreaterThan(20);
  });
});

describe('the words of the alerts', () => {
  it.each(ALERTS)('$name reads whole on a page, where no label is filled in', ({ summary }) => {
    const said = inWords(summary);
    expect(said).not.toMatch(/[{}$]|\(\)|  | [:,.]/);
    expect(said).not.toMatch(/\b(?:an?|the) (?:an?|the)\b|\b(\w+) \1\b/i);
    // Each label says which one of what the sentence names without it.
    for (const [, label] of summary.matchAll(/(.{2}\{\{ \$labels\.\w+ \}\}.)/g))
      expect(label).toMatch(/^ \(.*\)$/);
  });
});

const typed = OPERATE_PAGES.flatMap(typedLines);

describe('the commands on the pages', () => {
  it('are many', () => expect(typed.length).toBeGreaterThan(80));
  it.each(typed)('in $page: $line', ({ words: [program] }) => {
    expect(['kubectl', 'helm', 'curl']).toContain(program);
  });
  const ours = typed.filter(({ words: [program, verb] }) => program === 'kubectl' && verb === 'assent');
  it.each(ours)('of ours can be typed: $line', ({ words }) => {
    expect(parseCommand(words.slice(2))).toMatchObject({ ok: true });
  });
});
