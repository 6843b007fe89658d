import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  allowing,
  anAgent,
  aReview,
  aServer,
  ask,
  closeAll,
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

describe('AdmissionServer: routes', () => {
  it('answers a review with what the handler returns', async () => {
    const { server, port } = await aServer();
    const reply = await ask(port);
    expect(reply.status).toBe(200);
    expect(reply.headers['content-type']).toBe('application/json');
    expect(verdict(reply.body)).toEqual({ uid: 'u-1', allowed: true, message: undefined });
    expect(server.counters).toMatchObject({
      connections: 1,
      requests: { admit: 1 },
      aborted: 0,
      notFound: 0,
    });
  });

  it('tells handlers the deadline: the smaller of its own and what the caller leaves', async () => {
    const seen: number[] = [];
    const full = (body: Buffer, { deadline }: ReviewContext) => {
      seen.push(deadline);
      return allow(uidOf(body));
    };
    const { port } = await aServer({ routes: { admit: { full } }, now: () => 1_000_000 });
    for (const query of ['?timeout=10s', '?timeout=3s', ''])
      await ask(port, { path: `/${SEGMENT}/admit${query}` });
    expect(seen).toEqual([1_008_000, 1_002_800, 1_008_000]);
  });

  it.each([
    ['a wrong segment', { path: '/wrong/admit' }, 1],
    ['an empty segment', { path: '//admit' }, 1],
    ['no segment', { path: '/admit' }, 0],
    ['an unknown route', { path: `/${SEGMENT}/other` }, 0],
    ['a wrong segment and an unknown route', { path: '/wrong/other' }, 0],
    ['a longer path', { path: `/${SEGMENT}/admit/more` }, 0],
    ['a prototype key for a route', { path: `/${SEGMENT}/constructor` }, 0],
    ['the root', { path: '/' }, 0],
    ['GET of a route', { method: 'GET', path: `/${SEGMENT}/admit` }, 0],
    ['PUT of a route', { method: 'PUT', path: `/${SEGMENT}/admit` }, 0],
    ['POST of a probe', { path: '/healthz' }, 0],
    ['HEAD of a probe', { method: 'HEAD', path: '/healthz' }, 0],
    ['a percent-encoded segment', { path: '/s3cr3%74/admit' }, 1],
  ])(
    'answers %s with an empty 404, never runs a handler, and counts it',
    async (_title, what, wrongSegment) => {
      const { server, port } = await aServer({ routes: { admit: { full: () => expect.unreachable() } } });
      const reply = await ask(port, what);
      expect(reply).toMatchObject({ status: 404, body: '' });
      expect(reply.headers.location).toBeUndefined();
      expect(server.counters).toMatchObject({ notFound: 1, wrongSegment, requests: { admit: 0 } });
    },
  );

  it('ends a withdrawn segment on open connections too, within ten seconds', async () => {
    let clock = 1_000_000;
    let valid = true;
    const { server, port } = await aServer({ isSegment: () => valid, now: () => clock });
    const agent = anAgent();
    const status = async () => (await ask(port, { agent })).status;
    expect(await status()).toBe(200);
    valid = false;
    clock += 9_999;
    expect(await status()).toBe(200);
    clock += 1;
    expect(await status()).toBe(404);
    expect(await status()).toBe(404);
    valid = true;
    expect(await status()).toBe(200);
    valid = false;
    clock -= 5;
    expect(await status()).toBe(404);
    expect(server.counters).toMatchObject({ wrongSegment: 3, requests: { admit: 3 } });
  });

  it('knows no URL of another connection', async () => {
    const { port } = await aServer();
    const agent = anAgent();
    expect((await ask(port, { agent })).status).toBe(200);
    expect((await ask(port, { agent, path: '/wrong/admit' })).status).toBe(404);
    expect((await ask(port, { path: '/wrong/admit' })).status).toBe(404);
    expect((await ask(port, { agent })).status).toBe(200);
  });

  it('does not read a large body that has no right to be here', async () => {
    const { port } = await aServer();
    const socket = await raw(port);
    socket.write(requestHead(10_000_000, '/wrong/admit'));
    expect(await untilClosed(socket)).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
  });

  it.each([
    ['text/plain', 'malformed'],
    ['application/jsonx', 'malformed'],
    ['application/yaml', 'malformed'],
  ])('refuses content type %s', async (type, why) => {
    const { server, port } = await aServer({ routes: { admit: { full: () => expect.unreachable() } } });
    const reply = await ask(port, { headers: { 'content-type': type } });
    expect(reply.status).toBe(200);
    expect(verdict(reply.body)).toEqual(refused(why));
    expect(server.counters.refused.malformed).toBe(1);
  });

  it('takes a content type with a charset, and refuses an encoded body', async () => {
    const { port } = await aServer();
    const plain = await ask(port, { headers: { 'content-type': 'application/json; charset=utf-8' } });
    expect(verdict(plain.body).allowed).toBe(true);
    const encoded = await ask(port, { headers: { 'content-encoding': 'gzip' } });
    expect(verdict(encoded.body)).toEqual(refused('malformed'));
  });

  it('answers the probes, ready or not', async () => {
    let ready = { ok: true, why: '' };
    const { port } = await aServer({ ready: () => ready });
    expect(await ask(port, { method: 'GET', path: '/healthz' })).toMatchObject({ status: 200, body: 'ok\n' });
    expect(await ask(port, { method: 'GET', path: '/readyz?verbose' })).toMatchObject({
      status: 200,
      body: 'ok\n',
    });
    ready = { ok: false, why: 'policies have not been read yet' };
    expect(await ask(port, { method: 'GET', path: '/readyz' })).toMatchObject({
      status: 503,
      body: 'policies have not been read yet\n',
    });
    expect(await ask(port, { method: 'GET', path: '/healthz' })).toMatchObject({ status: 200 });
  });
});

