import { describe, expect, it } from 'vitest';
import { ACCESS_STATUSES } from '../../../test/builders/cards.ts';
import { aStoredRequest } from '../../../test/builders/cli.ts';
import { asksFor } from '../../../test/builders/request-facts.ts';
import { grantStatus, type EndedWhy } from '../../api/access.ts';
import { waitedText } from './waited.ts';

type Status = NonNullable<Parameters<typeof aStoredRequest>[2]>;
const access = (status: Status) => waitedText(aStoredRequest('ask-1', asksFor(), status));
const change = (status: Status) => waitedText(aStoredRequest('r1', {}, status));
const [given] = ACCESS_STATUSES['approved']?.decisions ?? [];
const denied: Status = {
  state: 'Denied',
  decisions: [{ ...given!, verdict: 'Deny', person: 'alice', reason: 'not that one' }],
};

describe('the answer that somebody waited for', () => {
  it('says who denied it, why, and until when the no is remembered', () => {
    expect(access(denied)).toBe(
      'Denied by alice: "not that one"; do not ask again before 2026-11-22T10:22:00Z',
    );
    expect(change(denied)).toBe(
      'Denied by alice: "not that one"; do not send the change again before 2026-11-22T10:22:00Z',
    );
  });

  it('says what took its place, and asks for no more where something did', () => {
    const policy = aStoredRequest('r1').spec.policies[0]?.name ?? '';
    const note = `policy ${policy} changed since the request was made`;
    const outbox = [{ id: '1', type: 'superseded' as const, at: '2026-11-22T10:07:00Z', note }];
    const status = { state: 'Superseded' as const, supersededBy: policy, outbox } satisfies Status;
    expect(access(status)).toBe(`Superseded, ${note}: ask again`);
    expect(change(status)).toBe(`Superseded, ${note}: send the change again`);
    expect(change({ state: 'Superseded', supersededBy: 'r2' })).toBe('Superseded, r2 took its place');
  });

  it('says of every end why it came, and what there is to do', () => {
    const { grant, ...rest } = ACCESS_STATUSES['revoked']!;
    const told = (endedWhy: EndedWhy) => access({ ...rest, grant: { ...grant, endedWhy } });
    expect(told('Revoked')).toBe('Ended, it was revoked: "wrong pod"');
    expect(told('Expired')).toBe('Ended, its time is over; ask again if you still need it');
    expect(told('Frozen')).toBe('Ended, the agent is frozen; stop, and tell the person who runs you');
    for (const why of grantStatus.shape.endedWhy.unwrap().options) expect(told(why)).toMatch(/^Ended, \w/);
  });

  it('is one line, whatever people wrote', () => {
    const [one] = denied.decisions ?? [];
    const text = access({ ...denied, decisions: [{ ...one!, reason: 'a\nb\u202e', person: 'x\ny' }] });
    expect(text).not.toMatch(/[\n\u202e]/);
  });
});
