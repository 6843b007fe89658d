// What the owners of an agent hear: how its requests ended, once, and nothing else.
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, NotifyWorld, SECOND } from '../../../test/builders/notify-world.ts';

describe('the owners of an agent', () => {
  const notices = (world: NotifyWorld): string[] =>
    world.channel.tops().filter((shown) => shown.startsWith('U'));

  it('hear how a request ended, once, and not that it waits', async () => {
    const world = new NotifyWorld();
    world.owners = ['U1', 'U2'];
    world.ask('a');
    await world.clock.advance(MINUTE);
    expect(notices(world)).toEqual([]);
    world.end('a', 'Denied');
    await world.clock.advance(MINUTE);
    world.elect();
    await world.clock.advance(MINUTE);
    expect(notices(world)).toEqual(['U1: a Denied', 'U2: a Denied']);
    expect(world.isKnown('a')).toBe(false);
    const { conditions } = world.get('a').status ?? {};
    expect(conditions?.find(({ type }) => type === 'Notified')?.message).toBe('Shown in slack C1.');
  });

  it('hear of it after an hour without the channel, and of nothing that ended days ago', async () => {
    const world = new NotifyWorld();
    world.owners = ['U1'];
    world.channel.away = true;
    world.ask('a');
    world.end('a', 'Approved');
    await world.clock.advance(HOUR);
    world.channel.away = false;
    await world.clock.advance(MINUTE);
    expect(notices(world)).toEqual(['U1: a Approved']);
    world.owners = [];
    world.ask('b');
    world.end('b', 'Denied');
    await world.clock.advance(25 * HOUR);
    world.owners = ['U1'];
    world.elect();
    await world.clock.advance(HOUR);
    expect(notices(world)).toHaveLength(1);
  });

  it.each([
    ['what may have arrived', 'lost', 1],
    ['what is refused', { kind: 'refused', why: 'user_not_found', isOfPlace: false }, 0],
    ['what is limited', { kind: 'limited', retryAfterMs: 3_000 }, 1],
  ] as const)('are told once, or not at all: %s', async (_, fate, times) => {
    const world = new NotifyWorld();
    world.ask('a');
    await world.clock.advance(MINUTE);
    world.owners = ['U1'];
    world.channel.noticeFates.push(fate);
    world.end('a', 'Denied');
    await world.clock.advance(HOUR);
    expect(notices(world)).toHaveLength(times);
    expect(world.isKnown('a')).toBe(false);
  });

  it('are not told twice where it cannot be noted', async () => {
    const world = new NotifyWorld();
    world.owners = ['U1'];
    world.ask('a');
    await world.clock.advance(MINUTE);
    world.end('a', 'Denied');
    await world.clock.advance(10 * SECOND);
    const count = notices(world).length;
    world.conflicts = 50;
    world.ask('b');
    world.end('b', 'Denied');
    await world.clock.advance(HOUR);
    expect(notices(world)).toHaveLength(count + 1);
  });
});
