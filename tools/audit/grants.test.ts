// Access as the oracle sees it: a write to what a policy offers is green under an approved grant alone, and one use is one.
import { describe, expect, it } from 'vitest';
import { ASK, SampleLog, sentencesOf, verdictOn, type Write } from './sample-log.ts';

const RULES = [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['delete', 'patch'] }];
const OFFERS = {
  ...ASK,
  match: { rules: [] },
  access: [{ role: 'fixer', namespaces: ['pay*'] }],
};
const ACCESS = { rules: RULES, namespaces: ['payments'], once: true };
const granted: Write = { decision: 'granted', request: 'r1', grant: 'r1', fingerprint: 'v1:cc' };
const sentences = (log: SampleLog) => sentencesOf(verdictOn(log));

const role = (rules: unknown = RULES, more: object = {}): Write => ({
  by: 'admin',
  verb: 'create',
  code: 201,
  group: 'rbac.authorization.k8s.io',
  resource: 'clusterroles',
  namespace: '',
  name: 'fixer',
  body: { kind: 'ClusterRole', metadata: { name: 'fixer', uid: 'uid-fixer' }, rules, ...more },
});
const offered = (clusterRole = role(), spec: unknown = OFFERS) =>
  new SampleLog().configuration('create').write(clusterRole).policy('ask', spec).wait(2_000);
const approved = (access: object = ACCESS, more: Parameters<SampleLog['request']>[2] = {}) =>
  offered().request('r1', { access }, more).decide('r1');
const patch = (log: SampleLog, over: Write = {}) =>
  log.write({ ...granted, verb: 'patch', body: log.deployment({ n: log.nextVersion() }), ...over });

describe('INV-1: a write to what is offered', () => {
  it('is green under a grant', () => {
    expect(sentences(approved().write(granted))).toEqual([]);
    expect(verdictOn(approved().write(granted)).counts).toMatchObject({ gated: 1, admitted: 1 });
  });

  it.each<[string, SampleLog, string]>([
    ['without one', offered().write(), 'policy ask offers access to it, and no grant is named'],
    [
      'by an approval of a change',
      offered()
        .request('r1')
        .decide('r1')
        .write({ ...granted }),
      'r1 is about no access',
    ],
    [
      'that nobody approved',
      offered().request('r1', { access: ACCESS }).write(granted),
      'r1 had 0 of 1 approvals',
    ],
    ['of somebody else', approved(ACCESS, { requester: 'eve' }).write(granted), 'was made for eve'],
    [
      'to another verb',
      approved({ ...ACCESS, rules: [{ ...RULES[0], verbs: ['patch'] }] }).write(granted),
      'is to something else',
    ],
    [
      'to another namespace',
      approved({ ...ACCESS, namespaces: ['shop'] }).write(granted),
      'is to something else',
    ],
    [
      'to another name',
      approved({ ...ACCESS, rules: [{ ...RULES[0], resourceNames: ['web'] }] }).write(granted),
      'is to something else',
    ],
    [
      'asked of another policy',
      approved(ACCESS, { policies: ['x'] }).write(granted),
      'was not asked of policy ask',
    ],
    [
      'that was taken back',
      approved().decide('r1', 'bob', 'Revoke').wait(1).write(granted),
      'was taken away by bob',
    ],
    ['that ended', approved().status('r1', { state: 'Ended' }).write(granted), 'was Ended at'],
    [
      'that is past its end',
      approved().status('r1', { state: 'Approved', usableUntil: '2026-01-01T00:00:00Z' }).write(granted),
      'lasted until 2026-01-01',
    ],
  ])('is red under a grant %s', (_, log, words) => {
    expect(sentences(log)).toEqual([expect.stringContaining(words)]);
  });

  it.each<[string, SampleLog]>([
    ['another namespace', offered().write({ namespace: 'shop' })],
    ['another resource', offered().write({ resource: 'statefulsets' })],
    ['somebody else', offered().write({ by: 'alice' })],
    ['a role that gathers its rules', offered(role(RULES, { aggregationRule: {} })).write()],
    [
      'a role that is gone',
      offered()
        .write({ ...role(), verb: 'delete', code: 200 })
        .write(),
    ],
    ['a policy that only watches', offered(role(), { ...OFFERS, mode: 'Audit' }).write()],
  ])('is nothing to it: %s', (_, log) => {
    expect(sentences(log)).toEqual([]);
  });

  it('that another policy asks about needs both', () => {
    const both = () => approved().policy('other', ASK).wait(2_000);
    expect(sentences(both().write(granted)).join()).toContain('was not asked of policy other');
    const used = { ...granted, decision: 'reserved', request: 'r2', fingerprint: 'v1:aa' };
    const change = (log: SampleLog) => log.request('r2', {}, { policies: ['other'] });
    expect(sentences(change(both()).decide('r2').write(used))).toEqual([]);
    expect(sentences(change(both()).write(used)).join()).toContain('r2 had 0 of 1');
  });
});

describe('INV-2: access for one use', () => {
  it('is used by one change, whose later passes are its own', () => {
    const log = approved()
      .write(granted)
      .status('r1', { state: 'Reserved', reservation: { times: 1 } });
    expect(sentences(log.status('r1', { state: 'Ended' }).write(granted))).toEqual([]);
  });

  it.each([
    ['another change', { fingerprint: 'v1:dd' }, 'for another change'],
    ['the same, too late', {}, 'more than 40 s after the first'],
  ] as const)('is red when it is used again for %s', (_, over, words) => {
    const log = patch(approved());
    if (words.startsWith('more')) log.wait(41_000);
    expect(sentences(patch(log, over)).join()).toContain(words);
  });

  it('says nothing of access for several uses', () => {
    const log = patch(approved({ ...ACCESS, once: false }));
    expect(sentences(patch(log, { fingerprint: 'v1:dd' }))).toEqual([]);
  });
});
