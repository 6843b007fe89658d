// The kinds in one table: names, printer columns, selectable fields, transition rules, schemas.
// CRDs, reference docs and the admission policy for our own kinds are all made from it.
import type { z } from 'zod';
import { agentFreezeSpec } from './agent-freeze.ts';
import { approvalDecisionSpec } from './approval-decision.ts';
import { approvalPolicySpec, approvalPolicyStatus } from './approval-policy.ts';
import { approvalRequestSpec, approvalRequestStatus } from './approval-request.ts';
import { approverSpec } from './approver.ts';
import { identityLinkSpec, identityLinkStatus } from './identity-link.ts';
import { RESOURCES } from './group.ts';
import { REQUEST_RULES, specOnce, type SchemaRule } from './request-rules.ts';

/** A printer column. `wide` columns show with `-o wide` only; a date column prints `<invalid>` for the future. */
interface Column {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'date';
  readonly path: string;
  readonly description: string;
  readonly wide?: true;
}

/** One kind of ours. */
export interface KindDefinition {
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortName: string;
  readonly description: string;
  /**
   * People write it, so an unknown field must be refused. The API server drops unknown fields before admission sees
   * them unless the client asks for strict validation (kubectl patch, Helm and bare clients do not). So they are kept,
   * and the admission policy and the guard refuse them by name.
   */
  readonly writtenByPeople: boolean;
  readonly spec: z.ZodType;
  readonly status?: z.ZodType;
  /** The status that every new object starts with. */
  readonly initialStatus?: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  readonly selectableFields: readonly string[];
  readonly rules: readonly SchemaRule[];
}

const column = (name: string, path: string, description: string): Column => ({
  name,
  type: 'string',
  path,
  description,
});
const wide = (name: string, path: string, description: string): Column => ({
  ...column(name, path, description),
  wide: true,
});
const age: Column = {
  name: 'AGE',
  type: 'date',
  path: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
};

const policy: KindDefinition = {
  kind: 'ApprovalPolicy',
  plural: RESOURCES.policies,
  singular: 'approvalpolicy',
  shortName: 'apol',
  description: 'Who is an agent, which changes of theirs need approval, and who is asked.',
  writtenByPeople: true,
  spec: approvalPolicySpec,
  status: approvalPolicyStatus,
  columns: [
    column('MODE', '.spec.mode', 'Whether the policy holds changes, warns, or only records.'),
    column('ACTION', '.spec.action', 'What happens to a change that matches.'),
    column('RISK', '.spec.risk', 'How dangerous the change is.'),
    { ...column('REQUIRED', '.spec.approval.required', 'How many people must approve.'), type: 'integer' },
    column('READY', '.status.conditions[?(@.type=="Ready")].status', 'Whether the policy is in force.'),
    column(
      'ENFORCED',
      '.status.conditions[?(@.type=="Enforced")].status',
      'Whether the API server was seen to go by it.',
    ),
    age,
    wide(
      'CONTAINED',
      '.status.conditions[?(@.type=="Contained")].status',
      'Whether no agent of it has a right that leads round the gate.',
    ),
    wide('WHY', '.status.conditions[?(@.type=="Ready")].message', 'Why the policy is in force, or not.'),
  ],
  selectableFields: [],
  rules: [],
};

const request: KindDefinition = {
  kind: 'ApprovalRequest',
  plural: RESOURCES.requests,
  singular: 'approvalrequest',
  shortName: 'apr',
  description:
    'One change, or one ask for access, that waits, or waited, for approval. Sealed by Assent alone.',
  writtenByPeople: false,
  spec: approvalRequestSpec,
  status: approvalRequestStatus,
  initialStatus: { state: 'Pending' },
  columns: [
    column('STATE', '.status.state', 'Where the request stands.'),
    column('RISK', '.spec.risk', 'Highest risk among its policies.'),
    column('ACTION', '.spec.action', 'What the agent wants to do.'),
    column('TARGET', '.spec.target', 'What it wants to do it to.'),
    column('REQUESTER', '.spec.requester.short', 'Who asked.'),
    column('APPROVALS', '.status.approvals', 'People who approved and people needed, or policies satisfied.'),
    column('EXPIRES', '.status.expiresAt', 'When the present state ends by itself, UTC.'),
    age,
    wide('POLICY', '.spec.policies[*].name', 'The first of the policies that must be satisfied.'),
    wide('DECIDED-BY', '.status.decidedBy', 'Who decided.'),
    wide('DECIDED-WHY', '.status.decisionReason', 'Why, in the words of the last person who decided.'),
    wide('ENDED-WHY', '.status.grant.endedWhy', 'Why access ended, such as Used or Revoked.'),
    wide('ENDED', '.status.grant.endedAt', 'When access was taken away, UTC.'),
  ],
  selectableFields: [
    '.spec.requester.username',
    '.spec.fingerprint',
    '.spec.change.namespace',
    '.spec.change.resource',
    '.status.state',
  ],
  rules: REQUEST_RULES,
};

