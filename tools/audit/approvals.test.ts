// The lives of approvals on small logs: how often they were reserved and used, and which denials took one away.
import { OWN_USERS } from '../../src/api/installation.ts';
import { describe, expect, it } from 'vitest';
import { approvalsOf, endsOf } from './approvals.ts';
import { readDeed, type Deed } from './deed.ts';
import { approved, type SampleLog, UPDATE, used, type Write } from './sample-log.ts';

const deedsOf = (log: SampleLog): Deed[] =>
  log
    .text()
    .trim()
    .split('\n')
    .flatMap((line) => readDeed(JSON.parse(line)) ?? []);

const lifeIn = (log: SampleLog) => {
  const life = approvalsOf(deedsOf(log)).lives.find(({ name }) => name === 'r1');
  if (!life) throw new Error('there is no r1');
  return life;
};
const endsIn = (log: SampleLog) => endsOf(lifeIn(log));

const GRANTED = { state: 'Approved' };
const reserved = (over: object = {}, state = 'Reserved') => ({
  state,
  reservation: { times: 1, objectUid: 'uid-api', objectVersion: '', ...over },
});
const denied = {
  code: 403,
  decision: 'asked',
  request: 'r2',
  fingerprint: 'v1:aa',
  body: { kind: 'Status' },
};
/** What a sibling webhook refuses behind the gate. */
const refused = { ...used, code: 403, body: { kind: 'Status' } };
const CREATE = { operation: 'CREATE' };
const EVICT = { operation: 'CREATE', group: '', resource: 'pods', subresource: 'eviction' };
const evict: Write = {
  ...used,
  verb: 'create',
  code: 201,
  group: '',
  resource: 'pods',
  subresource: 'eviction',
  body: { kind: 'Status' },
};
const birth = (log: SampleLog, uid = 'uid-api'): Write => ({
  by: 'admin',
  verb: 'create',
  code: 201,
  body: log.deployment({}, undefined, { uid }),
});

describe('a life', () => {
  it('tells when it was approved, each reservation once, what was admitted and what it did', () => {
    const log = approved().status('r1', GRANTED).status('r1', reserved()).write(used);
    log.status('r1', { ...reserved(), recorded: 3 }).status('r1', reserved({ times: 2 }));
    const life = lifeIn(log);
    expect(life.approved).toBeGreaterThan(0);
    expect(life.reservations.map(({ times, objectUid }) => [times, objectUid])).toEqual([
      [1, 'uid-api'],
      [2, 'uid-api'],
    ]);
    expect(life).toMatchObject({
      what: 'DELETE deployments',
      executions: 1,
      lostSwaps: 0,
      state: 'Reserved',
    });
    expect(life.admitted).toHaveLength(1);
  });

  it('counts writes after the approval that came second', () => {
    const log = approved().status('r1', {}, 409).status('r1', GRANTED);
    expect(lifeIn(log.status('r1', {}, 409).status('r1', {}, 409)).lostSwaps).toBe(2);
  });

  it('counts what was denied on old data and let through on fresh data, of which the annotations do not tell', () => {
    const log = approved().status('r1', GRANTED).request('r2').status('r1', reserved());
    const life = lifeIn(log.write({ ...used, decision: 'asked', request: 'r2' }));
    expect([life.admitted.length, life.effects.length, life.executions]).toEqual([1, 1, 1]);
  });

  it('counts what was admitted but refused behind the gate as no effect', () => {
    const life = lifeIn(approved().status('r1', reserved()).write(refused));
    expect([life.admitted.length, life.effects.length, life.executions]).toEqual([1, 0, 0]);
  });

  it.each([
    ['two updates', UPDATE, [{ verb: 'patch' }, { verb: 'patch' }], 2],
    ['two removals of one object', {}, [{}, {}], 1],
    [
      'two creations',
      CREATE,
      [
        { verb: 'create', code: 201 },
        { verb: 'create', code: 201 },
      ],
      2,
    ],
  ] as const)('counts executions: %s', (_, change, writes, executions) => {
    const log = approved(change);
    log.write(birth(log)).status('r1', reserved());
    for (const [index, write] of writes.entries()) {
      const body =
        write === writes[0] && !('verb' in write) ? log.gone() : log.deployment({ replicas: index });
      log.write({ ...used, ...write, body: 'verb' in write ? body : log.gone() });
    }
    expect(lifeIn(log).executions).toBe(executions);
  });

  it('counts the removal of a namesake', () => {
    const log = approved()
      .status('r1', reserved())
      .write({ ...used, body: undefined });
    log.write(birth(log, 'uid-reborn')).write({ ...used, body: log.gone('uid-reborn') });
    expect(lifeIn(log).executions).toBe(2);
  });

  it('counts evictions by the pod that was there', () => {
    const log = approved(EVICT);
    const pod = (uid: string) => ({ ...birth(log, uid), group: '', resource: 'pods' });
    log.write(pod('one')).status('r1', reserved()).write(evict).write(evict);
    expect(lifeIn(log).executions).toBe(1);
    expect(lifeIn(log.write(pod('two')).write(evict)).executions).toBe(2);
  });
});

