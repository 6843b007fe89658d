// Bad objects of our kinds, each refused by a real API server with the path of the field and a sentence.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster } from './cluster.ts';
import {
  aDecision,
  anApprover,
  aPolicy,
  aRequest,
  installKinds,
  pathOf,
  senderOf,
  set,
  type Draft,
  type Refusal,
  type Send,
} from './kinds-fixtures.ts';

let cluster: ControlPlane;
let send: Send;

beforeAll(async () => {
  cluster = await startCluster();
  send = senderOf(cluster);
  await installKinds(cluster);
});
afterAll(() => cluster?.stop());

type Bad = [what: string, path: string, value: unknown, where: string, sentence: RegExp];

const ESCAPE = '\u001b[2J';
const NOT_PLAIN = /should match '\^\[\^/;

const badPolicies: Bad[] = [
  ['no agents', 'spec.agents', [], 'spec.agents', /should have at least 1 items/],
  ['agents left out', 'spec.agents', undefined, 'spec.agents', /Required value/],
  [
    'an agent that is nobody',
    'spec.agents.0',
    {},
    'spec.agents[0]',
    /set exactly one of serviceAccount, group and user/,
  ],
  ['an agent that is two', 'spec.agents.0.user', 'x', 'spec.agents[0]', /set exactly one/],
  [
    'a ServiceAccount without namespace',
    'spec.agents.0.serviceAccount',
    'bot',
    'spec.agents[0].serviceAccount',
    /should match/,
  ],
  [
    'an owner that is no name',
    'spec.agents.0.owners',
    ['Alice A.'],
    'spec.agents[0].owners[0]',
    /should match/,
  ],
  [
    'too many owners',
    'spec.agents.0.owners',
    Array.from({ length: 17 }, () => 'a'),
    'spec.agents[0].owners',
    /at most 16 items/,
  ],
  [
    'neither match nor access',
    'spec.match',
    undefined,
    'spec.match.rules',
    /set match.rules, access or both/,
  ],
  ['no rules and no access', 'spec.match.rules', [], 'spec.match.rules', /set match.rules, access or both/],
  [
    'access that nobody is asked about',
    'spec',
    {
      agents: [{ serviceAccount: 'agents/bot' }],
      access: [{ role: 'pod-fixer', namespaces: ['shop'] }],
      action: 'Allow',
    },
    'spec.access',
    /it needs action Ask/,
  ],
  [
    'a rule without operations',
    'spec.match.rules.0.operations',
    undefined,
    'spec.match.rules[0].operations',
    /Required value/,
  ],
  [
    'an unheard operation',
    'spec.match.rules.0.operations',
    ['PATCH'],
    'spec.match.rules[0].operations[0]',
    /supported values: "CREATE"/,
  ],
  [
    'a star that is not alone',
    'spec.match.rules.0.operations',
    ['*', 'CREATE'],
    'spec.match.rules[0].operations',
    /\* stands alone/,
  ],
  [
    'a resource of three parts',
    'spec.match.rules.0.resources',
    ['a/b/c'],
    'spec.match.rules[0].resources[0]',
    /should match/,
  ],
  [
    'a resource in capitals',
    'spec.match.rules.0.resources',
    ['Pods'],
    'spec.match.rules[0].resources[0]',
    /should match/,
  ],
  [
    'an empty namespace choice',
    'spec.match.namespaces',
    {},
    'spec.match.namespaces',
    /set names, selector or both/,
  ],
  [
    'a selector of everything',
    'spec.match.namespaces.selector',
    {},
    'spec.match.namespaces.selector',
    /empty selector would match every namespace/,
  ],
  [
    'In without values',
    'spec.match.namespaces.selector',
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    'spec.match.namespaces.selector.matchExpressions[0].values',
    /need values/,
  ],
  [
    'Exists with values',
    'spec.match.namespaces.selector',
    { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
    'spec.match.namespaces.selector.matchExpressions[0].values',
    /take none/,
  ],
  [
    'an empty condition',
    'spec.match.conditions.0.expression',
    '',
    'spec.match.conditions[0].expression',
    /at least 1 chars/,
  ],
  [
    'a condition without end',
    'spec.match.conditions.0.expression',
    'x'.repeat(4097),
    'spec.match.conditions[0].expression',
    /may not be more than 4096/,
  ],
  ['an unheard mode', 'spec.mode', 'Dryrun', 'spec.mode', /supported values: "Enforce", "Warn", "Audit"/],
  ['an unheard action', 'spec.action', 'ask', 'spec.action', /supported values/],
  ['an unheard risk', 'spec.risk', 'Severe', 'spec.risk', /supported values/],
  ['no approvals', 'spec.approval', { required: 0 }, 'spec.approval.required', /greater than or equal to 1/],
  [
    'negative approvals',
    'spec.approval',
    { required: -1 },
    'spec.approval.required',
    /greater than or equal to 1/,
  ],
  [
    '2^31 approvals',
    'spec.approval',
    { required: 2147483648 },
    'spec.approval.required',
    /less than or equal to 8/,
  ],
  [
    'half an approval',
    'spec.approval',
    { required: 1.5 },
    'spec.approval.required',
    /must be of type integer/,
  ],
  [
    'a number as text',
    'spec.approval',
    { required: '1' },
    'spec.approval.required',
    /must be of type integer/,
  ],
  [
    'a wait of a second',
    'spec.approval',
    { pendingFor: '1s' },
    'spec.approval.pendingFor',
    /from 1m to 168h/,
  ],
  [
    'a wait of a year',
    'spec.approval',
    { pendingFor: '8760h' },
    'spec.approval.pendingFor',
    /from 1m to 168h/,
  ],
  ['a negative wait', 'spec.approval', { usableFor: '-5m' }, 'spec.approval.usableFor', /should match/],
  ['a wait in days', 'spec.approval', { coolDown: '2d' }, 'spec.approval.coolDown', /should match/],
  [
    'a cap of none',
    'spec.approval',
    { limits: { pending: 0 } },
    'spec.approval.limits.pending',
    /greater than or equal to 1/,
  ],
  [
    'too many new ones',
    'spec.approval',
    { limits: { newPerMinute: 61 } },
    'spec.approval.limits.newPerMinute',
    /less than or equal to 60/,
  ],
  ['an empty field path', 'spec.ignore', [''], 'spec.ignore[0]', /at least 1 chars/],
  ['a terminal escape in a summary', 'spec.summary', ESCAPE, 'spec.summary', NOT_PLAIN],
  ['spec left out', 'spec', undefined, 'spec', /Required value/],
];

const badApprovers: Bad[] = [
  ['nobody', 'spec.identities', [], 'spec.identities', /at least 1 items/],
  [
    'an empty user name',
    'spec.identities.0.kubernetes.username',
    '',
    'spec.identities[0].kubernetes.username',
    /at least 1 chars/,
  ],
  [
    'an identity of no kind',
    'spec.identities.0',
    {},
    'spec.identities[0]',
    /set exactly one of kubernetes and slack/,
  ],
  [
    'an identity of two kinds',
    'spec.identities.0',
    { kubernetes: { username: 'alice' }, slack: { team: 'T0123', user: 'U0123' } },
    'spec.identities[0]',
    /set exactly one of kubernetes and slack/,
  ],
  [
    'a name for an account',
    'spec.identities.0',
    { slack: { team: 'T0123', user: '@alice' } },
    'spec.identities[0].slack.user',
    /should match/,
  ],
  ['a name that moves the cursor', 'spec.displayName', `Alice${ESCAPE}`, 'spec.displayName', NOT_PLAIN],
  ['a name that reads backwards', 'spec.displayName', 'Alice\u202egnp.exe', 'spec.displayName', NOT_PLAIN],
];

const badDecisions: Bad[] = [
  ['no verdict', 'spec.verdict', undefined, 'spec.verdict', /Required value/],
  ['an unheard verdict', 'spec.verdict', 'approve', 'spec.verdict', /supported values: "Approve", "Deny"/],
  ['no request', 'spec.request', '', 'spec.request', /at least 1 chars/],
  ['a request by a path', 'spec.request', '../x', 'spec.request', /should match/],
  ['a reason without end', 'spec.reason', 'x'.repeat(1025), 'spec.reason', /may not be more than 1024/],
  ['a reason of two lines', 'spec.reason', 'yes\nSTATE Approved', 'spec.reason', NOT_PLAIN],
];

const badRequests: Bad[] = [
  ['no policy', 'spec.policies', [], 'spec.policies', /at least 1 items/],
  ['no seal', 'spec.seal', undefined, 'spec.seal', /Required value/],
  ['no time', 'spec.requestedAt', 'yesterday', 'spec.requestedAt', /should match/],
  ['another time zone', 'spec.expiresAt', '2026-11-22T14:05:00+02:00', 'spec.expiresAt', /should match/],
  [
    'the 31st of February',
    'spec.expiresAt',
    '2026-02-31T14:05:00Z',
    'spec.expiresAt',
    /must be of type date-time/,
  ],
  [
    'a usable time of a year',
    'spec.usableForSeconds',
    31_536_000,
    'spec.usableForSeconds',
    /less than or equal to 604800/,
  ],
  [
    'too long a diff',
    'spec.change.diff',
    Array.from({ length: 101 }, () => ({ path: 'a', op: 'Added' })),
    'spec.change.diff',
    /at most 100 items/,
  ],
];

const tables: [string, string, (name: string) => Draft, Bad[]][] = [
  ['ApprovalPolicy', 'approvalpolicies', aPolicy, badPolicies],
  ['Approver', 'approvers', anApprover, badApprovers],
  ['ApprovalDecision', 'approvaldecisions', aDecision, badDecisions],
  ['ApprovalRequest', 'approvalrequests', aRequest, badRequests],
];

describe.each(tables)('a bad %s is refused with path and sentence', (_kind, plural, make, rows) => {
  it('the same object without the fault is taken', async () => {
    const answer = await send('admin', 'POST', `${pathOf(plural)}?dryRun=All`, make('good'));
    expect(answer.status).toBe(201);
  });

  it.each(rows)('%s', async (...[, path, value, where, sentence]) => {
    const answer = await send('admin', 'POST', pathOf(plural), set(make('bad'), path, value));
    expect(answer.status).toBe(422);
    const { message, details } = answer.json as Refusal;
    expect(message).toMatch(sentence);
    expect(details?.causes?.map((cause) => cause.field)).toContain(where);
  });
});
