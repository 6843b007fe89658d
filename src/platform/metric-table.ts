// All metrics of Assent, in one table: name, type, help, labels with every value they may take, buckets. Label values
// come from these closed sets only, so that nothing an agent writes can make the process grow (T60).

/** Label names with all their values. */
export type LabelSets = Readonly<Record<string, readonly string[]>>;

/** One metric. */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly name: string;
  /** What it says, with its unit. */
  readonly help: string;
  readonly labels: LabelSets;
  /** Upper bounds of a histogram. Seconds. */
  readonly buckets?: readonly number[];
}

/** 50 us to 10 s: from a review that no policy concerns to the API server's own timeout. */
const REVIEW_BUCKETS = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
  10,
] as const;

const NONE = {} as const;
const RESOURCE = {
  resource: [
    'approvalpolicies',
    'approvalrequests',
    'approvaldecisions',
    'approvers',
    'identitylinks',
    'namespaces',
    'clusterroles',
    'agentfreezes',
    'other',
  ],
} as const;

/** Codes of denials. Here by hand, since nothing of a domain is known here; a test compares them with the catalogue. */
const DENIAL_CODES = [
  'ASSENT-D001',
  'ASSENT-D002',
  'ASSENT-D003',
  'ASSENT-D004',
  'ASSENT-D005',
  'ASSENT-D006',
  'ASSENT-D007',
  'ASSENT-D008',
  'ASSENT-D009',
  'ASSENT-D010',
  'ASSENT-D011',
  'ASSENT-D012',
  'ASSENT-D013',
  'ASSENT-D014',
  'ASSENT-D015',
  'ASSENT-D016',
  'ASSENT-D017',
  'ASSENT-D018',
  'ASSENT-D019',
  'ASSENT-D020',
  'ASSENT-D021',
  'ASSENT-D022',
] as const;

