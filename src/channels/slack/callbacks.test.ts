// Signed callbacks: each way in which one may be forged, stale or damaged, and what is remembered of the genuine ones.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { button, buttons, stageOf } from '../../../test/fake-slack/stage.ts';
import { signedRequest } from '../../../test/fake-slack/wire/deliveries.ts';
import { ACTIONS, buttonValue } from './button-value.ts';
import { callbackPayload, checkCallback, LONGEST_CALLBACK, type Callback } from './callbacks.ts';
import { readInteraction } from './interaction.ts';
import { Replays } from './replays.ts';

const NOW = Date.UTC(2026, 0, 5, 10);
const SECRET = '8f742231b10e8888abcd99yyyzzz85a5';
const OLD = 'e5d8f1c2a3b4958677665544332211ff';
const PAYLOAD = { type: 'block_actions', words: 'größer & <kleiner>' };

/** As the fake Slack signs it. */
function signed({ at = NOW, secret = SECRET } = {}): Callback {
  const { headers, body } = signedRequest(secret, at, { type: 'interactive', payload: PAYLOAD });
  const distinct = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));
  return { headers: distinct, body: Buffer.from(body) };
}
const withHeader = (callback: Callback, name: string, ...values: string[]): Callback => ({
  ...callback,
  headers: { ...callback.headers, [name]: values },
});
const STAMP = 'x-slack-request-timestamp';
const SIGNATURE = 'x-slack-signature';

