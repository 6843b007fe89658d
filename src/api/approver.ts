// Approver: one person and all their identities. It makes quorum count people and self-approval detectable (INV-3).
import { z } from 'zod';
import { slackTeam, slackUser } from './identity-link.ts';
import { seal, text, time, type ObjectMeta } from './primitives.ts';

const identity = z
  .strictObject({
    kubernetes: z
      .strictObject({ username: text(256, 'User name as the API server sees it.').min(1) })
      .optional()
      .describe('An identity in this cluster.'),
    slack: z
      .strictObject({ team: slackTeam(), user: slackUser() })
      .optional()
      .describe(
        'An account in Slack, by ids that last. It stands for the one user name of this person; their groups are known only by an IdentityLink.',
      ),
  })
  .describe('One identity of the person. Exactly one of kubernetes and slack is set.')
  .meta({
    'x-kubernetes-validations': [
      { rule: 'has(self.kubernetes) != has(self.slack)', message: 'set exactly one of kubernetes and slack' },
    ],
  });

/** Schema of `Approver.spec`. */
export const approverSpec = z
  .strictObject({
    displayName: text(128, 'Name shown to people. It decides nothing.').optional(),
    identities: z.array(identity).min(1).max(32).describe('Every identity of this one person.'),
    stamp: z
      .strictObject({
        generation: z.int().min(1).describe('metadata.generation that the seal was made for.'),
        uid: text(64, 'metadata.uid that the seal was made for; empty when the object was just created.'),
        at: time('When the seal was made.'),
        by: text(256, 'Who wrote this version, as the API server saw them.'),
        seal,
      })
      .optional()
      .describe('Set by Assent. Proves who wrote this version and that it is the newest.'),
  })
  .describe('One person and all their identities.');

/** An Approver as the API server stores it. */
export interface Approver {
  readonly apiVersion: string;
  readonly kind: 'Approver';
  readonly metadata: ObjectMeta;
  readonly spec: ApproverSpec;
}
export type ApproverSpec = z.infer<typeof approverSpec>;
