import { describe, expect, it } from 'vitest';
import { aFakeApi, aFakeScreen, aStoredRequest } from '../../../test/builders/cli.ts';
import { ACCESS_STATUSES } from '../../../test/builders/cards.ts';
import { aChange, asksFor } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../../api/approval-request.ts';
import { ApiError } from '../../kube/errors.ts';
import type { Command } from '../arguments.ts';
import { EXIT } from '../screen.ts';
import { decide } from './decide.ts';

type Decide = Extract<Command, { verb: 'approve' | 'deny' | 'revoke' }>;
const typed = (over: Partial<Decide> = {}): Decide => ({
  verb: 'approve',
  name: 'r1',
  reason: undefined,
  yes: false,
  forSeconds: undefined,
  kubeconfig: undefined,
  context: undefined,
  output: 'text',
  ...over,
});

const vote = {
  name: 'd',
  uid: 'd',
  verdict: 'Approve' as const,
  person: 'alice',
  policies: ['prod'],
  channel: 'kubectl',
  at: '2026-11-22T10:06:00.000Z',
};
const folded = (status: ApprovalRequestStatus): ApprovalRequest =>
  aStoredRequest('r1', {}, { decisions: [vote], ...status });
const APPROVED = folded({ state: 'Approved', approvals: '1/1', usableUntil: '2026-11-22T10:36:00Z' });

const DENIED: ApprovalRequestStatus = {
  state: 'Denied',
  decisions: [{ ...vote, verdict: 'Deny', at: '2026-11-22T10:06:00.500Z' }],
};

/** Answers; `after` is the request when the CLI looks again. */
async function answer(request: ApprovalRequest, command: Decide, word?: string, after = APPROVED) {
  const [api, screen] = [aFakeApi([request], after), aFakeScreen(word)];
  const code = await decide(command, api, screen);
  return { code, sent: api.sent, screen };
}

describe('a decision on a terminal', () => {
  it('is sent after yes, bound to the change that was shown', async () => {
    const { code, sent, screen } = await answer(aStoredRequest('r1'), typed({ reason: 'INC-1' }), 'yes');
    expect(code).toBe(EXIT.ok);
    expect(screen.lines[0]).toContain('delete deployments payments/api');
    expect(screen.lines[0], 'no advice to do what is being done').not.toContain('kubectl assent');
    expect(sent).toEqual([{ request: 'r1', verdict: 'Approve', fingerprint: 'v1:f00d', reason: 'INC-1' }]);
  });

  it.each([
    ['no', 'nothing was sent'],
    ['', 'nothing was sent'],
    [undefined, 'there is no terminal to ask on: add --yes'],
  ])('is not sent after %s', async (word, error) => {
    const { code, sent, screen } = await answer(aStoredRequest('r1'), typed(), word);
    expect([code, sent, screen.errors]).toEqual([EXIT.failed, [], [error]]);
  });

  it.each([
    ['without its reason', aStoredRequest('r1', { reasonRequired: true }), 'add --reason TEXT'],
    ['of what is cut', aStoredRequest('r1', { change: aChange({ cut: 3 }) }), '(cut)'],
    ['of what is masked', aStoredRequest('r1', { change: aChange({ masked: 2 }) }), '(masked)'],
    ['too late', aStoredRequest('r1', { expiresAt: '2026-11-22T10:04:59Z' }), '(expired)'],
    ['about a denied request', aStoredRequest('r1', {}, { state: 'Denied' }), 'already denied'],
    ['about a used request', aStoredRequest('r1', {}, { state: 'Admitted' }), 'already approved and used'],
    [
      'about a superseded request',
      aStoredRequest('r1', {}, { state: 'Superseded', supersededBy: 'r2' }),
      'superseded by r2',
    ],
    [
      'about a request whose policy changed',
      aStoredRequest('r1', {}, { state: 'Superseded', supersededBy: 'prod' }),
      'the change has to be sent again',
    ],
  ])('is not asked for %s', async (_what, request, words) => {
    const { code, sent, screen } = await answer(request, typed(), 'yes');
    expect([code, sent, screen.asked]).toEqual([EXIT.failed, [], []]);
    expect(screen.errors).toEqual([expect.stringContaining(words)]);
  });

  it('may deny what nobody can see', async () => {
    const unseen = aStoredRequest('r1', { change: aChange({ cut: 3, masked: 2 }) });
    expect((await answer(unseen, typed({ verb: 'deny' }), 'yes')).sent).toMatchObject([{ verdict: 'Deny' }]);
  });

  it('is left to the gate with --yes', async () => {
    const { sent } = await answer(aStoredRequest('r1', { reasonRequired: true }), typed({ yes: true }));
    expect(sent).toHaveLength(1);
  });
});

