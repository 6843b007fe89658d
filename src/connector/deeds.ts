// What people do in a chat, as deeds of the cluster: decisions and links, written by the one who may say so. What comes of one
// is a closed list; a refusal has the words of the gate, and nothing here decides (INV-3).
import type { ApprovalDecisionSpec } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import type { ChatAccount } from '../domain/identity/account.ts';

/** What became of a deed. */
export type DeedOutcome =
  | { readonly kind: 'done' }
  /** The gate said no, in these words. */
  | { readonly kind: 'refused'; readonly words: string }
  /** Nobody could say; nothing is known to be stored. */
  | { readonly kind: 'unavailable' };

/** The cluster as the connector sees it. None of these rejects. */
export interface Deeds {
  /** By metadata.uid: at once where it waits, since a dialog has to open within three seconds. */
  requestOf(uid: string): Promise<ApprovalRequest | undefined>;
  /** From the cache: whether a link or an Approver claims the account, so that it need not be asked for a code. */
  isKnown(account: ChatAccount): boolean;
  /** From the cache: the link that waits for the code with this digest. */
  waitingLink(codeDigest: string): IdentityLink | undefined;
  /** Sends a decision under a name; the same one twice is one. */
  decide(name: string, spec: ApprovalDecisionSpec): Promise<DeedOutcome>;
  /** Says which account typed the code of a link. */
  confirm(link: IdentityLink, code: string, account: ChatAccount): Promise<DeedOutcome>;
}
