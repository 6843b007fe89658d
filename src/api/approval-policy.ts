// ApprovalPolicy: who is an agent, which changes, what happens, who is asked.
import { z } from 'zod';
import { LINE, PROSE } from './plain-text.ts';
import { conditions, duration, objectName, prose, text, type ObjectMeta } from './primitives.ts';

const glob = (max: number, description: string, form = LINE) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(form)
    .describe(`${description} \`*\` stands for any run of characters; everything else is literal.`);

/** The ways in which an agent is named. */
export const agentForms = {
  serviceAccount: glob(
    320,
    'ServiceAccount as namespace/name, for example agents/deploy-bot or agents/*.',
    /^[-a-z0-9.*]+\/[-a-z0-9.*]+$/,
  ).optional(),
  group: glob(256, 'Group the agent belongs to, for example assent:agents.').optional(),
  user: glob(256, 'User name of the agent.').optional(),
};

const agent = z
  .strictObject({
    ...agentForms,
    owners: z
      .array(objectName('Name of an Approver.'))
      .max(16)
      .optional()
      .describe('Approvers who own this agent. They may not approve its requests.'),
  })
  .describe('One way to recognise an agent. Exactly one of serviceAccount, group and user is set.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: '[has(self.serviceAccount), has(self.group), has(self.user)].filter(x, x).size() == 1',
        message: 'set exactly one of serviceAccount, group and user',
      },
    ],
  });

const operation = z
  .enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*'])
  .describe('An operation, as the API server names it; * is all four.');

/** `*` says everything there is to say: beside it, another entry is a mistake, and webhook rules refuse it too. */
const starStandsAlone = (field: string) => ({
  rule: `!has(self.${field}) || self.${field}.size() == 1 || !('*' in self.${field})`,
  message: `* stands alone: it already means every one of the ${field}`,
  fieldPath: `.${field}`,
});

/** A resource, a resource with a subresource, or `*` in place of either; the form of a webhook rule. */
const RESOURCE = /^(\*|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)(\/(\*|[a-z0-9]([-a-z0-9.]*[a-z0-9])?))?$/;
const GROUP_OR_STAR = /^(\*|[a-z0-9]([-a-z0-9.]*[a-z0-9])?)?$/;
const VERSION_OR_STAR = /^(\*|[a-z0-9]([-a-z0-9]*[a-z0-9])?)$/;

const rule = z
  .strictObject({
    apiGroups: z
      .array(text(253, 'An API group; "" is the core group, * is every group.', GROUP_OR_STAR))
      .min(1)
      .max(32)
      .describe('API groups of the resources.'),
    apiVersions: z
      .array(text(63, 'A served version, or * for whichever one is preferred.', VERSION_OR_STAR))
      .max(8)
      .optional()
      .describe(
        'Served versions to name in the webhook rules. Left out: the preferred one. A request through another version is converted, never missed.',
      ),
    resources: z
      .array(
        text(
          253,
          'A resource such as deployments, a subresource such as deployments/scale, pods/*, */scale or */*.',
          RESOURCE,
        ),
      )
      .min(1)
      .max(64)
      .describe('Resources and subresources. `deployments` does not include `deployments/scale`.'),
    resourceNames: z
      .array(glob(253, 'Name of an object.'))
      .max(64)
      .optional()
      .describe(
        'Only objects with one of these names; `*` stands for any run of characters. Left out: every name.',
      ),
    operations: z
      .array(operation)
      .min(1)
      .max(5)
      .describe('Operations, as the API server names them; * is all four.'),
  })
  .describe('Which requests: the product of groups, resources and operations.')
  .meta({
    'x-kubernetes-validations': ['apiGroups', 'apiVersions', 'operations'].map(starStandsAlone),
  });

const labelSelector = z
  .strictObject({
    matchLabels: z
      .record(text(317, 'A label key.'), text(63, 'A label value.'))
      .optional()
      .describe('Labels that must have exactly these values, by key.')
      .meta({ maxProperties: 16 }),
    matchExpressions: z
      .array(
        z
          .strictObject({
            key: text(317, 'Label key.').min(1),
            operator: z
              .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
              .describe('How the label is compared.'),
            values: z
              .array(text(63, 'A label value.'))
              .max(32)
              .optional()
              .describe('Values for In and NotIn; not given for Exists and DoesNotExist.'),
          })
          .describe('One condition on a label.')
          .meta({
            'x-kubernetes-validations': [
              {
                rule: "self.operator in ['In', 'NotIn'] ? has(self.values) && self.values.size() > 0 : !has(self.values)",
                message: 'In and NotIn need values; Exists and DoesNotExist take none',
                fieldPath: '.values',
              },
            ],
          }),
      )
      .max(16)
      .optional()
      .describe('Conditions on labels; all must hold.'),
  })
  .describe('A Kubernetes label selector.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'has(self.matchLabels) || has(self.matchExpressions)',
        message: 'set matchLabels, matchExpressions or both: an empty selector would match every namespace',
      },
    ],
  });