describe('a decision about access', () => {
  const asks = aStoredRequest('r1', asksFor());

  it('may make it shorter, and asks about what it makes of it', async () => {
    const { sent, screen } = await answer(asks, typed({ forSeconds: 300 }), 'yes');
    expect(sent).toMatchObject([{ verdict: 'Approve', forSeconds: 300 }]);
    expect(screen.lines[0]).toContain('delete pods named web-7');
    expect(screen.asked).toEqual([
      '\napprove "access to delete pods shop/web-7, for one write within 5m"? Type yes: ',
    ]);
  });

  it.each([
    ['longer than it was asked for', asks, '(wider)'],
    ['for a change, which takes no time', aStoredRequest('r1'), '(not-access)'],
  ])('is not asked for %s', async (_what, request, words) => {
    const { sent, screen } = await answer(request, typed({ forSeconds: 601 }), 'yes');
    expect([sent, screen.errors]).toEqual([[], [expect.stringContaining(words)]]);
  });

  it('takes back what is approved, whatever is past, and nothing else', async () => {
    const revoke = typed({ verb: 'revoke', reason: 'wrong pod' });
    const late = { ...asksFor(), expiresAt: '2026-11-22T10:04:59Z' };
    const granted = aStoredRequest('r1', late, ACCESS_STATUSES['granted']);
    const after = aStoredRequest('r1', late, ACCESS_STATUSES['revoked']);
    const { code, sent, screen } = await answer(granted, revoke, 'yes', after);
    expect([code, sent]).toMatchObject([EXIT.ok, [{ verdict: 'Revoke', reason: 'wrong pod' }]]);
    expect(screen.lines.at(-1)).toBe('revoked: r1');
    const over = await answer(after, revoke, 'yes');
    expect([over.sent, over.screen.errors]).toEqual([
      [],
      [expect.stringMatching(/nothing left to take back of r1: it ended at 2026-11-22T10:\d\d:\d\dZ/)],
    ]);
    const pending = await answer(asks, revoke, 'yes');
    expect(pending.sent).toEqual([]);
    expect(pending.screen.errors).toEqual([expect.stringContaining('(not-approved)')]);
  });
});

describe('what became of a decision', () => {
  const yes = typed({ yes: true });
  const request = aStoredRequest('r1');

  it.each<[ApprovalRequest, string]>([
    [APPROVED, 'approved: r1 (1/1), usable until 2026-11-22T10:36:00Z'],
    [folded({ state: 'Reserved' }), 'approved: r1, and used already'],
    [folded({ state: 'Denied' }), 'denied: r1'],
    [
      aStoredRequest('r1', { coolDownSeconds: 900 }, DENIED),
      'denied: r1; the agent cannot ask for the same operation on this object again, whatever its content, before 2026-11-22T10:21:01Z',
    ],
    [
      aStoredRequest('r1', asksFor(), DENIED),
      'denied: r1; the agent cannot ask for the same access again before 2026-11-22T10:21:01Z',
    ],
    [aStoredRequest('r1', { coolDownSeconds: 0 }, DENIED), 'denied: r1; the agent may ask again at once'],
    [folded({ state: 'Pending', approvals: '1/2' }), 'counted: r1 is Pending (1/2)'],
  ])('is told in the last line (%#)', async (after, words) => {
    const { code, screen } = await answer(request, yes, undefined, after);
    expect([code, screen.lines.at(-1)]).toEqual([EXIT.ok, words]);
  });

  it('is told when no controller counts it, with a code of its own', async () => {
    const { code, sent, screen } = await answer(request, yes, undefined, request);
    expect([code, sent.length]).toEqual([EXIT.uncounted, 1]);
    expect(screen.errors).toEqual([expect.stringContaining('no controller counts it now')]);
  });

  it('is told as data on stdout alone', async () => {
    const { code, screen } = await answer(request, typed({ yes: true, output: 'name' }));
    expect([code, screen.lines]).toEqual([EXIT.ok, ['approvalrequest.assent.dev/r1']]);
    expect(screen.errors[0]).toContain('delete deployments payments/api');
  });

  it.each<[string, ApiError, number, string[]]>([
    [
      'a refusal',
      new ApiError(403, {
        message: 'admission webhook "stamp.assent.dev" denied the request: refused: no (no-right)',
      }),
      EXIT.failed,
      ['refused: no (no-right)'],
    ],
    [
      'no answer',
      new ApiError(500, {
        message:
          'Internal error occurred: failed calling webhook "stamp.assent.dev": failed to call webhook: Post "https://h:1/5e6/stamp?timeout=10s": connection refused',
      }),
      EXIT.unanswered,
      ['Assent does not answer; nothing was sent\nconnection refused'],
    ],
  ])('is told for %s', async (_what, error, expected, words) => {
    const screen = aFakeScreen();
    const code = await decide(yes, { ...aFakeApi([request]), decide: () => Promise.reject(error) }, screen);
    expect([code, screen.errors]).toEqual([expected, words]);
  });
});
