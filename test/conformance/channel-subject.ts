// What the conformance suite needs of a channel: its delivery, eyes on what people see there, hands that click, and faults.
import type { ApprovalDecisionSpec } from '../../src/api/approval-decision.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { Channel } from '../../src/channels/channel.ts';
import type { DeedOutcome, Deeds } from '../../src/connector/deeds.ts';

/** What the next call of the channel meets. `kept`: it arrives, and the answer is lost. */
export type Fault = 'kept' | 'unreachable' | 'limited' | 'refused';

/** One channel, ready for the suite. */
export interface ChannelSubject {
  readonly channel: Channel;
  readonly place: string;
  readonly deeds: RecordedDeeds;
  /** What a member sees of a message. */
  seen(handle: string): string;
  /** What can be pressed on it. */
  buttons(handle: string): readonly string[];
  /** What its thread tells, oldest first. */
  replies(handle: string): readonly string[];
  /** How many messages stand in the place that are no replies. */
  count(): number;
  /** Presses Approve. @returns what the person is told besides; '' for nothing */
  approve(handle: string): Promise<string>;
  /** Presses Deny, and fills in the dialog. */
  deny(handle: string, reason: string): Promise<string>;
  meet(fault: Fault): void;
  /** Somebody deletes a message. */
  remove(handle: string): void;
  stop(): Promise<void>;
}

/** The cluster as clicks see it: what they lead to is kept, and answered as told. */
export class RecordedDeeds implements Deeds {
  readonly decisions: { readonly name: string; readonly spec: ApprovalDecisionSpec }[] = [];
  readonly requests = new Map<string, ApprovalRequest>();
  outcome: DeedOutcome = { kind: 'done' };
  /** Whether the account of the person is linked. */
  isLinked = true;

  requestOf(uid: string): Promise<ApprovalRequest | undefined> {
    return Promise.resolve(this.requests.get(uid));
  }

  isKnown(): boolean {
    return this.isLinked;
  }

  waitingLink(): undefined {
    return undefined;
  }

  decide(name: string, spec: ApprovalDecisionSpec): Promise<DeedOutcome> {
    this.decisions.push({ name, spec });
    return Promise.resolve(this.outcome);
  }

  confirm(): Promise<DeedOutcome> {
    return Promise.resolve({ kind: 'unavailable' });
  }
}
