// The kinds on a real API server: what is served, what kubectl shows, and that bad objects are refused with path and sentence.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/api/kinds.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster } from './cluster.ts';
import {
  accepted,
  aDecision,
  aFreeze,
  aLink,
  anApprover,
  aPolicy,
  aRequest,
  CONTROLLER,
  GATE,
  installAll,
  pathOf,
  refusalOf,
  senderOf,
  set,
  type Draft,
  type Send,
} from './kinds-fixtures.ts';

let cluster: ControlPlane;
let send: Send;

beforeAll(async () => {
  cluster = await startCluster();
  send = senderOf(cluster);
  await installAll(cluster);
});
afterAll(() => cluster?.stop());

const kubectl = async (...args: string[]): Promise<string> => {
  const result = await cluster.kubectl(cluster.adminKubeconfig, args);
  expect(result.stderr).toBe('');
  return result.stdout;
};

/** Creates with the bare API, which asks for no validation of fields by itself. */
const create = (user: string, plural: string, body: unknown) => send(user, 'POST', pathOf(plural), body);

describe('what is served', () => {
  it('lists the kinds under one category, with their short names', async () => {
    const table = await kubectl('api-resources', '--api-group=assent.dev', '--no-headers', '-o', 'wide');
    const rows = table
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    expect(new Set(rows.map((row) => row.slice(0, 5).join(' ')))).toEqual(
      new Set(KINDS.map((kind) => `${kind.plural} ${kind.shortName} assent.dev/v1alpha1 false ${kind.kind}`)),
    );
    expect(rows.every((row) => row.at(-1) === 'assent')).toBe(true);
  });

  it('explains a field with its meaning, limit and default', async () => {
    const match = await kubectl('explain', 'approvalpolicy.spec.match');
    expect(match).toContain('Which changes the policy is about.');
    expect(match).toMatch(/rules\s+<\[\]Object>\s+Which requests, as in a webhook configuration/);
    const approval = await kubectl('explain', 'apol.spec.approval.pendingFor');
    expect(approval.replaceAll(/\s+/g, ' ')).toContain(
      'How long a request waits for an answer. A duration such as 30m or 1h30m. From 1m to 168h. Default: 4h.',
    );
    const bare = await Promise.all(
      KINDS.map((kind) => kubectl('explain', '--recursive=false', `${kind.plural}.spec`)),
    );
    expect(bare.join('')).not.toContain('<no description>');
  });

  it('stores a minimal policy with every default filled in', async () => {
    const answer = await create('admin', 'approvalpolicies', aPolicy('defaults'));
    expect(answer.status).toBe(201);
    expect((answer.json as Draft)['spec']).toMatchObject({
      mode: 'Enforce',
      action: 'Ask',
      risk: 'Medium',
      binding: 'Change',
      ignore: [],
      reveal: [],
      approval: {
        required: 1,
        pendingFor: '4h',
        usableFor: '30m',
        coolDown: '15m',
        reasonRequired: false,
        limits: { pending: 10, newPerMinute: 6 },
      },
    });
  });
});

