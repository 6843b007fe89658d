// What `make access` calls an orphan, and from when on.
import { describe, expect, it } from 'vitest';
import { orphansOf, Overdue, type Labelled, type Orphan, type Stored } from './access-orphans.ts';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const binding: Labelled = { kind: 'RoleBinding', namespace: 'shop', name: 'g', uid: 'b', grant: 'r' };
const role: Labelled = { ...binding, kind: 'Role', uid: 'o' };

interface Over {
  readonly uid?: string;
  readonly access?: object;
  readonly status?: object;
}
const storedWith = ({ uid = 'r', access = {}, status = {} }: Over, more: object = {}): Stored => {
  const request = {
    metadata: { name: 'ask-1', uid },
    spec: {
      access: { namespaces: ['shop'], once: false, ...access },
      requester: { username: 'system:serviceaccount:agents:bot' },
    },
    status: { state: 'Approved', usableUntil: '2026-11-23T10:00:01Z', ...status },
  };
  return { requests: [request], decisions: [], freezes: [], ...more } as unknown as Stored;
};
const decision = (request: string, verdict: string) => ({ decisions: [{ spec: { request, verdict } }] });
const whys = (stored: Stored, now = NOW) => orphansOf([binding, role], stored, now).map(({ why }) => why);

describe('INV-4: an object of a grant', () => {
  it.each<[string, Stored]>([
    ['a live request that is approved', storedWith({})],
    ['one whose use is not its last', storedWith({ status: { reservation: {} } })],
    ['one whose single use is to come', storedWith({ access: { once: true } })],
    ['one with an approval', storedWith({}, decision('ask-1', 'Approve'))],
    ['one while another is taken back', storedWith({}, decision('ask-2', 'Revoke'))],
    [
      'one while another agent is frozen',
      storedWith({}, { freezes: [{ spec: { serviceAccount: 'agents/b' } }] }),
    ],
  ])('is backed by %s', (_, stored) => {
    expect(whys(stored)).toEqual([]);
  });

  it.each<[string, Stored]>([
    ['there is no such request', storedWith({ uid: 'another' })],
    ['there is no such request', { requests: [], decisions: [], freezes: [] }],
    ['its request is Pending', storedWith({ status: { state: 'Pending' } })],
    ['its request is Ended', storedWith({ status: { state: 'Ended' } })],
    ['its request is Reserved', storedWith({ status: { state: 'Reserved' } })],
    ['its request has ended', storedWith({ status: { grant: { endedAt: '2026-11-23T09:00:00Z' } } })],
    ['its one use is over', storedWith({ access: { once: true }, status: { reservation: {} } })],
    ['its request is about other namespaces', storedWith({ access: { namespaces: ['cart'] } })],
    ['it was taken back', storedWith({}, decision('ask-1', 'Revoke'))],
    ['its agent is frozen', storedWith({}, { freezes: [{ spec: { serviceAccount: 'agents/bot' } }] })],
    ['its time is over', storedWith({ status: { usableUntil: '2026-11-23T10:00:00Z' } })],
    ['its time is over', storedWith({ status: { usableUntil: undefined } })],
  ])('is an orphan, binding or Role, where %s', (why, stored) => {
    expect(whys(stored)).toEqual([why, why]);
  });
});

describe('an orphan', () => {
  const orphan: Orphan = { object: binding, why: 'its time is over' };
  const within5 = (since: number) => since + 5_000;

  it('may stay for five seconds, and is told once', () => {
    const overdue = new Overdue();
    expect(overdue.note([orphan], 1_000, within5)).toBe(true);
    expect(overdue.note([orphan], 5_999, within5)).toBe(true);
    expect(overdue.found.size).toBe(0);
    expect(overdue.note([orphan], 6_000, within5)).toBe(false);
    overdue.note([orphan], 6_100, within5);
    expect([...overdue.found.values()]).toEqual([
      'RoleBinding shop/g is left after 5000 ms: its time is over',
    ]);
  });

  it('that went and came back has as long again', () => {
    const overdue = new Overdue();
    overdue.note([orphan], 0, within5);
    expect(overdue.note([], 4_000, within5)).toBe(false);
    overdue.note([orphan], 6_000, within5);
    expect(overdue.found.size).toBe(0);
  });

  it('may not stay at all where nothing stands any more', () => {
    const overdue = new Overdue();
    overdue.note([orphan], 0, () => -Infinity);
    expect(overdue.found.size).toBe(1);
  });
});
