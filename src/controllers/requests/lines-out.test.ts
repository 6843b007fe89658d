import { describe, expect, it } from 'vitest';
import { aSpec, T0 } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { LinesOut } from './lines-out.ts';

const ENTRY = { id: 'u/1', type: 'requested' as const, at: '2026-11-22T10:00:00Z' };

const request = (recorded: number, state: RequestState = 'Pending', uid = 'u'): ApprovalRequest => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name: 'a', uid, resourceVersion: '1', generation: 1 },
  spec: aSpec(),
  status: { state, recorded, outbox: [ENTRY, ENTRY, ENTRY] },
});

describe('LinesOut', () => {
  it('counts what is stored or remembered, whichever is more, and never more than there is', () => {
    const lines = new LinesOut();
    expect(lines.count(request(1))).toBe(1);
    lines.add(request(1), 2, T0);
    expect([lines.count(request(1)), lines.count(request(3))]).toEqual([2, 3]);
    lines.add(request(1), 7, T0);
    expect(lines.count(request(1))).toBe(3);
  });

  it('knows nothing about another request of that name', () => {
    const lines = new LinesOut();
    lines.add(request(0), 2, T0);
    const other = request(0, 'Pending', 'v');
    expect([lines.count(other), lines.dueAt(other)]).toEqual([0, -Infinity]);
  });

  it('is due a second after the last line of a finished request, and later for an open one', () => {
    const lines = new LinesOut();
    lines.add(request(0), 3, T0);
    expect(lines.dueAt(request(0, 'Denied'))).toBe(T0 + 1_000);
    expect(lines.dueAt(request(0))).toBe(T0 + 300_000);
  });

  it('forgets what is stored, and not what is stored in part', () => {
    const lines = new LinesOut();
    lines.add(request(0), 3, T0);
    lines.stored(request(2));
    expect(lines.names()).toEqual(['a']);
    lines.stored(request(3));
    expect(lines.names()).toEqual([]);
  });
});
