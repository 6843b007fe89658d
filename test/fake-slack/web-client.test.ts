// The real @slack/web-api 8.2.0 against the fake: how it behaves in trouble. This is the measured table that the design
// of delivery rests on; an upgrade of the client that changes a row is seen here.
import { ErrorCode, type WebAPICallResult } from '@slack/web-api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HeldTimers } from './held-timers.ts';
import { section, stageOf, type Stage } from './stage.ts';

let stage: Stage;
let timers: HeldTimers | undefined;
beforeEach(async () => {
  stage = await stageOf();
});
afterEach(async () => {
  timers?.restore();
  timers = undefined;
  await stage.slack.close();
});

const post = (client: Stage['client'], text = 'hello'): Promise<WebAPICallResult> =>
  client.chat.postMessage({ channel: stage.channel.id, text });
/** The first two backoffs (1 to 4 s) and a short Retry-After; 3 s sharp is how long the connection is kept alive. */
const holdTimers = (): HeldTimers =>
  (timers = new HeldTimers((ms) => ms >= 1000 && ms < 4000 && ms !== 3000));

describe('the default retries', () => {
  it.each([
    ['connections that are reset after the post', { kind: 'reset', kept: true }],
    ['status 500 after the post', { kind: 'status', status: 500, kept: true }],
  ] as const)('post three times over %s, and the caller sees one success', async (_, fault) => {
    stage.slack.faults.order(fault, { method: 'chat.postMessage', times: 2 });
    const held = holdTimers();
    const answer = post(stage.clientWith({}));
    (await held.next()).fire();
    (await held.next()).fire();
    expect((await answer).ok).toBe(true);
    expect(stage.slack.messages(stage.channel.id)).toHaveLength(3);
  });

  it('do not repeat what Slack answered', async () => {
    stage.slack.faults.order({ kind: 'error', error: 'fatal_error' });
    await expect(post(stage.clientWith({}))).rejects.toMatchObject({
      code: ErrorCode.PlatformError,
      data: { ok: false, error: 'fatal_error' },
    });
    expect(stage.slack.counts('chat.postMessage')).toEqual({ error: 1 });
  });

  it('repeat a text with half an emoji, which never leaves the process', async () => {
    const held = holdTimers();
    const answer = post(stage.clientWith({ retryConfig: { retries: 2 } }), 'cut \u{d83d}');
    const thrown = answer.catch((error: unknown) => error);
    (await held.next()).fire();
    (await held.next()).fire();
    expect(await thrown).toBeInstanceOf(URIError);
    expect(stage.slack.counts('chat.postMessage')).toEqual({});
  });
});

describe('a rate limit', () => {
  it('pauses the whole client: a call of another method waits for it', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: 2 });
    const held = holdTimers();
    const client = stage.clientWith({});
    const posted = post(client);
    const pause = await held.next();
    expect(pause.ms).toBe(2000);
    const unrelated = client.auth.test();
    // Another client gets its answer meanwhile; the paused one has not even sent its call.
    await stage.client.auth.test();
    expect(stage.slack.world.calls.map(({ method }) => method)).toEqual(['chat.postMessage', 'auth.test']);
    pause.fire();
    await unrelated;
    (await held.next()).fire();
    expect((await posted).ok).toBe(true);
  });

  it('without Retry-After is a plain error at once', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: undefined });
    const error: unknown = await post(stage.clientWith({})).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).not.toHaveProperty('code', ErrorCode.RateLimitedError);
    expect(stage.slack.counts('chat.postMessage')).toEqual({ rate: 1 });
  });

  it('is an error of its own with `rejectRateLimitedCalls`, and stops nothing else', async () => {
    stage.slack.faults.order({ kind: 'rate', retryAfter: 7 });
    await expect(post(stage.client)).rejects.toMatchObject({
      code: ErrorCode.RateLimitedError,
      retryAfter: 7,
    });
    expect((await stage.client.auth.test()).ok).toBe(true);
  });
});

describe('without retries of its own', () => {
  it.each([
    ['reset', { kind: 'reset', kept: true }, ErrorCode.RequestError],
    ['503', { kind: 'status', status: 503, kept: true }, ErrorCode.HTTPError],
  ] as const)('a lost answer (%s) is told, and metadata finds the post', async (_, fault, code) => {
    stage.slack.faults.order(fault);
    const metadata = { event_type: 'assent_request', event_payload: { uid: 'u-1' } };
    const call = stage.client.chat.postMessage({ channel: stage.channel.id, text: 'hello', metadata });
    await expect(call).rejects.toMatchObject({ code });
    const { messages } = await stage.client.conversations.history({
      channel: stage.channel.id,
      include_all_metadata: true,
    });
    expect(messages?.map((message) => message.metadata)).toEqual([metadata]);
  });

  it('metadata is not shown to who does not ask for it', async () => {
    const metadata = { event_type: 'assent_request', event_payload: { uid: 'u-1' } };
    await stage.client.chat.postMessage({ channel: stage.channel.id, text: 'hello', metadata });
    const { messages } = await stage.client.conversations.history({ channel: stage.channel.id });
    expect(messages?.[0]).not.toHaveProperty('metadata');
  });

  it('a server that hangs is given up after the timeout; a server that is down at once', async () => {
    stage.slack.faults.order({ kind: 'hang', kept: true });
    const client = stage.clientWith({ retryConfig: { retries: 0 }, timeout: 50 });
    await expect(post(client)).rejects.toMatchObject({ code: ErrorCode.RequestError });
    stage.slack.down();
    await expect(post(stage.client)).rejects.toMatchObject({ code: ErrorCode.RequestError });
    stage.slack.up();
    expect((await post(stage.client)).ok).toBe(true);
    expect(stage.slack.messages(stage.channel.id)).toHaveLength(2);
  });

  it('HTML instead of JSON is a platform error', async () => {
    stage.slack.faults.order({ kind: 'garbage' });
    await expect(post(stage.client)).rejects.toMatchObject({ code: ErrorCode.PlatformError });
  });

  it('a slow answer comes when the clock says so, and the post is there before it', async () => {
    stage.slack.faults.order({ kind: 'slow', ms: 4000 });
    const posted = post(stage.client);
    await stage.slack.until(() => stage.slack.messages(stage.channel.id).length === 1);
    stage.clock.advance(4000);
    expect((await posted).ok).toBe(true);
  });

  it('a call can be overtaken by the next one', async () => {
    stage.slack.faults.order({ kind: 'overtaken' });
    const first = post(stage.client, 'first');
    await stage.slack.until(() => stage.slack.world.calls.length === 1);
    await Promise.all([first, post(stage.client, 'second')]);
    expect(stage.slack.messages(stage.channel.id).map(({ text }) => text)).toEqual(['second', 'first']);
  });
});

it('validates no blocks itself: Slack names the places', async () => {
  const blocks = Array.from({ length: 60 }, () => section('x'));
  const call = stage.client.chat.postMessage({ channel: stage.channel.id, text: 'hello', blocks });
  await expect(call).rejects.toMatchObject({
    data: {
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] no more than 50 items allowed [json-pointer:/blocks]'] },
    },
  });
});

it('tells the scopes that were granted and those that were accepted', async () => {
  const { response_metadata: metadata } = await post(stage.client);
  expect(metadata).toMatchObject({ acceptedScopes: ['chat:write'] });
  expect(metadata?.scopes).toContain('users:read');
});
