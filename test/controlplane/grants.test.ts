// Grants on a real API server: bindings stand exactly while approved access stands, whatever ends it and whoever meddles (INV-4).
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { GRANT_LABEL, grantName } from '../../src/domain/grant/objects.ts';
import { OURS } from './assent.ts';
import { waitFor } from './cluster.ts';
import { APPROVAL } from './people-stage.ts';
import {
  asks,
  ended,
  granted,
  hasAccess,
  holds,
  leftovers,
  MERGE,
  offers,
  pathOf,
  POLICY,
  RBAC,
  restarted,
  rights,
  ROLE,
  ROLE_RULES,
  says,
  startGrantStage,
  stored,
  until,
  type GrantStage,
} from './grants-stage.ts';

let stage: GrantStage;
beforeAll(async () => {
  stage = await startGrantStage();
}, 120_000);
afterAll(() => stage.assent.stop());

const types = ({ status }: ApprovalRequest) => status?.outbox?.map(({ type }) => type);
const told = (reason: string, { metadata }: ApprovalRequest) =>
  waitFor(
    async () => {
      const path = `/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=${metadata.name}`;
      const { items } = (await admin('GET', path)).json as { items: { reason: string }[] };
      return items.some((one) => one.reason === reason);
    },
    { what: `an Event that says ${reason}` },
  );
/** The condition of a request that says whether its access stands. */
const active = ({ metadata }: ApprovalRequest, so: object) =>
  waitFor(
    async () => {
      const { status } = await stage.assent.request(metadata.name);
      expect(status?.conditions?.find(({ type }) => type === 'GrantActive')).toMatchObject(so);
      return true;
    },
    { what: 'the condition GrantActive to say why' },
  );
/** What the policy says is wrong with its first offer. */
const offerTells = (words: RegExp | undefined) =>
  waitFor(
    async () => {
      const { json } = await admin('GET', `${OURS}/approvalpolicies/${POLICY}`);
      const warned = (json as ApprovalPolicy).status?.warnings?.filter((one) =>
        one.startsWith('spec.access'),
      );
      return words === undefined
        ? (warned ?? []).length === 0
        : warned?.some((one) => words.test(one)) === true;
    },
    { what: `the policy to warn of its offer: ${words}` },
  );
const nothingLeft = () =>
  waitFor(async () => (await leftovers(stage)).length === 0, { what: 'nothing of any grant to be left' });
const admin = (method: string, path: string, body?: unknown, type?: string) =>
  stage.assent.admin(method, path, body, type);
/** As an administrator whom the garbage collector has not helped. */
const drop = (path: string) => stage.assent.send(stage.assent.plane.adminKubeconfig, 'DELETE', path);

