import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLossless } from '../domain/change/json.ts';
import { decodeReview, type ReviewHead } from '../domain/change/review.ts';
import { scanHead, scanUid } from './head.ts';

const kind = (one: string) => ({ group: 'apps', version: 'v1', kind: one });
const resource = (one: string) => ({ group: 'apps', version: 'v1', resource: one });

/** A review in the order in which Go writes it; undefined fields are left out, as `omitempty` does. */
function aRequest(change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    uid: '8a5b4f6e-1c0b-4f0e-9d5e-3f6a2b1c0d9e',
    kind: kind('Deployment'),
    resource: resource('deployments'),
    subResource: undefined,
    requestKind: kind('Deployment'),
    requestResource: resource('deployments'),
    requestSubResource: undefined,
    name: 'api',
    namespace: 'payments',
    operation: 'UPDATE',
    userInfo: {
      username: 'system:serviceaccount:agents:deploy-bot',
      uid: '0f9b',
      groups: ['system:serviceaccounts', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/pod-name': ['deploy-bot-7d'] },
    },
    object: { metadata: { name: 'api' } },
    oldObject: { metadata: { name: 'api' } },
    dryRun: false,
    options: null,
    ...change,
  };
}

function wire(request: unknown, escape = true): string {
  const json = JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request });
  const escaped = json.replaceAll(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return `${escape ? escaped : json}\n`;
}

const bytes = (text: string) => Buffer.from(text);

/** The head that the full decode gives, or undefined when it refuses the body. */
function decoded(body: Uint8Array): ReviewHead | undefined {
  const parsed = parseLossless(body);
  if (!parsed.ok) return undefined;
  const full = decodeReview(parsed.value);
  if (!full.ok) return undefined;
  const { object: _object, oldObject: _old, options: _options, dryRun: _dryRun, ...head } = full.review;
  return head;
}

/** Own keys and values only, whatever the prototype. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const hostile = fc.constantFrom(
  '"object":',
  ',"object":{"a":1}',
  '","object":',
  '\\","object":',
  '}}',
  '__proto__',
  'constructor',
  '\\',
  '"',
  '\u0000',
  '\n',
  '\u2028',
  '<a&b>',
  'ä',
  '日本',
  '😀',
  '\ufeff',
  '\ufffd',
  '\ud800',
  '',
);
const simple = fc.stringMatching(/^[ !#-[\]-~]{1,20}$/);
const anything = fc.oneof(hostile, fc.string({ unit: 'binary', maxLength: 12 }), simple);

function requests(text: fc.Arbitrary<string>): fc.Arbitrary<Record<string, unknown>> {
  const maybe = fc.option(text, { nil: undefined });
  const gvr = fc.record({ group: text, version: text, resource: text });
  const gvk = fc.record({ group: text, version: text, kind: text });
  const lists = fc.array(text, { maxLength: 3 });
  return fc
    .record({
      uid: text,
      kind: gvk,
      resource: gvr,
      subResource: maybe,
      requestKind: gvk,
      requestResource: gvr,
      requestSubResource: maybe,
      name: maybe,
      namespace: maybe,
      operation: fc.constantFrom('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
      userInfo: fc.record({
        username: text,
        uid: maybe,
        groups: fc.option(lists, { nil: undefined }),
        extra: fc.option(
          fc.array(fc.tuple(text, lists), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
          { nil: undefined },
        ),
      }),
      object: fc.constantFrom({ a: '"oldObject":' }, { uid: 'x', userInfo: { username: 'y' } }),
    })
    .map((one) => aRequest(one));
}
const request = fc.oneof(requests(simple), requests(anything));

/** What the head scan leaves to the full decode: escapes, bytes above ASCII, and what Go would not write. */
const mayDecline = /[\\\x80-\xff]|__proto__|"extra":\{\}/;

