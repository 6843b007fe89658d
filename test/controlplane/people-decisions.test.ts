// What a decision is worth (INV-3, INV-8), through the real API: the right is asked at the last moment, the change must be
// the one that was looked at, quorum counts people, one denial denies, and nobody edits or deletes what was decided.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import { OURS, requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { CONFIGMAPS, createMap, grantEverything, holdConfigMaps, writeApprover } from './people-stage.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const DECISIONS = `${OURS}/approvaldecisions`;

let assent: Assent;
/** Kubeconfigs by name. */
const who: Record<string, string> = {};
const as = (name: string): string => who[name] ?? expect.fail(`nobody is called ${name}`);

beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 1, controllers: 1 } });
  const { plane } = assent;
  for (const name of ['deploy-bot', 'careful-bot'])
    who[name] = (await plane.serviceAccount('agents', name)).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot', 'agents/careful-bot']);
  for (const name of ['alice', 'bob', 'eve', 'finn', 'pat', 'pat@corp', 'quinn', 'stranger'])
    who[name] = await assent.approver(name);
  await writeApprover(assent, 'pat', ['pat', 'pat@corp']);
  await writeApprover(assent, 'quinn', ['quinn']);
  await holdConfigMaps(assent, 'one', [{ serviceAccount: 'agents/deploy-bot' }]);
  await holdConfigMaps(assent, 'two', [{ serviceAccount: 'agents/careful-bot' }], { required: 2 });
  for (const name of ['deploy-bot', 'careful-bot'])
    await assent.untilHeld(() => createMap(assent, as(name), 'probe', '?dryRun=All'));
});
afterAll(() => assent.stop());

/** Has an agent ask for a ConfigMap. @returns the name of the request */
async function asked(object: string, agent = 'deploy-bot'): Promise<string> {
  const held = await createMap(assent, as(agent), object);
  expect(held.status, held.message).toBe(403);
  const request = requestIn(held.message);
  expect(request, held.message).not.toBe('');
  return request;
}

/** The code of a refusal; the whole answer when it is none. */
const refusalCode = ({ status, message }: Answer): string =>
  (status === 403 ? /refused: .+ \(([a-z-]+)\)$/.exec(message)?.[1] : undefined) ?? `${status} ${message}`;

/** Expects that the decision was taken. */
function expectAccepted(answer: Answer): ApprovalDecision {
  expect(answer.status, answer.message).toBe(201);
  return answer.json as ApprovalDecision;
}

/** Takes the verb `approve` away, and waits until the API server knows. */
async function dismiss(name: string): Promise<void> {
  await assent.admin('PATCH', `${RBAC}/clusterroles/test-approver-${name}`, WITHOUT_APPROVE, MERGE);
  const question = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: name,
      resourceAttributes: { verb: 'approve', group: 'assent.dev', resource: 'approvalpolicies', name: 'one' },
    },
  };
  await waitFor(
    async () => {
      const { json } = await assent.admin(
        'POST',
        '/apis/authorization.k8s.io/v1/subjectaccessreviews',
        question,
      );
      return !(json as { status: { allowed: boolean } }).status.allowed;
    },
    { what: `${name} to lose the right` },
  );
}
const MERGE = 'application/merge-patch+json';
const WITHOUT_APPROVE = {
  rules: [{ apiGroups: ['assent.dev'], resources: ['approvaldecisions'], verbs: ['create', 'get', 'list'] }],
};

const decision = (spec: object) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalDecision',
  metadata: { generateName: 'test-' },
  spec,
});

describe('the right to approve', () => {
  it('is refused to somebody who never held it', async () => {
    const request = await asked('for-carl');
    const { kubeconfig } = await assent.plane.user('carl', ['system:authenticated']);
    await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
      metadata: { name: 'carl-creates' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'carl-creates' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'carl' }],
    });
    await assent.admin('POST', `${RBAC}/clusterroles`, {
      metadata: { name: 'carl-creates' },
      ...WITHOUT_APPROVE,
    });
    const answer = await waitFor(
      async () => {
        const tried = await assent.decide(kubeconfig, request);
        expect(tried.message).toContain('admission webhook');
        return tried;
      },
      { what: 'RBAC to let carl create decisions' },
    );
    expect(refusalCode(answer)).toBe('no-right');
    expect(answer.message).toContain('policy one');
  });

  it('that was taken away a moment before counts no more', async () => {
    const request = await asked('for-eve');
    await dismiss('eve');
    expect(refusalCode(await assent.decide(as('eve'), request))).toBe('no-right');
  });

  it('is asked again when the decision is counted', { timeout: 180_000 }, async () => {
    const request = await asked('for-finn');
    await stopControllers();
    const { metadata } = expectAccepted(await assent.decide(as('finn'), request));
    await dismiss('finn');
    await assent.operator.add('controller');
    const other = await asked('after-finn');
    expectAccepted(await assent.decide(as('alice'), other));
    await assent.untilState(other, 'Approved');
    const { status } = await assent.request(request);
    expect(status?.state).toBe('Pending');
    expect(status?.decisions ?? []).toEqual([]);
    expect((await createMap(assent, as('deploy-bot'), 'for-finn')).status).toBe(403);
    // It is there to be seen; it only counts for nothing.
    await assent.admin('GET', `${DECISIONS}/${metadata.name}`);
  });
});

async function stopControllers(): Promise<void> {
  for (const one of assent.operator.processes.filter(({ part }) => part === 'controller'))
    await assent.operator.kill(one, 'SIGTERM');
}