describe('access that is approved', () => {
  it('INV-4: is granted, is exactly what was asked for, and is gone at its end', async () => {
    const before = await rights(stage);
    const rules = [{ apiGroups: [''], resources: ['pods'], verbs: ['delete'], resourceNames: ['web-7'] }];
    const request = await hasAccess(stage, { seconds: 4, rules });
    const now = await waitFor(
      async () => {
        const all = await rights(stage);
        return all.length > before.length ? all : undefined;
      },
      { what: 'the API server to know of the binding' },
    );
    expect(now.filter((rule) => !before.includes(rule))).toEqual([
      JSON.stringify({ verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web-7'] }),
    ]);
    expect(await rights(stage, 'cart')).toEqual(await rights(stage, 'default'));
    expect(request.status?.conditions?.find(({ type }) => type === 'GrantActive')?.status).toBe('True');
    const after = await ended(stage, request);
    const end = Date.parse(after.status?.usableUntil ?? '');
    expect(Date.parse(after.status?.grant?.endedAt ?? '') - end).toBeGreaterThanOrEqual(0);
    expect(after.status?.grant).toMatchObject({ endedWhy: 'Expired', elsewhere: false });
    expect(types(after)).toEqual(['requested', 'decided', 'approved', 'granted', 'ended', 'gone']);
    expect(await rights(stage)).toEqual(before);
    expect(await leftovers(stage)).toEqual([]);
  });

  it('tells all of it in the record', async () => {
    const request = await ended(stage, await hasAccess(stage, { seconds: 2 }));
    const controllers = stage.assent.operator.processes.filter(({ part }) => part === 'controller');
    await waitFor(
      () => {
        const record = controllers.map(({ stdout }) => stdout()).join('');
        for (const { id } of request.status?.outbox ?? [])
          expect(record).toContain(`"id":${JSON.stringify(id)}`);
        return true;
      },
      { what: 'every line to be in the record' },
    );
    expect(types(request)).toHaveLength(6);
  });

  it('of a whole ClusterRole binds that one, in each of its namespaces, for the requester alone', async () => {
    const request = await hasAccess(stage, { role: ROLE, namespaces: ['shop', 'cart'] });
    for (const namespace of ['shop', 'cart']) {
      expect(await stored(stage, pathOf('roles', request, namespace))).toBeUndefined();
      expect(await stored(stage, pathOf('rolebindings', request, namespace))).toMatchObject({
        roleRef: { kind: 'ClusterRole', name: ROLE },
        subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }],
        metadata: {
          labels: { [GRANT_LABEL]: request.metadata.uid },
          annotations: {
            'assent.dev/request': request.metadata.name,
            'assent.dev/until': request.status?.usableUntil,
          },
        },
      });
    }
    await says(stage, request, 'Revoke');
    await ended(stage, request);
    expect(await leftovers(stage)).toEqual([]);
  });

  it('above the ceiling is not granted, whatever anybody approved', async () => {
    const request = await asks(stage, { seconds: 4 });
    // It was within it when it was asked for.
    await holds(stage.assent, []);
    await says(stage, request);
    await told('GrantRefused', request);
    await active(request, {
      status: 'False',
      reason: 'GrantRefused',
      message: expect.stringMatching(
        /^Not granted in shop: the ceiling lacks delete pods web-\w+; an administrator adds it to the ClusterRole assent-grant-ceiling, or revokes this\.$/,
      ) as string,
    });
    await offerTells(/^spec\.access\[0\]: the ceiling .* lacks .*delete pods/);
    const after = await ended(stage, request);
    await holds(stage.assent);
    await offerTells(undefined);
    expect(after.status?.grant?.createdAt).toBeUndefined();
    expect(await leftovers(stage)).toEqual([]);
  });

  it('INV-1: is not granted by a status that says so without a sealed decision', async () => {
    const forged = await asks(stage);
    const usableUntil = new Date(Date.now() + 600_000).toISOString().replace(/\.\d+/, '');
    const path = `${OURS}/approvalrequests/${forged.metadata.name}/status`;
    await waitFor(
      async () => {
        const { json } = await admin('GET', path);
        const now = json as ApprovalRequest;
        const status = { ...now.status, state: 'Approved', usableUntil };
        const answer = await stage.assent.send(stage.controller, 'PUT', path, { ...now, status });
        return answer.status === 200;
      },
      { what: 'the forged status' },
    );
    const after = await ended(stage, forged);
    expect(after.status?.grant).toMatchObject({ endedWhy: 'Revoked' });
    expect(after.status?.grant?.createdAt).toBeUndefined();
    expect(await leftovers(stage)).toEqual([]);
  });
});

/** What ends access, why it says that it ended, and what undoes the deed. */
type End = readonly [
  what: string,
  why: string,
  end: (request: ApprovalRequest) => Promise<unknown>,
  mend: () => Promise<unknown>,
];

