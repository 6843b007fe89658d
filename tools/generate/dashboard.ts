// The Grafana dashboard: few panels, in the order of an on-call person's questions. One file for people without the chart, and the
// same for the chart. A test holds every expression against the table of metrics.

type Unit = 'short' | 's' | 'bytes' | 'percentunit' | 'reqps';

interface Query {
  readonly expr: string;
  /** How a series is named. */
  readonly legend: string;
}

/** One panel. */
export interface Panel {
  readonly title: string;
  /** What is normal, for somebody who sees it for the first time. */
  readonly description: string;
  readonly kind: 'stat' | 'timeseries';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** From this on it is red; below, when `redBelow`. */
  readonly red?: number;
  readonly redBelow?: boolean;
}

/** A question, and the panels that answer it. */
export interface Row {
  readonly question: string;
  readonly panels: readonly Panel[];
}

const query = (expr: string, legend = ''): Query => ({ expr, legend });
const rate = (metric: string): string => `rate(${metric}[$__rate_interval])`;
const OURS = 'name=~".+[.]assent[.]dev"';
const review = (quantile: number): Query =>
  query(
    `histogram_quantile(${quantile}, sum by (le) (${rate('assent_gate_review_seconds_bucket{path="judged"}')}))`,
    `p${quantile * 100}`,
  );

/** The rows, from top to bottom. */
export const ROWS: readonly Row[] = [
  {
    question: 'Is it up?',
    panels: [
      {
        title: 'Gates ready',
        description: 'Two. None: agents are refused.',
        kind: 'stat',
        unit: 'short',
        queries: [query('sum(assent_ready{part="gate"}) or vector(0)')],
        red: 1,
        redBelow: true,
      },
      {
        title: 'Controllers that lead',
        description: 'One. None: decisions do not count, and access is not taken away.',
        kind: 'stat',
        unit: 'short',
        queries: [query('sum(assent_leader) or vector(0)')],
        red: 1,
        redBelow: true,
      },
      {
        title: 'First certificate ends in',
        description: 'More than 30 days: it is renewed after two thirds of its life.',
        kind: 'stat',
        unit: 's',
        queries: [query('min(assent_certificate_expiry_seconds) - time()')],
        red: 14 * 86_400,
        redBelow: true,
      },
    ],
  },
  {
    question: 'Does it hold what it should?',
    panels: [
      {
        title: 'Policies not in force',
        description: 'None.',
        kind: 'stat',
        unit: 'short',
        queries: [query('max(assent_policies{ready="false"})')],
        red: 1,
      },
      {
        title: 'Policies not enforced',
        description: 'None. The API server asks nobody about what they name.',
        kind: 'stat',
        unit: 'short',
        queries: [query('max(assent_policies_enforced{enforced="false"})')],
        red: 1,
      },
      {
        title: 'Tampered with in a day',
        description: 'Nothing. Somebody edited or deleted what Assent registered.',
        kind: 'stat',
        unit: 'short',
        queries: [query('sum(increase(assent_tampering_total[1d])) or vector(0)')],
        red: 1,
      },
      {
        title: 'Found by the doctor',
        description: 'Nothing that is dangerous or broken; advice is not counted.',
        kind: 'stat',
        unit: 'short',
        queries: [
          query('max by (severity) (assent_doctor_findings{severity=~"dangerous|broken"})', '{{severity}}'),
        ],
        red: 1,
      },
    ],
  },
  {
    question: 'Is anybody stopped who should not be?',
    panels: [
      {
        title: 'Answers of the gate',
        description: 'error: the gate could not decide, and refused.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          query(
            `sum by (decision) (${rate('assent_gate_reviews_total{decision!="canary"}')})`,
            '{{decision}}',
          ),
        ],
      },
      {
        title: 'Refused because Assent did not answer',
        description:
          'Nothing. As the API server counts it, by webhook; and reviews that no handler answered.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          query(
            `sum by (name) (${rate(`apiserver_admission_webhook_rejection_count{${OURS},error_type="calling_webhook_error"}`)})`,
            '{{name}}',
          ),
          query(`sum by (reason) (${rate('assent_gate_calls_refused_total')}) > 0`, '{{reason}}'),
        ],
      },
      {
        title: 'Time to judge a change',
        description: 'Without what the API server takes to call the gate. Eight seconds are the end.',
        kind: 'timeseries',
        unit: 's',
        queries: [review(0.5), review(0.99)],
      },
      {
        title: 'Denials by code',
        description: 'What the codes say is in docs/reference/denials.md.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [query(`sum by (code) (${rate('assent_denials_total')}) > 0`, '{{code}}')],
      },
    ],
  },
  {
    question: 'Who waits for whom?',
    panels: [
      {
        title: 'Open requests',
        description: 'Pending ones wait for people, approved ones for the agent.',
        kind: 'timeseries',
        unit: 'short',
        queries: [query('max by (state) (assent_requests{state=~"Pending|Approved|Reserved"})', '{{state}}')],
      },
      {
        title: 'Requests and decisions in an hour',
        description: 'refused: a decision that did not count, such as an approval of one’s own.',
        kind: 'timeseries',
        unit: 'short',
        queries: [
          query('sum(increase(assent_gate_requests_created_total[1h]))', 'opened'),
          query(
            'sum by (verdict, outcome) (increase(assent_decisions_total[1h]))',
            '{{verdict}} {{outcome}}',
          ),
        ],
      },
      {
        title: 'What was told to people',
        description: 'done; all else did not arrive, and is tried again where that helps.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [query(`sum by (outcome) (${rate('assent_channel_calls_total')})`, '{{outcome}}')],
      },
      {
        title: 'What people did in channels',
        description: 'unavailable: Assent could not carry it out, and said so.',
        kind: 'timeseries',
        unit: 'reqps',
        queries: [
          query(`sum by (outcome) (${rate('assent_clicks_total')}) > 0`, '{{outcome}}'),
          query('sum by (channel) (assent_channel_connections)', 'connections of {{channel}}'),
        ],
      },
    ],
  },
  {
    question: 'Is it well?',
    panels: [
      {
        title: 'Memory of the limit',
        description: 'Below 85 %.',
        kind: 'timeseries',
        unit: 'percentunit',
        queries: [query('process_resident_memory_bytes / assent_memory_limit_bytes', '{{pod}}')],
        red: 0.85,
      },
      {
        title: 'Longest wait of the event loop',
        description: 'Milliseconds. A process that is busy with one thing answers nobody else.',
        kind: 'timeseries',
        unit: 's',
        queries: [query('max by (pod) (assent_event_loop_lag_seconds{quantile="1"})', '{{pod}}')],
      },
      {
        title: 'Age of the copies',
        description: 'Below two minutes for most, four for a quiet kind.',
        kind: 'timeseries',
        unit: 's',
        queries: [
          query('max by (resource) (time() - assent_reflector_last_event_timestamp_seconds)', '{{resource}}'),
        ],
        red: 300,
      },
      {
        title: 'Work that failed',
        description: 'Nothing for long: it is tried again.',
        kind: 'timeseries',
        unit: 'short',
        queries: [
          query(
            'sum by (controller) (increase(assent_reconciles_total{outcome="failed"}[5m]))',
            '{{controller}}',
          ),
          query('sum(increase(assent_record_failures_total[5m]))', 'lines of the record'),
          query('sum(increase(assent_condition_errors_total[5m]))', 'conditions'),
        ],
      },
    ],
  },
];

