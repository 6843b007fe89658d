// The metrics of one process: records into the table of metric-table.ts and renders it for Prometheus. A sample whose
// labels are not in the table is not recorded but counted (T60); nothing here throws, since a metric must not deny.
import { totalmem } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { markdownTable } from './markdown.ts';
import {
  METRICS,
  type LabelsOf,
  type MetricDefinition,
  type MetricKey,
  type MetricOf,
} from './metric-table.ts';

const REFUSED = 'assent_metric_samples_refused_total';
const REFUSED_HELP =
  'Samples that were not recorded because a label had a value outside its closed set: a defect.';

/** Label values as code hands them over. */
type Labels = Readonly<Record<string, string>>;

/** The metrics of one process. There is no global registry, so that two processes in one program do not mix. */
export class Metrics {
  /** Content type of {@link Metrics.text}. */
  readonly contentType: string;
  private readonly registry = new Registry();
  private readonly series = new Map<MetricKey, Counter | Gauge | Histogram>();
  private readonly refused: Counter;
  private readonly beforeScrape: (() => void)[] = [];
  private readonly followed = new Map<string, number>();

  constructor() {
    this.contentType = this.registry.contentType;
    const registers = [this.registry];
    this.refused = new Counter({ name: REFUSED, help: REFUSED_HELP, labelNames: ['metric'], registers });
    for (const key of Object.keys(METRICS) as MetricKey[])
      this.series.set(key, makeSeries(METRICS[key], registers));
  }

  /** Adds to a counter. */
  count<K extends MetricOf<'counter'>>(key: K, labels: LabelsOf<K>, by = 1): void {
    const series = this.series.get(key);
    const accepted = this.accept(key, labels);
    if (series instanceof Counter && accepted && by >= 0) series.inc(accepted, by);
  }

  /** Brings a counter up to a total that is kept elsewhere; a total that went down counts from nought again. */
  follow<K extends MetricOf<'counter'>>(key: K, labels: LabelsOf<K>, total: number): void {
    const series = `${key} ${JSON.stringify(labels)}`;
    const before = this.followed.get(series) ?? 0;
    this.followed.set(series, total);
    this.count(key, labels, total >= before ? total - before : total);
  }

  /** Puts a duration into a histogram. Seconds. */
  observe<K extends MetricOf<'histogram'>>(key: K, labels: LabelsOf<K>, seconds: number): void {
    const series = this.series.get(key);
    const accepted = this.accept(key, labels);
    if (series instanceof Histogram && accepted) series.observe(accepted, seconds);
  }

  /** Sets a gauge, in the unit that the table gives. */
  set<K extends MetricOf<'gauge'>>(key: K, labels: LabelsOf<K>, value: number): void {
    const series = this.series.get(key);
    const accepted = this.accept(key, labels);
    if (series instanceof Gauge && accepted) series.set(accepted, value);
  }

  /** Registers a function that sets gauges just before each scrape, for values that are cheaper to ask than to follow. */
  onScrape(refresh: () => void): void {
    this.beforeScrape.push(refresh);
  }

  /** All metrics in the text format of Prometheus. */
  text(): Promise<string> {
    for (const refresh of this.beforeScrape) refresh();
    return this.registry.metrics();
  }

  /** The type checker refuses other labels already; this holds for values that come from outside of it. */
  private accept(key: MetricKey, labels: object): Labels | undefined {
    const sets: MetricDefinition['labels'] = METRICS[key].labels;
    const given = Object.entries(labels) as [string, string][];
    const known = given.every(([name, value]) => Object.hasOwn(sets, name) && sets[name]?.includes(value));
    if (known && given.length === Object.keys(sets).length) return labels as Labels;
    this.refused.inc({ metric: METRICS[key].name });
    return undefined;
  }
}

function makeSeries(definition: MetricDefinition, registers: Registry[]): Counter | Gauge | Histogram {
  const { name, help, labels, buckets } = definition;
  const base = { name, help, labelNames: Object.keys(labels), registers };
  if (definition.type === 'gauge') return new Gauge(base);
  // A counter that first appears at 1 has no increase that an alert could see: all series start at 0.
  if (definition.type === 'counter') {
    const counter = new Counter(base);
    for (const combination of combinations(labels)) counter.inc(combination, 0);
    return counter;
  }
  const histogram = new Histogram({ ...base, buckets: [...(buckets ?? [])] });
  for (const combination of combinations(labels)) histogram.zero(combination);
  return histogram;
}

function combinations(labels: MetricDefinition['labels']): Labels[] {
  let result: Labels[] = [{}];
  for (const [name, values] of Object.entries(labels)) {
    result = result.flatMap((labelled) => values.map((value) => ({ ...labelled, [name]: value })));
  }
  return result;
}

/**
 * Follows memory, processor time and the delay of the event loop of this process.
 * @returns how to stop
 */
export function watchProcess(metrics: Metrics): () => void {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let counted = 0;
  metrics.set('startTime', {}, performance.timeOrigin / 1e3);
  const limit = memoryLimit();
  if (limit !== undefined) metrics.set('memoryLimit', {}, limit);
  metrics.onScrape(() => {
    metrics.set('eventLoopLag', { quantile: '0.5' }, delay.percentile(50) / 1e9);
    metrics.set('eventLoopLag', { quantile: '0.99' }, delay.percentile(99) / 1e9);
    metrics.set('eventLoopLag', { quantile: '1' }, delay.max / 1e9);
    delay.reset();
    const { user, system } = process.cpuUsage();
    metrics.count('cpuSeconds', {}, (user + system - counted) / 1e6);
    counted = user + system;
    metrics.set('residentMemory', {}, process.memoryUsage.rss());
  });
  return () => void delay.disable();
}

/** What a container's limit says. Without one, the kernel answers nought or more than any machine has. Bytes. */
function memoryLimit(): number | undefined {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : undefined;
}

/** The reference page of the metrics, generated from the table. */
export function metricsMarkdown(): string {
  const rows = Object.values<MetricDefinition>(METRICS).map(({ name, type, help, labels, buckets }) => [
    `\`${name}\``,
    type,
    labelText(labels),
    buckets ? `${help} Buckets: ${buckets.join(', ')}.` : help,
  ]);
  rows.push([`\`${REFUSED}\``, 'counter', '`metric`: name of a metric of this page', REFUSED_HELP]);
  return `# Metrics

Generated from \`src/platform/metric-table.ts\`; do not edit.

The gate and the controller each serve \`/metrics\` on port 8080, unless \`metricsPort\` ([configuration](configuration.md)) says
otherwise; in the chart's pods that port is named \`health\`. [Operating Assent](../operate/README.md#metrics) says how to scrape
them. Label values come from the closed sets below, never from names or texts of users.

${markdownTable(['Metric', 'Type', 'Labels', 'Meaning'], rows)}`;
}

const labelText = (labels: MetricDefinition['labels']): string =>
  Object.entries(labels)
    .map(([name, values]) => `\`${name}\`: ${values.map((value) => `\`${value}\``).join(', ')}`)
    .join('; ');
