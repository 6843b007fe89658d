// ApprovalRequest: one change, or one ask for access, that waits for approval. The spec is written once, by the gate, and
// sealed; it holds metadata and masked values only (INV-10) and stays under 64 KiB.
import { z } from 'zod';
import { access, grantStatus } from './access.ts';
import { slackChannel, slackMention } from './approval-policy.ts';
import { forSeconds, verdict } from './verdict.ts';
import { conditions, objectName, seal, text, time, type ObjectMeta } from './primitives.ts';

const requester = z
  .strictObject({
    username: text(256, 'User name, as the API server saw it.'),
    uid: text(256, 'uid of the user; absent for certificates and impersonated users.').optional(),
    short: text(256, 'Short form for tables, such as sa:agents/deploy-bot.'),
    groups: z.array(text(256, 'A group.')).max(32).describe('Groups of the requester, at most 32.'),
    pod: text(253, 'Pod that the token is bound to, where it is.').optional(),
    node: text(253, 'Node that the token is bound to, where it is.').optional(),
  })
  .describe('Who asked, taken from the authenticated request.');

const policyRef = z
  .strictObject({
    name: objectName('Name of the ApprovalPolicy.'),
    uid: text(64, 'metadata.uid of the policy.'),
    digest: text(80, 'Digest of its deciding fields when the request was made.'),
    required: z.int().min(1).max(8).describe('How many different people must approve under this policy.'),
    owners: z
      .array(objectName('Name of an Approver.'))
      .max(16)
      .describe('Owners of the agent under this policy.'),
    channels: z
      .array(text(32, 'A channel.'))
      .min(1)
      .max(8)
      .optional()
      .describe('Where decisions are taken. Left out: everywhere.'),
    notInChat: z.boolean().optional().describe('Whether approving in a chat is switched off. Left out: no.'),
    slack: z
      .strictObject({
        channel: slackChannel(
          'Id of the channel that shows the request. Left out: the usual one.',
        ).optional(),
        mention: slackMention('Id of the user group or person that its message mentions.').optional(),
      })
      .optional()
      .describe('Where the policy wants its requests shown in Slack.'),
  })
  .describe('A policy that must be satisfied.');

const shownValue = z
  .strictObject({
    shown: text(256, 'The value as JSON, where it may be shown.').optional(),
    masked: z
      .strictObject({
        type: z
          .enum(['string', 'number', 'boolean', 'null', 'list', 'map'])
          .describe('JSON type of the value.'),
        length: z.int().min(0).describe('Characters of a string, entries of a list or map; 0 otherwise.'),
      })
      .optional()
      .describe('What may be said about a value that is not shown.'),
  })
  .describe('A value: shown, or masked with type and length.');

const diffEntry = z
  .strictObject({
    path: text(512, 'Field path, such as spec.template.spec.containers[name=app].image.'),
    op: z.enum(['Added', 'Removed', 'Changed']).describe('What happens at the path.'),
    from: shownValue.optional().describe('The value before.'),
    to: shownValue.optional().describe('The value after.'),
  })
  .describe('One changed path.');

const change = z
  .strictObject({
    operation: z
      .enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT'])
      .describe('Operation, as the API server names it.'),
    group: text(253, 'API group; empty is the core group.'),
    version: text(63, 'API version in which the change was judged.'),
    resource: text(253, 'Resource, in the plural.'),
    subresource: text(63, 'Subresource; empty when there is none.'),
    kind: text(63, 'Kind of the submitted object.'),
    namespace: text(63, 'Namespace; empty for cluster-scoped objects.'),
    name: text(253, 'Name of the object; empty when the API server makes it up.'),
    generateName: text(253, 'Prefix of a name that the API server makes up.').optional(),
    objectUid: text(64, 'metadata.uid of the object, where it exists.').optional(),
    diff: z.array(diffEntry).max(100).describe('What changes, masked.'),
    masked: z.int().min(0).describe('How many values are masked.'),
    cut: z
      .int()
      .min(0)
      .describe('How many changed paths are not stored here for lack of room. Above 0, nobody can approve.'),
    fieldManager: text(128, 'Field manager of the request, free text of the client.').optional(),
    managedBy: text(
      512,
      'GitOps owner by label, such as Kustomization flux-system/apps. Set by the client.',
    ).optional(),
  })
  .describe('The change. Written by the gate alone.');

