// The shell of grants in a world with the API server's compare-and-swap: it may be killed at any write, comes to the same end, and
// creates nothing by what it read too long ago.
import { describe, expect, it } from 'vitest';
import { aWorld, END, rest, signed, types, UID } from '../../../test/builders/grant-world.ts';
import { grantName } from '../../domain/grant/objects.ts';
import { requestView } from '../requests/view.ts';
import { lookAtGrant } from './look.ts';
import { placeOf, type GrantObject } from './objects.ts';
import type { GrantPorts } from './ports.ts';
import { settleGrant, settleQuickly } from './settle.ts';
import { sweepGrants } from './sweep.ts';

describe('settleGrant', () => {
  it('makes everything, tells it, and takes everything away in the end', async () => {
    const { world, settle } = aWorld();
    expect(await settle()).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([
      'create Role',
      'create RoleBinding',
      'create Role',
      'create RoleBinding',
      'status granted',
    ]);
    world.writes.length = 0;
    expect(await settle()).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
    world.now = END;
    expect(await settle()).toEqual({ kind: 'done' });
    expect(world.writes).toEqual(
      'remove RoleBinding,remove RoleBinding,remove Role,remove Role,status ended,ask,ask,status gone'.split(
        ',',
      ),
    );
    expect(world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: false } });
  });

  it.each([false, true])(
    'INV-4: comes to the same end when it is killed at any write (after it: %s)',
    async (isLate) => {
      for (let dieAt = 1; dieAt <= 13; dieAt += 1) {
        const { world, settle } = aWorld();
        Object.assign(world, { dieAt, isLate });
        await rest(settle);
        expect(world.objects.size, `write ${dieAt}`).toBe(4);
        world.now = END;
        await rest(settle);
        expect(world.objects.size, `write ${dieAt}`).toBe(0);
        expect(world.writes.length, 'every write was reached').toBeGreaterThanOrEqual(dieAt);
        expect(types(world.request), `write ${dieAt}`).toEqual(['granted', 'ended', 'gone']);
      }
    },
  );

  it.each([false, true])(
    'INV-5: tells what it put back, wherever it is killed on the way (after the write: %s)',
    async (isLate) => {
      for (let dieAt = 1; dieAt <= 3; dieAt += 1) {
        const { world, settle } = aWorld();
        await settle();
        world.now += 5_000;
        world.writes.length = 0;
        for (const kind of ['Role', 'RoleBinding']) world.objects.delete(`${kind} shop/${grantName(UID)}`);
        Object.assign(world, { dieAt, isLate });
        await rest(settle);
        expect(world.objects.size).toBe(4);
        expect(types(world.request), `write ${dieAt}`).toContain('restored');
      }
    },
  );

  it('INV-4: creates nothing by what was read too long ago', async () => {
    const { world, ports } = aWorld();
    world.slowMs = 60_000;
    let reads = 0;
    const counting: GrantPorts = {
      ...ports,
      getRequest(name) {
        reads += world.writes.length === 0 ? 1 : 0;
        return ports.getRequest(name);
      },
    };
    await settleGrant(UID, counting);
    expect(world.writes[0]).toBe('create Role');
    expect(reads, 'it read anew before the first write').toBe(2);
  });

  it('INV-4: grants nothing that was taken back while it was paused', async () => {
    const { world, ports } = aWorld();
    const paused: GrantPorts = {
      ...ports,
      async liveGrounds(request) {
        const old = await ports.liveGrounds(request);
        if (world.clock === 0) {
          world.clock = 60_000;
          world.decisions = [signed(), signed({ verdict: 'Revoke' })];
        }
        return old;
      },
    };
    await settleGrant(UID, paused);
    expect(world.writes.filter((what) => what.startsWith('create'))).toEqual([]);
    expect(world.request?.status?.grant).toMatchObject({ endedWhy: 'Revoked' });
  });

  it('asks again before it believes that the access is still there', async () => {
    const { world, settle } = aWorld();
    world.now = END;
    world.yes = 3;
    expect(await settle()).toEqual({ kind: 'again', afterMs: 50 });
    expect(await settle(), 'an event came meanwhile').toEqual({ kind: 'again', afterMs: 50 });
    expect(world.yes).toBe(2);
    await rest(settle, world);
    expect(world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: false } });
    const other = aWorld();
    other.world.now = END;
    other.world.yes = 1_000;
    await rest(other.settle, other.world);
    expect(other.world.request?.status).toMatchObject({ state: 'Ended', grant: { elsewhere: true } });
  });

  it('tells people once a run what the API server refuses, and looks again later', async () => {
    const { world, settle } = aWorld();
    world.refuses = true;
    expect(await settle()).toEqual({ kind: 'again', afterMs: 5_000 });
    expect(world.told).toEqual([
      `refused Role shop/${grantName(UID)}`,
      `refused Role cart/${grantName(UID)}`,
    ]);
    expect(world.request?.status?.grant?.createdAt).toBeUndefined();
  });
});