describe('access ends', () => {
  const ends: readonly End[] = [
    [
      'when an approver takes it back',
      'Revoked',
      (request) => says(stage, request, 'Revoke'),
      () => Promise.resolve(),
    ],
    [
      'when a policy behind it changes its meaning',
      'PolicyChanged',
      () => stage.assent.policy(POLICY, offers({ approval: { ...APPROVAL, reasonRequired: true } })),
      () => stage.assent.policy(POLICY, offers()),
    ],
    [
      'when the ClusterRole behind it no longer holds it',
      'RoleChanged',
      () =>
        admin(
          'PATCH',
          `${RBAC}/clusterroles/${ROLE}`,
          { rules: [{ ...ROLE_RULES[0], verbs: ['get'] }] },
          MERGE,
        ),
      () => admin('PATCH', `${RBAC}/clusterroles/${ROLE}`, { rules: ROLE_RULES }, MERGE),
    ],
  ];

  it.each(ends)('INV-4: %s', async (_, why, end, mend) => {
    const request = await hasAccess(stage);
    await end(request);
    const after = await ended(stage, request);
    expect(after.status?.grant).toMatchObject({ endedWhy: why, elsewhere: false });
    expect(await leftovers(stage)).toEqual([]);
    await mend();
  });

  it('INV-4: when the request is deleted, with no garbage collector about', async () => {
    const request = await hasAccess(stage);
    const path = `${OURS}/approvalrequests/${request.metadata.name}`;
    expect((await stage.assent.send(stage.controller, 'DELETE', path)).status).toBe(200);
    await nothingLeft();
  });

  it('and says so where the requester has it by another binding', async () => {
    await admin('POST', `${RBAC}/namespaces/shop/rolebindings`, {
      metadata: { name: 'elsewhere' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ROLE },
      subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }],
    });
    const after = await ended(stage, await hasAccess(stage, { seconds: 2 }));
    expect(after.status?.grant).toMatchObject({ elsewhere: true });
    await drop(`${RBAC}/namespaces/shop/rolebindings/elsewhere`);
  });
});

