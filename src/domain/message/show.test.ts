import { describe, expect, it } from 'vitest';
import { aStoredRequest } from '../../../test/builders/cli.ts';
import { ACCESS_STATUSES } from '../../../test/builders/cards.ts';
import { aChange, anAccess, aPolicy, asksFor } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequestStatus, ShownValue } from '../../api/approval-request.ts';
import { showRequest } from './show.ts';

const NAME = 'r1';
type Spec = Parameters<typeof aStoredRequest>[1];
const shown = (spec: Spec, status?: ApprovalRequestStatus): string =>
  showRequest(aStoredRequest(NAME, spec, status)).replaceAll(/: +/g, ': ');
const added = (to: ShownValue): string =>
  shown({ change: aChange({ diff: [{ path: 'a', op: 'Added', to }] }) });

describe('a request on the screen', () => {
  it('says when it was requested, what each policy needs, when it expires and how to answer', () => {
    const text = shown({ policies: [aPolicy(), aPolicy({ name: 'db', required: 2 })] });
    expect(text).toContain('policies: prod (needs 1 approval), db (needs 2 approvals)');
    expect(text).toContain('requested: 2026-11-22T10:05:00Z');
    expect(text).toContain('expires: 2026-11-22T14:05:00Z');
    expect(text.split('\n').at(-1)).toBe('  answer: kubectl assent approve|deny r1');
  });

  it.each<[string, Spec, string]>([
    ['a reason', { reasonRequired: true }, 'kubectl assent approve|deny r1 --reason TEXT'],
    ['paths cut', { change: aChange({ cut: 1 }) }, 'kubectl assent deny r1'],
    ['masked values', { change: aChange({ masked: 1 }) }, 'kubectl assent deny r1'],
  ])('answers to %s', (_what, spec, command) => {
    expect(shown(spec).split('\n').at(-1)).toBe(`  answer: ${command}`);
  });

  it.each<[string, Spec, string]>([
    [
      'values are masked',
      { change: aChange({ masked: 2 }) },
      'nobody can approve it: 2 values are masked and the policy does not allow approving unseen values; reveal them in the policy',
    ],
    [
      'paths are cut',
      { change: aChange({ cut: 1 }) },
      'nobody can approve it: not everything that changes can be shown (1 path is left out)',
    ],
  ])('says why nobody can approve it: %s', (_why, spec, words) => {
    expect(shown(spec).split('\n').at(-2)).toContain(words);
    expect(shown({})).not.toContain('nobody can approve');
  });

  it('says which approved request of the same object it is not, and where they differ', () => {
    expect(shown({ differs: { from: 'r0', paths: ['spec.replicas', 'data.a'] } })).toContain(
      'approved: r0, another change of the same object; this one differs in spec.replicas, data.a\n',
    );
    expect(shown({})).not.toContain('another change of the same object');
  });

  it('does not stutter, and leaves no colon without a reason', () => {
    const change = aChange({ subresource: 'scale' });
    const scaled = { action: 'scale', target: 'deployments/scale payments/api', change };
    const vote = {
      name: 'd',
      uid: 'd',
      verdict: 'Approve' as const,
      person: 'alice',
      policies: [],
      channel: 'kubectl',
    };
    const status = {
      state: 'Pending' as const,
      decisions: [{ ...vote, at: '2026-11-22T10:07:00.123Z', reason: '' }],
    };
    const text = shown(scaled, status);
    expect(text).toContain('action: scale deployments payments/api\n');
    expect(text).toContain('    alice approved at 2026-11-22T10:07:00Z by kubectl\n');
  });

  it.each([
    [1, '1 value is masked: its type and length are shown'],
    [2, '2 values are masked: their type and length are shown'],
  ])('counts masked values: %d', (masked, words) =>
    expect(shown({ change: aChange({ masked }) })).toContain(words),
  );

  it.each([
    [1, '1 more changed path is not shown: this'],
    [2, '2 more changed paths are not shown: this'],
  ])('counts cut paths: %d', (cut, words) => expect(shown({ change: aChange({ cut }) })).toContain(words));

  it.each<[string, ShownValue]>([
    ['<masked string, 1 character>', { masked: { type: 'string', length: 1 } }],
    ['<masked string, 2 characters>', { masked: { type: 'string', length: 2 } }],
    ['<masked map, 1 entry>', { masked: { type: 'map', length: 1 } }],
    ['<masked list, 0 entries>', { masked: { type: 'list', length: 0 } }],
    ['<masked number>', { masked: { type: 'number', length: 0 } }],
  ])('%s', (words, value) => expect(added(value)).toContain(words));
});

