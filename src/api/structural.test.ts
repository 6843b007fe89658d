import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { duration, text } from './primitives.ts';
import { structural } from './structural.ts';

const shape = (field: z.ZodType) => z.strictObject({ field }).describe('An object.');
const make = (field: z.ZodType, keepUnknown = false) => structural(shape(field), 'spec', keepUnknown);

describe('a field is not shipped', () => {
  it.each([
    ['without a description', z.boolean(), 'spec.field: needs a description'],
    [
      'with half a sentence',
      z.boolean().describe('Whether'),
      'spec.field: needs a description that ends with a full stop',
    ],
    ['as endless text', z.string().regex(/^a*$/).describe('Text.'), 'spec.field: needs maxLength'],
    ['as text of any bytes', z.string().max(9).describe('Text.'), 'spec.field: needs pattern'],
    ['as an endless list', z.array(text(9, 'A.')).describe('Some.'), 'spec.field: needs maxItems'],
    [
      'as an endless map',
      z.record(text(9, 'K.'), text(9, 'V.')).describe('Some.'),
      'spec.field: needs maxProperties',
    ],
    ['as a fraction', z.number().describe('How much.'), 'spec.field: has no type'],
    ['as a union', z.union([z.boolean(), text(9, 'A.')]).describe('Either.'), 'spec.field: has no type'],
    [
      'when an entry says nothing',
      z.array(z.boolean()).max(3).describe('Some.'),
      'spec.field[]: needs a description',
    ],
  ])('%s', (_what, field, words) => {
    expect(() => make(field)).toThrow(words);
  });
});

describe('a description tells limit and default', () => {
  it.each([
    ['text', text(63, 'A word.'), 'A word. At most 63 characters.'],
    ['text that is needed', text(63, 'A word.').min(1), 'A word. 1 to 63 characters.'],
    ['a list', z.array(text(9, 'A.')).min(1).max(3).describe('Words.'), 'Words. 1 to 3 entries.'],
    [
      'an empty list by default',
      z.array(text(9, 'A.')).max(3).default([]).describe('Words.'),
      'Words. At most 3 entries. Default: empty.',
    ],
    ['a number', z.int().min(1).max(8).default(1).describe('How many.'), 'How many. 1 to 8. Default: 1.'],
    ['a count', z.int().min(0).describe('How many.'), 'How many. At least 0.'],
    ['a switch', z.boolean().default(false).describe('Whether.'), 'Whether. Default: false.'],
    [
      'a duration',
      duration('1m', '4h', 'How long.').default('5m'),
      'How long. A duration such as 30m or 1h30m. From 1m to 4h. Default: 5m.',
    ],
  ])('%s', (_what, field, description) => {
    expect(make(field).properties?.['field']?.description).toBe(description);
  });
});

describe('a structural schema', () => {
  it('keeps unknown fields of objects only where asked, and never of maps', () => {
    const nested = z.strictObject({
      map: z.record(text(9, 'K.'), text(9, 'V.')).describe('A map.').meta({ maxProperties: 2 }),
    });
    const keeps = (keepUnknown: boolean) =>
      JSON.stringify(make(nested.describe('Nested.'), keepUnknown)).split(
        'x-kubernetes-preserve-unknown-fields',
      ).length - 1;
    expect([keeps(false), keeps(true)]).toEqual([0, 2]);
  });

  it('never closes an object, which the API server would refuse', () => {
    expect(JSON.stringify(make(z.boolean().describe('Whether.')))).not.toContain('additionalProperties');
  });

  it('spells code points as RE2 does', () => {
    const field = make(
      z
        .string()
        .max(9)
        .regex(/^[^\u202e]\/$/)
        .describe('Text.'),
    ).properties?.['field'];
    expect(field?.pattern).toBe(String.raw`^[^\x{202e}]/$`);
  });
});