describe('who meddles with a grant', () => {
  const edits: readonly (readonly [what: string, plural: 'roles' | 'rolebindings', patch: object])[] = [
    ['the rules', 'roles', { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'delete'] }] }],
    [
      'the subjects',
      'rolebindings',
      { subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'other-bot' }] },
    ],
    ['the label', 'rolebindings', { metadata: { labels: { [GRANT_LABEL]: null } } }],
    ['the owner', 'roles', { metadata: { ownerReferences: null } }],
    [
      'what says until when',
      'rolebindings',
      { metadata: { annotations: { 'assent.dev/until': '2099-01-01T00:00:00Z' } } },
    ],
  ];

  it.each(edits)('INV-4: finds that put back and told: %s', async (_, plural, patch) => {
    const request = await hasAccess(stage);
    const path = pathOf(plural, request);
    const before = await stored(stage, path);
    await admin('PATCH', path, patch, MERGE);
    const after = await until(stage, request, 'restored', ({ grant }) => grant?.restored === 1);
    const now = await stored(stage, path);
    const content = (object: Record<string, unknown> | undefined) => {
      const { labels, annotations, ownerReferences } = (object?.['metadata'] ?? {}) as Record<
        string,
        unknown
      >;
      return {
        labels,
        annotations,
        ownerReferences,
        rules: object?.['rules'],
        subjects: object?.['subjects'],
      };
    };
    expect(content(now)).toEqual(content(before));
    expect(types(after)).toContain('restored');
    await says(stage, request, 'Revoke');
    expect(types(await ended(stage, request))).toEqual([
      'requested',
      'decided',
      'approved',
      'granted',
      'restored',
      'decided',
      'ended',
      'gone',
    ]);
  });

  it('INV-4: finds a binding that was deleted there again', async () => {
    const request = await hasAccess(stage);
    await drop(pathOf('rolebindings', request));
    await until(stage, request, 'restored', ({ grant }) => grant?.restored === 1);
    expect(await stored(stage, pathOf('rolebindings', request))).toBeDefined();
    await says(stage, request, 'Revoke');
    await ended(stage, request);
  });

  it('INV-4: gets nothing by an object of its name: it is not adopted, and nothing is bound to it', async () => {
    const request = await asks(stage);
    const name = grantName(request.metadata.uid);
    const foreign = { metadata: { name }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }] };
    await admin('POST', `${RBAC}/namespaces/shop/roles`, foreign);
    await says(stage, request);
    await told('GrantBlocked', request);
    await active(request, { status: 'False', reason: 'GrantBlocked' });
    expect(await stored(stage, pathOf('rolebindings', request))).toBeUndefined();
    expect((await stage.assent.request(request.metadata.name)).status?.grant?.createdAt).toBeUndefined();
    await says(stage, request, 'Revoke');
    await ended(stage, request);
    expect(await stored(stage, pathOf('roles', request))).toMatchObject({ rules: foreign.rules });
    await drop(pathOf('roles', request));
  });

  it('INV-4: gets nothing by a Role of the same name that is made again after the end', async () => {
    const before = await rights(stage);
    const request = await ended(stage, await hasAccess(stage, { seconds: 2 }));
    const name = grantName(request.metadata.uid);
    await admin('POST', `${RBAC}/namespaces/shop/roles`, {
      metadata: { name },
      rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['*'] }],
    });
    expect(await rights(stage)).toEqual(before);
    await drop(`${RBAC}/namespaces/shop/roles/${name}`);
  });

  it('INV-4: finds labelled leftovers taken away, and those that only look like it left alone', async () => {
    const uid = '00000000-0000-4000-8000-000000000001';
    const over = await ended(stage, await hasAccess(stage, { seconds: 2 }));
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: ROLE };
    const subjects = [{ kind: 'ServiceAccount', namespace: 'agents', name: 'deploy-bot' }];
    for (const grant of [uid, over.metadata.uid])
      await admin('POST', `${RBAC}/namespaces/cart/rolebindings`, {
        metadata: { name: grantName(grant), labels: { [GRANT_LABEL]: grant } },
        roleRef,
        subjects,
      });
    const other = `${RBAC}/namespaces/cart/rolebindings`;
    await admin('POST', other, {
      metadata: { name: 'of-others', labels: { [GRANT_LABEL]: uid } },
      roleRef,
      subjects,
    });
    await waitFor(async () => (await leftovers(stage)).join(), { what: 'the list' });
    await waitFor(
      async () => {
        expect(await leftovers(stage)).toEqual(['rolebindings cart/of-others']);
        return true;
      },
      { what: 'the leftovers to be taken away' },
    );
    await drop(`${other}/of-others`);
  });
});

describe('a controller that starts again', () => {
  it('INV-4: grants what was approved meanwhile, keeps what stands, ends what is over, takes away what nothing backs', async () => {
    const [standing, short, deleted, waiting] = [
      await hasAccess(stage),
      await hasAccess(stage, { seconds: 5 }),
      await hasAccess(stage),
      await asks(stage),
    ];
    await restarted(stage, async () => {
      await says(stage, waiting);
      await drop(pathOf('rolebindings', standing));
      await stage.assent.send(
        stage.controller,
        'DELETE',
        `${OURS}/approvalrequests/${deleted.metadata.name}`,
      );
      await waitFor(() => Date.now() > Date.parse(short.status?.usableUntil ?? ''), { what: 'the end' });
    });
    await granted(stage, waiting);
    await until(stage, standing, 'restored', ({ grant }) => grant?.restored === 1);
    expect((await ended(stage, short)).status?.grant).toMatchObject({
      endedWhy: 'Expired',
      elsewhere: false,
    });
    await waitFor(async () => (await leftovers(stage)).length === 4, { what: 'only what stands to be left' });
    await restarted(stage, async () => {
      await says(stage, standing, 'Revoke');
      await says(stage, waiting, 'Revoke');
    });
    await ended(stage, standing);
    await ended(stage, waiting);
    expect(await leftovers(stage)).toEqual([]);
  });
});
