// INV-1 as the oracle sees it: every way in which a gated change can lack its approval is red.
import { describe, expect, it } from 'vitest';
import {
  approved,
  ASK,
  BOT,
  inForce,
  type SampleLog,
  sentencesOf,
  used,
  UPDATE,
  verdictOn,
} from './sample-log.ts';

const sentences = (log: SampleLog) => sentencesOf(verdictOn(log));

const decision = {
  by: 'alice',
  verb: 'create',
  group: 'assent.dev',
  resource: 'approvaldecisions',
  namespace: '',
  name: 'd1',
  body: { metadata: { uid: 'uid-d1' }, spec: { request: 'r1', verdict: 'Approve' } },
};
const NAMED = {
  ...ASK,
  match: { rules: [{ apiGroups: ['*'], resources: ['*'], operations: ['*'], resourceNames: ['a*'] }] },
};

describe('a write that timed out and was stored all the same', () => {
  it('is known when it made a request, from the first write of its status', () => {
    const log = inForce().request('r1', {}, { code: 504 }).decide('r1').status('r1', { state: 'Approved' });
    expect(sentences(log.write(used))).toEqual([]);
    expect(sentences(inForce().request('r1', {}, { code: 504 }).decide('r1').write(used)).join()).toContain(
      'never created',
    );
  });

  it('counts when it made a decision', () => {
    const spec = { request: 'r1', verdict: 'Approve' };
    const log = inForce()
      .request('r1')
      .write({ ...decision, code: 504, body: {}, requestObject: { spec } });
    expect(sentences(log.write(used))).toEqual([]);
  });
});

describe('a change that was denied on old data and let through on fresh data', () => {
  const late = { ...used, decision: 'asked', request: 'r2' };

  it('rests on the approval of that very change, not on the request that the denial named', () => {
    expect(sentences(approved().request('r2').write(late))).toEqual([]);
  });

  it.each([
    ['nobody had approved either', inForce().request('r1').request('r2')],
    ['the approved one is another change', approved({ fingerprint: 'v1:bb' }).request('r2')],
  ])('is red when %s', (_, log) => {
    expect(sentences(log.write(late).decide('r1')).join()).toContain('r2 had 0 of 1 approvals');
  });
});