describe('AdmissionServer: the first step', () => {
  it('answers from the head and never runs the second step', async () => {
    const route: ReviewRoute = {
      fromHead: (head) => (head.namespace === 'b' ? allow(head.uid) : undefined),
      full: () => expect.unreachable(),
    };
    const { port } = await aServer({ routes: { admit: route } });
    const agent = anAgent();
    for (const size of [0, 100_000, 3_000_000]) {
      expect(verdict((await ask(port, { body: aReview(size), agent })).body).allowed).toBe(true);
    }
  });

  it('runs the second step when the first has no answer, or cannot read the head', async () => {
    const heads: string[] = [];
    const route: ReviewRoute = {
      ...allowing,
      fromHead: (head) => {
        heads.push(head.uid);
        return undefined;
      },
    };
    const { port } = await aServer({ routes: { admit: route } });
    expect(verdict((await ask(port, { body: aReview(50_000) })).body).allowed).toBe(true);
    const unusual = Buffer.from('{ "request": { "uid": "u-2" } }');
    expect(verdict((await ask(port, { body: unusual })).body)).toMatchObject({ uid: 'u-2', allowed: true });
    expect(heads).toEqual(['u-1']);
  });

  it('waits for the whole body before it sends the answer of the head', async () => {
    const { promise: decided, resolve } = Promise.withResolvers<void>();
    const route: ReviewRoute = {
      fromHead: (head) => {
        resolve();
        return allow(head.uid);
      },
      full: never,
    };
    const { port } = await aServer({ routes: { admit: route } });
    const body = aReview(20_000);
    const socket = await raw(port);
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    socket.write(requestHead(body.length));
    socket.write(body.subarray(0, 5_000));
    await decided;
    expect(text).toBe('');
    socket.write(body.subarray(5_000));
    await once(socket, 'data');
    expect(verdict(text).allowed).toBe(true);
    socket.destroy();
  });

  it('INV-7: refuses when the first step throws', async () => {
    const route: ReviewRoute = {
      ...allowing,
      fromHead: () => {
        throw new Error('boom');
      },
    };
    const { server, port } = await aServer({ routes: { admit: route } });
    expect(verdict((await ask(port)).body)).toEqual(refused('failed'));
    expect(server.counters.refused.failed).toBe(1);
  });
});

