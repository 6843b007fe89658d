// ADR 0008 for metrics: no value of a label that nothing counts. Such a series stands at 0 for ever, and an alert on it is quiet
// for ever.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS, type MetricDefinition } from '../../src/platform/metric-table.ts';
import { readSources } from './source.ts';

const TABLE = 'src/platform/metric-table.ts';
const code = readSources(join(import.meta.dirname, '../..'), ['src'])
  .filter(({ path, isTest }) => !isTest && path !== TABLE)
  .map(({ text }) => text)
  .join('\n');

/** Whether the code has the word as a text or as the name of a member; a member named `b` may also be written as `{ a, b }`. */
const isSaid = (value: string): boolean =>
  code.includes(`'${value}'`) || (/^\w+$/.test(value) && new RegExp(`[{,]\\s*${value}\\s*[,:}]`).test(code));

describe('the values of labels', () => {
  const values = Object.values<MetricDefinition>(METRICS).flatMap(({ name, labels }) =>
    Object.entries(labels).flatMap(([label, all]) => all.map((value) => ({ name, label, value }))),
  );

  it('are words of the code', () => {
    expect(values.length).toBeGreaterThan(100);
    expect(values.filter(({ value }) => !isSaid(value))).toEqual([]);
    expect(isSaid('retried')).toBe(false);
  });

  it('of controllers are those that are counted', () => {
    const counted = [...code.matchAll(/\bcounted\(\s*'(\w+)',\s*(?:input\.)?metrics\b/g)].map(
      ([, controller]) => controller,
    );
    expect(new Set(METRICS.reconciles.labels.controller)).toEqual(new Set(counted));
  });
});
