// Every limit of blocks and views: what is just at the limit passes, one more is refused with the error that names the
// place. Lengths are code points, so the properties fill texts with signs of one and of two UTF-16 units.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ITEMS, LENGTH } from '../facts.ts';
import { cutTo } from '../shapes.ts';
import { checkBlocks } from './blocks.ts';
import { checkModal } from './modals.ts';

type Make = (text: string) => object;

const plain = (text: string) => ({ type: 'plain_text', text });
const marked = (text: string) => ({ type: 'mrkdwn', text });
const button = (more: object) => ({
  type: 'actions',
  elements: [{ type: 'button', text: plain('x'), ...more }],
});
const confirm = (more: object) => button({ confirm: { text: plain('sure?'), ...more } });
const input = (more: object, label = 'x') => ({
  type: 'input',
  label: plain(label),
  element: { type: 'plain_text_input', ...more },
});
const radio = (option: object) =>
  input({ type: 'radio_buttons', options: [{ text: plain('x'), value: 'x', ...option }] });
/** A url of this length. */
const url = (length: number): string => 'https://a.example/'.padEnd(length, 'a');

/** Texts in blocks: how they are made, their limit, and where the finding points to. */
const TEXTS: readonly (readonly [string, Make, number, string])[] = [
  ['header', (text) => ({ type: 'header', text: plain(text) }), LENGTH.header, '/text/text'],
  ['section', (text) => ({ type: 'section', text: marked(text) }), LENGTH.text, '/text/text'],
  ['section, plain', (text) => ({ type: 'section', text: plain(text) }), LENGTH.text, '/text/text'],
  ['field', (text) => ({ type: 'section', fields: [marked(text)] }), LENGTH.field, '/fields/0/text'],
  ['context', (text) => ({ type: 'context', elements: [plain(text)] }), LENGTH.text, '/elements/0/text'],
  ['button', (text) => button({ text: plain(text) }), LENGTH.buttonText, '/elements/0/text/text'],
  ['value', (value) => button({ value }), LENGTH.buttonValue, '/elements/0/value'],
  [
    'label',
    (text) => button({ accessibility_label: text }),
    LENGTH.buttonLabel,
    '/elements/0/accessibility_label',
  ],
  ['action_id', (text) => button({ action_id: text }), LENGTH.id, '/elements/0/action_id'],
  ['block_id', (text) => ({ type: 'divider', block_id: text }), LENGTH.id, '/block_id'],
  [
    'confirm title',
    (text) => confirm({ title: plain(text) }),
    LENGTH.confirmTitle,
    '/elements/0/confirm/title/text',
  ],
  [
    'confirm text',
    (text) => confirm({ text: marked(text) }),
    LENGTH.confirmText,
    '/elements/0/confirm/text/text',
  ],
  [
    'confirm yes',
    (text) => confirm({ confirm: plain(text) }),
    LENGTH.confirmButton,
    '/elements/0/confirm/confirm/text',
  ],
  [
    'confirm no',
    (text) => confirm({ deny: plain(text) }),
    LENGTH.confirmButton,
    '/elements/0/confirm/deny/text',
  ],
  [
    'alt',
    (text) => ({ type: 'image', image_url: 'https://a.example', alt_text: text }),
    LENGTH.alt,
    '/alt_text',
  ],
  ['input', (text) => input({}, text), LENGTH.inputLabel, '/label/text'],
  [
    'placeholder',
    (text) => input({ placeholder: plain(text) }),
    LENGTH.placeholder,
    '/element/placeholder/text',
  ],
  ['option', (text) => radio({ text: plain(text) }), LENGTH.optionText, '/element/options/0/text/text'],
  ['option value', (value) => radio({ value }), LENGTH.optionValue, '/element/options/0/value'],
];

/** `length` code points, of one sort or mixed. */
const text = (length: number): fc.Arbitrary<string> =>
  fc.constantFrom('a', 'ß', '🔒', 'a🔒').map((signs) => {
    const points = Array.from(signs);
    return Array.from({ length }, (_, index) => points[index % points.length]).join('');
  });

describe('texts', () => {
  it.each(TEXTS)(
    '%s: at the limit it passes, one code point more is refused at its place',
    (_, make, limit, place) => {
      fc.assert(
        fc.property(text(limit), text(limit + 1), fc.integer({ min: 1, max: limit }), (fits, long, less) => {
          expect(checkBlocks([make(fits)]).messages).toEqual([]);
          expect(checkBlocks([make(cutTo(fits, less))]).messages).toEqual([]);
          const at = `[json-pointer:/blocks/0${place}]`;
          expect(checkBlocks([make(long)]).messages).toContain(
            `must be less than ${limit + 1} characters ${at}`,
          );
        }),
        { numRuns: 20 },
      );
    },
  );

  it('a url: at the limit it passes, one more is refused, and it has to be one', () => {
    const of = (length: number) => checkBlocks([button({ url: url(length) })]).messages;
    expect(of(LENGTH.url)).toEqual([]);
    expect(of(LENGTH.url + 1)).toEqual([
      'must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]',
    ]);
    expect(checkBlocks([button({ url: 'nowhere' })]).messages).toHaveLength(1);
  });

  it.each(TEXTS.filter(([name]) => ['header', 'section', 'field', 'button'].includes(name)))(
    '%s: an empty text is refused',
    (_, make, __, place) => {
      const [message] = checkBlocks([make('')]).messages.slice(-1);
      expect(message).toBe(`must be more than 0 characters [json-pointer:/blocks/0${place}]`);
    },
  );
});