describe('an object that a finalizer keeps', () => {
  const HELD = ['Role shop', 'RoleBinding shop', 'Role cart', 'RoleBinding cart'].map(
    (place) => `${place}/${grantName(UID)}`,
  );

  it('INV-4: is freed, and nothing is called over before', async () => {
    const { world, settle } = aWorld();
    await settle();
    world.now = END;
    world.holds = new Map(HELD.map((place) => [place, 1]));
    await rest(settle);
    expect(world.objects.size).toBe(0);
    expect(types(world.request)).toEqual(['granted', 'ended', 'gone']);
  });

  it('INV-4: and cannot be freed is told, tried again, and keeps the access from being called over', async () => {
    const { world, settle } = aWorld();
    await settle();
    world.now = END;
    world.holds = new Map(HELD.map((place) => [place, Infinity]));
    expect(await settle()).toEqual({ kind: 'again', afterMs: 5_000 });
    expect(types(world.request)).toEqual(['granted']);
    expect(world.told).toEqual([`kept ${HELD[1]}`]);
    world.holds.clear();
    await rest(settle);
    expect(world.objects.size).toBe(0);
    expect(types(world.request)).toEqual(['granted', 'ended', 'gone']);
  });
});

describe('the ServiceAccount that asked', () => {
  it.each([
    ['is gone', undefined],
    ['was made again under its name', 'uid-of-another'],
  ])('INV-4: ends its access when it %s, found by the sweep', async (_, account) => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.account = account;
    expect(await lookAtGrant(UID, ports), 'nothing that is known without a read').toMatchObject({
      kind: 'again',
    });
    const settled: string[] = [];
    await sweepGrants({ ports, look: () => undefined, settle: (uid) => settled.push(uid) });
    expect(settled).toEqual([UID]);
    await rest(settle);
    expect(world.objects.size).toBe(0);
    expect(world.request?.status).toMatchObject({ state: 'Ended', grant: { endedWhy: 'RequesterGone' } });
  });

  it('INV-4: is granted nothing when it is gone at the approval already', async () => {
    const { world, settle } = aWorld();
    world.account = 'uid-of-another';
    await rest(settle);
    expect(world.writes.filter((what) => what.startsWith('create'))).toEqual([]);
    expect(world.request?.status?.grant).toMatchObject({ endedWhy: 'RequesterGone' });
  });

  it('is not taken for gone when it cannot be read, which holds back no other end', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.account = new Error('the API server is slow');
    await expect(settle()).rejects.toThrow('slow');
    const settled: string[] = [];
    const sweep = sweepGrants({ ports, look: () => undefined, settle: (uid) => settled.push(uid) });
    await expect(sweep).rejects.toThrow('could not be read');
    expect([world.objects.size, settled]).toEqual([4, []]);
    world.decisions = [signed(), signed({ verdict: 'Revoke' })];
    await settle();
    expect(world.request?.status?.grant).toMatchObject({ endedWhy: 'Revoked' });
  });

  it('is read once in a sweep, whatever it was granted', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.accountReads = 0;
    const other = 'other-uid';
    const [one] = world.objects.values();
    world.objects.set('other', { ...one!, grant: other, name: grantName(other) });
    const view = (uid: string) => ({ ...requestView(world.request!), uid });
    await sweepGrants({ ports: { ...ports, viewOf: view }, look: () => undefined, settle: () => undefined });
    expect(world.accountReads).toBe(1);
  });
});

