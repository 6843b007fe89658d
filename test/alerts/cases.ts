// When each alert fires and when it does not, as series that Prometheus might have. `+` counts up with every minute, `x` repeats.

/** Series by name, in promtool's notation: one value a minute. */
export type SeriesOf = Readonly<Record<string, string>>;

/** One moment. */
export interface Moment {
  readonly why: string;
  readonly series: SeriesOf;
  /** When it is looked at, such as `5m`. */
  readonly at: string;
}

/** An alert on trial. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: readonly (Moment & {
    /** Labels of the alert, beside its severity. */
    readonly labels?: Readonly<Record<string, string>>;
    /** What stands for `$value` in its words. */
    readonly value?: string;
  })[];
  readonly quiet: readonly Moment[];
}

const GATE = 'assent_ready{part="gate",pod="a"}';
const OTHER = 'assent_ready{part="gate",pod="b"}';
const CONTROLLER = 'assent_ready{part="controller",pod="c"}';
const rejections = (name: string, type: string): string =>
  `apiserver_admission_webhook_rejection_count{name="${name}",error_type="${type}",operation="UPDATE",type="validating",rejection_code="500"}`;
const skipped = (name: string): string =>
  `apiserver_admission_webhook_fail_open_count{name="${name}",type="validating"}`;
const calls = (step: string, outcome: string): string =>
  `assent_channel_calls_total{channel="slack",step="${step}",outcome="${outcome}"}`;
const bucket = (le: string): string => `assent_gate_review_seconds_bucket{path="judged",le="${le}"}`;
const SLACK = { channel: 'slack' };
const DAY = 86_400;