/** Schema of `ApprovalRequest.spec`. */
export const approvalRequestSpec = z
  .strictObject({
    cluster: text(64, 'uid of the kube-system namespace of this cluster.'),
    requester,
    policies: z
      .array(policyRef)
      .min(1)
      .max(16)
      .describe('Policies that must all be satisfied, each by its own approvers.'),
    risk: z.enum(['Low', 'Medium', 'High', 'Critical']).describe('Highest risk among the policies.'),
    summary: text(512, 'What needs approval, in one line.'),
    action: text(64, 'The action in one word, such as delete, scale or exec.'),
    target: text(600, 'The target for tables, such as deployments payments/api.'),
    fingerprint: text(80, 'Keyed digest of exactly this change or ask. An approval is bound to it.'),
    change: change.optional(),
    access: access.optional(),
    reason: text(1024, 'Stated by the agent, not verified.').optional(),
    differs: z
      .strictObject({
        from: objectName('Name of the approved request.'),
        paths: z
          .array(text(512, 'A field path, or a phrase where the paths cannot tell.'))
          .min(1)
          .max(16)
          .describe('Where the two differ, the first sixteen.'),
      })
      .optional()
      .describe(
        'Set where another change of the same object by the same agent was approved when this one was sent: the approval does not fit, and this is why.',
      ),
    reasonRequired: z.boolean().describe('Whether an approver must give a reason.'),
    approveMasked: z.boolean().describe('Whether the change may be approved although values are masked.'),
    requestedAt: time('When the change was first submitted.'),
    expiresAt: time('When the request expires if nobody answers.'),
    usableForSeconds: z.int().min(1).max(604800).describe('How long an approval may be used. Seconds.'),
    coolDownSeconds: z.int().min(0).max(604800).describe('How long a refusal is remembered. Seconds.'),
    predecessor: text(64, 'metadata.uid of the previous request for the same change; empty for the first.'),
    seal,
  })
  .describe('One change, or one ask for access, and who asked for it. Written once and sealed.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.change) != has(self.access)',
        message: 'a request is about a change or about access',
      },
    ],
  });

const countedDecision = z
  .strictObject({
    name: objectName('Name of the ApprovalDecision.'),
    uid: text(64, 'Its metadata.uid.'),
    verdict: verdict.describe('The verdict.'),
    person: text(256, 'The person: name of the Approver, or the user name where there is none.'),
    policies: z.array(objectName('Name of a policy.')).max(16).describe('Policies it counts for.'),
    channel: text(32, 'Where it was made.'),
    at: time('When it was made.'),
    reason: text(1024, 'Why, in the words of the person.').optional(),
    forSeconds: forSeconds.optional(),
  })
  .describe('A decision that was counted.');

/** The use of an approval. Signed by the gate, so that a forged one re-admits nothing (INV-2). */
export const reservation = z
  .strictObject({
    review: text(64, 'uid of the admission review that used the approval.'),
    at: time('When the change was let through.'),
    objectVersion: text(
      64,
      'resourceVersion of the object that was about to change; empty when there was none.',
    ),
    objectUid: text(64, 'uid of that object; empty when there was none.'),
    fingerprint: text(
      80,
      'Fingerprint of the change that used it, where the approval was for access.',
    ).optional(),
    times: z
      .int()
      .min(1)
      .max(1000)
      .describe(
        'How many times the approval was reserved; above 1, earlier attempts had provably no effect.',
      ),
    seal,
  })
  .describe('The use of the approval.');

/** One line of the record, committed in the same write as what it tells (INV-5). */
export const outboxEntry = z
  .strictObject({
    id: text(80, 'Stable id: readers drop repetitions of it.'),
    type: z
      .enum([
        'requested',
        'decided',
        'approved',
        'denied',
        'reserved',
        'admitted',
        'expired',
        'superseded',
        'withdrawn',
        'granted',
        'used',
        'restored',
        'ended',
        'gone',
      ])
      .describe('What happened.'),
    at: time('When it happened.'),
    by: text(256, 'Who did it: a person, or the requester.').optional(),
    note: text(512, 'One sentence for people.').optional(),
  })
  .describe('One line of the record.');

