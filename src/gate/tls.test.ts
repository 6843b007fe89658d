import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { type ConnectionOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  anAgent,
  aReview,
  aServer,
  ask,
  certificate,
  closeAll,
  raw,
  requestHead,
  serverOptions,
  untilClosed,
  verdict,
} from '../../test/builders/admission-server.ts';
import { aCertificate } from '../../test/builders/certificate.ts';
import { allow } from './answer.ts';
import { DEFAULT_LIMITS } from './server-options.ts';
import { AdmissionServer } from './server.ts';
import { type CertificatePair } from './tls.ts';

afterEach(closeAll);

describe('AdmissionServer: TLS and connections', () => {
  it.each<[string, ConnectionOptions, string]>([
    ['TLS 1.3', {}, 'TLSv1.3'],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }, 'TLSv1.2'],
  ])('speaks %s', async (_title, options, protocol) => {
    const { port } = await aServer();
    const socket = await raw(port, options);
    expect(socket.getProtocol()).toBe(protocol);
    socket.destroy();
  });

  it.each<[string, ConnectionOptions]>([
    ['TLS 1.1', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' }],
    ['CBC ciphers', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA256' }],
    ['only HTTP/2', { ALPNProtocols: ['h2'] }],
  ])('refuses a client that wants %s', async (_title, options) => {
    const { server, port } = await aServer();
    await expect(raw(port, options)).rejects.toThrow();
    await expect.poll(() => server.counters.handshakeFailures).toBe(1);
  });

  it('names HTTP/1.1 to a client that also offers HTTP/2', async () => {
    const { port } = await aServer();
    const socket = await raw(port, { ALPNProtocols: ['h2', 'http/1.1'] });
    expect(socket.alpnProtocol).toBe('http/1.1');
    socket.destroy();
  });

  it('hangs up on plain HTTP and counts it', async () => {
    const { server, port } = await aServer();
    const socket = connectTcp(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect(server.counters.handshakeFailures).toBe(1);
  });

  it('uses a new certificate for new connections without a restart', async () => {
    const { server, port } = await aServer();
    const second = aCertificate('second');
    const old = anAgent();
    await ask(port, { agent: old });
    server.setCertificate(second);
    expect((await ask(port, { agent: old })).status).toBe(200);
    expect((await ask(port, { agent: anAgent(second) })).status).toBe(200);
    await expect(ask(port, { agent: anAgent() })).rejects.toThrow(/self-signed|certificate/);
    const limited = raw(port, {
      ca: second.cert,
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    });
    await expect(limited).rejects.toThrow();
  });

  it.each<[string, CertificatePair]>([
    ['a key of another certificate', { cert: aCertificate().cert, key: certificate.key }],
    ['text', { cert: 'not a certificate', key: certificate.key }],
    ['nothing', { cert: '', key: '' }],
    ['no key', { cert: certificate.cert, key: '' }],
    ['a certificate that is not ECDSA', aCertificate('ed', 'ed25519')],
  ])('refuses %s as certificate and keeps serving the old one', async (_title, pair) => {
    const { server, port } = await aServer();
    expect(() => {
      server.setCertificate(pair);
    }).toThrow();
    expect((await ask(port)).status).toBe(200);
    expect(() => new AdmissionServer({ ...serverOptions(), certificate: pair })).toThrow();
  });

  it('keeps connections between reviews, for longer than the API server does', async () => {
    const { server, port } = await aServer();
    const agent = anAgent();
    for (let i = 0; i < 20; i += 1) await ask(port, { agent });
    expect(server.counters.connections).toBe(1);
    expect(server.connections).toBe(1);
    expect(DEFAULT_LIMITS.idleMs).toBeGreaterThan(100_000);
  });

  it('ends a connection that carries nothing', async () => {
    const { port } = await aServer({ limits: { idleMs: 100 } });
    const socket = await raw(port);
    expect(await untilClosed(socket)).toBe('');
  });

  it.each([
    ['its answer', 700],
    ['a refusal at the deadline', 300],
  ])('ends an idle connection after %s, and none that waits for one', async (_title, reviewMs) => {
    const { promise: answer, resolve } = Promise.withResolvers<Buffer>();
    const { port } = await aServer({
      routes: { admit: { full: () => answer } },
      limits: { idleMs: 100, reviewMs },
    });
    const socket = await raw(port);
    const body = aReview();
    const started = performance.now();
    socket.write(requestHead(body.length));
    socket.write(body);
    const answering = setTimeout(() => {
      resolve(allow('u-1'));
    }, 400);
    expect(verdict(await untilClosed(socket)).allowed).toBe(reviewMs > 400);
    expect(performance.now() - started).toBeGreaterThan(300);
    clearTimeout(answering);
  });

  it('answers, although strangers hold every connection; the oldest of them goes, no caller does (T89)', async () => {
    const { server, port } = await aServer({ limits: { connections: 20 } });
    const agent = anAgent();
    await ask(port, { agent });
    const ends: Promise<string>[] = [];
    for (let i = 0; i < 40; i += 1) ends.push(untilClosed(await raw(port)));
    expect((await ask(port)).status).toBe(200);
    expect((await ask(port, { agent })).status).toBe(200);
    await Promise.all(ends.slice(0, 20));
    expect(server.counters.connections).toBe(42);
  });

  it('keeps no connection for probes and strangers', async () => {
    const { port } = await aServer();
    const agent = anAgent();
    for (const path of ['/healthz', '/readyz', '/other']) {
      const reply = await ask(port, { agent, method: 'GET', path });
      expect(reply.headers.connection).toBe('close');
    }
  });

  it('takes no more connections than it is told', async () => {
    const { server, port } = await aServer({ limits: { connections: 2 } });
    const first = await raw(port);
    const second = await raw(port);
    await expect(raw(port)).rejects.toThrow();
    first.destroy();
    await expect.poll(() => server.connections).toBe(1);
    const third = await raw(port);
    for (const socket of [second, third]) socket.destroy();
  });

  it('fails to listen on a port that is taken', async () => {
    const { port } = await aServer();
    const other = new AdmissionServer(serverOptions());
    await expect(other.listen(port, '127.0.0.1')).rejects.toThrow(/EADDRINUSE/);
    await other.close();
  });
});