/** Every alert, each with moments at which it fires and at which it does not. */
export const CASES: readonly AlertCase[] = [
  {
    alert: 'AssentGateDown',
    fires: [
      { why: 'none is ready', series: { [GATE]: '1 0x20', [OTHER]: '1 0x20' }, at: '5m' },
      { why: 'none is there', series: { [CONTROLLER]: '1x20' }, at: '5m' },
    ],
    quiet: [
      { why: 'one is ready', series: { [GATE]: '1x20', [OTHER]: '0x20' }, at: '5m' },
      { why: 'for a moment', series: { [GATE]: '1 0 1x20' }, at: '3m' },
    ],
  },
  {
    alert: 'AssentWebhookUnreachable',
    fires: [
      {
        why: 'calls fail',
        series: { [rejections('gate.assent.dev', 'calling_webhook_error')]: '0+3x20' },
        at: '10m',
        labels: { name: 'gate.assent.dev' },
      },
    ],
    quiet: [
      {
        why: 'the gate denies',
        series: { [rejections('gate.assent.dev', 'no_error')]: '0+3x20' },
        at: '10m',
      },
      {
        why: 'somebody else’s webhook',
        series: { [rejections('policy.example.com', 'calling_webhook_error')]: '0+3x20' },
        at: '10m',
      },
      {
        why: 'long over',
        series: { [rejections('stamp.assent.dev', 'calling_webhook_error')]: '7x20' },
        at: '10m',
      },
    ],
  },
  {
    alert: 'AssentWebhookSkipped',
    fires: [
      {
        why: 'the first write that passed',
        series: { [skipped('gate.assent.dev')]: '_ _ 1x5' },
        at: '3m',
        labels: { name: 'gate.assent.dev' },
      },
      {
        why: 'one more',
        series: { [skipped('guard.assent.dev')]: '4x15 5x5' },
        at: '18m',
        labels: { name: 'guard.assent.dev' },
      },
    ],
    quiet: [
      { why: 'long ago', series: { [skipped('gate.assent.dev')]: '4x30' }, at: '25m' },
      { why: 'somebody else’s', series: { [skipped('policy.example.com')]: '0+1x20' }, at: '10m' },
    ],
  },
  {
    alert: 'AssentNoLeader',
    fires: [
      {
        why: 'both wait',
        series: { 'assent_leader{pod="c"}': '1 0x20', 'assent_leader{pod="d"}': '0x20' },
        at: '6m',
      },
      { why: 'none is there', series: { [GATE]: '1x20' }, at: '6m' },
    ],
    quiet: [
      {
        why: 'the other one leads',
        series: { 'assent_leader{pod="c"}': '1 0x20', 'assent_leader{pod="d"}': '0 1x20' },
        at: '6m',
      },
      {
        why: 'a gate has no such work',
        series: { 'assent_leader{pod="c"}': '1x20', 'assent_leader{pod="a"}': '0x20' },
        at: '6m',
      },
    ],
  },
  {
    alert: 'AssentRecordNotWritten',
    fires: [{ why: 'lines fail', series: { assent_record_failures_total: '0+1x20' }, at: '15m' }],
    quiet: [
      { why: 'none fails', series: { assent_record_failures_total: '0x20' }, at: '15m' },
      {
        why: 'one failed, and was written then',
        series: { assent_record_failures_total: '0 1x20' },
        at: '9m',
      },
      { why: 'for a few minutes', series: { assent_record_failures_total: '0+1x20' }, at: '7m' },
    ],
  },
  {
    alert: 'AssentChannelFailing',
    fires: [
      {
        why: 'nothing arrives',
        series: { [calls('post', 'refused')]: '0+1x30', [calls('post', 'done')]: '9x30' },
        at: '20m',
        labels: SLACK,
      },
      {
        why: 'no connection by which anybody could answer',
        series: { 'assent_channel_connections{channel="slack",pod="c"}': '0x30' },
        at: '10m',
        labels: SLACK,
      },
    ],
    quiet: [
      {
        why: 'some arrive',
        series: { [calls('post', 'limited')]: '0+1x30', [calls('post', 'done')]: '0+1x30' },
        at: '20m',
      },
      {
        why: 'another process has the connection',
        series: {
          'assent_channel_connections{channel="slack",pod="c"}': '0x30',
          'assent_channel_connections{channel="slack",pod="d"}': '1x30',
        },
        at: '10m',
      },
      { why: 'nothing was to be told', series: { [calls('post', 'done')]: '9x30' }, at: '20m' },
    ],
  },
  {
    alert: 'AssentGateNotRedundant',
    fires: [{ why: 'one of two', series: { [GATE]: '1x30', [OTHER]: '1 0x30' }, at: '15m' }],
    quiet: [
      { why: 'both', series: { [GATE]: '1x30', [OTHER]: '1x30' }, at: '15m' },
      { why: 'a rollout', series: { [GATE]: '1x30', [OTHER]: '1 0x5 1x30' }, at: '15m' },
    ],
  },
  {
    alert: 'AssentReviewErrors',
    fires: [
      {
        why: 'it cannot decide',
        series: {
          'assent_gate_reviews_total{path="error",decision="error"}': '0+2x20',
          'assent_gate_calls_refused_total{reason="deadline"}': '0x20',
        },
        at: '10m',
      },
      {
        why: 'it is too late',
        series: {
          'assent_gate_reviews_total{path="error",decision="error"}': '0x20',
          'assent_gate_calls_refused_total{reason="deadline"}': '0+2x20',
        },
        at: '10m',
      },
    ],
    quiet: [
      {
        why: 'denials are no errors, nor is somebody who guesses the path',
        series: {
          'assent_gate_reviews_total{path="judged",decision="denied"}': '0+9x20',
          'assent_gate_reviews_total{path="error",decision="error"}': '0x20',
          'assent_gate_calls_refused_total{reason="wrong-path"}': '0+9x20',
          'assent_gate_calls_refused_total{reason="deadline"}': '0x20',
        },
        at: '10m',
      },
    ],
  },
  {
    alert: 'AssentReviewsSlow',
    fires: [
      {
        why: 'a tenth takes more than a second',
        series: { [bucket('1')]: '0+90x30', [bucket('2.5')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
        at: '20m',
      },
    ],
    quiet: [
      {
        why: 'all are quick',
        series: { [bucket('0.1')]: '0+100x30', [bucket('1')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
        at: '20m',
      },
    ],
  },
  {
    alert: 'AssentPolicyNotReady',
    fires: [
      {
        why: 'two are not',
        series: { 'assent_policies{ready="true"}': '5x20', 'assent_policies{ready="false"}': '2x20' },
        at: '10m',
        value: '2',
      },
    ],
    quiet: [
      {
        why: 'all are',
        series: { 'assent_policies{ready="true"}': '5x20', 'assent_policies{ready="false"}': '0x20' },
        at: '10m',
      },
    ],
  },
  {
    alert: 'AssentConditionErrors',
    fires: [{ why: 'one fails', series: { assent_condition_errors_total: '0 0 1x20' }, at: '5m' }],
    quiet: [{ why: 'none', series: { assent_condition_errors_total: '3x20' }, at: '5m' }],
  },
  {
    alert: 'AssentControllerFailing',
    fires: [
      {
        why: 'again and again',
        series: { 'assent_reconciles_total{controller="grants",outcome="failed"}': '0+1x30' },
        at: '20m',
        labels: { controller: 'grants' },
      },
    ],
    quiet: [
      {
        why: 'now and then, which is tried again',
        series: { 'assent_reconciles_total{controller="grants",outcome="failed"}': '0x10 2x20' },
        at: '20m',
      },
      {
        why: 'it works',
        series: { 'assent_reconciles_total{controller="grants",outcome="done"}': '0+9x30' },
        at: '20m',
      },
    ],
  },
  {
    alert: 'AssentCertificateEndsSoon',
    fires: [
      {
        why: 'ten days are left',
        series: { 'assent_certificate_expiry_seconds{certificate="serving"}': `${10 * DAY}x90` },
        at: '80m',
        labels: { certificate: 'serving' },
      },
    ],
    quiet: [
      {
        why: 'a month is left',
        series: { 'assent_certificate_expiry_seconds{certificate="ca"}': `${30 * DAY}x90` },
        at: '80m',
      },
    ],
  },
  {
    alert: 'AssentWatchStale',
    fires: [
      {
        why: 'silent since the beginning',
        series: { 'assent_reflector_last_event_timestamp_seconds{resource="approvers"}': '0x30' },
        at: '10m',
        labels: { resource: 'approvers' },
      },
    ],
    quiet: [
      {
        why: 'heard each minute',
        series: { 'assent_reflector_last_event_timestamp_seconds{resource="approvers"}': '0+60x30' },
        at: '10m',
      },
    ],
  },
  {
    alert: 'AssentMemoryHigh',
    fires: [
      {
        why: 'nine tenths',
        series: {
          'process_resident_memory_bytes{pod="a"}': '900x30',
          'assent_memory_limit_bytes{pod="a"}': '1000x30',
        },
        at: '20m',
        labels: { pod: 'a' },
      },
    ],
    quiet: [
      {
        why: 'half of it; and somebody else’s process, which has no limit of ours',
        series: {
          'process_resident_memory_bytes{pod="a"}': '500x30',
          'assent_memory_limit_bytes{pod="a"}': '1000x30',
          'process_resident_memory_bytes{pod="z"}': '990x30',
        },
        at: '20m',
      },
    ],
  },
  {
    alert: 'AssentCapReached',
    fires: [
      {
        why: 'too many wait',
        series: { 'assent_denials_total{code="ASSENT-D009"}': '0 1x20' },
        at: '5m',
        labels: { code: 'ASSENT-D009' },
      },
      {
        why: 'too many new ones',
        series: { 'assent_denials_total{code="ASSENT-D010"}': '0 1x20' },
        at: '5m',
        labels: { code: 'ASSENT-D010' },
      },
    ],
    quiet: [{ why: 'others', series: { 'assent_denials_total{code="ASSENT-D001"}': '0+5x20' }, at: '5m' }],
  },
];
