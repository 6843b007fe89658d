import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { errorFacts, scrub, scrubText } from './scrub.ts';

const CANARY = 'canary-7f3a9c';
const lineOf = (value: unknown): string => JSON.stringify(scrub(value));

describe('scrubText', () => {
  it.each([
    ['a JSON web token', `token eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.${CANARY}`],
    ['a JSON web token that was cut', `eyJhbGciOiJIUzI1NiJ9.${CANARY}`],
    ['a bearer header', `Authorization: Bearer ${CANARY}`],
    ['a basic header in lower case', `authorization: basic ${CANARY}`],
    ['a Slack token', `xoxb-${CANARY}-1`],
    ['a private key', `-----BEGIN EC PRIVATE KEY-----\n${CANARY}\n-----END EC PRIVATE KEY-----`],
    ['a private key that was cut', `-----BEGIN PRIVATE KEY-----\n${CANARY}`],
    ['a password in a URL', `redis://assent:${CANARY}@redis:6379`],
    ['the secret path', 'POST /0123456789abcdef0123456789abcdef/gate'],
  ])('masks %s', (_, text) => {
    expect(scrubText(text)).not.toContain(CANARY);
    expect(scrubText(text)).not.toMatch(/[0-9a-f]{32}/);
  });

  it.each([
    'denied: delete deployments payments/api',
    'uid 7b2b3f1e-0c3f-4b8e-9d5e-0f1e2d3c4b5a',
    'v1:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    'https://10.0.0.1:8443/healthz',
  ])('leaves ordinary text alone: %s', (text) => {
    expect(scrubText(text)).toBe(text);
  });

  it('cuts long text and says by how much', () => {
    expect(scrubText('x'.repeat(1_500))).toMatch(/^x{1000}\.\.\. \(500 more\)$/);
  });

  it('takes no longer than a moment on a megabyte of near misses', () => {
    const started = performance.now();
    scrubText('-----BEGIN PRIVATE KEY----- eyJaaaaaaaa. Bearer xoxb- ://a '.repeat(20_000));
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('scrub', () => {
  it.each([
    ['data of a Secret', { kind: 'Secret', data: { password: CANARY } }],
    ['stringData', { stringData: { password: CANARY } }],
    ['a token', { token: CANARY }],
    ['a token with another spelling', { 'access-token': CANARY, accessToken: CANARY, ACCESS_TOKEN: CANARY }],
    ['headers', { headers: { authorization: CANARY } }],
    ['an object of a review', { object: { spec: { env: CANARY } } }],
    ['the old object', { deep: [{ oldObject: [CANARY] }] }],
    ['bytes', { value: Buffer.from(CANARY) }],
    ['a map', { values: new Map([['k', CANARY]]) }],
    ['a function', { f: () => CANARY }],
    ['what lies too deep', { a: { b: { c: { d: { e: { f: CANARY } } } } } }],
  ])('keeps %s out of a line', (_, value) => {
    expect(lineOf(value)).not.toContain(CANARY);
  });

  it('keeps names, numbers and times', () => {
    const fields = {
      request: 'delete-api-1',
      object: 'payments/api',
      count: 3n,
      at: new Date(0),
      list: ['a', 1],
    };
    expect(scrub(fields)).toEqual({
      request: 'delete-api-1',
      object: 'payments/api',
      count: '3',
      at: '1970-01-01T00:00:00.000Z',
      list: ['a', 1],
    });
  });

  it('bounds lists and maps and says what is missing', () => {
    expect(scrub(Array.from({ length: 60 }, (_, index) => index))).toHaveLength(51);
    const wide = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`k${index}`, index]));
    expect(scrub(wide)).toMatchObject({ more: 10 });
  });

  it('survives getters that throw, cycles and prototypes', () => {
    const cycle: Record<string, unknown> = Object.create(null);
    cycle['self'] = cycle;
    const get = (): never => {
      throw new Error('no');
    };
    const thrower = Object.defineProperty({}, 'x', { enumerable: true, get });
    expect(scrub(thrower)).toEqual({ x: '[unreadable]' });
    expect(() => lineOf(cycle)).not.toThrow();
    expect(lineOf(JSON.parse('{"__proto__": {"a": 1}}'))).toBe('{"__proto__":{"a":1}}');
  });

  it('INV-10: whatever lies under a secret key never reaches a line', () => {
    const key = fc.constantFrom(
      'data',
      'stringData',
      'token',
      'Authorization',
      'client_secret',
      'body',
      'privateKey',
    );
    const holder = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        key.map((name) => ({ [name]: CANARY })),
        key.map((name) => ({ [name]: { nested: [CANARY] } })),
        fc.dictionary(fc.string(), tie('node'), { maxKeys: 3 }),
        fc.array(tie('node'), { maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(holder, (value) => {
        expect(lineOf(value)).not.toContain(CANARY);
      }),
    );
  });
});

describe('errorFacts', () => {
  it('says type, code, the first line and causes, and nothing else', () => {
    const cause = Object.assign(new TypeError('reset'), { code: 'ECONNRESET', headers: CANARY });
    const error = Object.assign(new Error(`HTTP-Code: 403\nBody: ${CANARY}\nHeaders: ${CANARY}`, { cause }), {
      code: 403,
      body: CANARY,
      response: { body: CANARY },
    });
    const facts = errorFacts(error);
    expect(facts).toMatchObject({
      type: 'Error',
      code: 403,
      message: 'HTTP-Code: 403',
      cause: { type: 'TypeError', code: 'ECONNRESET', message: 'reset' },
    });
    expect(facts.stack?.[0]).toMatch(/^at /);
    expect(JSON.stringify(facts)).not.toContain(CANARY);
  });

  it('names a thrown object without showing it', () => {
    expect(errorFacts({ password: CANARY })).toEqual({ type: 'object', message: 'not an error object' });
    expect(errorFacts('plain words\nmore')).toEqual({ type: 'string', message: 'plain words' });
  });

  it('ends a chain of causes that has no end', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(errorFacts(error)).split('"cause"')).toHaveLength(4);
  });
});