describe('what kubectl shows', () => {
  beforeAll(async () => {
    for (const name of ['first', 'second']) {
      accepted(await create(GATE, 'approvalrequests', aRequest(name)));
    }
    const status = {
      state: 'Denied',
      approvals: '0/1',
      expiresAt: '2026-11-22T14:05:00Z',
      decidedBy: 'alice',
      decisionReason: 'not today',
    };
    accepted(await send(CONTROLLER, 'PATCH', pathOf('approvalrequests', 'second', 'status'), { status }));
  });

  it('shows requests in the columns of EXPERIENCE.md', async () => {
    const [header, first, second] = (await kubectl('get', 'apr')).split('\n');
    expect(header?.trim().split(/\s+/)).toEqual([
      'NAME',
      'STATE',
      'RISK',
      'ACTION',
      'TARGET',
      'REQUESTER',
      'APPROVALS',
      'EXPIRES',
      'AGE',
    ]);
    expect(first).toMatch(
      /^first +Pending +High +delete +deployments payments\/api +sa:agents\/deploy-bot +\d+s$/,
    );
    expect(second).toMatch(/ Denied .* 0\/1 +2026-11-22T14:05:00Z +\d+s$/);
  });

  it('adds policy, decider and reason with -o wide', async () => {
    const [header, , second] = (await kubectl('get', 'apr', '-o', 'wide')).split('\n');
    expect(header?.trim().split(/\s+/).slice(9)).toEqual([
      'POLICY',
      'DECIDED-BY',
      'DECIDED-WHY',
      'ENDED-WHY',
      'ENDED',
    ]);
    expect(second).toMatch(/payments +alice +not today *$/);
  });

  it('adds to policies with -o wide whether their agents are contained, and why they are Ready', async () => {
    const [header] = (await kubectl('get', 'apol', '-o', 'wide')).split('\n');
    expect(header?.trim().split(/\s+/).slice(-3)).toEqual(['AGE', 'CONTAINED', 'WHY']);
  });

  it('shows the other kinds in columns of their own', async () => {
    await create('admin', 'approvers', anApprover('alice'));
    await create('admin', 'approvaldecisions', aDecision('one'));
    await create('admin', 'identitylinks', aLink('slack-one'));
    await create('admin', 'agentfreezes', aFreeze('bot'));
    const header = async (name: string) => (await kubectl('get', name)).split('\n')[0]?.trim().split(/\s+/);
    expect(await header('apol')).toEqual([
      'NAME',
      'MODE',
      'ACTION',
      'RISK',
      'REQUIRED',
      'READY',
      'ENFORCED',
      'AGE',
    ]);
    expect(await header('apd')).toEqual(['NAME', 'REQUEST', 'VERDICT', 'BY', 'CHANNEL', 'AGE']);
    expect(await header('appr')).toEqual(['NAME', 'DISPLAY-NAME', 'IDENTITY', 'AGE']);
    expect(await header('apl')).toEqual(['NAME', 'CHANNEL', 'USER', 'ACCOUNT', 'LINKED', 'AGE']);
    const frozen = ['NAME', 'SERVICEACCOUNT', 'USER', 'GROUP', 'BY', 'REASON', 'AGE'];
    expect(await header('afz')).toEqual(frozen);
    const all = await kubectl('get', 'assent', '-o', 'name');
    for (const kind of KINDS) expect(all).toContain(`${kind.singular}.assent.dev/`);
  });

  it.each([
    ['spec.requester.username=system:serviceaccount:agents:deploy-bot', 2],
    ['spec.requester.username=somebody', 0],
    ['spec.fingerprint=v1:00ff', 2],
    ['spec.change.namespace=payments,spec.change.resource=deployments', 2],
    ['status.state=Pending', 1],
    ['status.state=Denied', 1],
  ])('selects requests by %s', async (selector, count) => {
    const answer = await send(
      'admin',
      'GET',
      `${pathOf('approvalrequests')}?fieldSelector=${encodeURIComponent(selector)}`,
    );
    expect((answer.json as { items: unknown[] }).items).toHaveLength(count);
  });

  it('selects decisions by request, and says so when a field cannot be selected', async () => {
    const list = (selector: string) =>
      send('admin', 'GET', `${pathOf('approvaldecisions')}?fieldSelector=${selector}`);
    expect((await list('spec.request=delete-api-0123456789')).json).toMatchObject({
      items: [{ metadata: { name: 'one' } }],
    });
    expect((await list('spec.verdict=Approve')).status).toBe(400);
  });
});

