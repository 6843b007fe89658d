// Access that an agent asks for and a person approves: what a policy offers, what a request holds, what became of it.
// Rules are those of a Role: no wildcard, no cluster-scoped resource, no URL (INV-4).
import { z } from 'zod';
import { objectName, text, time } from './primitives.ts';

const SEGMENT = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const GROUP_NAME = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;
const RESOURCE_NAME = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(\/[a-z0-9]([-a-z0-9]*[a-z0-9])?)?$/;

/** Most namespaces of one ask. */
export const MOST_NAMESPACES = 8;
/** Longest access that a policy may offer. Seconds. */
export const LONGEST_ACCESS = 86_400;

/** One rule of a Role. */
export const accessRule = z
  .strictObject({
    apiGroups: z
      .array(text(253, 'An API group; "" is the core group.', GROUP_NAME))
      .min(1)
      .max(8)
      .describe('API groups of the resources.'),
    resources: z
      .array(text(253, 'A resource such as pods, or a subresource such as pods/exec.', RESOURCE_NAME))
      .min(1)
      .max(16)
      .describe('Resources and subresources.'),
    resourceNames: z
      .array(text(253, 'Name of an object.'))
      .max(16)
      .optional()
      .describe('Only objects with these names. Left out: every name.'),
    verbs: z
      .array(text(32, 'A verb such as get or delete.', SEGMENT))
      .min(1)
      .max(8)
      .describe('What may be done.'),
  })
  .describe('One rule, as in a Role.');

/**
 * What is asked for. An agent writes `role` or `rules`, and `namespaces`, `seconds`, `once`; the rest is filled in when the
 * ask is accepted, and all of it is sealed.
 */
export const access = z
  .strictObject({
    role: objectName(
      'ClusterRole that a policy offers. With `whole` it is granted as it is; otherwise the rules are cut from it. In an ask: may be left out with `rules`; an offer that holds them is found then.',
    ),
    whole: z
      .boolean()
      .describe(
        'Whether the ClusterRole is bound as it is. In an ask: may be left out; yes then for a `role` without `rules`.',
      ),
    rules: z
      .array(accessRule)
      .min(1)
      .max(16)
      .describe(
        'Exactly what is granted. For a whole ClusterRole: its rules when it was asked for. In an ask: to be left out for a whole ClusterRole.',
      ),
    namespaces: z
      .array(text(63, 'Name of a namespace.', SEGMENT))
      .min(1)
      .max(MOST_NAMESPACES)
      .describe('Where. Nothing is granted outside a namespace.'),
    seconds: z
      .int()
      .min(1)
      .max(LONGEST_ACCESS)
      .describe(
        'How long it lasts, counted from the approval. Seconds. In an ask: may be left out; 600 then.',
      ),
    once: z
      .boolean()
      .describe(
        'Whether the first write uses it up. Reads are never seen by Assent: they last until the end. In an ask: may be left out; yes then, but for reads alone and for a whole ClusterRole.',
      ),
  })
  .describe(
    'Access for a time. Asked for by an agent, judged and completed by the gate, so that an ask may leave out what is required here; each field says so.',
  );

const hindered = z
  .strictObject({
    namespace: text(63, 'Name of the namespace.'),
    why: z.enum(['GrantRefused', 'GrantBlocked', 'GrantNoNamespace']).describe('What is in the way.'),
    words: text(900, 'The same in words, and who mends it.'),
  })
  .describe('A namespace in which the access could not be granted.');

/** What became of the access. Times are those of the API server. */
export const grantStatus = z
  .object({
    createdAt: time('When the binding stood.').optional(),
    usedAt: time('When a write was first admitted through it.').optional(),
    endedAt: time('When the binding was gone.').optional(),
    endedWhy: z
      .enum([
        'Used',
        'Expired',
        'Revoked',
        'PolicyChanged',
        'RoleChanged',
        'NamespaceChanged',
        'Frozen',
        'RequesterGone',
      ])
      .optional()
      .describe('Why it ended.'),
    goneAt: time(
      'When the API server said, asked by a SubjectAccessReview, that the access is gone.',
    ).optional(),
    elsewhere: z
      .boolean()
      .optional()
      .describe('Whether the requester still has some of the access by other bindings, which are not ours.'),
    hindered: z
      .array(hindered)
      .max(MOST_NAMESPACES)
      .optional()
      .describe('Where approved access could not be granted when that was last tried, and why.'),
    restored: z
      .int()
      .min(0)
      .optional()
      .describe('How often a binding or Role that somebody edited or deleted was put back.'),
    restoredAt: time('When the newest binding or Role was made of which that was told.').optional(),
  })
  .describe('What became of the access. Decides nothing.');

export type AccessRule = z.infer<typeof accessRule>;
export type Access = z.infer<typeof access>;
export type Hindered = z.infer<typeof hindered>;
export type GrantStatus = z.infer<typeof grantStatus>;
export type EndedWhy = NonNullable<GrantStatus['endedWhy']>;