describe('AdmissionServer: stopping', () => {
  it('drains: not ready, closes connections with each answer, ends the last reviews, then stops', async () => {
    const { promise: started, resolve: isStarted } = Promise.withResolvers<void>();
    const { promise: finish, resolve: answer } = Promise.withResolvers<Buffer>();
    const slow: ReviewRoute = {
      full: () => {
        isStarted();
        return finish;
      },
    };
    const { promise: grace, resolve: graceIsOver } = Promise.withResolvers<void>();
    const { server, port } = await aServer({ routes: { admit: allowing, slow }, wait: () => grace });
    const agent = anAgent();
    const idle = await raw(port);
    const hangsUp = once(idle, 'end');
    idle.resume();
    const last = ask(port, { agent, path: `/${SEGMENT}/slow` });
    await started;
    const drained = server.drain();

    const during = await ask(port, { agent });
    expect(verdict(during.body).allowed).toBe(true);
    expect(during.headers.connection).toBe('close');
    expect(await ask(port, { agent, method: 'GET', path: '/readyz' })).toMatchObject({
      status: 503,
      body: 'shutting down\n',
    });
    expect((await ask(port, { agent, path: '/wrong/admit' })).headers.connection).toBe('close');

    graceIsOver();
    await expect
      .poll(() =>
        raw(port).then(
          (socket) => socket.destroy(),
          () => 'refused',
        ),
      )
      .toBe('refused');
    answer(allow('u-1'));
    expect(verdict((await last).body).allowed).toBe(true);
    await drained;
    await hangsUp;
    idle.destroy();
    expect(server.connections).toBe(0);
  });

  it('drains at once when nothing is going on', async () => {
    const { server, port } = await aServer();
    await ask(port);
    await server.drain(0);
    await expect(ask(port)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('hangs up on idle connections without a reset: what is just being sent may be sent again elsewhere', async () => {
    let reviews = 0;
    const full: ReviewRoute['full'] = (body) => {
      reviews += 1;
      return allow(uidOf(body));
    };
    const { server, port } = await aServer({ routes: { admit: { full } } });
    const kept = await raw(port);
    const troubles: string[] = [];
    kept.on('error', (error) => troubles.push(error.message));
    kept.resume();
    // It goes on writing after we hang up, as Go does that has not read the end yet.
    const hungUp = once(kept, 'end');
    const drained = server.drain(0);
    await hungUp;
    const body = aReview(200_000);
    kept.write(requestHead(body.length));
    await new Promise((written) => {
      kept.end(body, () => written(undefined));
    });
    await drained;
    expect(troubles).toEqual([]);
    expect(reviews).toBe(0);
    expect(server.connections).toBe(0);
  });

  it('cuts a connection whose caller does not hang up', async () => {
    const { server, port } = await aServer({ wait: () => Promise.resolve() });
    const kept = await raw(port);
    kept.on('error', () => undefined).resume();
    const closed = once(kept, 'close');
    await server.drain();
    kept.end();
    await closed;
    expect(server.connections).toBe(0);
  });

  it('closes at once, whatever is going on, and more than once', async () => {
    const { server, port } = await aServer({ routes: { admit: { full: never } } });
    const silent = connectTcp(port, '127.0.0.1');
    silent.resume();
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    const pending = ask(port);
    await expect.poll(() => server.inFlight).toBe(1);
    await server.close();
    await expect(pending).rejects.toThrow(/hang up|ECONNRESET/);
    await server.close();
    expect(server.connections).toBe(0);
  });
});