const decision: KindDefinition = {
  kind: 'ApprovalDecision',
  plural: RESOURCES.decisions,
  singular: 'approvaldecision',
  shortName: 'apd',
  description: "One person's verdict on one request. Created once, never edited.",
  writtenByPeople: true,
  spec: approvalDecisionSpec,
  columns: [
    column('REQUEST', '.spec.request', 'The request that was decided.'),
    column('VERDICT', '.spec.verdict', 'The verdict.'),
    column('BY', '.spec.stamp.username', 'Who decided, as the API server saw them.'),
    column('CHANNEL', '.spec.stamp.channel', 'Where the decision was made.'),
    age,
    wide('PERSON', '.spec.stamp.person', 'The Approver whose identity this is.'),
    wide('REASON', '.spec.reason', 'Why, in the words of the person.'),
  ],
  selectableFields: ['.spec.request'],
  rules: [specOnce('a decision')],
};

const approver: KindDefinition = {
  kind: 'Approver',
  plural: RESOURCES.approvers,
  singular: 'approver',
  shortName: 'appr',
  description: 'One person and all their identities, so that nobody approves under a second name.',
  writtenByPeople: true,
  spec: approverSpec,
  columns: [
    column('DISPLAY-NAME', '.spec.displayName', 'Name shown to people.'),
    column('IDENTITY', '.spec.identities[*].kubernetes.username', 'First identity of the person.'),
    age,
    wide('STAMPED-BY', '.spec.stamp.by', 'Who wrote this version.'),
  ],
  selectableFields: [],
  rules: [],
};

const link: KindDefinition = {
  kind: 'IdentityLink',
  plural: RESOURCES.links,
  singular: 'identitylink',
  shortName: 'apl',
  description:
    'An account of a chat that is a person of this cluster. Made by that person, proven from both sides.',
  writtenByPeople: true,
  spec: identityLinkSpec,
  status: identityLinkStatus,
  columns: [
    column('CHANNEL', '.spec.channel', 'The chat.'),
    column('USER', '.spec.stamp.username', 'Whose it is, as the API server saw them.'),
    column('ACCOUNT', '.status.account.user', 'The account; empty until the code was typed there.'),
    column('LINKED', '.status.linkedAt', 'When the account typed the code, UTC.'),
    age,
    wide('WORKSPACE', '.status.account.team', 'The workspace of the account.'),
  ],
  selectableFields: ['.status.account.user'],
  rules: [
    specOnce('a link'),
    {
      rule: '!has(oldSelf.status) || !has(oldSelf.status.account) || (has(self.status) && self.status == oldSelf.status)',
      message: 'a link is for one account: delete it and make another one',
      fieldPath: '.status',
    },
  ],
};

const freeze: KindDefinition = {
  kind: 'AgentFreeze',
  plural: RESOURCES.freezes,
  singular: 'agentfreeze',
  shortName: 'afz',
  description:
    'The kill switch: while it stands, everything that an agent writes is denied, and its access ends.',
  writtenByPeople: true,
  spec: agentFreezeSpec,
  columns: [
    column('SERVICEACCOUNT', '.spec.serviceAccount', 'Who is frozen, as a ServiceAccount.'),
    column('USER', '.spec.user', 'Who is frozen, as a user.'),
    column('GROUP', '.spec.group', 'Who is frozen, as a group.'),
    column('BY', '.spec.stamp.username', 'Who made it, as the API server saw them.'),
    column('REASON', '.spec.reason', 'Why, in the words of that person.'),
    age,
  ],
  selectableFields: [],
  rules: [specOnce('a freeze')],
};

/** The kinds, in the order in which a reader meets them. */
export const KINDS: readonly KindDefinition[] = [policy, request, decision, approver, link, freeze];