describe('INV-1: a gated change without an approval is red', () => {
  it.each([
    ['nothing is named', inForce().write(), 'no ApprovalRequest is named'],
    [
      'a PATCH that creates counts as CREATE',
      inForce().write({ verb: 'patch', code: 201 }),
      'CREATE deployments payments/api (201)',
    ],
    ['the request was never created', inForce().write(used), 'ApprovalRequest r1 was never created'],
    ['nobody approved', inForce().request('r1').write(used), 'had 0 of 1 approvals'],
    [
      'somebody denied',
      inForce().request('r1').decide('r1', 'alice', 'Deny').write(used),
      'had 0 of 1 approvals',
    ],
    [
      'an approval that was refused',
      inForce()
        .request('r1')
        .write({ ...decision, code: 403 })
        .write(used),
      'had 0 of 1 approvals',
    ],
    [
      'the requester approved under a login that no policy calls an agent',
      inForce({ ...ASK, agents: [{ group: 'robots' }] })
        .request('r1', {}, { requester: 'carol' })
        .decide('r1', 'carol')
        .write({ ...used, by: 'carol', groups: ['robots'] }),
      'had 0 of 1 approvals',
    ],
    [
      'an object whose name the policy has',
      inForce(NAMED)
        .write()
        .write({ name: 'web', body: { kind: 'Status' } }),
      'payments/api',
    ],
    ['the approval came later', inForce().request('r1').write(used).decide('r1'), 'had 0 of 1 approvals'],
    [
      'the approval was for another request',
      inForce().request('r1').request('r2').decide('r2').write(used),
      'had 0 of 1 approvals',
    ],
    ['the requester approved', inForce().request('r1').decide('r1', BOT).write(used), 'had 0 of 1 approvals'],
    [
      'another agent approved',
      inForce({ ...ASK, agents: [...ASK.agents, { user: 'robot-*' }] })
        .request('r1')
        .decide('r1', 'robot-2')
        .write(used),
      'had 0 of 1 approvals',
    ],
    [
      'a ServiceAccount approved',
      inForce().request('r1').decide('r1', 'system:serviceaccount:ops:admin').write(used),
      'had 0 of 1 approvals',
    ],
    [
      'one person approved twice where two are needed',
      inForce({ ...ASK, approval: { required: 2 } })
        .request('r1')
        .decide('r1')
        .decide('r1')
        .write(used),
      'had 1 of 2 approvals',
    ],
    [
      'the request was made for another agent',
      inForce()
        .request('r1', {}, { requester: 'system:serviceaccount:agents:other' })
        .decide('r1')
        .write(used),
      'was made for system:serviceaccount:agents:other',
    ],
    ['the approval was for another object', approved({ name: 'web' }).write(used), "has name 'web'"],
    [
      'the approval was for another namespace',
      approved({ namespace: 'payments-2' }).write(used),
      "has namespace 'payments-2'",
    ],
    [
      'the approval was for another change of it',
      approved({ fingerprint: 'v1:bb' }).write(used),
      "has fingerprint 'v1:bb'",
    ],
    ['the approval was for another operation', approved(UPDATE).write(used), "has operation 'UPDATE'"],
    [
      'the approval was for another subresource',
      approved({ subresource: 'scale' }).write(used),
      "has subresource 'scale'",
    ],
    [
      'another policy asks too',
      approved().policy('second', ASK).wait(2_000).write(used),
      'does not satisfy policy second',
    ],
    [
      'a token was issued',
      inForce().write({
        verb: 'create',
        code: 201,
        group: '',
        resource: 'serviceaccounts',
        subresource: 'token',
        body: null,
      }),
      'no ApprovalRequest is named',
    ],
    [
      'an exec went through and failed behind admission',
      inForce().write({
        verb: 'get',
        code: 500,
        message: 'dial tcp: no kubelet',
        group: '',
        resource: 'pods',
        subresource: 'exec',
        body: null,
      }),
      'no ApprovalRequest is named',
    ],
    [
      'an exec that never ended',
      inForce().write({
        verb: 'create',
        code: 101,
        stage: 'ResponseStarted',
        group: '',
        resource: 'pods',
        subresource: 'exec',
        body: null,
      }),
      'no ApprovalRequest is named',
    ],
    ['an impersonated agent', inForce().write({ by: 'admin', as: BOT }), `${BOT}: DELETE`],
    [
      'a deleted collection',
      inForce().write({
        verb: 'deletecollection',
        name: '',
        body: { kind: 'DeploymentList', items: [{ metadata: { name: 'api' } }] },
      }),
      'no ApprovalRequest is named',
    ],
    [
      'a Secret was created',
      inForce().write({ verb: 'create', code: 201, group: '', resource: 'secrets', body: null }),
      'no ApprovalRequest is named',
    ],
  ])('%s', (_, log, part) => {
    const found = sentences(log);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^INV-1: /);
    expect(found[0]).toContain(part);
  });

  it('a Deny policy admits nothing, approved or not', () => {
    const found = sentences(approved({}, { ...ASK, action: 'Deny' }).write(used));
    expect(found).toEqual([expect.stringContaining('INV-1: ') as string]);
    expect(found[0]).toContain('policy ask denies it');
  });

  it('a gate that calls a real change a no-op is not believed', () => {
    const log = inForce();
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 1 }) });
    log.write({ verb: 'patch', decision: 'noop', body: log.deployment({ replicas: 9 }) });
    expect(sentences(log)).toHaveLength(1);
  });

  it('an edited policy is judged by the words in force', () => {
    const wider = { ...ASK, match: { ...ASK.match, namespaces: { names: ['web'] } } };
    const log = inForce().policy('ask', wider, 2).wait(2_000).write().write({ namespace: 'web' });
    expect(sentences(log)).toEqual([expect.stringContaining('web/api') as string]);
  });
});
