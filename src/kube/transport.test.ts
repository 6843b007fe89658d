// How the client behaves towards servers that misbehave on the wire; real answers are test/controlplane/kube.test.ts.
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { aCertificate } from '../../test/builders/certificate.ts';
import type { Credentials } from './credentials.ts';
import { listPages } from './list.ts';
import { KubeClient, type ClientOptions, type WriteNotice } from './transport.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const certificate = aCertificate();
let server: Server;
let handler: Handler = (_request, response) => void response.end('{}');
let origin = '';
const clients: KubeClient[] = [];

beforeAll(async () => {
  server = createServer({ ...certificate }, (request, response) => handler(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => void server.close());

afterEach(async () => {
  await Promise.all(clients.splice(0).map((made) => made.close()));
  server.closeAllConnections();
});

interface Held extends Credentials {
  refreshed: number;
}

function held(tls: Credentials['tls'] = { ca: certificate.cert, rejectUnauthorized: true }): Held {
  return {
    server: origin,
    namespace: 'default',
    tls,
    refreshed: 0,
    authorize() {
      return Promise.resolve({ authorization: `Bearer token-${this.refreshed}` });
    },
    refresh() {
      this.refreshed += 1;
      return Promise.resolve();
    },
  };
}

function client(more: Partial<ClientOptions> = {}): KubeClient {
  const made = new KubeClient({ credentials: held(), ...more });
  clients.push(made);
  return made;
}

const GET = { method: 'GET', path: '/x' } as const;
const POST = { method: 'POST', path: '/x', body: {} } as const;

describe('a client', () => {
  it('never follows a redirect, which would carry its credentials away', async () => {
    const asked: string[] = [];
    handler = (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(302, { location: `${origin}/elsewhere` }).end();
    };
    await expect(client().request(GET)).rejects.toMatchObject({ name: 'UnreachableError', code: 'redirect' });
    expect(asked).toEqual(['/x']);
  });

  it('does not talk to a server with another certificate, unless the kubeconfig says so', async () => {
    handler = (_request, response) => void response.end('{}');
    const other = aCertificate('other').cert;
    const strict = client({ credentials: held({ ca: other, rejectUnauthorized: true }) });
    await expect(strict.request(GET)).rejects.toMatchObject({ code: 'connection' });
    const lax = client({ credentials: held({ ca: other, rejectUnauthorized: false }) });
    await expect(lax.request(GET)).resolves.toEqual({});
  });

  it('takes fresh credentials after a 401 and repeats once, also a write', async () => {
    const seen: (string | undefined)[] = [];
    handler = (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(seen.length === 1 ? 401 : 201).end('{"ok":true}');
    };
    await expect(client().request(POST)).resolves.toEqual({ ok: true });
    expect(seen).toEqual(['Bearer token-0', 'Bearer token-1']);
  });

  it('gives up after the second 401', async () => {
    let asked = 0;
    handler = (_request, response) => {
      asked += 1;
      response.writeHead(401).end();
    };
    await expect(client().request(GET)).rejects.toMatchObject({ name: 'ApiError', code: 401 });
    expect(asked).toBe(2);
  });

  it.each([
    ['GET', 2],
    ['POST', 1],
  ] as const)(
    'sends a %s whose connection breaks %i time(s): only a read may be repeated',
    async (method, times) => {
      let asked = 0;
      handler = (request) => {
        asked += 1;
        request.socket.destroy();
      };
      await expect(client().request({ method, path: '/x' })).rejects.toMatchObject({ code: 'connection' });
      expect(asked).toBe(times);
    },
  );

  it('refuses an answer of more than 64 MiB', async () => {
    handler = (_request, response) => {
      const piece = Buffer.alloc(1024 * 1024, 0x20);
      let sent = 0;
      const more = (): void => {
        while (sent < 80 && !response.destroyed) {
          sent += 1;
          if (!response.write(piece)) return void response.once('drain', more);
        }
        response.end();
      };
      more();
    };
    await expect(client().request(GET)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('asks for fewer objects when a page is too large', async () => {
    const limits: string[] = [];
    handler = (request, response) => {
      const limit = Number(new URL(request.url ?? '', origin).searchParams.get('limit'));
      limits.push(String(limit));
      const padding = limit > 10 ? ' '.repeat(65 * 1024 * 1024) : '';
      response.end(`{"metadata":{"resourceVersion":"7"},"items":[]${padding}}`);
    };
    const kind = { group: '', version: 'v1', resource: 'pods', namespaced: true };
    const pages: unknown[] = [];
    for await (const page of listPages(client(), kind)) pages.push(page);
    expect(limits).toEqual(['500', '63', '8']);
    expect(pages).toEqual([{ items: [], resourceVersion: '7', more: false }]);
  });

  it('gives up after its time, and does not use that connection again', async () => {
    const sockets = new Set<unknown>();
    let mute = true;
    handler = (request, response) => {
      sockets.add(request.socket);
      if (!mute) response.end('{}');
    };
    const impatient = client({ timeoutMs: 1_100 });
    await expect(impatient.request(GET)).rejects.toMatchObject({ name: 'UnreachableError', code: 'timeout' });
    mute = false;
    await expect(impatient.request(GET)).resolves.toEqual({});
    expect(sockets.size).toBe(2);
  });

  it('gives up in time while no connection stands, and does not send the write later', async () => {
    const { promise: connected, resolve } = Promise.withResolvers<Socket>();
    const mute = createTcpServer({ pauseOnConnect: true }, resolve);
    await new Promise<void>((listening) => {
      mute.listen(0, '127.0.0.1', listening);
    });
    const { port } = mute.address() as AddressInfo;
    const credentials = { ...held(), server: `https://127.0.0.1:${port}` };
    const began = performance.now();
    const giveUp = client({ credentials, timeoutMs: 100 }).request(POST);
    await expect(giveUp).rejects.toMatchObject({ code: 'timeout' });
    expect(performance.now() - began).toBeLessThan(2_000);
    let asked = 0;
    handler = () => {
      asked += 1;
    };
    // The TLS handshake is let through only now.
    const near = await connected;
    const far = connect(Number(new URL(origin).port), '127.0.0.1');
    near.pipe(far).pipe(near);
    await once(far, 'close');
    expect(asked).toBe(0);
    near.destroy();
    mute.close();
  });

  it("rejects with the caller's own reason when the caller gives up", async () => {
    handler = () => {};
    const reason = new Error('enough');
    await expect(client().request({ ...GET, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('INV-10: an error repeats neither headers nor a body that is no Status', async () => {
    handler = (_request, response) => {
      response.writeHead(500, { 'x-secret': 'hunter2' }).end('{"message":"hunter2"}');
    };
    const error: unknown = await client()
      .request(GET)
      .catch((thrown: unknown) => thrown);
    expect(inspect(error, { depth: 10 })).not.toMatch(/hunter2|token-/);
    expect(error).toMatchObject({ code: 500, message: 'the API server answered 500' });
  });

  it('tells the hook before and after every write, with its number, and not about reads', async () => {
    handler = (request, response) => void response.writeHead(request.method === 'PUT' ? 409 : 200).end('{}');
    const notices: WriteNotice[] = [];
    const watched = client({ onWrite: (notice) => void notices.push(notice) });
    await watched.request(GET);
    await watched.request(POST);
    await watched.request({ method: 'PUT', path: '/y', body: {} }).catch(() => {});
    expect(notices.map(({ stage, method, path, n }) => `${stage} ${n} ${method} ${path}`)).toEqual([
      'before 1 POST /x',
      'after 1 POST /x',
      'before 2 PUT /y',
      'after 2 PUT /y',
    ]);
  });

  it('does not send a write whose hook fails', async () => {
    let asked = 0;
    handler = (_request, response) => {
      asked += 1;
      response.end('{}');
    };
    const failing = client({ onWrite: () => Promise.reject(new Error('failpoint')) });
    await expect(failing.request(POST)).rejects.toThrow('failpoint');
    expect(asked).toBe(0);
  });

  it('opens new connections when the TLS material changes', async () => {
    handler = (_request, response) => void response.end('{}');
    const credentials = { ...held({ ca: aCertificate('old').cert, rejectUnauthorized: true }) };
    const changing = client({ credentials });
    await expect(changing.request(GET)).rejects.toMatchObject({ code: 'connection' });
    Object.assign(credentials, { tls: { ca: certificate.cert, rejectUnauthorized: true } });
    await expect(changing.request(GET)).resolves.toEqual({});
  });

  it('reports missing credentials without calling', async () => {
    const credentials = { ...held(), authorize: () => Promise.reject(new Error('no token')) };
    await expect(client({ credentials }).request(GET)).rejects.toMatchObject({ code: 'credentials' });
  });

  it('breaks off a watch whose headers do not come in time', async () => {
    handler = () => {};
    const stream = client().stream({ path: '/x', timeoutMs: 50 });
    await expect(stream.next()).rejects.toMatchObject({ code: 'timeout' });
  });
});

describe('the time of the API server', () => {
  const HOUR = 3_600_000;
  const signal = AbortSignal.timeout(60_000);
  const dated = (time: number, status = 200) => {
    handler = (_request, response) => {
      response.writeHead(status, { date: new Date(time).toUTCString() }).end('{}');
    };
  };
  afterEach(() => void vi.restoreAllMocks());

  it.each([200, 403])(
    'is asked anew when somebody sets the clock of this machine (answer %i)',
    async (status) => {
      const asker = client();
      const now = Date.now();
      dated(now);
      await asker.request({ method: 'GET', path: '/' });
      vi.spyOn(Date, 'now').mockImplementation(() => now - HOUR);
      expect(Math.abs(asker.serverTime() - now)).toBeLessThan(60_000);
      dated(now + 10 * HOUR, status);
      expect(Math.abs((await asker.knownServerTime(signal)) - now - 10 * HOUR)).toBeLessThan(60_000);
      // Known now: nobody is asked again.
      dated(now + 20 * HOUR);
      expect(Math.abs((await asker.knownServerTime(signal)) - now - 10 * HOUR)).toBeLessThan(60_000);
    },
  );

  it('INV-7: is not guessed when nobody can tell it', async () => {
    const asker = client();
    const now = Date.now();
    vi.spyOn(Date, 'now').mockImplementation(() => now + HOUR);
    handler = (_request, response) => void response.destroy();
    await expect(asker.knownServerTime(signal)).rejects.toThrow();
  });
});
