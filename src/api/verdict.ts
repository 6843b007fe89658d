// What a person may say about a request, and for how long they may say it: shared by decisions and what is counted of them.
import { z } from 'zod';

/** Approve and Deny answer a request that waits; Revoke takes back an approval that was given. */
export const verdict = z.enum(['Approve', 'Deny', 'Revoke']);

/** An approver may shorten what was asked for, never widen it. */
export const forSeconds = z
  .int()
  .min(1)
  .max(86_400)
  .describe('How long the access lasts, where an approver made it shorter than it was asked for. Seconds.');