const [COLUMNS, HIGH, LOW] = [24, 8, 4];
const SOURCE = { type: 'prometheus', uid: '${datasource}' };

function panelJson(panel: Panel, id: number, place: object): object {
  const { red, redBelow = false } = panel;
  const [calm, alarm] = redBelow ? ['red', 'green'] : ['green', 'red'];
  const steps = [{ color: calm, value: null }, ...(red === undefined ? [] : [{ color: alarm, value: red }])];
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: SOURCE,
    gridPos: place,
    fieldConfig: {
      defaults: {
        unit: panel.unit,
        ...(red === undefined ? {} : { thresholds: { mode: 'absolute', steps } }),
        ...(panel.kind === 'timeseries' ? { custom: { fillOpacity: 10, showPoints: 'never' } } : {}),
      },
      overrides: [],
    },
    options:
      panel.kind === 'stat'
        ? { reduceOptions: { calcs: ['lastNotNull'] }, colorMode: 'background', graphMode: 'none' }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: panel.queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint(65 + index),
      datasource: SOURCE,
      expr,
      legendFormat: legend === '' ? '__auto' : legend,
    })),
  };
}

/** A heading, then its panels side by side. */
function rowsJson(): object[] {
  let [y, id] = [0, 0];
  return ROWS.flatMap(({ question, panels }) => {
    const high = panels.every(({ kind }) => kind === 'stat') ? LOW : HIGH;
    const heading = {
      id: (id += 1),
      type: 'row',
      title: question,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: COLUMNS, h: 1 },
    };
    const wide = COLUMNS / panels.length;
    const own = panels.map((panel, at) =>
      panelJson(panel, (id += 1), { x: at * wide, y: y + 1, w: wide, h: high }),
    );
    y += 1 + high;
    return [heading, ...own];
  });
}

/** The dashboard, as Grafana imports it. */
export function dashboardJson(): string {
  const dashboard = {
    uid: 'assent',
    title: 'Assent',
    description: 'Generated from tools/generate/dashboard.ts of Assent.',
    tags: ['assent'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    timezone: 'utc',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Data source', hide: 0 }],
    },
    annotations: { list: [] },
    links: [
      {
        title: 'What to do',
        type: 'link',
        url: 'https://github.com/assent-dev/assent/blob/main/docs/operate/README.md',
        targetBlank: true,
      },
    ],
    panels: rowsJson(),
  };
  return `${JSON.stringify(dashboard, null, 2)}\n`;
}
