// Whether a policy takes a decision from a channel. One function for the moment of deciding, for every count after it, and
// for the buttons of a card, so that none of them says what another does not do.
import type { Verdict } from '../../api/approval-decision.ts';
import type { RefusalCode } from '../message/refusal.ts';

/** Channel of everything that people send to the Kubernetes API themselves. */
export const KUBECTL = 'kubectl';
/** Where an account of a chat stands for the person. */
const CHATS: ReadonlySet<string> = new Set(['slack']);

/** What a policy says about channels. */
export interface ChannelTerms {
  /** Undefined: every channel. */
  readonly channels?: readonly string[] | undefined;
  readonly notInChat?: boolean | undefined;
}

/**
 * Why a verdict from a channel does not count under a policy; undefined when it does. Where approving in a chat is switched
 * off, denying there is not: that only makes it stricter. What was approved is taken back from anywhere.
 */
export function channelObjection(
  { channels, notInChat }: ChannelTerms,
  channel: string,
  verdict: Verdict,
): Extract<RefusalCode, 'other-channel' | 'not-in-chat'> | undefined {
  if (verdict === 'Revoke') return undefined;
  if (channels !== undefined && !channels.includes(channel)) return 'other-channel';
  return notInChat === true && CHATS.has(channel) && verdict === 'Approve' ? 'not-in-chat' : undefined;
}
