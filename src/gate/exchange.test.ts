import { once } from 'node:events';
import { type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import {
  anAgent,
  aReview,
  aServer,
  ask,
  closeAll,
  HEAD,
  never,
  raw,
  refused,
  requestHead,
  SEGMENT,
  uidOf,
  untilClosed,
  verdict,
} from '../../test/builders/admission-server.ts';
import { allow } from './answer.ts';
import { type ReviewContext, type ReviewRoute } from './exchange.ts';

afterEach(closeAll);

describe('Exchange: trouble ends in a well-formed denial (INV-7)', () => {
  const limits = { body: 100_000 };

  it('refuses a body that is announced too large, after reading it', async () => {
    const { server, port } = await aServer({ limits });
    const reply = await ask(port, { body: aReview(3_000_000) });
    expect(reply.status).toBe(200);
    expect(verdict(reply.body)).toEqual(refused('too-large'));
    expect(server.counters.refused['too-large']).toBe(1);
  });

  it('refuses a chunked body that turns out too large', async () => {
    const { port } = await aServer({ limits });
    const agent = anAgent();
    const sent = httpsRequest({
      host: '127.0.0.1',
      port,
      agent,
      method: 'POST',
      path: `/${SEGMENT}/admit`,
      headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
    });
    const body = aReview(300_000);
    for (let at = 0; at < body.length; at += 50_000) sent.write(body.subarray(at, at + 50_000));
    sent.end();
    const [response] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    expect(verdict(text)).toEqual(refused('too-large'));
  });

  it('takes a body of exactly the limit, at 32 MiB unless told otherwise', async () => {
    const { port } = await aServer();
    const padding = 32 * 1024 * 1024 - aReview().length;
    expect(verdict((await ask(port, { body: aReview(padding) })).body).allowed).toBe(true);
    expect(verdict((await ask(port, { body: aReview(padding + 1) })).body)).toEqual(refused('too-large'));
  });

  it('keeps the connection after an over-limit body', async () => {
    const { server, port } = await aServer({ limits });
    const agent = anAgent();
    await ask(port, { body: aReview(500_000), agent });
    expect(verdict((await ask(port, { agent })).body).allowed).toBe(true);
    expect(server.counters.connections).toBe(1);
  });

  it('refuses a body that is cut off by a caller who still listens', async () => {
    const { server, port } = await aServer({
      routes: { admit: { fromHead: (head) => allow(head.uid), full: () => expect.unreachable() } },
    });
    const body = aReview(20_000);
    const socket = await raw(port);
    socket.write(requestHead(body.length));
    socket.end(body.subarray(0, 10_000));
    const text = await untilClosed(socket);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
    expect(verdict(text)).toEqual(refused('truncated'));
    expect(server.counters.refused.truncated).toBe(1);
  });

  it('refuses a chunked body that stops making sense', async () => {
    const { port } = await aServer();
    const socket = await raw(port);
    const part = aReview().toString();
    socket.write(
      `POST /${SEGMENT}/admit HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `${part.length.toString(16)}\r\n${part}\r\nnot-a-size\r\n`,
    );
    expect(verdict(await untilClosed(socket))).toEqual(refused('truncated'));
  });

  it('counts a caller that goes away, and forgets its body', async () => {
    const { promise: started, resolve } = Promise.withResolvers<AbortSignal>();
    const full = (_body: Buffer, { signal }: ReviewContext) => {
      resolve(signal);
      return never();
    };
    const { server, port } = await aServer({ routes: { admit: { full } } });
    const body = aReview(1_000);
    const socket = await raw(port);
    socket.write(requestHead(body.length));
    socket.write(body);
    const signal = await started;
    expect(server.inFlight).toBe(1);
    socket.destroy();
    await once(signal, 'abort');
    expect(server.counters.aborted).toBe(1);
    expect(server.inFlight).toBe(0);
  });

  it('refuses at the deadline when the body does not come', async () => {
    const { port } = await aServer({ limits: { reviewMs: 100 } });
    const socket = await raw(port);
    socket.write(requestHead(5_000));
    socket.write(aReview(5_000).subarray(0, 1_000));
    const text = await untilClosed(socket);
    expect(text).toMatch(/\r\nConnection: close\r\n/i);
    expect(verdict(text)).toEqual(refused('deadline'));
  });

  it.each([
    ['nothing of it', '', ''],
    ['not enough of it', HEAD.slice(0, 60), ''],
    ['something else', '{"uid":"x"}', ''],
    ['the uid', HEAD.slice(0, 100), 'u-1'],
  ])('refuses with the uid as far as known when %s has arrived', async (_title, part, uid) => {
    const { port } = await aServer({ limits: { reviewMs: 100 } });
    const socket = await raw(port);
    socket.write(requestHead(5_000) + part);
    expect(verdict(await untilClosed(socket))).toEqual(refused('deadline', uid));
  });

  it('refuses at the deadline when the handler is late, and tells the handler', async () => {
    let signal: AbortSignal | undefined;
    const full = (_body: Buffer, context: ReviewContext) => {
      ({ signal } = context);
      return never();
    };
    const { server, port } = await aServer({ routes: { admit: { full } }, limits: { reviewMs: 100 } });
    expect(verdict((await ask(port)).body)).toEqual(refused('deadline'));
    expect(signal?.aborted).toBe(true);
    expect(server.counters.refused.deadline).toBe(1);
  });

  it('refuses at the deadline again and again on the same connection', async () => {
    const { server, port } = await aServer({ routes: { admit: { full: never } }, limits: { reviewMs: 50 } });
    const agent = anAgent();
    for (const path of ['admit', 'admit', 'admit?timeout=230ms', 'admit']) {
      const reply = await ask(port, { agent, path: `/${SEGMENT}/${path}` });
      expect(verdict(reply.body)).toEqual(refused('deadline'));
    }
    expect(server.counters).toMatchObject({ connections: 1, refused: { deadline: 4 } });
  });

  it('hangs up on a second review before the answer to the first', async () => {
    const { server, port } = await aServer({ routes: { admit: { full: never } } });
    const body = aReview();
    const socket = await raw(port);
    socket.on('error', () => undefined);
    socket.resume();
    const one = `${requestHead(body.length)}${body.toString()}`;
    socket.write(one + one);
    await once(socket, 'end');
    socket.destroy();
    expect(server.inFlight).toBe(0);
    expect(server.counters.aborted).toBe(1);
  });

  it('takes no notice of a handler that fails after it was told to stop', async () => {
    const errors: unknown[] = [];
    const full = async (_body: Buffer, { signal }: ReviewContext) => {
      await once(signal, 'abort');
      throw new Error('stopped');
    };
    const { port } = await aServer({
      routes: { admit: { full } },
      limits: { reviewMs: 50 },
      failed: (error) => errors.push(error),
    });
    expect(verdict((await ask(port)).body)).toEqual(refused('deadline'));
    expect(errors).toEqual([]);
  });

  it('refuses at the deadline of a caller in a hurry', async () => {
    const { port } = await aServer({ routes: { admit: { full: never } } });
    const reply = await ask(port, { path: `/${SEGMENT}/admit?timeout=300ms` });
    expect(verdict(reply.body)).toEqual(refused('deadline'));
  });

  it('refuses when a handler blocked the process past the deadline', async () => {
    let clock = 0;
    const full = (body: Buffer) => {
      clock += 9_000;
      return allow(uidOf(body));
    };
    const { port } = await aServer({ routes: { admit: { full } }, now: () => clock });
    expect(verdict((await ask(port)).body)).toEqual(refused('deadline'));
  });

  it.each<[string, ReviewRoute['full']]>([
    [
      'throws',
      () => {
        throw new Error('boom');
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['returns something that is no buffer', () => undefined as unknown as Buffer],
  ])('refuses when the handler %s', async (_title, full) => {
    const errors: unknown[] = [];
    const { server, port } = await aServer({
      routes: { admit: { full } },
      failed: (error) => errors.push(error),
    });
    const reply = await ask(port);
    expect(reply.status).toBe(200);
    expect(verdict(reply.body)).toEqual(refused('failed'));
    expect(errors).toHaveLength(1);
    expect(server.counters.refused.failed).toBe(1);
  });

  it('refuses even when the words for it fail', async () => {
    const { port } = await aServer({
      routes: { admit: { full: () => Promise.reject(new Error('boom')) } },
      refuse: () => {
        throw new Error('no words');
      },
    });
    expect(verdict((await ask(port)).body)).toEqual(refused('Assent cannot decide about this request.'));
  });

  it('refuses one review more than it works on at once', async () => {
    const waiting: ((answer: Buffer) => void)[] = [];
    const { promise: full, resolve: isFull } = Promise.withResolvers<void>();
    const route: ReviewRoute = {
      full: () =>
        new Promise((resolve) => {
          waiting.push(resolve);
          if (waiting.length === 2) isFull();
        }),
    };
    const { server, port } = await aServer({ routes: { admit: route }, limits: { inFlight: 2 } });
    const agent = anAgent();
    const first = [ask(port, { agent }), ask(port, { agent })];
    await full;
    expect(verdict((await ask(port, { agent })).body)).toEqual(refused('overloaded'));
    expect(server.counters.refused.overloaded).toBe(1);
    for (const answer of waiting) answer(allow('u-1'));
    for (const reply of await Promise.all(first)) expect(verdict(reply.body).allowed).toBe(true);
    const third = ask(port, { agent });
    await expect.poll(() => waiting.length).toBe(3);
    waiting[2]?.(allow('u-1'));
    expect(verdict((await third).body).allowed).toBe(true);
  });

  it('refuses bodies that it has no room for, and has room again afterwards', async () => {
    const { port } = await aServer({ limits: { room: 50_000 } });
    expect(verdict((await ask(port, { body: aReview(60_000) })).body)).toEqual(refused('overloaded'));
    expect(verdict((await ask(port, { body: aReview(40_000) })).body).allowed).toBe(true);
    expect(verdict((await ask(port, { body: aReview(40_000) })).body).allowed).toBe(true);
  });

  it.each([
    ['no HTTP at all', 'nonsense\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['headers without end', `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}`, /^HTTP\/1\.1 431 /],
    ['two lengths', `POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n`, /^HTTP\/1\.1 400 /],
    [
      'a length and chunks',
      `POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['a negative length', requestHead('-1'), /^HTTP\/1\.1 400 /],
  ])('hangs up on %s', async (_title, text, expected) => {
    const { server, port } = await aServer({ routes: { admit: { full: () => expect.unreachable() } } });
    const socket = await raw(port);
    socket.on('error', () => undefined);
    socket.write(text);
    expect(await untilClosed(socket)).toMatch(expected);
    expect(server.inFlight).toBe(0);
  });
});
