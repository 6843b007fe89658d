import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { customResourceDefinition } from './crd.ts';
import { KINDS } from './kinds.ts';
import { LINE, PROSE, toLine } from './plain-text.ts';
import type { Structural } from './structural.ts';

const MARKS = [
  '\u0000',
  '\u0007',
  '\u001b',
  '\u007f',
  '\u009b',
  '\u061c',
  '\u200e',
  '\u200f',
  '\u202a',
  '\u202e',
];
const MORE_MARKS = ['\u2028', '\u2029', '\u2066', '\u2069'];

interface Field {
  readonly path: string;
  readonly pattern: string;
}

/** Every string field of a schema that is no choice among words. */
function stringFields(path: string, schema: Partial<Structural>): Field[] {
  const own = schema.type === 'string' && !schema.enum ? [{ path, pattern: schema.pattern ?? '' }] : [];
  const below = Object.entries(schema.properties ?? {}).map(
    ([name, field]) => [`${path}.${name}`, field] as const,
  );
  const entries = [schema.items, schema.additionalProperties].flatMap((field) =>
    field ? [[`${path}[]`, field] as const] : [],
  );
  return [...own, ...[...below, ...entries].flatMap(([where, field]) => stringFields(where, field))];
}

const fields = KINDS.flatMap((kind) => {
  const { spec, status } = customResourceDefinition(kind).spec.versions[0]!.schema.openAPIV3Schema.properties;
  return [
    ...stringFields(`${kind.kind}.spec`, spec),
    ...(status ? stringFields(`${kind.kind}.status`, status) : []),
  ];
});

describe('text in our objects', () => {
  it('every string field of every kind refuses whatever moves the cursor or turns the text', () => {
    expect(fields.length).toBeGreaterThan(80);
    for (const { path, pattern } of fields) {
      const compiled = RE2JS.compile(pattern);
      const let_through = [...MARKS, ...MORE_MARKS].filter((mark) => compiled.matcher(`a${mark}b`).find());
      expect([path, let_through]).toEqual([path, []]);
    }
  });

  it('only CEL and the messages of conditions may span lines', () => {
    const several = fields.filter(({ pattern }) => RE2JS.compile(pattern).matcher('a\n\tb').find());
    expect(several.map(({ path }) => path)).toEqual([
      'ApprovalPolicy.spec.match.conditions[].expression',
      'ApprovalPolicy.spec.summary',
      'ApprovalPolicy.status.conditions[].message',
      'ApprovalRequest.status.conditions[].message',
    ]);
  });

  it('the API server and zod agree on what is plain', () => {
    const line = RE2JS.compile(fields.find(({ path }) => path === 'ApprovalRequest.spec.reason')!.pattern);
    const prose = RE2JS.compile(fields.find(({ path }) => path === 'ApprovalPolicy.spec.summary')!.pattern);
    const characters = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(...MARKS, ...MORE_MARKS, 'ä', '\n'),
    );
    fc.assert(
      fc.property(characters, (text) => {
        expect(line.matcher(text).find()).toBe(LINE.test(text));
        expect(prose.matcher(text).find()).toBe(PROSE.test(text));
      }),
    );
  });
});

describe('toLine', () => {
  it('makes any string fit', () => {
    const any = fc.string({
      unit: fc.oneof(fc.string({ unit: 'binary', maxLength: 1 }), fc.constantFrom('\ud800', '\udc00')),
    });
    fc.assert(
      fc.property(any, fc.nat(40), (text, max) => {
        const line = toLine(text, max);
        expect(LINE.test(line)).toBe(true);
        expect(line.length).toBeLessThanOrEqual(max);
        expect(line.isWellFormed()).toBe(true);
      }),
    );
  });

  it.each([
    ['unchanged', 'delete api', 20, 'delete api'],
    ['two lines', 'a\r\n\tb', 20, 'a b'],
    ['an escape', '\u001b[2Jgone', 20, '[2Jgone'],
    ['too long', 'abcdef', 4, 'abc…'],
    ['a pair at the cut', 'ab😀cd', 4, 'ab…'],
    ['no room at all', 'abc', 0, ''],
  ])('%s', (_what, text, max, line) => {
    expect(toLine(text, max)).toBe(line);
  });
});
