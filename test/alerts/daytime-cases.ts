// When alerts fire that can wait for the day, and when they do not.
import { CONTROLLER, GATE, OTHER, type AlertCase } from './series.ts';

const bucket = (le: string): string => `assent_gate_review_seconds_bucket{path="judged",le="${le}"}`;
/** What no policy is about is answered at once, and is most of it. */
const QUICK = Object.fromEntries(
  ['1', '2.5', '+Inf'].map((le) => [
    `assent_gate_review_seconds_bucket{path="fast",le="${le}"}`,
    '0+9000x30',
  ]),
);
const DAY = 86_400;

/** All others. */
export const DAYTIME_CASES: readonly AlertCase[] = [
  {
    alert: 'AssentGateNotRedundant',
    fires: [
      { why: 'one of two', series: { [GATE]: '1x30', [OTHER]: '1 0x30', [CONTROLLER]: '1x30' }, at: '15m' },
    ],
    quiet: [
      { why: 'not yet', series: { [GATE]: '1x30', [OTHER]: '1 0x30' }, at: '10m' },
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
        at: '4m',
      },
      ...['failed', 'deadline', 'overloaded', 'truncated', 'malformed'].map((reason) => ({
        why: `no handler answers: ${reason}`,
        series: {
          'assent_gate_reviews_total{path="error",decision="error"}': '0x20',
          [`assent_gate_calls_refused_total{reason="${reason}"}`]: '0+2x20',
        },
        at: '4m',
      })),
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
        series: {
          ...QUICK,
          [bucket('1')]: '0+90x30',
          [bucket('2.5')]: '0+100x30',
          [bucket('+Inf')]: '0+100x30',
        },
        at: '20m',
      },
    ],
    quiet: [
      {
        why: 'not yet',
        series: { [bucket('1')]: '0+90x30', [bucket('2.5')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
        at: '9m',
      },
      {
        why: 'all are quick',
        series: { [bucket('0.1')]: '0+100x30', [bucket('1')]: '0+100x30', [bucket('+Inf')]: '0+100x30' },
        at: '20m',
      },
    ],
  },
  {
    alert: 'AssentEnforcementUnknown',
    fires: [
      {
        why: 'nobody can tell of two',
        series: {
          'assent_policies_enforced{enforced="unknown"}': '0 2x20',
          'assent_policies_enforced{enforced="true"}': '5 3x20',
        },
        at: '7m',
        value: '2',
      },
    ],
    quiet: [
      {
        why: 'not yet',
        series: { 'assent_policies_enforced{enforced="unknown"}': '0 2x20' },
        at: '5m',
      },
      {
        why: 'one change after the other, each seen',
        series: { 'assent_policies_enforced{enforced="unknown"}': '0 1 1 0 1 1 0 1 1 0 1 1 0' },
        at: '12m',
      },
      {
        why: 'the cluster does not serve what one names',
        series: {
          'assent_policies_enforced{enforced="nothing"}': '1x20',
          'assent_policies_enforced{enforced="unknown"}': '0x20',
        },
        at: '15m',
      },
      {
        why: 'they are not enforced, and another alert says so',
        series: {
          'assent_policies_enforced{enforced="false"}': '3x20',
          'assent_policies_enforced{enforced="unknown"}': '0x20',
        },
        at: '15m',
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
      { why: 'not yet', series: { 'assent_policies{ready="false"}': '0 2x20' }, at: '5m' },
      {
        why: 'all are',
        series: { 'assent_policies{ready="true"}': '5x20', 'assent_policies{ready="false"}': '0x20' },
        at: '10m',
      },
    ],
  },
  {
    alert: 'AssentDoctorFindings',
    fires: [
      {
        why: 'a dangerous right',
        series: { 'assent_doctor_findings{severity="dangerous"}': '3x30' },
        at: '15m',
        value: '3',
      },
    ],
    quiet: [
      { why: 'not yet', series: { 'assent_doctor_findings{severity="broken"}': '1x30' }, at: '9m' },
      { why: 'advice alone', series: { 'assent_doctor_findings{severity="advice"}': '5x30' }, at: '20m' },
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
        why: 'not yet',
        series: { 'assent_reconciles_total{controller="grants",outcome="failed"}': '0+2x30' },
        at: '6m',
      },
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
        why: 'not yet',
        series: { 'assent_certificate_expiry_seconds{certificate="serving"}': `${10 * DAY}x90` },
        at: '50m',
      },
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
        why: 'not yet',
        series: { 'assent_reflector_last_event_timestamp_seconds{resource="approvers"}': '0x30' },
        at: '7m',
      },
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
        why: 'not yet',
        series: {
          'process_resident_memory_bytes{pod="a"}': '900x30',
          'assent_memory_limit_bytes{pod="a"}': '1000x30',
        },
        at: '9m',
      },
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
