// ApprovalDecision: one person's verdict on one request. Append-only; who decided is stamped by Assent, never given.
import { z } from 'zod';
import { slackTeam, slackUser } from './identity-link.ts';
import { forSeconds, verdict } from './verdict.ts';
import { objectName, seal, text, time, type ObjectMeta } from './primitives.ts';

/** What Assent stamps on a decision. A decision without it, or with a broken seal, counts for nothing. */
export const decisionStamp = z
  .strictObject({
    requestUid: text(64, 'metadata.uid of the request.'),
    fingerprint: text(80, 'Fingerprint of the change that was decided.'),
    username: text(256, 'User name of the person, as the API server saw it.'),
    userUid: text(256, 'uid of the user, where there is one.').optional(),
    groups: z
      .array(text(256, 'A group.'))
      .max(256)
      .describe('Groups of the user, so that the right can be asked again.'),
    person: text(253, 'Name of the Approver whose identity this is; empty when there is none.'),
    policies: z
      .array(
        z
          .strictObject({
            name: objectName('Name of an ApprovalPolicy.'),
            digest: text(80, 'Digest of its deciding fields.'),
          })
          .describe('A policy at the moment of the decision.'),
      )
      .min(1)
      .max(16)
      .describe('Policies of the request that this person held the verb approve on, at this moment.'),
    channel: text(
      32,
      'Where the decision was made: slack, or kubectl for everything that people send to the Kubernetes API.',
    ),
    at: time('When the decision was made.'),
    seal,
  })
  .describe('Set by Assent from the authenticated request.');

/** Schema of `ApprovalDecision.spec`. */
export const approvalDecisionSpec = z
  .strictObject({
    request: objectName('Name of the ApprovalRequest.'),
    verdict: verdict.describe('Approve and Deny answer a request that waits; Revoke takes back an approval.'),
    reason: text(1024, 'Why, in the words of the person.').optional(),
    fingerprint: text(
      80,
      'Fingerprint of the change that the person looked at. Refused when it is another one.',
    ).optional(),
    forSeconds: forSeconds.optional(),
    via: z
      .strictObject({
        channel: z.enum(['slack']).describe('The chat.'),
        team: slackTeam(),
        user: slackUser(),
        shown: text(
          71,
          'Digest of the message under which the button was: sha256: and hex over what was sent.',
          /^sha256:[0-9a-f]{64}$/,
        ).min(71),
      })
      .optional()
      .describe(
        'Where the person decided, when that was in a chat: the account that clicked. Only Assent itself may say so; whose account it is, is looked up when the decision is stamped.',
      ),
    stamp: decisionStamp.optional(),
  })
  .describe("One person's verdict on one request.");

/** An ApprovalDecision as the API server stores it. */
export interface ApprovalDecision {
  readonly apiVersion: string;
  readonly kind: 'ApprovalDecision';
  readonly metadata: ObjectMeta;
  readonly spec: ApprovalDecisionSpec;
}
export type ApprovalDecisionSpec = z.infer<typeof approvalDecisionSpec>;
export type DecisionStamp = z.infer<typeof decisionStamp>;
export type Verdict = ApprovalDecisionSpec['verdict'];
