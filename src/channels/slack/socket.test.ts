// The supervisor with the real socket client against the fake Slack: connections that come and go, tokens that are refused,
// stopping.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SocketStage } from '../../../test/builders/slack-socket-stage.ts';

let at: SocketStage;
beforeEach(async () => {
  at = await SocketStage.make();
});
afterEach(() => at.close());

/** Two lines stand, and a click is being handled until `resolve`. */
async function clicked() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let isHandling = false;
  const socket = await at.standing({
    handle() {
      isHandling = true;
      at.changed();
      return promise;
    },
  });
  const click = at.stage.alice.click(await at.card(), 'Approve');
  await at.until(() => isHandling);
  return { socket, click, resolve };
}

describe('the lines', () => {
  it('wait for a token whose file cannot be read, and end nothing meanwhile', async () => {
    let isThere = false;
    const socket = at.started({
      appToken() {
        if (!isThere) throw new Error('ENOENT');
        return at.stage.app.appToken;
      },
    });
    await at.until(() => socket.health().lastError?.failure.kind === 'refused');
    isThere = true;
    at.stage.clock.advance(60_000);
    await at.until(() => socket.health().connected === 1);
    expect(at.failures()).toBeGreaterThan(0);
  });

  it('are two, begun one after the other, and say of which app they are', async () => {
    const socket = at.started();
    expect(socket.health()).toMatchObject({ connected: 0, lastError: undefined });
    await at.until(() => socket.health().connected === 1);
    at.stage.clock.advance(4_999);
    expect(at.stage.slack.counts('apps.connections.open')).toEqual({ ok: 1 });
    at.stage.clock.advance(1);
    await at.until(() => socket.health().connected === 2);
    expect(socket.health()).toEqual({
      connected: 2,
      since: at.stage.clock.now() - 5_000,
      appId: at.stage.app.id,
      lastError: undefined,
    });
  });

  it.each(['warning', 'refresh_requested'] as const)(
    'never leave Slack alone, even when both are asked to end at once (%s)',
    async (reason) => {
      const socket = await at.standing();
      for (let round = 0; round < 4; round += 1) {
        at.stage.clock.advance(60_000);
        const [from, before] = [at.stage.slack.world.story.length, at.count(/^hello/)];
        const old = at.numbers();
        at.stage.slack.disconnect(at.stage.app, reason);
        await at.stage.slack.until(() => at.count(/^hello/) === before + 2);
        await at.stage.slack.until(() => at.numbers().every((number) => !old.includes(number)));
        await at.until(() => socket.health().connected === 2);
        expect(at.fewest(from)).toBe(2);
      }
      expect(Math.min(...at.healths.slice(2).map(({ connected }) => connected))).toBeGreaterThanOrEqual(2);
      expect(at.failures()).toBe(0);
    },
  );

  it('that are asked to end again and again wait longer and longer', async () => {
    await at.standing();
    const [first] = at.numbers();
    at.stage.slack.disconnect(at.stage.app, 'warning', first);
    await at.stage.slack.until(() => at.numbers().length === 2 && !at.numbers().includes(first!));
    expect(at.asked).not.toContain(750);
    at.stage.slack.disconnect(at.stage.app, 'warning', Math.max(...at.numbers()));
    await at.until(() => at.asked.includes(750));
    expect(at.stage.slack.counts('apps.connections.open')).toEqual({ ok: 3 });
    at.stage.clock.advance(750);
    await at.stage.slack.until(() => at.count(/^hello/) === 4);
  });

  it('that Slack ends wait for what was told by them to be acknowledged', async () => {
    const { click, resolve } = await clicked();
    at.stage.slack.disconnect(at.stage.app, 'warning');
    await at.stage.slack.until(() => at.count(/^hello/) === 4 && at.count(/^closed/) === 1);
    await at.stage.client.auth.test();
    expect(at.numbers()).toHaveLength(3);
    resolve(undefined);
    expect((await click).acknowledged).toBe(true);
    await at.stage.slack.until(() => at.numbers().length === 2);
  });

  it('that are cut are opened again, and health says how long there was none', async () => {
    const socket = await at.standing();
    at.stage.clock.advance(60_000);
    at.stage.slack.down();
    await at.until(() => at.asked.filter((ms) => ms === 750).length === 2);
    expect(socket.health().since).toBe(at.stage.clock.now());
    expect(socket.health().lastError?.failure.kind).toBe('unknown');
    at.stage.slack.up();
    at.stage.clock.advance(750);
    await at.until(() => socket.health().connected === 2);
    expect(socket.health()).toMatchObject({ since: at.stage.clock.now(), lastError: undefined });
  });

  it('wait longer after each failure, a minute at most', async () => {
    at.stage.slack.down();
    at.started();
    const growing = (): number[] => at.asked.filter((ms) => ![5_000, 15_000].includes(ms));
    for (const [index, ms] of [750, 1_500, 3_000].entries()) {
      await at.until(() => growing().length === index + 1);
      expect(growing()[index]).toBe(ms);
      if (index < 2) at.stage.clock.advance(ms);
    }
    for (let round = 0; round < 8; round += 1) {
      const before = growing().length;
      at.stage.clock.advance(60_000);
      await at.until(() => growing().length >= before + 2);
    }
    expect(Math.max(...growing())).toBe(45_000);
  });

  it('take the time that Slack names for a rate limit', async () => {
    at.stage.slack.faults.order({ kind: 'rate', retryAfter: 77 }, { method: 'apps.connections.open' });
    const socket = at.started();
    await at.until(() => at.asked.includes(77_000));
    expect(socket.health().lastError?.failure).toEqual({ kind: 'limited', retryAfterMs: 77_000 });
  });

  it('are given up where Slack does not greet, and tried again', async () => {
    at.stage.slack.faults.order({ kind: 'hang', kept: false }, { method: 'apps.connections.open' });
    const socket = at.started();
    await at.stage.slack.until(() => at.count(/^hang/) === 1);
    at.stage.clock.advance(15_000);
    await at.until(() => at.failures() > 0);
    expect(at.healths.find(({ lastError }) => lastError)?.lastError?.failure).toEqual({
      kind: 'unknown',
      why: 'no greeting',
    });
    at.stage.clock.advance(5_000);
    await at.until(() => socket.health().connected === 2);
  });

  it('are refused beyond ten, and tried again', async () => {
    const all = Array.from({ length: 5 }, () => at.started());
    await at.until(() => all.every((socket) => socket.health().connected === 1));
    at.stage.clock.advance(5_000);
    await at.until(() => all.every((socket) => socket.health().connected === 2));
    const socket = at.started();
    await at.until(() => socket.health().lastError !== undefined);
    expect(socket.health()).toMatchObject({
      connected: 0,
      lastError: { failure: { kind: 'unknown', why: 'ended before its greeting' } },
    });
    await all[0]?.stop();
    at.stage.clock.advance(5_000);
    await at.until(() => socket.health().connected === 2);
  });

  it('are gone where Socket Mode is switched off, and come again when it is on', async () => {
    const socket = await at.standing();
    at.stage.slack.disconnect(at.stage.app, 'link_disabled');
    await at.until(() => at.asked.filter((ms) => ms === 45_000).length === 2);
    await at.until(() => socket.health().connected === 0);
    expect(socket.health().lastError?.failure).toMatchObject({
      code: 'forbidden_team',
      remedy: 'Switch Socket Mode on in the settings of the Slack app.',
    });
    at.stage.app.mode = 'socket';
    at.stage.clock.advance(45_000);
    await at.until(() => socket.health().connected === 2);
  });

  it('are not ended by messages that nobody expects', async () => {
    const socket = await at.standing();
    const odd = [
      'null',
      '[]',
      '"hello"',
      'no JSON',
      '{}',
      '{"type":7}',
      '{"type":"events_api","payload":null}',
    ];
    odd.push('{"type":"events_api","envelope_id":7}', '{"type":"error"}', '{"type":"disconnected"}');
    for (const text of odd)
      for (const one of at.stage.slack.sockets.of(at.stage.app)) one.connection.send(text);
    const clicks = await Promise.all(
      [await at.card(), await at.card()].map((place) => at.stage.alice.click(place, 'Approve')),
    );
    expect(clicks.map(({ acknowledged }) => acknowledged)).toEqual([true, true]);
    expect(socket.health().connected).toBe(2);
  });
});

