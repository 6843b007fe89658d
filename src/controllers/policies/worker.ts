// Compiles all policies into the webhook configuration, keeps our registrations as they should be, and tells each policy
// what became of it. One worker, one key: every run looks at everything (level-based).
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { ourResource, RESOURCES } from '../../api/group.ts';
import type { OwnUsers } from '../../api/installation.ts';
import { pause, systemClock } from '../../kube/clock.ts';
import { orUndefined } from '../../kube/expected.ts';
import { isOvertaken } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import { resource } from '../../kube/resource.ts';
import type { Logger } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { Written } from '../ensure.ts';
import { CanaryMemory, sendCanary, type Enforcement } from '../guard/canary.ts';
import { NewTroubles, type ServingNow } from '../guard/serving.ts';
import type { Teller } from '../guard/tell.ts';
import type { WebhookFacts } from '../webhooks/configurations.ts';
import { register, type Registered } from './registrations.ts';
import { readNow, type Reading, type ReadingPorts } from './reading.ts';
import { policyStatus, type Place } from './status.ts';

/** The one key of this worker's queue. */
export const INSTALLATION_KEY = 'all';
/** Looked at again this often even without any change: tampering that no watch told is found in 10 s. ms. */
const LOOK_AGAIN_MS = 8_000;
/** While the API server was not seen yet to go by a new version. ms. */
const PENDING_MS = 250;
const NOT_ENFORCED_MS = 1_000;
/** How long a look waits for the record. */
const TELLING_MS = 1_000;

/** What the worker needs. */
export interface InstallationPorts extends ReadingPorts {
  readonly own: OwnUsers;
  /** Where the API server reaches us, and whom it trusts; undefined while the keys are not there yet. */
  readonly webhookFacts: () => Promise<WebhookFacts | undefined>;
  /** How our kinds are served now; undefined: nobody knows yet. */
  readonly serving: () => ServingNow;
  readonly teller: Teller;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly now: () => number;
}

/** What is remembered from one run to the next. */
interface Memory {
  readonly stored: Written;
  readonly canary: CanaryMemory;
  readonly troubles: NewTroubles;
  reading: Reading | undefined;
}

/** Makes the worker. */
export function installationWorker(ports: InstallationPorts) {
  const memory: Memory = {
    stored: new Map(),
    canary: new CanaryMemory(),
    troubles: new NewTroubles(),
    reading: undefined,
  };
  return async (): Promise<{ kind: 'again'; afterMs: number }> => {
    const facts = await ports.webhookFacts();
    if (!facts) return { kind: 'again', afterMs: 250 };
    const reading = await readNow(ports, memory.reading);
    memory.reading = reading;
    const written = await register({ ...ports, ...memory }, facts, reading.compiled);
    await tellTampering(ports, written, memory);
    const enforcement = await look(ports, written, reading, memory);
    await tell(ports, reading, written.place, enforcement);
    // Told first: the queue tries again, and meanwhile everybody can read what is wrong.
    const failed = written.failed ?? reading.failed;
    if (failed) throw failed.error;
    return { kind: 'again', afterMs: written.again ? 100 : AFTER_MS[enforcement.kind] };
  };
}

const AFTER_MS: Readonly<Record<Enforcement['kind'], number>> = {
  seen: LOOK_AGAIN_MS,
  nothing: LOOK_AGAIN_MS,
  pending: PENDING_MS,
  through: NOT_ENFORCED_MS,
  unanswered: NOT_ENFORCED_MS,
  unknown: NOT_ENFORCED_MS,
};

/** What somebody did to what we registered, and to what serves our kinds. */
async function tellTampering(
  ports: InstallationPorts,
  { findings }: Registered,
  { troubles }: Memory,
): Promise<void> {
  const { serving, teller } = ports;
  for (const { tampering, stands } of findings) teller.found(tampering, stands);
  for (const tampering of troubles.among(serving())) teller.found(tampering, undefined);
  // Whatever takes the record may be stuck: what is registered does not wait for it.
  const over = new AbortController();
  await Promise.race([teller.tell(), pause(systemClock, TELLING_MS, over.signal)]);
  over.abort();
}

/** Sends the canary, if anything is compiled. */
async function look(
  { client, metrics, now, policies }: InstallationPorts,
  { canary, place }: Registered,
  { compiled }: Reading,
  memory: Memory,
): Promise<Enforcement> {
  // One that is stored: of one that went with its definition the API server knows nothing.
  const stored = new Set(policies().map(({ metadata }) => metadata.name));
  const one = compiled?.policies.find(({ metadata }) => stored.has(metadata.name));
  if (canary === undefined || one === undefined || place.kind !== 'registered') return { kind: 'nothing' };
  const definition = ourResource(RESOURCES.policies);
  const calls = resource<ApprovalPolicy & KubeObject>(client, definition);
  const outcome = await sendCanary(calls, one.metadata.name, canary);
  metrics.count('canaries', { outcome: outcome.kind });
  return memory.canary.judge(outcome, canary, now());
}

/**
 * Writes the status of each policy that has news. A lost race is no matter: the change that won brings us back; and what
 * is gone needs none.
 */
async function tell(
  { client, metrics, now, policies: stored }: InstallationPorts,
  { checked, leftOut, notYet, failed }: Reading,
  written: Place,
  enforcement: Enforcement,
): Promise<void> {
  // Nothing was ever read.
  if (failed && checked.length === 0) return;
  const place = (policy: ApprovalPolicy): Place =>
    leftOut.includes(policy) ? { kind: 'too-many-agents' } : (notYet ?? written);
  const definition = ourResource(RESOURCES.policies);
  const policies = resource<ApprovalPolicy & KubeObject>(client, definition);
  const there = new Set(stored());
  const counts = { true: 0, false: 0, unknown: 0, nothing: 0 };
  let ready = 0;
  for (const one of checked) {
    const { status, changed, isReady, enforced } = policyStatus(one, place(one.policy), enforcement, now());
    if (isReady) ready += 1;
    counts[enforced] += 1;
    if (changed && there.has(one.policy))
      await orUndefined(policies.replaceStatus({ ...one.policy, status }), isOvertaken);
  }
  metrics.set('policies', { ready: 'true' }, ready);
  metrics.set('policies', { ready: 'false' }, checked.length - ready);
  for (const enforced of ['true', 'false', 'unknown', 'nothing'] as const)
    metrics.set('policiesEnforced', { enforced }, counts[enforced]);
}