describe('a decision', () => {
  it('about another change than the one that was looked at is refused', async () => {
    const request = await asked('seen');
    const { spec } = await assent.request(await asked('other'));
    const body = decision({ request, verdict: 'Approve', fingerprint: spec.fingerprint });
    expect(refusalCode(await assent.send(as('alice'), 'POST', DECISIONS, body))).toBe('other-change');
    const right = (await assent.request(request)).spec.fingerprint;
    const good = decision({ request, verdict: 'Approve', fingerprint: right });
    expectAccepted(await assent.send(as('alice'), 'POST', DECISIONS, good));
  });

  it('about no request is refused', async () => {
    expect(refusalCode(await assent.decide(as('alice'), 'create-nothing-0000000000'))).toBe(
      'unknown-request',
    );
  });

  it('about a decided request is refused', async () => {
    const request = await asked('decided');
    expectAccepted(await assent.decide(as('alice'), request));
    await assent.untilState(request, 'Approved');
    expect(refusalCode(await assent.decide(as('bob'), request))).toBe('already-decided');
    expect(refusalCode(await assent.decide(as('bob'), request, 'Deny'))).toBe('already-decided');
  });

  it('about a superseded request is refused, naming what took its place', async () => {
    await assent.admin('POST', CONFIGMAPS, { metadata: { name: 'moved' }, data: { a: '1' } });
    const change = async (a: string) => {
      const held = await assent.send(
        as('deploy-bot'),
        'PATCH',
        `${CONFIGMAPS}/moved`,
        { data: { a } },
        MERGE,
      );
      return requestIn(held.message);
    };
    const [first, second] = [await change('2'), await change('3')];
    await assent.untilState(first, 'Superseded');
    const answer = await assent.decide(as('alice'), first);
    expect(refusalCode(answer)).toBe('superseded');
    expect(answer.message).toContain(second);
  });

  it.each([
    ['a whole stamp', { username: 'bob', person: '', channel: 'kubectl', at: '2026-01-01T00:00:00Z' }],
    ['an empty one', {}],
  ])('that brings %s is refused', async (_, stamp) => {
    const request = await asked('stamped');
    const answer = await assent.send(
      as('alice'),
      'POST',
      DECISIONS,
      decision({ request, verdict: 'Approve', stamp }),
    );
    expect(answer.status, answer.message).toBe(403);
    expect(answer.message).toContain('spec.stamp is set by Assent, not by you');
  });

  it('is stamped with who made it, whatever is claimed', async () => {
    const request = await asked('truly-alice');
    const { spec, metadata } = expectAccepted(await assent.decide(as('alice'), request));
    expect(spec.stamp).toMatchObject({ username: 'alice', channel: 'kubectl' });
    expect(metadata).toMatchObject({ ownerReferences: [{ kind: 'ApprovalRequest', name: request }] });
  });

  it('of a dry-run is neither sealed nor counted', async () => {
    const request = await asked('rehearsed');
    const body = decision({ request, verdict: 'Approve' });
    const answer = await assent.send(as('alice'), 'POST', `${DECISIONS}?dryRun=All`, body);
    expect(expectAccepted(answer).spec.stamp).toBeUndefined();
    expect((await assent.request(request)).status?.decisions ?? []).toEqual([]);
  });

  describe('that is made', () => {
    let path: string;
    beforeAll(async () => {
      const { metadata } = expectAccepted(
        await assent.decide(as('alice'), await asked('kept'), 'Deny', 'not now'),
      );
      path = `${DECISIONS}/${metadata.name}`;
    });
    const admin = () => assent.plane.adminKubeconfig;

    it.each([
      // The rules of the kind say so before any webhook is asked.
      ['edited', 422, () => assent.send(admin(), 'PATCH', path, { spec: { verdict: 'Approve' } }, MERGE)],
      [
        'relabelled',
        403,
        () => assent.send(admin(), 'PATCH', path, { metadata: { labels: { a: 'b' } } }, MERGE),
      ],
      ['deleted', 403, () => assent.send(admin(), 'DELETE', path)],
      ['deleted with all others', 403, () => assent.send(admin(), 'DELETE', DECISIONS)],
    ])('is not %s, by a cluster-admin either', async (_, code, tried) => {
      const answer = await tried();
      expect(answer.status, answer.message).toBe(code);
      expect(answer.message).toMatch(/a decision is (made|written) once/);
      const { json } = await assent.admin('GET', path);
      expect((json as ApprovalDecision).spec.verdict).toBe('Deny');
    });
  });
});

describe('two approvals are needed, which', () => {
  it('are two people, not two names of one', async () => {
    const request = await asked('by-two', 'careful-bot');
    expectAccepted(await assent.decide(as('pat'), request));
    await waitFor(async () => (await assent.request(request)).status?.approvals === '1/2', {
      what: 'the first approval to be counted',
    });
    expect(refusalCode(await assent.decide(as('pat@corp'), request))).toBe('already-voted');
    expect((await createMap(assent, as('careful-bot'), 'by-two')).status).toBe(403);
    expectAccepted(await assent.decide(as('quinn'), request));
    const { status } = await assent.untilState(request, 'Approved');
    expect(status?.decisions?.map((one) => one.person)).toEqual(['pat', 'quinn']);
    expect((await createMap(assent, as('careful-bot'), 'by-two')).status).toBe(201);
  });

  it('are people who are known as persons', async () => {
    const request = await asked('by-strangers', 'careful-bot');
    expect(refusalCode(await assent.decide(as('stranger'), request))).toBe('no-approver');
  });

  it('one denial undoes', async () => {
    const request = await asked('denied', 'careful-bot');
    expectAccepted(await assent.decide(as('pat'), request));
    expectAccepted(await assent.decide(as('quinn'), request, 'Deny', 'too risky'));
    await assent.untilState(request, 'Denied');
    const again = await createMap(assent, as('careful-bot'), 'denied');
    expect(again.status).toBe(403);
    expect(again.message).toContain('Denied: ');
    expect(again.message).toContain('too risky');
  });
});
