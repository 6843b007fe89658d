// Opens a request: claims one of the agent's slots, masks the change, seals the spec, creates the object. Two replicas
// that open the same one meet in its name, and one of them gets AlreadyExists.
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Change } from '../domain/change/change.ts';
import { maskDiff } from '../domain/change/mask.ts';
import { statedReason } from '../domain/change/reason.ts';
import { changeSource, objectName, objectNamespace } from '../domain/change/source.ts';
import type { DenialFacts } from '../domain/message/denial.ts';
import { summaryOf } from '../domain/message/summary.ts';
import { buildRequestSpec } from '../domain/request/build.ts';
import { notBefore } from '../domain/request/instant.ts';
import { requestSealBytes } from '../domain/request/sealed.ts';
import type { AskInput, Fingerprinted } from './ask.ts';
import type { GateFacts } from './facts.ts';
import type { Found } from './find.ts';
import { approvedOther, whatDiffers } from './other-approval.ts';
import type { GateApi } from './ports.ts';
import type { AgentView, Quota } from './quota.ts';
import type { Sealer } from './reserve.ts';

/** What came of opening a request. */
export type Opened =
  | { readonly kind: 'opened'; readonly request: ApprovalRequest; readonly isNew: true }
  | { readonly kind: 'exists' }
  | { readonly kind: 'refused'; readonly facts: DenialFacts };

/** What opening needs. */
export interface OpenerPorts {
  readonly api: GateApi;
  readonly facts: GateFacts;
  readonly sealer: Sealer;
  readonly quota: Quota;
  /** uid of the kube-system namespace. */
  readonly cluster: string;
}

/** The change that is asked for now, in words: as its request would say it. Values pass the mask first (INV-10). */
export function askedText({ review, asking }: AskInput, change: Change): string {
  const { resource, subResource, namespace } = review;
  const { diff } = maskDiff(change.entries, { resource, subResource, reveal: asking.reveal });
  const target = { resource: resource.resource, subresource: subResource, namespace, ...objectName(review) };
  return summaryOf(asking.summary, { action: change.action, ...target, diff });
}

/** Opens requests for one gate replica. */
export class Opener {
  private readonly ports: OpenerPorts;
  /** What is being opened now, by name. */
  private readonly opening = new Map<string, Promise<Opened>>();

  constructor(ports: OpenerPorts) {
    this.ports = ports;
  }

  /**
   * Opens the request for a change under the name that follows in its chain.
   * @throws when the cluster does not answer; the caller denies
   */
  async open(input: AskInput, known: Fingerprinted, next: Found['next']): Promise<Opened> {
    // The same change sent many times at once: one of them opens the request, the others find it.
    const first = this.opening.get(next.name);
    if (first) {
      const opened = await first;
      return opened.kind === 'opened' ? { kind: 'exists' } : opened;
    }
    const opening = this.openOne(input, known, next);
    this.opening.set(next.name, opening);
    try {
      return await opening;
    } finally {
      this.opening.delete(next.name);
    }
  }

  private async openOne(input: AskInput, known: Fingerprinted, next: Found['next']): Promise<Opened> {
    const { review, asking, now, signal } = input;
    const what = () => askedText(input, known.change);
    const built = await this.build(input, known, next.predecessor);
    if (!built.ok) return { kind: 'refused', facts: { kind: 'unsupported', what: what(), why: built.why } };
    const { username } = review.userInfo;
    const { api, quota } = this.ports;
    const view = this.view(username);
    const claim = await quota.claim({ username, name: next.name, limits: asking.limits, view, now, signal });
    if (claim.kind === 'too-many-pending') return { kind: 'refused', facts: { ...claim, what: what() } };
    if (claim.kind === 'too-many-new') {
      const retryAt = notBefore(claim.retryAt);
      return { kind: 'refused', facts: { kind: 'too-many-new', what: what(), limit: claim.limit, retryAt } };
    }
    const seal = this.ports.sealer.sign(requestSealBytes(built.spec));
    const created = await api.createRequest(next.name, { ...built.spec, seal }, signal);
    return created.kind === 'exists' ? created : { kind: 'opened', request: created.request, isNew: true };
  }

  private async build(input: AskInput, known: Fingerprinted, predecessor: string) {
    const { review, asking, now } = input;
    const { cluster } = this.ports;
    const { resource, subResource } = review;
    const { change, fingerprint } = known;
    const facts = {
      cluster,
      review: { ...review, namespace: objectNamespace(review) },
      ...objectName(review),
      change,
      fingerprint,
      mask: maskDiff(change.entries, { resource, subResource, reveal: asking.reveal }),
      policies: asking.policies,
      summary: asking.summary,
      reason: statedReason(review),
      ...changeSource(review),
      predecessor,
    };
    const built = buildRequestSpec(facts, now);
    const other = built.ok ? await approvedOther(input, fingerprint, this.ports) : undefined;
    if (!built.ok || !other) return built;
    const paths = whatDiffers(other.spec, built.spec, asking.bindsObject);
    return buildRequestSpec({ ...facts, differs: { from: other.metadata.name, paths } }, now);
  }

  private view(username: string): AgentView {
    const { facts } = this.ports;
    const pending = facts.pendingOf(username);
    return {
      pending: new Set(pending.map((one) => one.name)),
      finished: (name) => {
        const known = facts.request(name);
        return known !== undefined && known.state !== 'Pending';
      },
    };
  }
}
