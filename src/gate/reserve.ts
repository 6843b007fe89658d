// Uses an approval for one change. Everything is read live, seals are verified and the quorum is recounted before the
// compare-and-swap; status alone never admits (INV-1), and only one of any number of replicas wins (INV-2).
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Seal } from '../api/primitives.ts';
import { useApproval, type Use } from '../domain/request/reserve.ts';
import { reservationSealBytes } from '../domain/request/sealed.ts';
import { transition } from '../domain/request/transition.ts';
import { policiesChanged } from '../domain/request/supersede.ts';
import { isSealedReservation, type Verify } from '../domain/request/verify.ts';
import { isAheadOf, readGrounds, type Grounds, type GroundsAhead } from './grounds.ts';
import type { GateApi } from './ports.ts';
import { liveDigests, recounted } from './recounted.ts';

/** A policy that asks now, as judged for this review. */
export interface AskingPolicy {
  readonly name: string;
  readonly uid: string;
  readonly digest: string;
}

/** What came of trying to use an approval. */
export type ReserveOutcome =
  | { readonly kind: 'admitted'; readonly request: ApprovalRequest; readonly again: boolean }
  /** Somebody else wrote the request meanwhile: look again. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'not-usable'; readonly why: string };

/** One use of an approval. */
export interface ReserveInput {
  readonly request: ApprovalRequest;
  readonly use: Omit<Use, 'reservationSealed'>;
  readonly asking: readonly AskingPolicy[];
  /** What was read ahead, while the request itself was read. */
  readonly ahead?: GroundsAhead | undefined;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Signs and verifies with the gate's seal keys. */
export interface Sealer {
  readonly sign: (bytes: Uint8Array) => Seal;
  readonly verify: Verify;
}

/** Uses approvals on behalf of one gate replica. */
export class Reserver {
  private readonly api: GateApi;
  private readonly sealer: Sealer;

  constructor(api: GateApi, sealer: Sealer) {
    this.api = api;
    this.sealer = sealer;
  }

  /** What using the approval now would mean, judged from the request alone; the first look, before any other read. */
  outlook(request: ApprovalRequest, use: ReserveInput['use'], now: number) {
    const reservationSealed = isSealedReservation(request, this.sealer.verify);
    return useApproval(request, { ...use, reservationSealed }, now);
  }

  /**
   * Uses the approval of a live, sealed request.
   * @throws when a read or write fails; the caller denies
   */
  async reserve(input: ReserveInput): Promise<ReserveOutcome> {
    const { request, now, signal } = input;
    const outcome = this.outlook(request, input.use, now);
    // Within its window a sealed reservation stands by itself: half-deleted objects must finish (DESIGN 5).
    if (outcome.kind === 'readmit') return { kind: 'admitted', request, again: true };
    if (outcome.kind !== 'reserve') return { kind: 'not-usable', why: outcome.kind };
    const objection = await this.objection(input);
    if (objection !== undefined) return { kind: 'not-usable', why: objection };
    const seal = this.sealer.sign(reservationSealBytes(request.metadata.uid, outcome.reservation));
    const event = { type: 'used', outcome, seal } as const;
    const { status } = transition(request, event, now);
    const written = await this.api.replaceStatus({ ...request, status }, signal);
    return written ? { kind: 'admitted', request: written, again: false } : { kind: 'moved' };
  }

  /** As new as the request in hand, at least: read beside it, or read now. */
  private async grounds({ request, ahead, signal }: ReserveInput): Promise<Grounds> {
    const { name, resourceVersion: version } = request.metadata;
    const standing = { request: name, version, policies: request.spec.policies.map((one) => one.name) };
    if (ahead && isAheadOf(ahead, standing)) return ahead.grounds;
    return readGrounds(standing, { api: this.api, signal });
  }

  /** Why the approval does not hold after all, from live policies and sealed decisions; undefined when it does. */
  private async objection(input: ReserveInput): Promise<string | undefined> {
    const { request, now } = input;
    const grounds = await this.grounds(input);
    const changed = policiesChanged(request, liveDigests(request, grounds));
    if (changed) return `policy ${changed.policy} changed`;
    const missing = input.asking.find(
      (asking) =>
        !request.spec.policies.some((ref) => ref.uid === asking.uid && ref.digest === asking.digest),
    );
    if (missing) return `policy ${missing.name} asks too`;
    const count = recounted(request, grounds, { verify: this.sealer.verify, now });
    if (count.denied) return count.denied.verdict === 'Revoke' ? 'it was revoked' : 'it was denied';
    if (!count.satisfied) return `only ${count.text} approvals are sealed`;
    const end = (count.decidedAt ?? 0) + count.usableSeconds * 1_000;
    return now >= end ? 'it can no longer be used' : undefined;
  }
}
