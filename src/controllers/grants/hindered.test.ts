// What a request says where its access cannot be granted: computed at each look, written when it changes.
import { describe, expect, it } from 'vitest';
import { aWorld, END, types, UID } from '../../../test/builders/grant-world.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { grantName } from '../../domain/grant/objects.ts';
import { lookAtGrant } from './look.ts';
import type { GrantPorts } from './ports.ts';
import { settleGrant } from './settle.ts';

describe('the condition GrantActive', () => {
  const active = (request: ApprovalRequest | undefined) =>
    request?.status?.conditions?.find(({ type }) => type === 'GrantActive');
  const statusWrites = (writes: readonly string[]) => writes.filter((what) => what.startsWith('status'));

  it('says what the ceiling lacks and who mends it, by one write, until it is mended', async () => {
    const { world, ports, settle } = aWorld();
    world.refuses = true;
    await settle();
    await settle();
    expect(statusWrites(world.writes), 'written when it changes').toHaveLength(1);
    expect(active(world.request)).toMatchObject({
      status: 'False',
      reason: 'GrantRefused',
      message:
        'Not granted in shop, cart: the ceiling lacks delete pods web-7; an administrator adds it to the ClusterRole assent-grant-ceiling, or revokes this.',
    });
    expect(types(world.request), 'no line of the record').toEqual([]);
    world.refuses = false;
    await lookAtGrant(UID, ports);
    expect(active(world.request)).toMatchObject({ status: 'True', reason: 'Approved' });
    expect(world.request?.status?.grant?.hindered).toBeUndefined();
    expect(await lookAtGrant(UID, ports), 'all is in order').toEqual({
      kind: 'again',
      afterMs: END - world.now,
    });
  });

  it('says in the words of the API server what it refuses for another reason', async () => {
    const { world, settle } = aWorld();
    Object.assign(world, { refuses: true, ceiling: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] });
    await settle();
    expect(active(world.request)?.message).toContain('the API server refuses Role shop/assent-grant-');
    expect(active(world.request)?.message).toContain('or revokes this: more than the ceiling.');
  });

  it('is True where some of it stands, and says where it does not', async () => {
    const { world, settle } = aWorld();
    world.lost.add('cart');
    await settle();
    expect(world.told).toEqual(['no-namespace namespace cart']);
    expect(active(world.request)).toMatchObject({
      status: 'True',
      reason: 'Approved',
      message: expect.stringMatching(
        /^Not granted in cart: the namespace is not there, .*ask again\. Access was granted at /,
      ) as string,
    });
  });

  it('is False where it stood once, and every namespace is gone', async () => {
    const { world, settle } = aWorld();
    await settle();
    expect(active(world.request)).toMatchObject({ status: 'True' });
    world.objects.clear();
    world.lost = new Set(['shop', 'cart']);
    await settle();
    expect(active(world.request)).toMatchObject({ status: 'False', reason: 'GrantNoNamespace' });
  });

  it('says whose object is in the way', async () => {
    const { world, settle } = aWorld();
    const key = `Role shop/${grantName(UID)}`;
    await settle();
    const foreign = { ...world.objects.get(key)!, grant: '', owners: [] };
    const other = aWorld();
    other.world.objects.set(key, foreign);
    await other.settle();
    expect(active(other.world.request)?.message).toContain(
      `Not granted in shop: ${key} was not made by Assent and is in the way`,
    );
  });

  it('keeps nothing back when somebody else wrote the request meanwhile', async () => {
    const { world, ports } = aWorld();
    world.refuses = true;
    let lost = 1;
    const racing: GrantPorts = {
      ...ports,
      replaceStatus: (next) => ((lost -= 1) >= 0 ? Promise.resolve(undefined) : ports.replaceStatus(next)),
    };
    expect(await settleGrant(UID, racing)).toEqual({ kind: 'again', afterMs: 20 });
    await settleGrant(UID, racing);
    expect(active(world.request)).toMatchObject({ reason: 'GrantRefused' });
  });
});