describe('lookAtGrant', () => {
  it('finds what stands in order without a call, and takes bindings away at the end before anything is told', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
    world.now = END;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'ending' });
    expect(world.writes).toEqual(['remove RoleBinding', 'remove RoleBinding']);
    await settle();
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'done' });
  });

  it('INV-4: takes bindings away first where a freeze ends many at once, but not by a cache alone', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    const behind = {
      ...ports,
      knownGrounds: () => ({ ...ports.knownGrounds(world.request as never), isFrozen: true }),
    };
    expect(await lookAtGrant(UID, behind)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes, 'the freeze is over, and the cache is late').toEqual([]);
    world.isFrozen = true;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'ending' });
    expect(world.writes).toEqual(['remove RoleBinding', 'remove RoleBinding']);
  });

  it('INV-4: looks at people live before it ends anything because there are too few of them', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    const behind = {
      ...ports,
      knownGrounds: () => ({ ...ports.knownGrounds(world.request as never), decisions: [] }),
    };
    expect(await lookAtGrant(UID, behind)).toEqual({ kind: 'again', afterMs: END - world.now });
    expect(world.writes).toEqual([]);
  });

  it.each([
    ['taken back', { decisions: [signed(), signed({ verdict: 'Revoke' })] }],
    ['asked for by somebody who is gone', { account: undefined }],
  ])('INV-4: takes bindings away before anything is told, where access was %s', async (_, change) => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.writes.length = 0;
    Object.assign(world, change);
    const quickly = world.account === undefined ? settleQuickly : lookAtGrant;
    expect(await quickly(UID, ports)).toEqual({ kind: 'ending' });
    expect(world.writes).toEqual(['remove RoleBinding', 'remove RoleBinding']);
    await rest(settle);
    expect(types(world.request)).toEqual(['granted', 'ended', 'gone']);
  });

  it('INV-4: takes away what a deleted request left', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.request = undefined;
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'done' });
    expect(world.objects.size).toBe(0);
  });

  it('leaves what a request backs that the cache does not know yet', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    expect(await lookAtGrant(UID, { ...ports, viewOf: () => undefined })).toEqual({
      kind: 'again',
      afterMs: 1_000,
    });
    expect(world.objects.size).toBe(4);
  });
});

describe('what cannot be removed', () => {
  const [CART, SHOP] = ['cart', 'shop'].map((namespace) => `RoleBinding ${namespace}/${grantName(UID)}`);

  it('INV-4: keeps no other binding, and is told: nothing is over while it is in force', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.now = END;
    for (const place of [CART, `Role cart/${grantName(UID)}`])
      world.stuck.set(place!, 'a policy of the cluster refuses');
    expect(await lookAtGrant(UID, ports)).toEqual({ kind: 'ending' });
    expect(await settle()).toEqual({ kind: 'again', afterMs: 5_000 });
    expect([...world.objects.keys()]).toEqual([`Role cart/${grantName(UID)}`, CART]);
    expect(world.told).toEqual([`kept ${CART}`]);
    expect(types(world.request)).toEqual(['granted']);
    world.stuck.clear();
    await rest(settle);
    expect(types(world.request)).toEqual(['granted', 'ended', 'gone']);
  });

  it('INV-4: keeps no other binding where the call fails', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    world.now = END;
    world.stuck.set(CART!, new Error('away'));
    await expect(lookAtGrant(UID, ports)).rejects.toThrow('away');
    expect(world.objects.has(SHOP!)).toBe(false);
  });

  it('INV-4: keeps nobody who is behind it from being swept', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    const [one] = world.objects.values();
    const orphan = { ...one!, grant: 'aaa', name: grantName('aaa'), request: '' };
    world.objects = new Map([[placeOf(orphan), orphan], ...world.objects]);
    world.stuck.set(placeOf(orphan), new Error('away'));
    world.account = 'another-uid';
    const [looked, doubted]: [string[], string[]] = [[], []];
    const sweep = sweepGrants({ ports, look: (uid) => looked.push(uid), settle: (uid) => doubted.push(uid) });
    await expect(sweep).rejects.toThrow('could not be removed');
    expect([looked, doubted]).toEqual([[UID], [UID]]);
  });

  it('INV-4: holds back neither a grant nor its end where it only looks like ours', async () => {
    const { world, settle } = aWorld();
    await settle();
    const [one] = world.objects.values();
    const stray: GrantObject = { ...one!, kind: 'RoleBinding', namespace: 'elsewhere', uid: 'stray' };
    world.objects = new Map([[placeOf(stray), stray], ...world.objects]);
    world.stuck.set(placeOf(stray), new Error('away'));
    world.now = END;
    await expect(settle()).rejects.toThrow('away');
    expect([...world.objects.keys()]).toEqual([placeOf(stray)]);
    expect(types(world.request)).toEqual(['granted', 'ended', 'gone']);
  });
});

describe('sweepGrants', () => {
  it('INV-4: takes away what no live request backs, and has the rest looked at', async () => {
    const { world, ports, settle } = aWorld();
    await settle();
    const [one] = world.objects.values();
    const left = { ...one!, grant: 'other', name: grantName('other'), request: '' };
    world.objects.set(placeOf(left), left);
    const looked: string[] = [];
    await sweepGrants({ ports, look: (uid) => looked.push(uid), settle: () => undefined });
    expect(looked).toEqual([UID]);
    expect(world.objects.size).toBe(4);
    world.request = { ...world.request!, status: { state: 'Ended' } };
    await sweepGrants({ ports, look: (uid) => looked.push(uid), settle: () => undefined });
    expect(world.objects.size).toBe(0);
  });
});
