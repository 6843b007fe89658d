// Whether an approval still stood when it was used, as the oracle sees it.
import { describe, expect, it } from 'vitest';
import { approved, BOT, type SampleLog, sentencesOf, used, verdictOn } from './sample-log.ts';

const sentences = (log: SampleLog) => sentencesOf(verdictOn(log));
const DENIAL = {
  by: 'alice',
  verb: 'create',
  group: 'assent.dev',
  resource: 'approvaldecisions',
  namespace: '',
  name: 'd1',
  body: { metadata: { uid: 'uid-d1' }, spec: { request: 'r1', verdict: 'Deny' } },
};
const STATUS = {
  by: 'gate',
  verb: 'update',
  group: 'assent.dev',
  resource: 'approvalrequests',
  subresource: 'status',
  namespace: '',
  name: 'r1',
};

describe('INV-1: an approval that could no longer be used is red', () => {
  const deny = (log: SampleLog, by = 'bob') => log.decide('r1', by, 'Deny');
  const END = '2026-01-01T00:30:00Z';
  const reserved = { state: 'Reserved', usableUntil: END, reservation: { times: 1 } };

  it.each([
    ['it was denied after it was approved', deny(approved()), 'was denied by bob at'],
    ['who approved denied it', deny(approved(), 'alice'), 'was denied by alice at'],
    ['it had ended', approved().status('r1', { state: 'Expired' }), 'was Expired at'],
    ['another change took its place', approved().status('r1', { state: 'Superseded' }), 'was Superseded at'],
    ['it was taken back', approved().status('r1', { state: 'Withdrawn' }), 'was Withdrawn at'],
    [
      'its end had come, and nobody wrote so',
      approved().status('r1', { state: 'Approved', usableUntil: END }).wait(1_800_000),
      'could be used until 2026-01-01T00:30:00.000Z',
    ],
    [
      'it was reserved only after its end',
      approved()
        .status('r1', { state: 'Approved', usableUntil: END })
        .wait(1_800_000)
        .status('r1', reserved)
        .wait(1_000),
      'could be used until',
    ],
    ['it was reserved only after a denial', deny(approved()).wait(1).status('r1', reserved), 'was denied by'],
  ])('%s', (_, log, part) => {
    const found = sentences(log.wait(1).write(used));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(/^INV-1: .*ApprovalRequest r1 /);
    expect(found[0]).toContain(part);
  });

  it.each([
    ['a denial by the agent itself', deny(approved(), BOT)],
    ['a denial by an account', deny(approved(), 'system:serviceaccount:ops:admin')],
    ['a denial that was refused', approved().write({ ...DENIAL, code: 403 })],
    [
      'a denial of which nobody can tell whether it was stored',
      approved().write({ ...DENIAL, code: 504, body: {}, requestObject: DENIAL.body }),
    ],
    [
      'a denial of another change',
      approved().write({ ...DENIAL, body: { spec: { ...DENIAL.body.spec, fingerprint: 'v1:bb' } } }),
    ],
    ['a denial after somebody had used it', deny(approved().status('r1', reserved).wait(1))],
    ['the end after somebody had used it', approved().status('r1', reserved).wait(1_800_000)],
    [
      'a use that timed out before the denial',
      deny(
        approved().write({
          ...STATUS,
          code: 504,
          body: {},
          requestObject: { metadata: { uid: 'uid-r1' }, status: reserved },
        }),
      ),
    ],
    ['a status that could not be written', approved().status('r1', { state: 'Expired' }, 409)],
  ])('but not by %s', (_, log) => {
    expect(sentences(log.wait(1).write(used))).toEqual([]);
  });

  it('but not by a denial or an end that came while the change was under way', () => {
    const slow = { ...used, tookMs: 1_000 };
    expect(sentences(deny(approved().write(slow).wait(-500)))).toEqual([]);
    expect(sentences(approved().write(slow).wait(-500).status('r1', { state: 'Expired' }))).toEqual([]);
  });

  it('an end is not judged where clocks are known to be wrong', () => {
    const log = approved().status('r1', { state: 'Approved', usableUntil: END }).wait(1_800_000).write(used);
    expect(verdictOn(log, { clocks: 'wrong' }).violations).toEqual([]);
    expect(verdictOn(log).violations).toHaveLength(1);
  });
});