const namespaces = z
  .strictObject({
    names: z
      .array(glob(63, 'Name of a namespace.'))
      .min(1)
      .max(64)
      .optional()
      .describe('Namespaces by name; `*` stands for any run of characters.'),
    selector: labelSelector
      .optional()
      .describe('Namespaces by label, judged by Assent on the old and the new labels.'),
  })
  .describe(
    'Which namespaces. A namespace matches by name or by label. Naming namespaces also covers the Namespace objects themselves when the rules name them. Left out: every namespace and cluster-scoped objects.',
  )
  .meta({
    'x-kubernetes-validations': [
      { rule: 'has(self.names) || has(self.selector)', message: 'set names, selector or both' },
    ],
  });

const matchCondition = z
  .strictObject({
    name: text(63, 'Name of the condition, shown in messages.').min(1),
    expression: z
      .string()
      .min(1)
      .max(4096)
      .regex(PROSE)
      .describe(
        'CEL over object, oldObject and request. True: the policy applies. An error counts as true, so that doubt asks.',
      ),
  })
  .describe('One more condition on the request; all must be true.');

const match = z
  .strictObject({
    rules: z
      .array(rule)
      .max(64)
      .default([])
      .describe('Which requests, as in a webhook configuration. Any of them may match.'),
    namespaces: namespaces.optional(),
    conditions: z.array(matchCondition).max(16).optional().describe('CEL conditions; all must be true.'),
  })
  .describe('Which changes the policy is about.');

const offer = z
  .strictObject({
    role: objectName(
      'ClusterRole that may be asked for, whole or in part. Not one that gathers its rules from others (aggregationRule).',
    ),
    namespaces: z
      .array(glob(63, 'Name of a namespace.'))
      .min(1)
      .max(64)
      .describe('Where it may be asked for. Nothing is granted outside a namespace.'),
    maxDuration: duration('1s', '24h', 'How long access may last at most.').default('1h'),
  })
  .describe('Access that the agents may ask for.');

const decisionChannel = z
  .enum(['kubectl', 'slack'])
  .describe('kubectl is everything that people send to the Kubernetes API.');

const approval = z
  .strictObject({
    required: z.int().min(1).max(8).default(1).describe('How many different people must approve.'),
    pendingFor: duration('1m', '168h', 'How long a request waits for an answer.').default('4h'),
    usableFor: duration(
      '1m',
      '168h',
      'How long an approval may be used. GitOps back-off lasts minutes.',
    ).default('30m'),
    coolDown: duration(
      '0s',
      '168h',
      'How long a refusal is remembered for the same agent, object and operation.',
    ).default('15m'),
    reasonRequired: z.boolean().default(false).describe('Whether an approver must give a reason.'),
    approveMasked: z
      .boolean()
      .optional()
      .describe('Whether a change with masked values may be approved. Default: true below High risk.'),
    channels: z
      .array(decisionChannel)
      .min(1)
      .max(8)
      .optional()
      .describe('Where decisions are taken. Left out: everywhere.'),
    notInChat: z
      .boolean()
      .optional()
      .describe(
        'Whether approving in a chat is switched off. Chats still show the request, and it can be denied there. Left out: no.',
      ),
    limits: z
      .strictObject({
        pending: z
          .int()
          .min(1)
          .max(100)
          .default(10)
          .describe('Most requests of one agent that may be pending at once.'),
        newPerMinute: z
          .int()
          .min(1)
          .max(60)
          .default(6)
          .describe('Most new requests of one agent within a minute.'),
      })
      .prefault({})
      .describe('Caps for each agent. Where several policies match, the smallest counts.'),
  })
  .describe('How approval works. Durations are Go durations such as 30m.');

/** Id of a channel of Slack: a name can be given to another one. */
export const slackChannel = (description: string) => text(31, description, /^[CG][A-Z0-9]{2,30}$/);
/** Id of a user group or a person of Slack. */
export const slackMention = (description: string) => text(31, description, /^[SUW][A-Z0-9]{2,30}$/);