describe('scanHead', () => {
  it('reads the head of a review as the API server writes it', () => {
    const body = bytes(wire(aRequest()));
    const scan = scanHead(body);
    expect(scan).toMatchObject({
      ok: true,
      head: { uid: '8a5b4f6e-1c0b-4f0e-9d5e-3f6a2b1c0d9e', operation: 'UPDATE' },
    });
    expect(scan.ok && plain(scan.head)).toEqual(plain(decoded(body)));
  });

  it.each([
    ['a subresource', { subResource: 'scale', requestSubResource: 'scale' }],
    ['no name and no namespace', { name: undefined, namespace: undefined }],
    ['a user without uid, groups and extra', { userInfo: { username: 'jane' } }],
    ['extra without values', { userInfo: { username: 'jane', extra: { a: [] } } }],
    ['a subresource that names no submitted one', { subResource: 'scale' }],
    ['an empty submitted subresource', { subResource: 'scale', requestSubResource: '' }],
    ['an end at oldObject', { operation: 'DELETE', object: undefined }],
    ['empty lists', { userInfo: { username: 'jane', groups: [], extra: { a: [], b: ['', ','], c: [']'] } } }],
    [
      'brackets and commas in strings',
      { name: '],[', userInfo: { username: 'a,b:[c]', groups: ['],', ','] } },
    ],
    [
      'more groups than the first look takes',
      { userInfo: { username: 'jane', groups: Array.from({ length: 400 }, (_, i) => `group-${i}`) } },
    ],
  ])('gives what the full decode gives: %s', (_title, change) => {
    const body = bytes(wire(aRequest(change)));
    const scan = scanHead(body);
    expect(scan.ok).toBe(true);
    expect(scan.ok && plain(scan.head)).toEqual(plain(decoded(body)));
  });

  it.each([
    ['an escaped character', { userInfo: { username: 'jane', groups: ['R&D'] } }],
    ['a quote and a backslash', { userInfo: { username: 'jane', groups: ['a"b\\c'] } }],
    ['text beyond ASCII', { userInfo: { username: 'jürgen 日本 😀' } }],
    ['keys of the head inside values', { name: ',"object":{}', namespace: '"userInfo":' }],
  ])('leaves %s to the full decode, at once', (_title, change) => {
    const body = bytes(wire(aRequest(change)));
    expect(scanHead(body)).toEqual({ ok: false, cut: false });
    expect(decoded(body)).toBeDefined();
  });

  it.each(['object', 'oldObject', 'dryRun', 'options'])('ends before the key %s', (key) => {
    const body = bytes(wire(aRequest()).replace('"object":', `"${key}":`));
    expect(scanHead(body).ok).toBe(true);
  });

  const good = wire(aRequest());
  it.each<[string, string | Buffer]>([
    ['a byte order mark', `\ufeff${good}`],
    ['leading white space', ` ${good}`],
    ['white space inside', good.replace('"kind":', '"kind": ')],
    ['another version', good.replace('admission.k8s.io/v1', 'admission.k8s.io/v1beta1')],
    ['another kind', good.replace('AdmissionReview', 'ConversionReview')],
    ['no apiVersion', good.replace('"apiVersion":"admission.k8s.io/v1",', '')],
    ['another order of keys', good.replace(/("name":"api"),("namespace":"payments")/, '$2,$1')],
    ['an unknown key', good.replace('"name":', '"label":"x","name":')],
    ['a key twice', good.replace('"name":', '"name":"x","name":')],
    ['an extra key twice', good.replace('"extra":{', '"extra":{"a":["1"],"a":["2"],')],
    ['an extra key twice, once escaped', good.replace('"extra":{', '"extra":{"a":["1"],"\\u0061":["2"],')],
    ['__proto__ as an extra key', good.replace('"extra":{', '"extra":{"__proto__":["2"],')],
    ['a number for a name', good.replace('"name":"api"', '"name":1')],
    ['null for a name', good.replace('"name":"api"', '"name":null')],
    ['null for groups', good.replace(/"groups":\[[^\]]*\]/, '"groups":null')],
    ['a number among groups', good.replace('"groups":[', '"groups":[1,')],
    ['no uid', good.replace(/"uid":"8[^"]*",/, '')],
    ['an empty uid', good.replace(/"uid":"8[^"]*"/, '"uid":""')],
    ['an empty username', good.replace(/"username":"[^"]*"/, '"username":""')],
    ['no username', good.replace(/"username":"[^"]*",/, '')],
    ['no operation', good.replace('"operation":"UPDATE",', '')],
    ['an unknown operation', good.replace('"UPDATE"', '"PATCH"')],
    ['a key with an escape', good.replace('"object"', '"ob\\u006aect"').replace('"oldObject"', '"x"')],
    ['a raw control character', good.replace('"name":"api"', '"name":"a\u0001i"')],
    ['a lone surrogate', good.replace('"name":"api"', '"name":"a\\ud800"')],
    ['an unknown escape', good.replace('"name":"api"', '"name":"a\\x"')],
    ['bytes that are not UTF-8', Buffer.from(good.replace('"api"', '"\u00ff"'), 'latin1')],
    ['an overlong encoding', Buffer.from(good.replace('"api"', '"\u00c0\u00af"'), 'latin1')],
    ['nothing', ''],
    ['an array', '[]'],
  ])('is not ok with %s', (_title, body) => {
    expect(scanHead(typeof body === 'string' ? bytes(body) : body).ok).toBe(false);
  });

  it('says whether more bytes may help', () => {
    expect(scanHead(bytes(good.slice(0, 300)))).toEqual({ ok: false, cut: true });
    expect(scanHead(bytes(good.replace('"kind":', '"kynd":')))).toEqual({ ok: false, cut: false });
  });

  it('INV-7: never gives another head than the full decode, and gives it for every plain review', () => {
    let both = 0;
    let full = 0;
    fc.assert(
      fc.property(request, fc.boolean(), (one, escape) => {
        const body = bytes(wire(one, escape));
        const scan = scanHead(body);
        const head = decoded(body);
        if (head === undefined) return;
        full += 1;
        if (scan.ok) both += 1;
        expect(scan.ok ? plain(scan.head) : 'not ok').toEqual(
          scan.ok || !mayDecline.test(body.toString('latin1')) ? plain(head) : 'not ok',
        );
      }),
      { numRuns: 3_000 },
    );
    expect(both).toBeGreaterThan(300);
    expect(full).toBeGreaterThan(both + 100);
  });

  it('INV-7: nor for mutated bytes, wherever they are', () => {
    const edit = fc.record({
      at: fc.nat({ max: 1_100 }),
      remove: fc.nat({ max: 3 }),
      insert: fc.oneof(
        fc.uint8Array({ maxLength: 2 }),
        fc
          .constantFrom(',"object":', '"', '\\', '{', '}', ',', ':', '\\u0022', '"uid":"x",')
          .map((s) => bytes(s)),
      ),
    });
    let both = 0;
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(aRequest()), requests(simple)),
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        (one, edits) => {
          let body = bytes(wire(one));
          for (const { at, remove, insert } of edits) {
            body = Buffer.concat([body.subarray(0, at), insert, body.subarray(at + remove)]);
          }
          const scan = scanHead(body);
          const full = decoded(body);
          if (!scan.ok || full === undefined) return;
          both += 1;
          expect(plain(scan.head)).toEqual(plain(full));
        },
      ),
      { numRuns: 3_000 },
    );
    expect(both).toBeGreaterThan(50);
  });

  it('reads from any prefix either nothing or the very same head', () => {
    fc.assert(
      fc.property(request, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
        const body = bytes(wire(one));
        const whole = scanHead(body);
        const part = scanHead(body.subarray(0, Math.floor(body.length * share)));
        const expected = whole.ok ? { ok: false, cut: true } : part;
        expect(part).toEqual(part.ok ? whole : expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads plain bytes that are no Buffer, also from the middle of one', () => {
    const body = new TextEncoder().encode(`xx${good}`);
    expect(scanHead(body.subarray(2))).toEqual(scanHead(bytes(good)));
  });
});

describe('scanUid', () => {
  const good = wire(aRequest());
  it.each([
    ['the whole body', good, '8a5b4f6e-1c0b-4f0e-9d5e-3f6a2b1c0d9e'],
    ['a body that breaks off after it', good.slice(0, 130), '8a5b4f6e-1c0b-4f0e-9d5e-3f6a2b1c0d9e'],
    ['a body that breaks off inside it', good.slice(0, 100), ''],
    [
      'a body that goes wrong after it',
      good.replace('"operation"', '"x"'),
      '8a5b4f6e-1c0b-4f0e-9d5e-3f6a2b1c0d9e',
    ],
    ['something else', '{"uid":"x"}', ''],
    ['nothing', '', ''],
  ])('reads it from %s', (_title, body, uid) => {
    expect(scanUid(bytes(body))).toBe(uid);
  });
});