describe('access on the screen', () => {
  const access = anAccess({
    rules: [...anAccess().rules, { verbs: ['get'], apiGroups: ['apps'], resources: ['deployments'] }],
  });

  it('stands there rule by rule, with what approving it means and how to answer', () => {
    const text = shown(asksFor(access));
    expect(text).toContain(
      '  access:\n    in the namespace shop\n    delete pods named web-7\n    get deployments of apps, any name\n  if approved: sa:agents/deploy-bot gets exactly this',
    );
    expect(text).toContain('Assent does not see get: ');
    expect(text).toContain('how long: for one write, within 10m of the approval');
    expect(text.split('\n').at(-1)).toBe('  answer: kubectl assent approve|deny r1 [--for TIME]');
  });

  it('tells its moments once each, and how to take it back while it lasts', () => {
    const facts = (step: string): string[] =>
      shown(asksFor(), ACCESS_STATUSES[step])
        .split('\n')
        .flatMap(
          (one) =>
            /^ {2}((?:granted|used|ended|ends|gone|lasts until|restored|trouble|take it back): .*)$/.exec(
              one,
            )?.[1] ?? [],
        );
    expect(facts('granted')).toEqual([
      'granted: 2026-11-22T10:07:01Z',
      'lasts until: 2026-11-22T10:37:00Z',
      'take it back: kubectl assent revoke r1',
    ]);
    expect(facts('approved'), 'what is not granted does not last').toEqual([
      'ends: 2026-11-22T10:37:00Z',
      'take it back: kubectl assent revoke r1',
    ]);
    expect(facts('ended')).toEqual([
      'granted: 2026-11-22T10:07:01Z',
      'used: 2026-11-22T10:08:00Z',
      'ended: 2026-11-22T10:08:01Z, since it was used',
      'gone: 2026-11-22T10:08:01Z, says the API server',
    ]);
    const hindered = [{ namespace: 'shop', why: 'GrantRefused' as const, words: 'the ceiling lacks it' }];
    expect(shown(asksFor(), { ...ACCESS_STATUSES['approved']!, grant: { hindered } })).toContain(
      '  trouble: not granted in shop: the ceiling lacks it\n',
    );
    const over = { ...ACCESS_STATUSES['ended']!.grant, hindered };
    expect(shown(asksFor(), { ...ACCESS_STATUSES['ended']!, grant: over })).not.toContain('trouble');
    expect(facts('revoked')).toContain('restored: once');
    expect(shown(asksFor(), ACCESS_STATUSES['revoked'])).toContain('bob revoked at');
  });
});

describe('a request that is over', () => {
  const at = '2026-11-22T10:07:00.000Z';
  const told = '2026-11-22T10:07:00Z';
  const ended = (type: 'expired' | 'superseded' | 'denied' | 'withdrawn', note?: string) => ({
    outbox: [{ id: '1', type, at, ...(note === undefined ? {} : { note }) }],
  });
  const reservation = {
    review: 'u',
    at,
    objectVersion: '',
    objectUid: '',
    times: 1,
    seal: { keyId: 'k', signature: 's' },
  };

  it.each<[ApprovalRequestStatus, string]>([
    [{ state: 'Superseded', supersededBy: 'r2' }, 'superseded: r2 took its place'],
    [
      { state: 'Superseded', ...ended('superseded', 'policy prod changed') },
      'superseded: policy prod changed',
    ],
    [{ state: 'Expired', ...ended('expired') }, `expired: ${told}`],
    [{ state: 'Denied', ...ended('denied') }, `denied: ${told}`],
    [{ state: 'Withdrawn', ...ended('withdrawn') }, `withdrawn: ${told}`],
    [{ state: 'Reserved', reservation }, `used: ${told}`],
    [{ state: 'Admitted', reservation }, `used: ${told}`],
    [{ state: 'Approved', usableUntil: at }, `usable until: ${told}`],
  ])('%j', (status, words) => {
    const text = shown({}, status);
    expect(text).toContain(`  ${words}`);
    expect(text).not.toContain('expires:');
    expect(text).not.toContain('kubectl assent');
  });
});
