// IdentityLink: an account of a chat that is a person's, proven from both sides: made by the person in the cluster, and
// confirmed from the account by a code. Who made it and whose account it is are stamped by Assent, never given (INV-3).
import { z } from 'zod';
import { seal, text, time, type ObjectMeta } from './primitives.ts';

/** Slack's id of a workspace or an organisation. */
export const slackTeam = () =>
  text(31, 'Id of the workspace, such as T0123ABCD.', /^[TE][A-Z0-9]{2,30}$/).min(3);
/** Slack's id of a person. */
export const slackUser = () =>
  text(31, 'Id of the person in it, such as U0123ABCD.', /^[UW][A-Z0-9]{2,30}$/).min(3);

/** What Assent stamps on a link. */
export const linkStamp = z
  .strictObject({
    username: text(256, 'User name of the person, as the API server saw it.'),
    userUid: text(256, 'uid of the user, where there is one.').optional(),
    groups: z
      .array(text(256, 'A group.'))
      .max(256)
      .describe('Groups of the user at that moment. They are believed for 30 days.'),
    at: time('When the link was made. Its code can be typed for ten minutes.'),
    seal,
  })
  .describe('Set by Assent from the authenticated request.');

/** Schema of `IdentityLink.spec`. */
export const identityLinkSpec = z
  .strictObject({
    channel: z.enum(['slack']).describe('The chat.'),
    code: text(
      71,
      'Digest of the code that is typed in the chat: sha256: and hex. kubectl assent link makes it.',
      /^sha256:[0-9a-f]{64}$/,
    ).min(71),
    stamp: linkStamp.optional(),
  })
  .describe('Whose account it will be, and the code that proves the account.');

/** Schema of `IdentityLink.status`. */
export const identityLinkStatus = z
  .object({
    account: z
      .strictObject({ team: slackTeam(), user: slackUser() })
      .optional()
      .describe('The account that typed the code.'),
    code: text(20, 'The code as it was typed. Checked, and never stored.').optional(),
    linkedAt: time('When the account typed the code.').optional(),
    seal: seal.optional(),
  })
  .describe('The account. Written once, by Assent alone.');

/** An IdentityLink as the API server stores it. */
export interface IdentityLink {
  readonly apiVersion: string;
  readonly kind: 'IdentityLink';
  readonly metadata: ObjectMeta;
  readonly spec: IdentityLinkSpec;
  readonly status?: IdentityLinkStatus;
}
export type IdentityLinkSpec = z.infer<typeof identityLinkSpec>;
export type IdentityLinkStatus = z.infer<typeof identityLinkStatus>;
export type LinkStamp = z.infer<typeof linkStamp>;
