// Two controllers that both believe that they lead, and a leader that sleeps over the end: one grant, one end, and no binding that
// outlives it (INV-4, INV-5). Leadership is no fence; names, uids and compare-and-swap are.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { waitFor } from './cluster.ts';
import {
  asks,
  ended,
  granted,
  hasAccess,
  leftovers,
  pathOf,
  says,
  startGrantStage,
  stored,
  until,
  type GrantStage,
} from './grants-stage.ts';

const types = ({ status }: ApprovalRequest) => status?.outbox?.map(({ type }) => type);
const controllersOf = ({ assent }: GrantStage) =>
  assent.operator.processes.filter(({ part }) => part === 'controller');

describe('two controllers without an election', () => {
  let stage: GrantStage;
  beforeAll(async () => {
    stage = await startGrantStage({ controllers: 2, env: { ASSENT_LEADER_ELECTION: 'false' } });
  }, 120_000);
  afterAll(() => stage.assent.stop());

  it('INV-4: grant once, put back once and end once', async () => {
    const requests = await Promise.all(Array.from({ length: 6 }, () => asks(stage)));
    await Promise.all(requests.map((request) => says(stage, request)));
    await Promise.all(requests.map((request) => granted(stage, request)));
    expect(await leftovers(stage)).toHaveLength(12);
    await Promise.all(requests.map((request) => says(stage, request, 'Revoke')));
    const after = await Promise.all(requests.map((request) => ended(stage, request)));
    for (const request of after) {
      const told = types(request)?.filter((type) => type !== 'decided');
      // One may put back what the other has made and not told yet: that is told as well.
      expect(told?.filter((type) => type !== 'restored')).toEqual([
        'requested',
        'approved',
        'granted',
        'ended',
        'gone',
      ]);
    }
    expect(await leftovers(stage)).toEqual([]);
  });
});

describe('a leader that sleeps over the end', () => {
  let stage: GrantStage;
  beforeAll(async () => {
    stage = await startGrantStage({ controllers: 2 });
  }, 120_000);
  afterAll(() => stage.assent.stop());

  it('INV-4: finds everything done by the next one, and brings nothing back', async () => {
    const request = await hasAccess(stage, { seconds: 3 });
    const waiting = await asks(stage);
    const [leader, other] = await Promise.all(
      controllersOf(stage).map(async (one) => {
        const metrics = await stage.assent.operator.metrics(one);
        return { one, leads: /^assent_leader 1$/m.test(metrics) };
      }),
    ).then((all) => [all.find(({ leads }) => leads)!.one, all.find(({ leads }) => !leads)!.one] as const);
    leader.child.kill('SIGSTOP');
    const after = await ended(stage, request);
    expect(after.status?.grant).toMatchObject({ endedWhy: 'Expired' });
    expect(await stored(stage, pathOf('rolebindings', request))).toBeUndefined();
    await says(stage, waiting);
    await granted(stage, waiting);
    leader.child.kill('SIGCONT');
    // It has lost the Lease: it ends, and whoever runs it starts it again.
    await waitFor(() => leader.child.exitCode !== null, { what: 'the former leader to end' });
    expect(other.child.exitCode).toBeNull();
    await says(stage, waiting, 'Revoke');
    await ended(stage, waiting);
    expect(await leftovers(stage)).toEqual([]);
    await until(stage, request, 'as it ended', ({ state }) => state === 'Ended');
  });
});