const notification = z
  .strictObject({
    channel: text(32, 'The channel, such as slack.'),
    place: text(64, 'How the channel names the place, such as the id of a Slack channel.'),
    form: z
      .enum(['card', 'list', 'notice'])
      .optional()
      .describe(
        'card: a message of its own. list: one of several requests in a message. notice: an owner of the agent was told how the request ended.',
      ),
    handle: text(64, 'How the channel names the message. Absent while nothing stands there.').optional(),
    content: text(
      80,
      'Digest of exactly what the message shows; empty for a request that joined a list.',
    ).optional(),
    lines: z.int().min(0).max(64).optional().describe('How many lines of the record its thread tells.'),
    isReminded: z.boolean().optional().describe('Whether the place was reminded of the end.'),
    isFinal: z
      .boolean()
      .optional()
      .describe('Whether the message shows how the request ended, and its thread tells all of it.'),
    trouble: text(300, 'Why the request could not be shown there.').optional(),
  })
  .describe('Where the request is shown to people.');

/** Every state of a request. The last six are terminal: nothing leaves them (INV-8). Ended is for access alone. */
export const requestState = z.enum([
  'Pending',
  'Approved',
  'Reserved',
  'Admitted',
  'Denied',
  'Expired',
  'Superseded',
  'Withdrawn',
  'Ended',
]);

/** Schema of `ApprovalRequest.status`. */
export const approvalRequestStatus = z
  .object({
    state: requestState
      .default('Pending')
      .describe('Where the request stands. Derived from the facts beside it.'),
    conditions: conditions.optional(),
    approvals: text(
      16,
      'People who approved and people needed, such as 0/1; where several policies ask, how many are satisfied, such as 0/2 policies.',
    ).optional(),
    expiresAt: time(
      'When the present state ends by itself: the request expires, or the approval can no longer be used.',
    ).optional(),
    decisions: z
      .array(countedDecision)
      .max(32)
      .optional()
      .describe('Decisions that were counted, oldest first.'),
    decidedBy: text(512, 'Who decided, for tables.').optional(),
    decisionReason: text(1024, 'Reason of the last decision, for tables.').optional(),
    usableUntil: time('When the approval can no longer be used. Never moves later.').optional(),
    reservation: reservation.optional(),
    grant: grantStatus.optional(),
    supersededBy: text(
      253,
      'What took its place: the name of the newer request or of the changed policy.',
    ).optional(),
    attempts: z
      .int()
      .min(0)
      .optional()
      .describe('How often the change was tried. Counted every few seconds, so approximate.'),
    lastAttemptAt: time('When the change was last tried.').optional(),
    notifications: z
      .array(notification)
      .max(16)
      .optional()
      .describe('Where the request is shown, and what is told there. Decides nothing.'),
    outbox: z
      .array(outboxEntry)
      .max(64)
      .optional()
      .describe('Lines of the record about this request, oldest first.'),
    recorded: z
      .int()
      .min(0)
      .optional()
      .describe('How many lines of the outbox have been written to the record.'),
  })
  .describe('Where the request stands.');

/** An ApprovalRequest as the API server stores it. */
export interface ApprovalRequest {
  readonly apiVersion: string;
  readonly kind: 'ApprovalRequest';
  readonly metadata: ObjectMeta;
  readonly spec: ApprovalRequestSpec;
  readonly status?: ApprovalRequestStatus;
}
export type ApprovalRequestSpec = z.infer<typeof approvalRequestSpec>;
export type ApprovalRequestStatus = z.infer<typeof approvalRequestStatus>;
export type RequestState = z.infer<typeof requestState>;
export type RequestedChange = NonNullable<ApprovalRequestSpec['change']>;
export type DiffEntry = RequestedChange['diff'][number];
export type ShownValue = NonNullable<DiffEntry['from']>;
export type CountedDecision = NonNullable<ApprovalRequestStatus['decisions']>[number];
export type Reservation = z.infer<typeof reservation>;
export type Notification = z.infer<typeof notification>;
export type OutboxEntry = z.infer<typeof outboxEntry>;
