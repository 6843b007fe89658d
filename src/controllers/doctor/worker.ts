// The doctor of the controller: examines the cluster at the start, after each change of a policy and every few minutes, with what
// it may read. It tells by a metric, its log and the condition Contained, and mends nothing.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { ourResource, RESOURCES } from '../../api/group.ts';
import type { OwnUsers } from '../../api/installation.ts';
import { counted, examine, lasting, type Examination } from '../../domain/doctor/examine.ts';
import { factsOf, placesOf, type Facts } from '../../domain/doctor/facts.ts';
import { SEVERITIES } from '../../domain/doctor/finding.ts';
import { isOvertaken } from '../../kube/errors.ts';
import { orUndefined } from '../../kube/expected.ts';
import { survey } from '../../kube/look.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';
import { endsIn } from '../../platform/certificates.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { containedConditions } from './contained.ts';

/** The one key of this worker's queue. */
export const DOCTOR_KEY = 'all';
/** Bindings change without a word to us. ms. */
const LOOK_AGAIN_MS = 300_000;

/** After this long a change of the policies is registered. ms. */
const SETTLED_MS = 5_000;

/** What the worker needs. */
export interface DoctorPorts {
  readonly client: KubeClient;
  readonly own: OwnUsers;
  readonly self: { readonly namespace: string };
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** Makes the worker. */
export function doctorWorker(ports: DoctorPorts): () => Promise<WorkOutcome> {
  let told: ReadonlySet<string> = new Set();
  let before: Examination | undefined;
  return async () => {
    const facts = await factsNow(ports);
    const seen = examine(facts);
    const { examination, isSettled } = lasting(seen, before);
    before = seen;
    told = tell(ports, examination, told);
    await mark(ports, facts, examination);
    return { kind: 'again', afterMs: isSettled ? LOOK_AGAIN_MS : SETTLED_MS };
  };
}

async function factsNow({ client, own, self, now }: DoctorPorts): Promise<Facts> {
  const { namespace } = self;
  const seen = await survey(client, placesOf(namespace));
  return factsOf(seen, { namespace, own, now: now(), certificateEnds: endsIn });
}

/** Logs what is new, and counts everything. @returns what has been told */
function tell(
  { log, metrics }: DoctorPorts,
  { findings }: Examination,
  told: ReadonlySet<string>,
): Set<string> {
  const counts = counted(findings);
  for (const severity of SEVERITIES) metrics.set('doctorFindings', { severity }, counts[severity]);
  const now = new Set<string>();
  for (const { id, severity, subject, says } of findings) {
    const key = `${id} ${subject} ${says}`;
    now.add(key);
    if (severity !== 'advice' && !told.has(key))
      log.warn({ id, severity, subject, says }, 'the doctor found');
  }
  return now;
}

/** Writes the condition of each policy that has news. A lost race is no matter: whoever won makes us look again. */
async function mark({ client, now }: DoctorPorts, facts: Facts, examination: Examination): Promise<void> {
  if (facts.policies.kind === 'unseen') return;
  const policies = resource<ApprovalPolicy & KubeObject>(client, ourResource(RESOURCES.policies));
  for (const policy of facts.policies.items as readonly (ApprovalPolicy & KubeObject)[]) {
    const conditions = containedConditions(policy, examination, now());
    // The first word about a policy is that of whoever compiles it.
    if (conditions === undefined || policy.status === undefined) continue;
    const status = { ...policy.status, conditions: [...conditions] };
    await orUndefined(policies.replaceStatus({ ...policy, status }), isOvertaken);
  }
}
