import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allow, deny } from './answer.ts';

interface Answer {
  kind: string;
  apiVersion: string;
  response: {
    uid: string;
    allowed: boolean;
    status?: {
      status: string;
      message: string;
      reason: string;
      code: number;
      details?: { causes: { reason: string; message: string; field?: string }[] };
    };
    warnings?: string[];
    auditAnnotations?: Record<string, string>;
  };
}

const read = (bytes: Buffer) => JSON.parse(bytes.toString()) as Answer;
const runes = (texts: readonly string[]) => texts.reduce((sum, text) => sum + Array.from(text).length, 0);

describe('allow', () => {
  it('is an AdmissionReview v1 that echoes the uid', () => {
    expect(read(allow('u-1'))).toEqual({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: { uid: 'u-1', allowed: true },
    });
  });

  it('is the same with and without extras, apart from these', () => {
    expect(allow('u-1', { warnings: [] })).toEqual(allow('u-1'));
    expect(read(allow('u-1', { warnings: ['w'], auditAnnotations: { request: 'r' } })).response).toEqual({
      uid: 'u-1',
      allowed: true,
      warnings: ['w'],
      auditAnnotations: { request: 'r' },
    });
  });

  it('echoes any uid', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (uid) => {
        expect(read(allow(uid)).response.uid).toBe(uid);
        expect(read(deny(uid, { message: 'no' })).response.uid).toBe(uid);
      }),
    );
  });
});

describe('deny', () => {
  it('is a 403 Forbidden with the words and the data', () => {
    const causes = [{ type: 'request', message: 'delete-api-7k2m' }];
    expect(read(deny('u-1', { message: 'Approval required.\n  state: Pending', causes }))).toEqual({
      kind: 'AdmissionReview',
      apiVersion: 'admission.k8s.io/v1',
      response: {
        uid: 'u-1',
        allowed: false,
        status: {
          status: 'Failure',
          message: 'Approval required.\n  state: Pending',
          reason: 'Forbidden',
          details: { causes: [{ reason: 'request', message: 'delete-api-7k2m' }] },
          code: 403,
        },
      },
    });
  });

  it.each([
    [undefined, 403],
    [403, 403],
    [500, 500],
    [599, 599],
    [200, 403],
    [399, 403],
    [600, 403],
    [1000, 403],
    [-5, 403],
    [500.5, 403],
    [Number.NaN, 403],
    [401, 403],
    [404, 403],
    [409, 403],
    [410, 403],
    [422, 403],
    [429, 403],
  ])('turns code %s into %d', (code, expected) => {
    expect(read(deny('u', { message: 'm', code })).response.status?.code).toBe(expected);
  });

  it('says InternalError from 500 on, unless told otherwise', () => {
    expect(read(deny('u', { message: 'm', code: 500 })).response.status?.reason).toBe('InternalError');
    expect(read(deny('u', { message: 'm', code: 500, reason: 'X' })).response.status?.reason).toBe('X');
  });

  it.each([
    ['', 'Assent denied this request.'],
    ['\u0007', 'Assent denied this request.'],
    ['a\u001b[31mb', 'a [31mb'],
    ['a\r\nb', 'a \nb'],
    ['a\u202eb\u2066c', 'a b c'],
    ['a\ud800b', 'a\ufffdb'],
    ['spec.selector: field is immutable', 'spec.selector: field is unchangeable'],
    ['an Immutable field', 'an unchangeable field'],
    ['ImmutableFields are immutable', 'ImmutableFields are immutable'],
  ])('writes %j as %j', (message, expected) => {
    expect(read(deny('u', { message })).response.status?.message).toBe(expected);
  });

  it('cuts a message that is too long and marks it', () => {
    const message = read(deny('u', { message: '😀'.repeat(20_000) })).response.status?.message ?? '';
    expect(message.length).toBeLessThanOrEqual(16_384);
    expect(message.endsWith('😀…')).toBe(true);
  });

  it('cleans causes too', () => {
    const causes = [{ type: 'a\nb', message: 'c\u0007d', field: 'e\u202ef' }];
    expect(read(deny('u', { message: 'm', causes })).response.status?.details?.causes).toEqual([
      { reason: 'a b', message: 'c d', field: 'e f' },
    ]);
  });

  it('INV-7: is always a well-formed denial, whatever it is given', () => {
    const input = fc.record({
      message: fc.string({ unit: 'binary' }),
      code: fc.option(fc.double(), { nil: undefined }),
      causes: fc.array(
        fc.record({ type: fc.string({ unit: 'binary' }), message: fc.string({ unit: 'binary' }) }),
      ),
      warnings: fc.array(fc.string({ unit: 'binary' })),
      auditAnnotations: fc.dictionary(fc.string(), fc.string({ unit: 'binary' })),
    });
    fc.assert(
      fc.property(fc.string(), input, (uid, denial) => {
        const { response } = read(deny(uid, denial));
        expect(response).toMatchObject({ uid, allowed: false, status: { status: 'Failure' } });
        expect(response.status?.message).not.toMatch(/^$|is immutable|immutable field|(?!\n)\p{Cc}/iu);
        expect(response.status?.code).toBeGreaterThanOrEqual(400);
        expect(response.status?.code).toBeLessThan(600);
      }),
    );
  });
});

describe('warnings', () => {
  const warned = (...warnings: string[]) => read(allow('u', { warnings })).response.warnings;

  it.each([
    [['a\nb\tc'], ['a b c']],
    [['', ' ', '\u0000'], undefined],
    [['same', 'same'], ['same']],
    [['x'.repeat(121)], [`${'x'.repeat(119)}…`]],
    [['x'.repeat(120)], ['x'.repeat(120)]],
  ])('writes %j as %j', (given, expected) => {
    expect(warned(...given)).toEqual(expected);
  });

  it('keeps all of them together under 4096 characters and says how many are missing', () => {
    const kept = warned(...Array.from({ length: 100 }, (_, i) => `${i} `.padEnd(110, 'x'))) ?? [];
    expect(runes(kept)).toBeLessThan(4_096);
    expect(kept.at(-1)).toBe(`${100 - kept.length + 1} more warnings are not shown.`);
  });

  it('are never empty, too long or with control characters', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 200 }), { maxLength: 60 }), (given) => {
        const kept = warned(...given) ?? [];
        expect(runes(kept)).toBeLessThan(4_096);
        for (const one of kept) expect(one).toMatch(/^\P{Cc}{1,120}$/u);
      }),
    );
  });
});

describe('audit annotations', () => {
  it('keep only keys that the API server keeps', () => {
    const auditAnnotations = {
      request: 'r',
      'A_b.c-1': '',
      'with/slash': 'x',
      'with space': 'x',
      '-start': 'x',
      ['k'.repeat(63)]: 'y',
      ['k'.repeat(64)]: 'x',
    };
    expect(read(deny('u', { message: 'm', auditAnnotations })).response.auditAnnotations).toEqual({
      request: 'r',
      'A_b.c-1': '',
      ['k'.repeat(63)]: 'y',
    });
  });
});
