// Sends the canary and judges what it says about enforcement. Let through where it was refused before means that the API
// server asks us no more; let through by a version that is new means nothing yet: API servers take a moment to learn of it.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import { WEBHOOKS } from '../../api/installation.ts';
import { CATALOG } from '../../domain/message/denial-catalog.ts';
import { ApiError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';

/** What became of one canary. `unanswered`: the API server asks us, gets no answer, and refuses therefore. */
export type CanaryOutcome =
  { readonly kind: 'refused' | 'unanswered' | 'through' } | { readonly kind: 'failed'; readonly why: string };

/** Whether the API server goes by what is registered. */
export type Enforcement =
  | { readonly kind: 'seen' | 'unanswered' | 'pending' | 'through' | 'nothing' }
  | { readonly kind: 'unknown'; readonly why: string };

/** How long API servers have to learn of a new version, and how long a canary may fail. ms. */
export const PATIENCE_MS = 10_000;

/** What is remembered from one look to the next. */
export class CanaryMemory {
  #refused = '';
  #since: number | undefined;

  /** @param version what the canary is known by: another one for each version of the configuration */
  judge(outcome: CanaryOutcome, version: string, now: number): Enforcement {
    if (outcome.kind === 'refused' || outcome.kind === 'unanswered') {
      this.#refused = version;
      this.#since = undefined;
      return { kind: outcome.kind === 'refused' ? 'seen' : 'unanswered' };
    }
    this.#since ??= now;
    const isOver = now - this.#since >= PATIENCE_MS;
    if (outcome.kind === 'failed')
      return isOver ? { kind: 'unknown', why: outcome.why } : { kind: 'pending' };
    return { kind: isOver || this.#refused === version ? 'through' : 'pending' };
  }
}

/** Sends one: a change of nothing, and dry. @param policy name of one that is there */
export async function sendCanary(
  policies: Pick<Resource<ApprovalPolicy & KubeObject>, 'patch'>,
  policy: string,
  fieldManager: string,
): Promise<CanaryOutcome> {
  try {
    await policies.patch(policy, {}, { subresource: 'status', dryRun: true, fieldManager });
    return { kind: 'through' };
  } catch (error) {
    return outcomeOf(error);
  }
}

/** What the API server's refusal says. */
export function outcomeOf(error: unknown): CanaryOutcome {
  if (!(error instanceof ApiError)) return { kind: 'failed', why: 'the API server does not answer' };
  const isOurs = error.details.causes?.some(
    ({ reason, message }) => reason === 'Code' && message === CATALOG.canary.code,
  );
  if (error.code === 403 && isOurs) return { kind: 'refused' };
  const isUnanswered = error.message.includes(`failed calling webhook "${WEBHOOKS.gate}"`);
  if (error.code === 500 && isUnanswered) return { kind: 'unanswered' };
  // Without its words, which may hold the secret path of a webhook.
  return { kind: 'failed', why: `the API server answers ${error.code} ${error.reason}`.trim() };
}
