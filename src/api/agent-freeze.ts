// AgentFreeze: the kill switch. While one stands that names an agent, everything that this agent writes is denied and its
// access ends. Made by people; who made it is stamped, never given.
import { z } from 'zod';
import { agentForms } from './approval-policy.ts';
import { seal, text, time, type ObjectMeta } from './primitives.ts';

/** What Assent stamps on a freeze. */
export const freezeStamp = z
  .strictObject({
    username: text(256, 'User name of the person, as the API server saw it.'),
    at: time('When the freeze was made.'),
    seal,
  })
  .describe('Set by Assent from the authenticated request.');

/** Schema of `AgentFreeze.spec`. */
export const agentFreezeSpec = z
  .strictObject({
    ...agentForms,
    reason: text(300, 'Why, in the words of the person. The agent reads it.').optional(),
    stamp: freezeStamp.optional(),
  })
  .describe(
    'Who is frozen: exactly one of serviceAccount, group and user. Of people it freezes nobody: only whom a policy names as an agent.',
  )
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '[has(self.serviceAccount), has(self.group), has(self.user)].filter(x, x).size() == 1',
        message: 'set exactly one of serviceAccount, group and user',
      },
    ],
  });

/** An AgentFreeze as the API server stores it. */
export interface AgentFreeze {
  readonly apiVersion: string;
  readonly kind: 'AgentFreeze';
  readonly metadata: ObjectMeta;
  readonly spec: AgentFreezeSpec;
}
export type AgentFreezeSpec = z.infer<typeof agentFreezeSpec>;
