// When alerts fire that wake somebody, and when they do not.
import { CONTROLLER, GATE, OTHER, type AlertCase } from './series.ts';

const rejections = (name: string, type: string): string =>
  `apiserver_admission_webhook_rejection_count{name="${name}",error_type="${type}",operation="UPDATE",type="validating",rejection_code="500"}`;
const skipped = (name: string): string =>
  `apiserver_admission_webhook_fail_open_count{name="${name}",type="validating"}`;
const calls = (step: string, outcome: string): string =>
  `assent_channel_calls_total{channel="slack",step="${step}",outcome="${outcome}"}`;
const tampering = (deed: string): string =>
  `assent_tampering_total{kind="ValidatingWebhookConfiguration",deed="${deed}"}`;
const SLACK = { channel: 'slack' };

/** Those of severity critical. */
export const CRITICAL_CASES: readonly AlertCase[] = [
  {
    alert: 'AssentGateDown',
    fires: [
      { why: 'none is ready', series: { [GATE]: '1 0x20', [OTHER]: '1 0x20' }, at: '5m' },
      { why: 'none is there', series: { [CONTROLLER]: '1x20' }, at: '2m' },
    ],
    quiet: [
      { why: 'not yet', series: { [GATE]: '1 1 0x20' }, at: '2m' },
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
        at: '4m',
        labels: { name: 'gate.assent.dev' },
      },
    ],
    quiet: [
      {
        why: 'not yet',
        series: { [rejections('gate.assent.dev', 'calling_webhook_error')]: '0x3 3x20' },
        at: '5m',
      },
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
    alert: 'AssentTampering',
    fires: [
      {
        why: 'the first time',
        series: { [tampering('deleted')]: '_x5 1x20' },
        at: '8m',
        labels: { kind: 'ValidatingWebhookConfiguration', deed: 'deleted' },
      },
      {
        why: 'once more',
        series: { [tampering('edited')]: '1x15 2x20' },
        at: '18m',
        labels: { kind: 'ValidatingWebhookConfiguration', deed: 'edited' },
      },
    ],
    quiet: [{ why: 'long over', series: { [tampering('edited')]: '2x40' }, at: '30m' }],
  },
  {
    alert: 'AssentNotEnforced',
    fires: [
      {
        why: 'two are not',
        series: { 'assent_policies_enforced{enforced="false"}': '0 2x20' },
        at: '4m',
        value: '2',
      },
    ],
    quiet: [
      {
        why: 'nobody knows yet, after a change',
        series: {
          'assent_policies_enforced{enforced="false"}': '0x20',
          'assent_policies_enforced{enforced="unknown"}': '3x20',
        },
        at: '10m',
      },
      { why: 'for a moment', series: { 'assent_policies_enforced{enforced="false"}': '0 1 0x20' }, at: '1m' },
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
      { why: 'one hands over to the other', series: { 'assent_leader{pod="c"}': '1x3 0x20' }, at: '5m' },
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
      ...(['edit-list', 'remind'] as const).map((step) => ({
        why: `${step} alone fails, while messages are looked up`,
        series: { [calls(step, 'unsure')]: '0+1x30', [calls('look', 'done')]: '0+1x30' },
        at: '20m',
        labels: SLACK,
      })),
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
      { why: 'messages that somebody deleted', series: { [calls('post', 'gone')]: '0+1x30' }, at: '20m' },
      {
        why: 'the message is gone, or all is done',
        series: { [calls('post', 'gone')]: '0+1x30', [calls('post', 'done')]: '0+1x30' },
        at: '20m',
      },
      {
        why: 'looking for what was posted fails, which reaches nobody',
        series: { [calls('look', 'refused')]: '0+1x30' },
        at: '20m',
      },
      { why: 'not yet', series: { [calls('post', 'refused')]: '0+1x30' }, at: '4m' },
      ...(['post', 'edit-list', 'remind'] as const).map((step) => ({
        why: `some arrive: ${step}`,
        series: { [calls('post', 'limited')]: '0+1x30', [calls(step, 'done')]: '0+1x30' },
        at: '20m',
      })),
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
];
