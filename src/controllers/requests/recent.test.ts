import { describe, expect, it } from 'vitest';
import { aSpec } from '../../../test/builders/request-facts.ts';
import type { ApprovalRequest, RequestState } from '../../api/approval-request.ts';
import { RecentRequests } from './recent.ts';

const request = (name: string, version: number, state: RequestState = 'Pending'): ApprovalRequest => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name, uid: name, resourceVersion: `${version}`, generation: 1 },
  spec: aSpec(),
  status: { state },
});
const versionOf = (recent: RecentRequests, name: string) => recent.get(name)?.metadata.resourceVersion;

describe('RecentRequests', () => {
  it('remembers the newest form, whether the watch or the answer to a call is first', () => {
    const recent = new RecentRequests();
    recent.delivered(request('a', 9));
    recent.answered(request('a', 10));
    recent.delivered(request('a', 10));
    expect(versionOf(recent, 'a')).toBe('10');
    recent.delivered(request('a', 11));
    recent.answered(request('a', 10));
    expect(versionOf(recent, 'a')).toBe('11');
  });

  it('trusts nothing when the watch delivers an older form: the server may have been set back', () => {
    const recent = new RecentRequests();
    recent.answered(request('a', 10));
    recent.delivered(request('a', 9));
    expect(recent.get('a')).toBeUndefined();
  });

  it('forgets what is finished and recorded', () => {
    const recent = new RecentRequests();
    recent.delivered(request('a', 1));
    recent.delivered(request('a', 2, 'Expired'));
    expect(recent.get('a')).toBeUndefined();
  });

  it('keeps few, those that were seen last', () => {
    const recent = new RecentRequests(2);
    for (const [version, name] of ['a', 'b', 'a', 'c'].entries())
      recent.delivered(request(name, version + 1));
    expect(['a', 'b', 'c'].map((name) => versionOf(recent, name))).toEqual(['3', undefined, '4']);
  });
});