describe('a callback', () => {
  it('of Slack is genuine, until five minutes after its time', () => {
    const callback = signed();
    expect(checkCallback(callback, [SECRET], NOW)).toEqual({
      kind: 'genuine',
      signature: callback.headers[SIGNATURE]?.[0],
      validUntil: NOW + 300_000,
    });
    expect(callbackPayload(callback.body)).toEqual(PAYLOAD);
  });

  it('agrees with the example that Slack publishes', () => {
    const body =
      'token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c';
    const callback = {
      headers: {
        [STAMP]: ['1531420618'],
        [SIGNATURE]: ['v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503'],
      },
      body: Buffer.from(body),
    };
    expect(checkCallback(callback, [SECRET], 1_531_420_618_000)).toMatchObject({ kind: 'genuine' });
  });

  it('is accepted by any of the secrets, in any order', () => {
    for (const secrets of [
      [OLD, SECRET],
      [SECRET, OLD],
    ])
      for (const secret of secrets)
        expect(checkCallback(signed({ secret }), secrets, NOW)).toMatchObject({ kind: 'genuine' });
  });

  it('is accepted where a Secret ends with a line break', () => {
    expect(checkCallback(signed(), [`${SECRET}\n`], NOW)).toMatchObject({ kind: 'genuine' });
  });

  it.each([
    ['exactly five minutes old', -300_000, 'genuine'],
    ['a second older', -301_000, 'too-old'],
    ['exactly five minutes ahead', 300_000, 'genuine'],
    ['a second further', 301_000, 'too-new'],
    ['of next year', 365 * 86_400_000, 'too-new'],
    ['of long ago', -365 * 86_400_000, 'too-old'],
  ])('%s', (_, offset, outcome) => {
    const verdict = checkCallback(signed({ at: NOW + offset }), [SECRET], NOW);
    expect(verdict.kind === 'refused' ? verdict.why : verdict.kind).toBe(outcome);
  });

  it.each([
    ['no secret at all', []],
    ['an empty secret', ['']],
    ['a secret of blanks', [' '.repeat(40)]],
    ['a secret that is too short', ['secret']],
  ])('is refused where there is %s, whoever signed it', (_, secrets) => {
    for (const secret of ['', SECRET, ...secrets])
      expect(checkCallback(signed({ secret }), secrets, NOW)).toEqual({ kind: 'refused', why: 'no-secret' });
  });

  it('signed with an empty secret is refused where an empty one stands beside a good one', () => {
    expect(checkCallback(signed({ secret: '' }), ['', SECRET], NOW)).toMatchObject({
      why: 'wrong-signature',
    });
  });

  const good = signed();
  const stamp = good.headers[STAMP]?.[0] ?? '';
  const mac = good.headers[SIGNATURE]?.[0] ?? '';
  it.each<[string, Callback, string]>([
    ['without a signature', withHeader(good, SIGNATURE), 'missing-header'],
    ['without a time', withHeader(good, STAMP), 'missing-header'],
    ['without any header', { ...good, headers: {} }, 'missing-header'],
    ['with two signatures', withHeader(good, SIGNATURE, mac, mac), 'repeated-header'],
    ['with two times', withHeader(good, STAMP, stamp, stamp), 'repeated-header'],
    ['with two signatures in one', withHeader(good, SIGNATURE, `${mac}, ${mac}`), 'malformed-signature'],
    ['of version 1', withHeader(good, SIGNATURE, mac.replace('v0', 'v1')), 'malformed-signature'],
    ['with capitals', withHeader(good, SIGNATURE, mac.toUpperCase()), 'malformed-signature'],
    ['with half a signature', withHeader(good, SIGNATURE, mac.slice(0, 35)), 'malformed-signature'],
    ['with a line break behind', withHeader(good, SIGNATURE, `${mac}\n`), 'malformed-signature'],
    ['with an empty signature', withHeader(good, SIGNATURE, ''), 'malformed-signature'],
    ['with a time of another form', withHeader(good, STAMP, `${stamp}.0`), 'malformed-timestamp'],
    ['with a signed time', withHeader(good, STAMP, `+${stamp}`), 'malformed-timestamp'],
    ['with a time in powers', withHeader(good, STAMP, '1e9'), 'malformed-timestamp'],
    ['with a time of milliseconds', withHeader(good, STAMP, `${stamp}000`), 'malformed-timestamp'],
    ['with no time', withHeader(good, STAMP, 'NaN'), 'malformed-timestamp'],
    ['with another time', withHeader(good, STAMP, String(Number(stamp) + 1)), 'wrong-signature'],
    ['with another body', { ...good, body: Buffer.from('payload=%7B%7D') }, 'wrong-signature'],
    ['of somebody else', signed({ secret: OLD }), 'wrong-signature'],
  ])('%s is refused', (_, callback, why) => {
    expect(checkCallback(callback, [SECRET], NOW)).toEqual({ kind: 'refused', why });
  });

  it('whose body is no text is checked byte for byte', () => {
    const body = Buffer.from([0xff, 0xfe, 0x00, 0xc3]);
    const at = String(NOW / 1_000);
    const hex = createHmac('sha256', SECRET).update(`v0:${at}:`).update(body).digest('hex');
    const callback = { headers: { [STAMP]: [at], [SIGNATURE]: [`v0=${hex}`] }, body };
    expect(checkCallback(callback, [SECRET], NOW)).toMatchObject({ kind: 'genuine' });
    const damaged = { ...callback, body: Buffer.from(body.toString('utf8')) };
    expect(checkCallback(damaged, [SECRET], NOW)).toMatchObject({ kind: 'refused' });
  });

  it('INV-7: changed in one bit anywhere is refused', () => {
    const { body } = good;
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.nat(7), (at, bit) => {
        const other = Buffer.from(body);
        other.writeUInt8(other.readUInt8(at) ^ (1 << bit), at);
        expect(checkCallback({ ...good, body: other }, [SECRET], NOW)).toMatchObject({ kind: 'refused' });
      }),
    );
  });
});

it('a click in the fake Slack, over HTTP, is read from the request of Node', async () => {
  const { slack, app, alice, channel, client, clock } = await stageOf();
  const secrets = [app.signingSecret];
  const verdicts: unknown[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const body = Buffer.concat(parts);
      const verdict = checkCallback({ headers: request.headersDistinct, body }, secrets, clock.now());
      verdicts.push(verdict.kind, readInteraction(callbackPayload(body)).kind);
      response.writeHead(verdict.kind === 'genuine' ? 200 : 401).end();
    })();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  app.mode = 'http';
  app.interactivityUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const value = buttonValue('prod', 'u-1', `sha256:${'ab'.repeat(32)}`);
  const blocks = [buttons(button('Approve', { action_id: ACTIONS.approve, value }))];
  const { ts = '' } = await client.chat.postMessage({ channel: channel.id, text: 'card', blocks });
  const click = await alice.click({ channel: channel.id, ts }, 'Approve');
  app.signingSecret = 'another secret, of somebody else';
  const forged = await alice.click({ channel: channel.id, ts }, 'Approve');
  server.close();
  await slack.close();
  expect([click.acknowledged, forged.acknowledged]).toEqual([true, false]);
  expect(verdicts).toEqual(['genuine', 'click', 'refused', 'click']);
});