describe('a token', () => {
  it.each(['invalid_auth', 'token_revoked', 'account_inactive'] as const)(
    'that is refused from the start (%s) is told, for whom it is to mend, and works once it is good',
    async (state) => {
      at.stage.app.appTokenState = state;
      const socket = at.started();
      await at.until(() => at.asked.includes(45_000));
      expect(socket.health()).toMatchObject({
        connected: 0,
        lastError: { at: at.stage.clock.now(), failure: { code: state, mender: 'administrator' } },
      });
      at.stage.app.appTokenState = 'good';
      at.stage.clock.advance(45_000);
      await at.until(() => socket.health().connected === 2);
      expect(socket.health().lastError).toBeUndefined();
    },
  );

  it('that is refused when Slack asks for a fresh connection ends nothing but the connections', async () => {
    const socket = await at.standing();
    at.stage.clock.advance(60_000);
    at.stage.app.appTokenState = 'invalid_auth';
    at.stage.slack.disconnect(at.stage.app, 'refresh_requested');
    await at.until(() => at.asked.filter((ms) => ms === 45_000).length === 2);
    expect(socket.health().connected).toBe(2);
    expect((await at.stage.alice.click(await at.card(), 'Approve')).acknowledged).toBe(true);
    at.stage.clock.advance(1_000);
    await at.until(() => socket.health().connected === 0);
    expect(socket.health().since).toBe(at.stage.clock.now());
    at.stage.app.appTokenState = 'good';
    at.stage.clock.advance(45_000);
    await at.until(() => socket.health().connected === 2);
  });

  it('that was replaced is taken for the next connection; with one that is none nothing is asked', async () => {
    let token = 'xapp-1\n2';
    const socket = at.started({ appToken: () => token });
    await at.until(() => at.asked.includes(45_000));
    expect(socket.health().lastError?.failure).toMatchObject({ code: 'not_authed' });
    expect(at.stage.slack.counts('apps.connections.open')).toEqual({});
    token = `${at.stage.app.appToken}\n`;
    at.stage.clock.advance(45_000);
    await at.until(() => socket.health().connected === 2);
  });

  it('is in nothing that is told', async () => {
    at.stage.app.appTokenState = 'invalid_auth';
    at.started();
    await at.until(() => at.failures() > 0);
    expect(JSON.stringify(at.healths)).not.toContain(at.stage.app.appToken);
  });
});

