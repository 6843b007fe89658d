// A channel that others read gets no request: asked of the fake Slack by the real client.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aStoredRequest } from '../../../test/builders/cli.ts';
import { stageOf, type Stage } from '../../../test/fake-slack/stage.ts';
import type { Channel as FakeChannel } from '../../../test/fake-slack/state/people.ts';
import type { Channel } from '../channel.ts';
import { slackApi } from './client.ts';
import { slackChannel } from './courier.ts';

const TEN_MINUTES = 600_000;
let stage: Stage;
let channel: Channel;
let now = 0;
beforeAll(async () => {
  stage = await stageOf();
  const api = slackApi({ apiUrl: stage.slack.apiUrl, token: stage.app.botToken });
  channel = slackChannel({ api, botId: () => undefined, installation: 'a', cluster: 'a', now: () => now });
});
afterAll(() => stage.slack.close());

let places = 0;
function aPlace(): FakeChannel {
  places += 1;
  return stage.slack.addChannel({ name: `place-${places}`, kind: 'private', members: [stage.app.botUserId] });
}
const card = (place: FakeChannel) =>
  channel.postCard({ place: place.id, key: 'a:post' }, aStoredRequest('a'));
const count = (place: FakeChannel): number => stage.slack.messages(place.id).length;

describe('a channel with people of other organisations', () => {
  it.each([
    ['in it', { external: true }],
    ['invited to it', { pendingExternal: true }],
  ])('gets nothing that shows a request: %s', async (words, sharing) => {
    const place = Object.assign(aPlace(), sharing);
    const refused = {
      kind: 'refused',
      why: expect.stringContaining(words) as string,
      isOfPlace: true,
    };
    const address = { place: place.id, key: 'a:post' };
    const request = aStoredRequest('a');
    expect(await card(place)).toEqual(refused);
    expect(await channel.postList(address, [request])).toEqual(refused);
    expect(await channel.remind(address, '1.1', request)).toEqual(refused);
    const line = { id: '1', type: 'denied', at: '2026-11-22T10:00:00Z' } as const;
    expect(await channel.reply(address, '1.1', request, line)).toEqual(refused);
    expect(count(place)).toBe(0);
  });

  it('is asked about once in ten minutes, and no more once it is shared', async () => {
    const place = aPlace();
    const asked = () => stage.slack.counts('conversations.info')['ok'] ?? 0;
    const before = asked();
    expect((await card(place)).kind).toBe('done');
    now += TEN_MINUTES - 1;
    expect((await card(place)).kind).toBe('done');
    expect(asked() - before).toBe(1);
    place.external = true;
    now += 1;
    expect((await card(place)).kind).toBe('refused');
    place.external = false;
    expect((await card(place)).kind).toBe('done');
    expect(count(place)).toBe(3);
  });

  it('is doubted while Slack does not answer: nothing is sent, and nothing may have arrived', async () => {
    const place = aPlace();
    stage.slack.faults.order({ kind: 'reset', kept: false }, { method: 'conversations.info' });
    expect(await card(place)).toMatchObject({ kind: 'unsent' });
    expect(count(place)).toBe(0);
  });
});
