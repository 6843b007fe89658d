// The alerts of Assent, in one table: what each fires on, how bad it is, and the one fact that whoever it wakes has to know. The
// rules for Prometheus are made from it; each alert has a page in docs/operate/alerts and a trial in test/controlplane.

/** How bad. critical: wake somebody. warning: look today. info: look when you wonder. */
type Severity = 'critical' | 'warning' | 'info';

/** One alert. */
export interface Alert {
  readonly name: string;
  /** Its page, without `.md`. */
  readonly page: string;
  readonly severity: Severity;
  /** How long it has to be so. */
  readonly for: string;
  /** PromQL. Names and labels are those of src/platform/metric-table.ts, or the API server's own. */
  readonly expr: string;
  /** What is so, and for whom. Labels stand in brackets behind what they name, so that the pages can leave them out. */
  readonly summary: string;
  /** What to do first. */
  readonly description: string;
}

/** All webhooks of Assent, as the API server's metrics name them. */
const OURS = 'name=~".+[.]assent[.]dev"';
const sumOf = (metric: string, window: string): string => `sum(increase(${metric}[${window}]))`;
/** A series that is there at all only since it counted once has no increase yet. */
const grewOrAppeared = (series: string, window: string): string =>
  `sum by (name) (increase(${series}[${window}])) > 0 or sum by (name) (${series} unless ${series} offset ${window}) > 0`;