describe('ends', () => {
  it('a reservation under which more is admitted', () => {
    const log = approved().status('r1', reserved()).write(refused).write(used);
    expect(endsIn(log)).toEqual({ readmitted: 1, released: 0, burnt: 0 });
  });

  it('a reservation that was proved to have done nothing', () => {
    const log = approved().status('r1', reserved()).write(refused).wait(41_000);
    expect(endsIn(log.status('r1', reserved({ times: 2 })).write(used))).toEqual({
      readmitted: 0,
      released: 1,
      burnt: 0,
    });
  });

  it('a reservation of which nothing came', () => {
    const log = approved(CREATE).status('r1', reserved({}, 'Admitted'));
    expect(endsIn(log)).toEqual({ readmitted: 0, released: 0, burnt: 1 });
  });
});

describe('a denial that takes an approval away', () => {
  const lost = (log: SampleLog, denial: Write = denied) => {
    const deeds = deedsOf(log.write(denial));
    const last = deeds.at(-1);
    return last && approvalsOf(deeds).lostBy(last);
  };
  /** An approved update of an object that is there; `version` is the one that the reservation saw. */
  const update = () => {
    const log = approved(UPDATE).status('r1', GRANTED);
    const version = log.nextVersion();
    log.write({ by: 'admin', verb: 'create', code: 201, body: log.deployment({ replicas: 1 }, version) });
    return log.status('r1', reserved({ objectVersion: version }));
  };
  const removal = () => {
    const log = approved().status('r1', GRANTED);
    return log.write(birth(log)).status('r1', reserved());
  };
  const asUpdate: Write = { ...denied, verb: 'patch' };

  it('not one that was reserved by a write that timed out and was stored all the same', () => {
    const log = approved(CREATE)
      .status('r1', GRANTED)
      .status('r1', {}, 504)
      .write({ ...denied, verb: 'create' });
    const deeds = deedsOf(log.status('r1', reserved({}, 'Admitted')));
    const denial = deeds.find(({ code }) => code === 403);
    expect(denial && approvalsOf(deeds).lostBy(denial)).toBeUndefined();
    expect(denial?.gate.fingerprint).toBe('v1:aa');
  });

  it('not one whose reservation was stored by an API server that was killed before it logged so', () => {
    const deeds = deedsOf(
      approved(CREATE)
        .status('r1', GRANTED)
        .write({ ...denied, verb: 'create' }),
    );
    const denial = deeds.at(-1);
    const stored = new Map([['r1', { status: reserved({}, 'Admitted') }]]);
    expect(denial && approvalsOf(deeds).lostBy(denial)).toBe('r1 was approved and never reserved');
    expect(denial && approvalsOf(deeds, stored).lostBy(denial)).toBeUndefined();
    expect(approvalsOf(deeds, stored).lives[0]?.reservations).toHaveLength(1);
  });

  it.each([
    ['the controller shows first: its own write was not logged', OWN_USERS.controller, undefined],
    ['the gate stored afterwards', OWN_USERS.gate, 'r1 was approved and never reserved'],
  ])('as for a reservation that %s', (_, by, expected) => {
    const log = approved(CREATE)
      .status('r1', GRANTED)
      .write({ ...denied, verb: 'create' });
    const deeds = deedsOf(log.status('r1', reserved({}, 'Admitted'), 200, by));
    const denial = deeds.find(({ code }) => code === 403);
    expect(denial && approvalsOf(deeds).lostBy(denial)).toBe(expected);
    expect(denial?.gate.fingerprint).toBe('v1:aa');
  });

  it('one that was never reserved', () => {
    expect(lost(approved().status('r1', GRANTED))).toBe('r1 was approved and never reserved');
  });

  it.each([
    ['an update', update, asUpdate],
    ['a removal', removal, denied],
  ])(
    '%s: within 40 s, and after it as long as the object shows that nothing came of it',
    (_, make, denial) => {
      expect(lost(make(), denial)).toContain('less than 40 s before');
      expect(lost(make().wait(41_000), denial)).toContain('its object shows');
    },
  );

  it.each([
    ['it was not approved', approved(), denied],
    ['it was used', removal().write(used), denied],
    ['another fingerprint', removal(), { ...denied, fingerprint: 'v1:bb' }],
    ['somebody else', removal(), { ...denied, by: 'system:serviceaccount:agents:other' }],
    ['an error', removal(), { ...denied, code: 500 }],
    ['what is spent at once', approved(CREATE).status('r1', GRANTED).status('r1', reserved()), denied],
  ] as const)('not when %s', (_, log, denial) => {
    expect(lost(log, denial)).toBeUndefined();
  });

  it('not when the object moved after the window, or is another one', () => {
    const moved = update().wait(41_000);
    moved.write({ by: 'admin', verb: 'patch', body: moved.deployment({ replicas: 1 }) });
    expect(lost(moved, asUpdate)).toBeUndefined();
    const reborn = removal().write({ by: 'admin' });
    expect(lost(reborn.write(birth(reborn, 'uid-reborn')))).toBeUndefined();
  });
});