/** The table. Keys are the names by which code records. */
export const METRICS = {
  gateReviews: {
    type: 'counter',
    name: 'assent_gate_reviews_total',
    help: 'Admission reviews that reached the gate, by the path they took and the answer.',
    labels: {
      path: ['fast', 'judged', 'error'],
      decision: [
        'allowed',
        'denied',
        'asked',
        'reserved',
        'granted',
        'noop',
        'dryrun',
        'warned',
        'canary',
        'error',
      ],
    },
  },
  gateReviewSeconds: {
    type: 'histogram',
    name: 'assent_gate_review_seconds',
    help: 'Time from the last byte of a review to its answer; of the path fast, one in 32 is timed, and no canary is. Seconds.',
    labels: { path: ['fast', 'judged', 'error'] },
    buckets: REVIEW_BUCKETS,
  },
  denials: {
    type: 'counter',
    name: 'assent_denials_total',
    help: 'Denials by the gate and the stamp, by code; the codes are explained in denials.md.',
    labels: { code: DENIAL_CODES },
  },
  gateCallsRefused: {
    type: 'counter',
    name: 'assent_gate_calls_refused_total',
    help: 'Calls to the gate that no handler answered, by why. wrong-path: somebody who does not know the secret path.',
    labels: {
      reason: [
        'wrong-path',
        'not-found',
        'too-large',
        'truncated',
        'malformed',
        'overloaded',
        'failed',
        'deadline',
        'aborted',
      ],
    },
  },
  guardReviews: {
    type: 'counter',
    name: 'assent_guard_reviews_total',
    help: "Writes to Assent's own kinds that the guard judged or the stamp signed.",
    labels: { webhook: ['guard', 'stamp'], decision: ['allowed', 'refused', 'error'] },
  },
  requestsCreated: {
    type: 'counter',
    name: 'assent_gate_requests_created_total',
    help: 'Approval requests that this replica opened.',
    labels: NONE,
  },
  conditionErrors: {
    type: 'counter',
    name: 'assent_condition_errors_total',
    help: 'Conditions of policies that could not be evaluated. Each one counts as a match (fail closed).',
    labels: NONE,
  },
  decisions: {
    type: 'counter',
    name: 'assent_decisions_total',
    help: 'Decisions of people, by verdict and by whether they counted.',
    labels: { verdict: ['Approve', 'Deny'], outcome: ['counted', 'refused'] },
  },
  channelCalls: {
    type: 'counter',
    name: 'assent_channel_calls_total',
    help: 'What was told to people in a channel, by kind and by what became of it.',
    labels: {
      channel: ['slack'],
      step: ['post', 'edit', 'edit-list', 'line', 'remind', 'look', 'join', 'notice', 'alarm'],
      outcome: ['done', 'gone', 'limited', 'unsure', 'unsent', 'refused'],
    },
  },
  clicks: {
    type: 'counter',
    name: 'assent_clicks_total',
    help: 'What people did in a channel, by what it came to. foreign: of another installation behind the same app.',
    labels: {
      channel: ['slack'],
      outcome: [
        'decided',
        'dialog',
        'linked',
        'shown',
        'refused',
        'unavailable',
        'foreign',
        'unreadable',
        'unrelated',
      ],
    },
  },
  channelConnections: {
    type: 'gauge',
    name: 'assent_channel_connections',
    help: 'Connections by which clicks can come to this process now.',
    labels: { channel: ['slack'] },
  },
  requests: {
    type: 'gauge',
    name: 'assent_requests',
    help: 'Approval requests that are stored, by state.',
    labels: {
      state: [
        'Pending',
        'Approved',
        'Reserved',
        'Admitted',
        'Denied',
        'Expired',
        'Superseded',
        'Withdrawn',
        'Ended',
      ],
    },
  },
  policies: {
    type: 'gauge',
    name: 'assent_policies',
    help: 'Approval policies, by whether they can be used.',
    labels: { ready: ['true', 'false'] },
  },
  policiesEnforced: {
    type: 'gauge',
    name: 'assent_policies_enforced',
    help: 'Approval policies, by whether the API server was seen to go by them. unknown: a change of them is not seen yet, or nothing can be seen. nothing: the cluster serves nothing of what they name.',
    labels: { enforced: ['true', 'false', 'unknown', 'nothing'] },
  },
  canaries: {
    type: 'counter',
    name: 'assent_canaries_total',
    help: 'Dry-runs by which the controller sees whether the API server asks the gate. through: it does not; some are normal right after a change.',
    labels: { outcome: ['refused', 'unanswered', 'through', 'failed'] },
  },
  tampering: {
    type: 'counter',
    name: 'assent_tampering_total',
    help: 'Objects by which the API server asks Assent that somebody edited or deleted, by kind. What is not put back is counted at each start.',
    labels: {
      kind: [
        'ValidatingWebhookConfiguration',
        'MutatingWebhookConfiguration',
        'ValidatingAdmissionPolicy',
        'ValidatingAdmissionPolicyBinding',
        'CustomResourceDefinition',
        'APIService',
      ],
      deed: ['edited', 'deleted'],
    },
  },
  doctorFindings: {
    type: 'gauge',
    name: 'assent_doctor_findings',
    help: 'What the doctor found when it last looked, by weight; docs/reference/doctor.md explains each. Only the leader tells.',
    labels: { severity: ['dangerous', 'broken', 'advice'] },
  },
  recordLines: {
    type: 'counter',
    name: 'assent_record_lines_total',
    help: 'Lines written to the record, by what they tell.',
    labels: {
      type: [
        'requested',
        'decided',
        'approved',
        'denied',
        'reserved',
        'admitted',
        'expired',
        'superseded',
        'withdrawn',
        'granted',
        'used',
        'restored',
        'ended',
        'gone',
      ],
    },
  },
  recordFailures: {
    type: 'counter',
    name: 'assent_record_failures_total',
    help: 'Lines of the record that could not be written out. Each is kept and tried again: in its request, or in memory where it tells of tampering.',
    labels: NONE,
  },
  reconciles: {
    type: 'counter',
    name: 'assent_reconciles_total',
    help: 'Runs of the controllers, by controller and outcome. What failed is tried again.',
    labels: {
      controller: ['policies', 'requests', 'links', 'grants', 'doctor'],
      outcome: ['done', 'failed'],
    },
  },
  ready: {
    type: 'gauge',
    name: 'assent_ready',
    help: '1 while this part of the process is ready, as /readyz says, else 0.',
    labels: { part: ['gate', 'controller'] },
  },
  leader: {
    type: 'gauge',
    name: 'assent_leader',
    help: '1 while this process leads the controllers, else 0.',
    labels: NONE,
  },
  reflectorLists: {
    type: 'counter',
    name: 'assent_reflector_lists_total',
    help: 'Full lists read from the API server. More than one means that a watch could not be resumed.',
    labels: RESOURCE,
  },
  reflectorErrors: {
    type: 'counter',
    name: 'assent_reflector_errors_total',
    help: 'Lists and watches that failed.',
    labels: RESOURCE,
  },
  reflectorLastEvent: {
    type: 'gauge',
    name: 'assent_reflector_last_event_timestamp_seconds',
    help: 'When the API server was last heard of on this watch. Unix time in seconds.',
    labels: RESOURCE,
  },
  certificateExpiry: {
    type: 'gauge',
    name: 'assent_certificate_expiry_seconds',
    help: 'When the certificate ends. Unix time in seconds.',
    labels: { certificate: ['ca', 'serving'] },
  },
  certificateReloads: {
    type: 'counter',
    name: 'assent_certificate_reloads_total',
    help: 'Serving certificates that were taken into use without a restart, or refused.',
    labels: { outcome: ['loaded', 'refused'] },
  },
  eventLoopLag: {
    type: 'gauge',
    name: 'assent_event_loop_lag_seconds',
    help: 'Delay of the event loop since the last scrape, by quantile. Seconds.',
    labels: { quantile: ['0.5', '0.99', '1'] },
  },
  residentMemory: {
    type: 'gauge',
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the process. Bytes.',
    labels: NONE,
  },
  memoryLimit: {
    type: 'gauge',
    name: 'assent_memory_limit_bytes',
    help: 'How much memory the process may take before the kernel ends it. Missing where there is no limit. Bytes.',
    labels: NONE,
  },
  cpuSeconds: {
    type: 'counter',
    name: 'process_cpu_seconds_total',
    help: 'Processor time of the process since its start. Seconds.',
    labels: NONE,
  },
  startTime: {
    type: 'gauge',
    name: 'process_start_time_seconds',
    help: 'When the process started. Unix time in seconds.',
    labels: NONE,
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** Key of a metric in the table. */
export type MetricKey = keyof typeof METRICS;
/** Keys of the metrics of one type. */
export type MetricOf<T extends MetricDefinition['type']> = {
  [K in MetricKey]: (typeof METRICS)[K]['type'] extends T ? K : never;
}[MetricKey];
/** Labels of a metric: every one, each with one of its values. */
export type LabelsOf<K extends MetricKey> = {
  readonly [
    L in keyof (typeof METRICS)[K]['labels']
  ]: (typeof METRICS)[K]['labels'][L] extends readonly (infer V)[] ? V : never;
};