/** The table, in the order in which an operator would want to know. */
export const ALERTS: readonly Alert[] = [
  {
    name: 'AssentGateDown',
    page: 'gate-down',
    severity: 'critical',
    for: '1m',
    expr: '(sum(assent_ready{part="gate"}) or vector(0)) == 0',
    summary:
      "No gate is ready: agents' gated changes are refused, and nobody can write policies or decisions.",
    description:
      'Writes of people and controllers that no policy names are not concerned; those of agents are refused in every namespace, also where policies only warn. Look at the pods of assent-gate and at why /readyz says no. The page says how to let one urgent change through.',
  },
  {
    name: 'AssentWebhookUnreachable',
    page: 'webhook-unreachable',
    severity: 'critical',
    for: '2m',
    expr: `sum by (name) (rate(apiserver_admission_webhook_rejection_count{${OURS},error_type="calling_webhook_error"}[5m])) > 0`,
    summary:
      'The API server cannot call a webhook of Assent ({{ $labels.name }}): what it is to judge is refused.',
    description:
      'The gate may be healthy and yet out of reach: certificate, Service, network policy, or the way from the control plane to the pods. The message of a refused write says which.',
  },
  {
    name: 'AssentWebhookSkipped',
    page: 'webhook-skipped',
    severity: 'critical',
    for: '0m',
    expr: grewOrAppeared(`apiserver_admission_webhook_fail_open_count{${OURS}}`, '10m'),
    summary:
      'The API server let writes pass without asking a webhook of Assent ({{ $labels.name }}): somebody set it to Ignore.',
    description:
      'Assent always writes failurePolicy Fail. Treat it as tampering: find who changed the configuration, and what passed meanwhile, in the audit log.',
  },
  {
    name: 'AssentTampering',
    page: 'tampering',
    severity: 'critical',
    for: '0m',
    expr:
      'sum by (kind, deed) (increase(assent_tampering_total[10m])) > 0' +
      ' or sum by (kind, deed) (assent_tampering_total unless assent_tampering_total offset 10m) > 0',
    summary:
      'Somebody edited or deleted an object by which the API server asks Assent: until it was put back, agents may not have been held.',
    description:
      'A {{ $labels.kind }} was {{ $labels.deed }}. Webhook configurations and admission policies are put back within seconds, definitions and the APIService are not. The record and the Event say which field; the audit log of the API server says who.',
  },
  {
    name: 'AssentNotEnforced',
    page: 'not-enforced',
    severity: 'critical',
    for: '30s',
    expr: 'max(assent_policies_enforced{enforced="false"}) > 0',
    summary: '{{ $value }} policies are not enforced: what they name may go through with nobody asked.',
    description:
      'A dry-run that the API server has to refuse went through, or our configuration is refused. The condition Enforced of the policies says which.',
  },
  {
    name: 'AssentNoLeader',
    page: 'no-leader',
    severity: 'critical',
    for: '2m',
    expr: '(sum(assent_leader) or vector(0)) < 1',
    summary:
      'No controller leads: decisions do not count, nobody is told, and access that ends is not taken away.',
    description:
      'The gate refuses writes under access that is over, but its binding, and with it every read, stays until a controller leads again. Look at the pods of assent-controller and at the Lease assent-controller.',
  },
  {
    name: 'AssentRecordNotWritten',
    page: 'record-not-written',
    severity: 'critical',
    for: '8m',
    expr: `${sumOf('assent_record_failures_total', '5m')} > 0`,
    summary:
      'Lines of the record cannot be written out: decisions hold, but the record outside the cluster lacks them.',
    description:
      'Each line is kept in its request and tried again, so nothing is lost while requests are kept. Look at whatever takes the standard output of the controller.',
  },
  {
    name: 'AssentChannelFailing',
    page: 'channel-failing',
    severity: 'critical',
    for: '5m',
    expr:
      '(sum by (channel) (increase(assent_channel_calls_total{step=~"post|edit-list|remind",outcome!~"done|gone"}[10m])) > 0' +
      ' unless sum by (channel) (increase(assent_channel_calls_total{step=~"post|edit-list|remind",outcome="done"}[10m])) > 0)' +
      ' or max by (channel) (assent_channel_connections) == 0',
    summary:
      'People are not reached by a channel ({{ $labels.channel }}): requests wait, and nobody may know.',
    description:
      'Nothing is lost and nothing is let through. People decide with `kubectl assent` meanwhile. The condition Notified of a waiting request says what the channel answered.',
  },
  {
    name: 'AssentGateNotRedundant',
    page: 'gate-not-redundant',
    severity: 'warning',
    for: '10m',
    expr: 'sum(assent_ready{part="gate"}) == 1',
    summary: "One gate alone is ready: if it goes, agents' gated changes are refused.",
    description: 'Everything works. Bring the second replica back before the next drain or upgrade.',
  },
  {
    name: 'AssentReviewErrors',
    page: 'review-errors',
    severity: 'warning',
    for: '0m',
    expr:
      '(sum(increase(assent_gate_reviews_total{decision="error"}[10m]))' +
      ' + sum(increase(assent_gate_calls_refused_total{reason=~"failed|deadline|overloaded|truncated|malformed"}[10m]))) > 5',
    summary:
      'The gate refuses changes because it cannot decide: agents are stopped, and it is not their fault.',
    description:
      'The lines `a review could not be decided` and `a review was judged` with a field `broken` say why.',
  },
  {
    name: 'AssentReviewsSlow',
    page: 'reviews-slow',
    severity: 'warning',
    for: '10m',
    expr: 'histogram_quantile(0.99, sum by (le) (rate(assent_gate_review_seconds_bucket{path="judged"}[5m]))) > 1',
    summary:
      'One in a hundred judged changes waits longer than a second: after eight seconds they are refused.',
    description:
      'Mostly the API server answers the gate late. Compare with its own latency before you look at the gate.',
  },
  {
    name: 'AssentEnforcementUnknown',
    page: 'enforcement-unknown',
    severity: 'warning',
    for: '5m',
    expr: 'max(assent_policies_enforced{enforced="unknown"}) > 0',
    summary:
      '{{ $value }} policies cannot be seen to be enforced: if the API server stops asking Assent, nobody is told.',
    description:
      'The dry-run by which the controller sees it fails for a reason of its own. The condition Enforced of the policies has the reason; agents are most likely held as before.',
  },
  {
    name: 'AssentPolicyNotReady',
    page: 'policy-not-ready',
    severity: 'warning',
    for: '5m',
    expr: 'max(assent_policies{ready="false"}) > 0',
    summary: '{{ $value }} policies are not in force as they are written: they may hold less than they say.',
    description:
      '`kubectl get approvalpolicies` shows which; its condition Ready says why. The others are in force.',
  },
  {
    name: 'AssentDoctorFindings',
    page: 'doctor-findings',
    severity: 'warning',
    for: '10m',
    expr: 'max(assent_doctor_findings{severity=~"dangerous|broken"}) > 0',
    summary: 'The doctor found something dangerous or broken: an agent may have a way round the gate.',
    description:
      'At least {{ $value }} of its findings are. `kubectl assent doctor` lists them, each with what to do.',
  },
  {
    name: 'AssentConditionErrors',
    page: 'condition-errors',
    severity: 'warning',
    for: '0m',
    expr: `${sumOf('assent_condition_errors_total', '15m')} > 0`,
    summary:
      'A condition of a policy cannot be evaluated: the policy counts as matching, so agents ask more than they should.',
    description: 'The line `a policy matched` in the log of the gate names the policy and the condition.',
  },
  {
    name: 'AssentControllerFailing',
    page: 'controller-failing',
    severity: 'warning',
    for: '5m',
    expr: 'sum by (controller) (increase(assent_reconciles_total{outcome="failed"}[15m])) > 5',
    summary: 'A controller ({{ $labels.controller }}) fails again and again: what it has to do is late.',
    description:
      'The lines `work failed, will retry` in the log of the controller name the object and the reason.',
  },
  {
    name: 'AssentCertificateEndsSoon',
    page: 'certificate-ends-soon',
    severity: 'warning',
    for: '1h',
    expr: 'min by (certificate) (assent_certificate_expiry_seconds) - time() < 14 * 86400',
    summary:
      'A certificate of Assent ({{ $labels.certificate }}) ends in less than 14 days and was not renewed.',
    description:
      'When it ends the API server cannot call Assent any more, and refuses what agents do. Renewal is the work of the leading controller.',
  },
  {
    name: 'AssentWatchStale',
    page: 'watch-stale',
    severity: 'warning',
    for: '2m',
    expr: 'max by (resource) (time() - assent_reflector_last_event_timestamp_seconds) > 300',
    summary:
      'A copy of objects of the cluster ({{ $labels.resource }}) is more than five minutes old: a process of Assent hears nothing of them.',
    description:
      'A gate is not ready, and refuses, after one minute of it. Look at the lines `list or watch failed`.',
  },
  {
    name: 'AssentMemoryHigh',
    page: 'memory-high',
    severity: 'warning',
    for: '10m',
    expr: 'process_resident_memory_bytes / assent_memory_limit_bytes > 0.85',
    summary:
      'A process of Assent uses more than 85 % of its memory: it will be ended when it reaches the limit.',
    description: 'The page on capacity says what takes memory. Raise the limit before you look for a reason.',
  },
  {
    name: 'AssentCapReached',
    page: 'cap-reached',
    severity: 'info',
    for: '0m',
    expr: 'sum by (code) (increase(assent_denials_total{code=~"ASSENT-D009|ASSENT-D010"}[15m])) > 0',
    summary:
      'An agent asks for more than its cap: changes are refused without a request that anybody could approve.',
    description:
      'Either people are late, or the agent loops. The log of the gate at level debug, and the audit log, say who.',
  },
];