describe('text that people see in a terminal', () => {
  const columns = [
    'requester.short',
    'action',
    'target',
    'summary',
    'reason',
    'change.namespace',
    'change.fieldManager',
  ];
  const marks = {
    ESC: '\u001b',
    'C1 CSI': '\u009b',
    newline: '\n',
    tab: '\t',
    'bidi override': '\u202e',
    isolate: '\u2066',
    mark: '\u200f',
    DEL: '\u007f',
  };

  it.each(columns)('no agent gets a control byte into spec.%s', async (path) => {
    const outcomes = Object.entries(marks).map(async ([name, mark]) => {
      const answer = await create(
        GATE,
        'approvalrequests',
        set(aRequest('evil'), `spec.${path}`, `a${mark}b`),
      );
      return [name, answer.status];
    });
    expect(await Promise.all(outcomes)).toEqual(Object.keys(marks).map((name) => [name, 422]));
  });

  it.each(['approvals', 'decidedBy', 'decisionReason', 'expiresAt'])(
    'nobody gets one into status.%s',
    async (field) => {
      const path = pathOf('approvalrequests', 'first', 'status');
      const outcomes = Object.values(marks).map((mark) =>
        send(CONTROLLER, 'PATCH', `${path}?dryRun=All`, { status: { [field]: `a${mark}b` } }),
      );
      const statuses = (await Promise.all(outcomes)).map((answer) => answer.status);
      expect(new Set(statuses)).toEqual(new Set([422]));
    },
  );

  it('other scripts pass', async () => {
    const answer = await create(
      GATE,
      'approvalrequests',
      set(aRequest('scripts'), 'spec.reason', 'größer, 替换, замена, 🚀'),
    );
    expect(answer.status).toBe(201);
  });
});

describe('unknown fields in what people write', () => {
  it('a bare client, which validates nothing, is told the path', async () => {
    const deep = aPolicy('typo');
    set(deep, 'spec.agents.0.namespce', 'x');
    set(deep, 'spec.match.rules.0.scopes', ['*']);
    set(deep, 'spec.match.namespaces.selector', { matchLabels: { any: 'thing' }, matchLabel: {} });
    set(deep, 'spec.approval', { limits: { perHour: 1 }, requires: 2 });
    set(deep, 'spec.mod', 'Warn');
    const answer = await create('admin', 'approvalpolicies', deep);
    expect(answer.status).toBe(422);
    expect(refusalOf(answer)).toContain(
      'unknown field spec.mod, spec.agents[0].namespce, spec.match.rules[0].scopes, spec.match.namespaces.selector.matchLabel, spec.approval.requires, spec.approval.limits.perHour',
    );
  });

  it('so are a patch, server-side apply and strict kubectl', async () => {
    const path = pathOf('approvalpolicies', 'defaults');
    const patched = await send('admin', 'PATCH', path, { spec: { mod: 'Warn' } });
    expect(refusalOf(patched)).toContain('unknown field spec.mod');
    const applied = await send(
      'admin',
      'APPLY',
      `${path}?fieldManager=t`,
      set(aPolicy('defaults'), 'spec.mod', 1),
    );
    expect(refusalOf(applied)).toContain('unknown field spec.mod');
    const strict = await cluster.kubectl(cluster.adminKubeconfig, ['create', '-f', '-'], {
      input: JSON.stringify(set(aPolicy('strict'), 'spec.mod', 'Warn')),
    });
    expect(strict).toMatchObject({ code: 1, stderr: expect.stringContaining('unknown field spec.mod') });
  });

  it.each([
    [
      'approvers',
      anApprover('typo'),
      'spec.identities.0.kubernetes.group',
      'spec.identities[0].kubernetes.group',
    ],
    ['approvaldecisions', aDecision('typo'), 'spec.fingerprnt', 'spec.fingerprnt'],
  ])('%s too', async (plural, draft, path, told) => {
    const answer = await create('admin', plural, set(draft, path, 'x'));
    expect(refusalOf(answer)).toContain(`unknown field ${told}`);
  });

  it('labels may have any key', async () => {
    const draft = set(aPolicy('labels'), 'spec.match.namespaces', {
      selector: { matchLabels: { mode: 'x', any: 'y' } },
    });
    expect((await create('admin', 'approvalpolicies', draft)).status).toBe(201);
  });
});