describe('stopping', () => {
  it('waits for what is being handled, acknowledges it, and leaves no connection', async () => {
    const { socket, click, resolve } = await clicked();
    const stopped = socket.stop();
    expect(socket.stop()).toBe(stopped);
    await at.stage.client.auth.test();
    expect(at.numbers()).toHaveLength(2);
    resolve(undefined);
    await stopped;
    expect((await click).acknowledged).toBe(true);
    await at.stage.slack.until(() => at.numbers().length === 0);
    expect(socket.health().connected).toBe(0);
    at.stage.clock.advance(600_000);
    await at.stage.client.auth.test();
    expect(at.stage.slack.counts('apps.connections.open')).toEqual({ ok: 2 });
  });

  it('does not wait for ever', async () => {
    let isHandling = false;
    const socket = await at.standing({
      handle() {
        isHandling = true;
        at.changed();
        return new Promise(() => undefined);
      },
    });
    const click = at.stage.alice.click(await at.card(), 'Approve');
    await at.until(() => isHandling);
    const stopped = socket.stop();
    at.stage.clock.advance(2_000);
    expect((await click).acknowledged).toBe(true);
    at.stage.clock.advance(3_000);
    await stopped;
    expect(at.numbers()).toEqual([]);
  });

  it('cuts lines whose other side does not hang up', async () => {
    at.stage.slack.sockets.lingers = true;
    const socket = await at.standing();
    const stopped = socket.stop();
    await at.until(() => at.asked.filter((ms) => ms === 2_000).length === 2);
    at.stage.clock.advance(2_000);
    await stopped;
    expect(socket.health().connected).toBe(0);
  });

  it('while the first connection is being opened leaves none behind', async () => {
    at.stage.slack.faults.order({ kind: 'slow', ms: 1_000 }, { method: 'apps.connections.open' });
    const socket = at.started();
    await at.stage.slack.until(() => at.count(/^ok apps.connections.open/) === 1);
    await socket.stop();
    at.stage.clock.advance(1_000);
    await at.until(() => at.failures() === 1);
    await at.stage.client.auth.test();
    expect([at.count(/^hello/), socket.health().connected]).toEqual([0, 0]);
  });
});
