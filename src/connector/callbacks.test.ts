// The route for callbacks over a real server: what is answered, and that nobody learns why he is refused.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LONGEST_CALLBACK } from '../channels/slack/callbacks.ts';
import type { Handler } from '../channels/slack/envelopes.ts';
import { Replays } from '../channels/slack/replays.ts';
import { callbackApp, SLACK_PATH } from './callbacks.ts';
import { startConnector, type ConnectorServer } from './server.ts';

const NOW = 1_790_000_000_000;
const SECRET = '0123456789abcdef0123456789abcdef';
const CLICK = `payload=${encodeURIComponent('{"type":"block_actions"}')}`;

let server: ConnectorServer;
let handle: Handler;
let refused: string[];
let secrets: () => readonly string[];

beforeEach(async () => {
  handle = () => Promise.resolve(undefined);
  refused = [];
  secrets = () => [SECRET];
  server = await startConnector(anApp(), 0, '127.0.0.1');
});

afterEach(async () => {
  vi.useRealTimers();
  await server.close();
});

const anApp = () =>
  callbackApp({
    secrets: () => secrets(),
    replays: new Replays(),
    now: () => NOW,
    handle: (payload, telling) => handle(payload, telling),
    refused: (why) => void refused.push(why),
  });

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

function signed(body: string | Buffer): Record<string, string> {
  const at = String(NOW / 1_000);
  const mac = createHmac('sha256', SECRET).update(`v0:${at}:`).update(body).digest('hex');
  return { 'x-slack-request-timestamp': at, 'x-slack-signature': `v0=${mac}` };
}

function send({ method = 'POST', path = SLACK_PATH, body = CLICK, headers }: Sent = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, method, path, headers: headers ?? signed(body) };
    const sent = httpRequest(options, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, body: text, headers: answer.headers }),
      );
    });
    sent.on('error', reject);
    sent.end(method === 'GET' ? undefined : body);
  });
}

it('hands a genuine click on, and answers with what it is told', async () => {
  const seen: unknown[] = [];
  handle = (payload) => {
    seen.push(payload);
    return Promise.resolve({ response_action: 'clear', text: 'é' });
  };
  const answer = await send();
  expect(answer).toMatchObject({ status: 200, body: '{"response_action":"clear","text":"é"}' });
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(seen).toEqual([{ type: 'block_actions' }]);
  expect(refused).toEqual([]);
});

it('acknowledges with nothing where there is nothing to say', async () => {
  const answer = await send();
  expect(answer).toMatchObject({ status: 200, body: '' });
  expect(Object.keys(answer.headers)).not.toContain('x-powered-by');
});

it.each([
  ['another method', { method: 'GET' }],
  ['another method with a body', { method: 'PUT' }],
  ['another path', { path: '/' }],
  ['a longer path', { path: `${SLACK_PATH}/more` }],
  ['another spelling of the path', { path: '/slack//interactivity' }],
  ['a query', { path: `${SLACK_PATH}?a=b` }],
])('knows nothing of %s', async (_what, sent) => {
  expect(await send(sent)).toMatchObject({ status: 404, body: '' });
});

const COMPRESSED = gzipSync(CLICK);
const LONG = Buffer.alloc(LONGEST_CALLBACK + 1, 'a');

it.each([
  ['without a signature', { headers: {} }, 'missing-header'],
  ['signed by somebody else', { headers: signed('payload=%7B%7D') }, 'wrong-signature'],
  ['that is too long, before anybody looks who it is from', { body: LONG, headers: {} }, 'unreadable'],
  [
    'compressed',
    { body: COMPRESSED, headers: { ...signed(COMPRESSED), 'content-encoding': 'gzip' } },
    'unreadable',
  ],
  ['of another form', { body: 'a=b' }, 'unreadable'],
])('gives the same empty 401 to a callback %s', async (_what, sent, why) => {
  handle = () => Promise.reject(new Error('it was handed on'));
  expect(await send(sent)).toMatchObject({ status: 401, body: '' });
  expect(refused).toEqual([why]);
});

it('takes a callback once', async () => {
  expect((await send()).status).toBe(200);
  expect(await send()).toMatchObject({ status: 401, body: '' });
  expect(refused).toEqual(['replayed']);
});

it('believes nobody when the secrets cannot be read', async () => {
  secrets = () => {
    throw new Error('no such file');
  };
  expect((await send()).status).toBe(401);
});

it('says that it failed when the handler failed', async () => {
  handle = () => Promise.reject(new Error('a reason that stays here'));
  expect(await send()).toMatchObject({ status: 500, body: '' });
  expect(refused).toEqual(['failed']);
});

it('acknowledges a click that takes too long, and tells the handler that it did', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const begun = Promise.withResolvers<() => boolean>();
  const never = Promise.withResolvers<undefined>();
  handle = (_payload, { isLate }) => {
    begun.resolve(isLate);
    return never.promise;
  };
  const answer = send();
  const isLate = await begun.promise;
  expect(isLate()).toBe(false);
  await vi.advanceTimersByTimeAsync(2_500);
  expect(await answer).toMatchObject({ status: 200, body: '' });
  expect(isLate()).toBe(true);
});

it('hands on nothing of a body that broke off', async () => {
  const told = Promise.withResolvers<string>();
  refused.push = (why) => {
    told.resolve(why);
    return 1;
  };
  handle = () => Promise.reject(new Error('it was handed on'));
  const socket = connect(server.port, '127.0.0.1').resume();
  await once(socket, 'connect');
  socket.end(`POST ${SLACK_PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n${CLICK}`);
  expect(await told.promise).toBe('unreadable');
});

it.each([
  ['headers', 'POST '],
  ['a body', `POST ${SLACK_PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n`],
])('hangs up soon on whoever does not go on with %s', async (_what, begun) => {
  const limits = { headersMs: 10, requestMs: 10 };
  const impatient = await startConnector(anApp(), 0, '127.0.0.1', limits);
  const socket = connect(impatient.port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  socket.write(begun);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  await impatient.close();
});

it('answers a body without an end as soon as it is too long, and lets the connection go', async () => {
  const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
  await once(socket, 'connect');
  socket.write(`POST ${SLACK_PATH} HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n`);
  socket.write(LONG);
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  expect(answer).toContain('connection: close');
});
