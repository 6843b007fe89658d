import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { outboxEntry, requestState } from '../api/approval-request.ts';
import { CATALOG } from '../domain/message/denial-catalog.ts';
import { METRICS, type MetricDefinition } from './metric-table.ts';
import { Metrics, metricsMarkdown, watchProcess } from './metrics.ts';

const lineOf = async (metrics: Metrics, start: string): Promise<string | undefined> =>
  (await metrics.text()).split('\n').find((line) => line.startsWith(start));

describe('Metrics', () => {
  it('counts, observes and sets', async () => {
    const metrics = new Metrics();
    metrics.count('gateReviews', { path: 'judged', decision: 'asked' });
    metrics.count('gateReviews', { path: 'judged', decision: 'asked' }, 2);
    metrics.observe('gateReviewSeconds', { path: 'judged' }, 0.0007);
    metrics.set('requests', { state: 'Pending' }, 4);
    expect(await lineOf(metrics, 'assent_gate_reviews_total{path="judged",decision="asked"}')).toMatch(/ 3$/);
    expect(await lineOf(metrics, 'assent_gate_review_seconds_bucket{le="0.0005",path="judged"}')).toMatch(
      / 0$/,
    );
    expect(await lineOf(metrics, 'assent_gate_review_seconds_bucket{le="0.001",path="judged"}')).toMatch(
      / 1$/,
    );
    expect(await lineOf(metrics, 'assent_requests{state="Pending"}')).toMatch(/ 4$/);
  });

  it('shows every counter at 0 from the start, so that the first event is an increase', async () => {
    const text = await new Metrics().text();
    for (const definition of Object.values<MetricDefinition>(METRICS)) {
      if (definition.type !== 'counter') continue;
      const count = Object.values(definition.labels).reduce((product, values) => product * values.length, 1);
      const lines = text
        .split('\n')
        .filter((line) => line.startsWith(`${definition.name}{`) || line.startsWith(`${definition.name} `));
      expect(lines).toHaveLength(count);
      expect(lines.every((line) => line.endsWith(' 0'))).toBe(true);
    }
  });

  it.each([
    ['a value outside the set', { path: 'fast', decision: 'user-supplied' }],
    ['a missing label', { path: 'fast' }],
    ['another label', { path: 'fast', decision: 'allowed', user: 'mallory' }],
    ['an inherited name', { path: 'fast', constructor: 'allowed' }],
  ])('T60: does not record %s, counts it, and does not throw', async (_, labels) => {
    const metrics = new Metrics();
    metrics.count('gateReviews', labels as never);
    const text = await metrics.text();
    expect(text).not.toMatch(/user-supplied|mallory|constructor/);
    expect(text).toContain('assent_metric_samples_refused_total{metric="assent_gate_reviews_total"} 1');
  });

  it('keeps the number of series fixed whatever it is fed (T60)', async () => {
    const metrics = new Metrics();
    metrics.count('gateReviews', { path: 'x' } as never);
    const before = (await metrics.text()).split('\n').length;
    for (let turn = 0; turn < 1_000; turn++)
      metrics.count('gateReviews', { path: `p${turn}`, decision: 'allowed' } as never);
    expect((await metrics.text()).split('\n')).toHaveLength(before);
  });

  it('does not share anything between two instances', async () => {
    const [one, two] = [new Metrics(), new Metrics()];
    one.count('requestsCreated', {});
    expect(await lineOf(two, 'assent_gate_requests_created_total')).toMatch(/ 0$/);
  });

  it('refreshes before a scrape', async () => {
    const metrics = new Metrics();
    let stored = 0;
    metrics.onScrape(() => metrics.set('requests', { state: 'Approved' }, ++stored));
    await metrics.text();
    expect(await lineOf(metrics, 'assent_requests{state="Approved"}')).toMatch(/ 2$/);
  });

  it('follows the process', async () => {
    const metrics = new Metrics();
    const stop = watchProcess(metrics);
    const text = await metrics.text();
    stop();
    expect(text).toMatch(/process_resident_memory_bytes [1-9]\d{6,}/);
    expect(text).toMatch(/process_cpu_seconds_total 0?\.?[0-9]/);
    // A machine without a limit has none to show.
    for (const [, limit] of text.matchAll(/^assent_memory_limit_bytes (.*)$/gm))
      expect(Number(limit)).toBeLessThan(totalmem());
    expect(text).toMatch(/assent_event_loop_lag_seconds\{quantile="0.99"\} /);
  });
});

describe('METRICS', () => {
  it('has names that Prometheus accepts, each once', () => {
    const names = Object.values<MetricDefinition>(METRICS).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, type, help } of Object.values<MetricDefinition>(METRICS)) {
      expect(name).toMatch(/^(assent|process)_[a-z_]+$/);
      expect(name.endsWith('_total')).toBe(type === 'counter');
      expect(help).toMatch(/\.$/);
    }
  });

  it('knows every state and every type of record line of the kinds', () => {
    expect(METRICS.requests.labels.state).toEqual(requestState.options);
    expect(METRICS.recordLines.labels.type).toEqual(outboxEntry.shape.type.options);
  });

  it('knows every code of a denial', () => {
    const codes = Object.values(CATALOG).map(({ code }) => code);
    expect(METRICS.denials.labels.code).toEqual(codes);
  });

  it('covers 50 us to 10 s', () => {
    expect(METRICS.gateReviewSeconds.buckets[0]).toBe(0.000_05);
    expect(METRICS.gateReviewSeconds.buckets.at(-1)).toBe(10);
  });

  it('is documented whole', () => {
    for (const { name } of Object.values<MetricDefinition>(METRICS))
      expect(metricsMarkdown()).toContain(`\`${name}\``);
  });
});
