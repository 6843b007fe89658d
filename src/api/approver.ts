// Approver: one person and all their identities. It makes quorum count people and self-approval detectable (INV-3).
import { z } from 'zod';
import { seal, text, time, type ObjectMeta } from './primitives.ts';

const identity = z
  .strictObject({
    kubernetes: z
      .strictObject({ username: text(256, 'User name as the API server sees it.').min(1) })
      .describe('An identity in this cluster.'),
  })
  .describe('One identity of the person.');

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