describe('the payload of a callback', () => {
  it.each([
    ['nothing', ''],
    ['another field', 'body=%7B%7D'],
    ['two fields', 'payload=%7B%7D&payload=%7B%7D'],
    ['another field before it', 'ssl_check=1&payload=%7B%7D'],
    ['no JSON', 'payload=%7B'],
    ['too much', `payload=%22${'x'.repeat(LONGEST_CALLBACK)}%22`],
  ])('is not taken from %s', (_, body) => {
    expect(callbackPayload(Buffer.from(body))).toBeUndefined();
  });
});

describe('what was seen', () => {
  it('is a replay for as long as the callback would be accepted', () => {
    const replays = new Replays();
    expect(replays.see('a', NOW + 300_000, NOW)).toBe('fresh');
    expect(replays.see('a', NOW + 300_000, NOW)).toBe('replayed');
    expect(replays.see('b', NOW + 300_000, NOW)).toBe('fresh');
    expect(replays.see('a', NOW + 300_000, NOW + 300_000)).toBe('replayed');
  });

  it('is never more than the bound: nothing new is taken then, and nothing known is forgotten', () => {
    const replays = new Replays({ most: 3 });
    for (const one of ['a', 'b', 'c']) expect(replays.see(one, NOW + 300_000, NOW)).toBe('fresh');
    expect(replays.see('d', NOW + 300_000, NOW)).toBe('full');
    expect(replays.size).toBe(3);
    expect(['a', 'b', 'c'].map((one) => replays.see(one, NOW + 300_000, NOW))).toEqual(
      Array.from({ length: 3 }, () => 'replayed'),
    );
  });

  it('makes room when its time is over, and not before', () => {
    const replays = new Replays({ most: 2 });
    replays.see('a', NOW + 300_000, NOW);
    replays.see('b', NOW + 600_000, NOW);
    expect(replays.see('c', NOW + 700_000, NOW + 300_001)).toBe('full');
    expect(replays.see('c', NOW + 700_000, NOW + 360_001)).toBe('fresh');
    expect(replays.see('b', NOW + 600_000, NOW + 360_001)).toBe('replayed');
  });

  it('is not forgotten sooner by a clock that is set back', () => {
    const replays = new Replays({ most: 1 });
    replays.see('a', NOW + 300_000, NOW);
    expect(replays.see('b', NOW + 300_000, NOW - 3_600_000)).toBe('full');
    expect(replays.see('a', NOW + 300_000, NOW - 3_600_000)).toBe('replayed');
  });

  it('INV-7: takes no signature twice while it is accepted, in any order of times and at any bound', () => {
    const seen = fc.record({
      signature: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      wait: fc.nat(400_000),
    });
    fc.assert(
      fc.property(fc.array(seen, { maxLength: 60 }), fc.integer({ min: 1, max: 4 }), (steps, most) => {
        const replays = new Replays({ most });
        const taken = new Map<string, number>();
        let now = NOW;
        for (const { signature, wait } of steps) {
          now += wait;
          // A signature holds its own time, so that the same one is always valid until the same moment.
          const validUntil = NOW + 300_000 * (signature.charCodeAt(0) - 95);
          if (now > validUntil) continue;
          const verdict = replays.see(signature, validUntil, now);
          expect([taken.has(signature), verdict]).not.toEqual([true, 'fresh']);
          expect([taken.has(signature), verdict]).not.toEqual([true, 'full']);
          if (verdict === 'fresh') taken.set(signature, validUntil);
          expect(replays.size).toBeLessThanOrEqual(most);
        }
      }),
    );
  });
});