const buttons = (count: number) => ({
  type: 'actions',
  elements: Array.from({ length: count }, (_, index) => ({
    type: 'button',
    action_id: `a${index}`,
    text: plain('x'),
  })),
});
const many = (count: number, item: object): object[] => Array.from({ length: count }, () => item);

it('the numbers are those of the reference', () => {
  expect([LENGTH.header, LENGTH.text, LENGTH.field]).toEqual([150, 3000, 2000]);
  expect([LENGTH.buttonText, LENGTH.buttonValue, LENGTH.buttonLabel, LENGTH.url]).toEqual([
    75, 2000, 75, 3000,
  ]);
  expect([LENGTH.confirmTitle, LENGTH.confirmText, LENGTH.confirmButton]).toEqual([100, 300, 30]);
  expect([LENGTH.id, LENGTH.alt, LENGTH.callbackId, LENGTH.privateMetadata]).toEqual([255, 2000, 255, 3000]);
  expect([LENGTH.viewTitle, LENGTH.plainInput, LENGTH.optionText, LENGTH.optionValue]).toEqual([
    24, 3000, 75, 150,
  ]);
  expect([ITEMS.messageBlocks, ITEMS.viewBlocks, ITEMS.fields, ITEMS.actions, ITEMS.context]).toEqual([
    50, 100, 10, 25, 10,
  ]);
});

describe('counts', () => {
  it.each<[string, (count: number) => object[], number, string]>([
    ['blocks', (count) => many(count, { type: 'divider' }), ITEMS.messageBlocks, '/blocks'],
    [
      'fields',
      (count) => [{ type: 'section', fields: many(count, marked('x')) }],
      ITEMS.fields,
      '/blocks/0/fields',
    ],
    ['buttons', (count) => [buttons(count)], ITEMS.actions, '/blocks/0/elements'],
    [
      'context',
      (count) => [{ type: 'context', elements: many(count, marked('x')) }],
      ITEMS.context,
      '/blocks/0/elements',
    ],
  ])('%s: at the limit they pass, one more is refused', (_, make, limit, place) => {
    expect(checkBlocks(make(limit)).messages).toEqual([]);
    expect(checkBlocks(make(limit + 1)).messages).toEqual([
      `no more than ${limit} items allowed [json-pointer:${place}]`,
    ]);
  });
});

describe('what is no block', () => {
  it.each<[string, object, string]>([
    ['an unknown type', { type: 'poster' }, 'unsupported type: poster [json-pointer:/blocks/0/type]'],
    [
      'a foreign field',
      { type: 'divider', text: 'x' },
      'invalid additional property: text [json-pointer:/blocks/0]',
    ],
    ['a section of nothing', { type: 'section' }, 'missing required field: text [json-pointer:/blocks/0]'],
    [
      'an empty row',
      { type: 'actions', elements: [] },
      'must provide at least 1 item [json-pointer:/blocks/0/elements]',
    ],
    [
      'mrkdwn in a header',
      { type: 'header', text: marked('x') },
      'must be plain_text [json-pointer:/blocks/0/text/type]',
    ],
    [
      'a style',
      button({ style: 'loud' }),
      'must be a valid enum value [json-pointer:/blocks/0/elements/0/style]',
    ],
    [
      'a mention in preformatted text',
      {
        type: 'rich_text',
        elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'broadcast', range: 'channel' }] }],
      },
      'unsupported type: broadcast [json-pointer:/blocks/0/elements/0/elements/0/type]',
    ],
  ])('is refused: %s', (_, block, message) => {
    expect(checkBlocks([block]).messages).toEqual([message]);
  });

  it('is refused: the same action_id twice in a row, the same block_id twice in a message', () => {
    const twice = { type: 'button', action_id: 'go', text: plain('x') };
    expect(checkBlocks([{ type: 'actions', elements: [twice, twice] }]).messages).toEqual([
      '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ]);
    const named = { type: 'divider', block_id: 'b' };
    expect(checkBlocks([named, named]).messages).toEqual([
      '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
    ]);
  });
});

describe('views', () => {
  const view = (more: object = {}) => ({
    type: 'modal',
    title: plain('x'),
    blocks: [{ type: 'divider' }],
    ...more,
  });
  it.each<[string, Make, number, string]>([
    ['title', (words) => view({ title: plain(words) }), LENGTH.viewTitle, '/title/text'],
    ['submit', (words) => view({ submit: plain(words) }), LENGTH.viewTitle, '/submit/text'],
    ['close', (words) => view({ close: plain(words) }), LENGTH.viewTitle, '/close/text'],
    ['callback_id', (words) => view({ callback_id: words }), LENGTH.callbackId, '/callback_id'],
    [
      'private_metadata',
      (words) => view({ private_metadata: words }),
      LENGTH.privateMetadata,
      '/private_metadata',
    ],
  ])('%s: at the limit it passes, one code point more is refused at its place', (_, make, limit, place) => {
    fc.assert(
      fc.property(text(limit), text(limit + 1), (fits, long) => {
        expect(checkModal(make(fits))).toEqual([]);
        expect(checkModal(make(long))).toEqual([
          `must be less than ${limit + 1} characters [json-pointer:/view${place}]`,
        ]);
      }),
      { numRuns: 20 },
    );
  });

  it('take a hundred blocks, and need a button to submit an input with', () => {
    expect(checkModal(view({ blocks: many(100, { type: 'divider' }) }))).toEqual([]);
    expect(checkModal(view({ blocks: many(101, { type: 'divider' }) }))).toHaveLength(1);
    expect(checkModal(view({ blocks: [input({})] }))).toEqual([
      'missing required field: submit [json-pointer:/view]',
    ]);
    expect(checkModal(view({ type: 'home' }))).toHaveLength(1);
  });
});