const notify = z
  .strictObject({
    slack: z
      .strictObject({
        channel: slackChannel(
          'Id of the channel that shows its requests. Left out: the one that the controller is configured with.',
        ).optional(),
        mention: slackMention(
          'Id of the user group (S...) or person (U...) that the message of a request mentions while it waits.',
        ).optional(),
      })
      .describe('Slack. Has an effect only where it is set up.')
      .optional(),
  })
  .describe('Where its requests are shown. Counts for requests that are made from then on; decides nothing.');

/** Schema of `ApprovalPolicy.spec`. */
export const approvalPolicySpec = z
  .strictObject({
    mode: z
      .enum(['Enforce', 'Warn', 'Audit'])
      .default('Enforce')
      .describe('Enforce holds, Warn warns, Audit only records. While no gate answers, all refuse.'),
    agents: z
      .array(agent)
      .min(1)
      .max(64)
      .describe('Who is an agent. People and controllers that are not named are untouched.'),
    match: match.prefault({}),
    access: z
      .array(offer)
      .max(16)
      .default([])
      .describe(
        'Access that its agents may ask for, for a time. Every write to what is offered then needs a live grant, or, where match asks about it too, an approval of that write, whichever RBAC rule lets it pass.',
      ),
    action: z
      .enum(['Ask', 'Deny', 'Allow'])
      .default('Ask')
      .describe(
        'Ask needs approval. Deny never admits. Allow admits. Where several match, Deny beats Ask beats Allow.',
      ),
    risk: z
      .enum(['Low', 'Medium', 'High', 'Critical'])
      .default('Medium')
      .describe(
        'How dangerous the change is, shown to approvers. From High on, masked values need approveMasked.',
      ),
    summary: prose(
      1024,
      'CEL that yields one line about the change, shown first in denials and to approvers.',
    ).optional(),
    approval: approval.prefault({}),
    notify: notify.optional(),
    binding: z
      .enum(['Change', 'Object'])
      .default('Change')
      .describe(
        'What an approval of an UPDATE is bound to. Change: the changed paths; edits elsewhere do not invalidate it. Object: the whole old object too.',
      ),
    ignore: z
      .array(
        text(
          512,
          'A field path such as metadata.annotations["example.com/injected-at"] or spec.template.**.',
        ).min(1),
      )
      .max(64)
      .default([])
      .describe(
        'Field paths left out of the fingerprint, since they differ on each attempt. They never make a change a no-op.',
      ),
    reveal: z
      .array(text(512, 'A field path such as data.LOG_LEVEL or spec.**.env[*].value.').min(1))
      .max(64)
      .default([])
      .describe(
        'Field paths whose values may be shown to approvers. Everything not on the safe list or here is masked.',
      ),
  })
  .describe('Who is an agent, which changes, what happens, who is asked.')
  .meta({
    'x-kubernetes-validations': [
      {
        rule: 'self.match.rules.size() > 0 || self.access.size() > 0',
        message: 'set match.rules, access or both: the policy is about nothing',
        fieldPath: '.match.rules',
      },
      {
        rule: "self.access.size() == 0 || self.action == 'Ask'",
        message: 'access is asked for: it needs action Ask',
        fieldPath: '.access',
      },
    ],
  });

/** Schema of `ApprovalPolicy.status`. */
export const approvalPolicyStatus = z
  .object({
    observedGeneration: z
      .int()
      .min(0)
      .optional()
      .describe('metadata.generation that this status was computed from.'),
    digest: text(
      80,
      'Digest of the deciding fields. Requests made under another digest are superseded.',
    ).optional(),
    conditions: conditions.optional(),
    warnings: z
      .array(text(512, 'One sentence.'))
      .max(32)
      .optional()
      .describe('What the policy leaves open, such as deployments without deployments/scale.'),
  })
  .describe('What the controller has seen of the policy. Conditions: Ready, Enforced, Contained.');

/** An ApprovalPolicy with all defaults filled in, as the API server stores it. */
export interface ApprovalPolicy {
  readonly apiVersion: string;
  readonly kind: 'ApprovalPolicy';
  readonly metadata: ObjectMeta;
  readonly spec: ApprovalPolicySpec;
  readonly status?: ApprovalPolicyStatus;
}
export type ApprovalPolicySpec = z.infer<typeof approvalPolicySpec>;
export type ApprovalPolicyStatus = z.infer<typeof approvalPolicyStatus>;
export type PolicyOffer = ApprovalPolicySpec['access'][number];
export type PolicyAgent = ApprovalPolicySpec['agents'][number];
export type PolicyRule = ApprovalPolicySpec['match']['rules'][number];
export type Risk = ApprovalPolicySpec['risk'];
