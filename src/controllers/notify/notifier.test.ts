// What the notifier tells through an hour without the channel, lost answers, refusals and conflicts.
import { describe, expect, it } from 'vitest';
import { HOUR, keysOf, MINUTE, NotifyWorld, PLACE, SECOND } from '../../../test/builders/notify-world.ts';
import { aPolicy } from '../../../test/builders/request-facts.ts';

describe('the notifier', () => {
  it('posts, edits in place, and tells the rest in the thread', async () => {
    const world = new NotifyWorld();
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.channel.tops()).toEqual(['a Pending']);
    expect(world.get('a').status?.notifications).toMatchObject([
      { place: PLACE, handle: 'm1', form: 'card' },
    ]);
    world.end('a', 'Denied');
    await world.clock.advance(5 * SECOND);
    expect([...world.channel.messages.values()].map(({ shown }) => shown)).toEqual(['a Denied', 'denied']);
    expect(world.get('a').status?.notifications).toMatchObject([{ isFinal: true }]);
    const { calls } = world.channel;
    await world.clock.advance(HOUR);
    expect(world.channel.calls).toBe(calls);
  });

  it('has every message right within ten seconds and the rate limit, after an hour without the channel', async () => {
    const world = new NotifyWorld();
    for (const name of ['a', 'b', 'c']) world.ask(name);
    await world.clock.advance(10 * SECOND);
    expect(world.channel.tops()).toEqual(['a Pending', 'b Pending', 'c Pending']);
    world.channel.away = true;
    world.end('a', 'Approved');
    world.ask('d');
    world.ask('over-before-anybody-was-told');
    await world.clock.advance(30 * MINUTE);
    world.end('b', 'Denied');
    world.end('over-before-anybody-was-told', 'Denied');
    await world.clock.advance(30 * MINUTE);
    // A channel that is away is asked now and then, not all the time.
    expect(world.channel.calls).toBeLessThan(2_000);
    world.channel.away = false;
    await world.clock.advance(10 * SECOND + 3 * 1_200);
    expect(world.channel.tops()).toEqual(['a Approved', 'b Denied', 'c Pending', 'd Pending']);
    await world.clock.advance(10 * SECOND);
    expect(keysOf(world)).toHaveLength(new Set(keysOf(world)).size);
    expect(keysOf(world).filter((key) => key.includes('line'))).toHaveLength(2);
  });

  it('goes on at once when the wall clock is set back by an hour', async () => {
    const world = new NotifyWorld();
    world.ask('a');
    world.ask('b');
    await world.clock.advance(5 * SECOND);
    world.end('a', 'Approved');
    await world.clock.advance(5 * SECOND);
    world.clock.setWall(-HOUR);
    world.end('b', 'Denied');
    world.ask('c');
    await world.clock.advance(10 * SECOND);
    expect(world.channel.tops()).toEqual(['a Approved', 'b Denied', 'c Pending']);
  });

  it('looks before it sends again what may have arrived', async () => {
    const world = new NotifyWorld();
    world.channel.fates.push('lost');
    world.ask('a');
    await world.clock.advance(MINUTE);
    expect(keysOf(world)).toEqual(['uid-of-a:post']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1', content: 'a Pending' }]);
  });

  it('takes over from a leader that ended between a send and its note', async () => {
    const world = new NotifyWorld();
    world.conflicts = 100;
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.get('a').status?.notifications).toBeUndefined();
    world.conflicts = 0;
    world.elect();
    world.ask('b');
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['a Pending', 'b Pending']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('notes on the newest form of a request, whoever writes it meanwhile', async () => {
    const world = new NotifyWorld();
    world.conflicts = 2;
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('goes on when the API server does not answer, and tells nothing twice', async () => {
    const world = new NotifyWorld();
    world.isStoreAway = true;
    world.ask('a');
    await world.clock.advance(MINUTE);
    world.isStoreAway = false;
    await world.clock.advance(MINUTE);
    expect(keysOf(world)).toEqual(['uid-of-a:post']);
    expect(world.get('a').status?.notifications).toMatchObject([{ handle: 'm1' }]);
  });

  it('lets a message that is refused delay no other, and tries again', async () => {
    const world = new NotifyWorld();
    world.channel.fates.push({ kind: 'refused', why: 'invalid_blocks', isOfPlace: false });
    world.ask('a');
    world.ask('b');
    await world.clock.advance(5 * SECOND);
    expect(world.channel.tops()).toEqual(['b Pending']);
    expect(world.troubles).toEqual(['slack refuses in C1']);
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['b Pending', 'a Pending']);
  });

  it('leaves a place alone that refuses everything, and comes back', async () => {
    const world = new NotifyWorld();
    const refused = { kind: 'refused', why: 'not_in_channel', isOfPlace: true } as const;
    world.channel.fates.push(refused, refused);
    for (const name of ['a', 'b', 'c']) world.ask(name);
    await world.clock.advance(20 * SECOND);
    expect(world.channel.calls).toBe(1);
    await world.clock.advance(2 * MINUTE);
    expect(world.channel.tops()).toHaveLength(3);
  });

  it('says in the request why it is not shown, and that it is once it is', async () => {
    const world = new NotifyWorld();
    const notified = (name: string) =>
      world.get(name).status?.conditions?.find(({ type }) => type === 'Notified');
    const why = 'not_in_channel: Invite the app into the channel.';
    world.channel.fates.push({ kind: 'refused', why, isOfPlace: true });
    world.ask('a');
    await world.clock.advance(SECOND);
    expect(notified('a')).toMatchObject({ status: 'False', reason: 'NotShown' });
    expect(notified('a')?.message).toContain('Invite the app into the channel');
    // Nor does a writer who was faster keep it from being said.
    world.conflicts = 2;
    world.ask('overtaken');
    await world.clock.advance(SECOND);
    expect(notified('overtaken')?.message).toContain('Invite the app into the channel');
    // One that comes later need not wait for the next attempt to hear of it.
    world.ask('later');
    await world.clock.advance(SECOND);
    expect(notified('later')?.message).toContain('Invite the app into the channel');
    await world.clock.advance(MINUTE);
    expect(notified('a')).toMatchObject({ status: 'True', message: 'Shown in slack C1.' });
    expect(notified('later')).toMatchObject({ status: 'True' });
    world.channel.away = true;
    world.ask('b');
    await world.clock.advance(2 * MINUTE);
    expect(notified('b')?.message).toContain('does not answer');
  });

  it('posts again what somebody deleted while it waits', async () => {
    const world = new NotifyWorld();
    world.ask('a');
    await world.clock.advance(SECOND);
    world.channel.messages.delete('m1');
    world.end('a', 'Approved');
    world.ask('b');
    await world.clock.advance(MINUTE);
    // Of what is over nothing more is said.
    expect(world.channel.tops()).toEqual(['b Pending']);
  });

  it('makes one list of many, keeps it right, and forgets it when all are over', async () => {
    const world = new NotifyWorld();
    const names = Array.from({ length: 12 }, (_, index) => `r${index}`);
    for (const name of names) world.ask(name);
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toHaveLength(5);
    for (const name of names) world.end(name, 'Denied');
    await world.clock.advance(MINUTE);
    expect(world.channel.tops().join()).not.toContain('Pending');
    expect(
      world.channel
        .tops()
        .join()
        .match(/Denied/g),
    ).toHaveLength(12);
    const { calls } = world.channel;
    await world.clock.advance(HOUR);
    expect(world.channel.calls).toBe(calls);
    expect(names.filter((name) => world.isKnown(name))).toEqual([]);
  });

  it('shows a request wherever its policies want it, and keeps each place right', async () => {
    const world = new NotifyWorld();
    const policies = [
      aPolicy({ name: 'a', slack: { channel: 'C2' } }),
      aPolicy({ name: 'b' }),
      aPolicy({ name: 'c', slack: { channel: 'C2', mention: 'S1' } }),
    ];
    world.ask('a', { policies });
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['a Pending', 'a Pending']);
    world.end('a', 'Denied');
    await world.clock.advance(MINUTE);
    expect(world.channel.tops()).toEqual(['a Denied', 'a Denied']);
    expect(world.get('a').status?.notifications).toMatchObject([
      { place: 'C2', isFinal: true },
      { place: PLACE, isFinal: true },
    ]);
  });
});
