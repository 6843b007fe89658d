// Blocks as lines of spans. Every line begins with a gutter that no text of a block can produce, so that a text cannot
// imitate a header, a button or another block on the screen of the fake.
import { lengthOf, listOf, shapeOf, textOf, type Shape } from '../shapes.ts';
import { mrkdwn, type Reading } from './mrkdwn.ts';
import { emoji, literal, plainText, type Names, type Span } from './spans.ts';

/** One line on the screen. */
export interface Line {
  readonly gutter: string;
  readonly spans: readonly Span[];
}

/** A text object. */
export function textSpans(value: unknown, names: Names): Span[] {
  const text = shapeOf(value);
  const words = textOf(text['text']);
  return text['type'] === 'mrkdwn'
    ? mrkdwn(words, { names, verbatim: text['verbatim'] === true })
    : plainText(words, text['emoji'] !== false);
}

/** Breaks spans at line ends. */
export function broken(spans: readonly Span[], gutter: string): Line[] {
  const lines: Span[][] = [[]];
  for (const span of spans) {
    for (const [index, part] of span.text.split('\n').entries()) {
      if (index > 0) lines.push([]);
      lines.at(-1)?.push({ ...span, text: part });
    }
  }
  return lines.map((line) => ({ gutter, spans: line }));
}

/** An element that can be pressed or chosen from. */
function elementSpans(value: unknown, names: Names): Span[] {
  const element = shapeOf(value);
  const options = listOf(element['options']).map((option) => textSpans(shapeOf(option)['text'], names));
  switch (element['type']) {
    case 'button': {
      const out = element['url'] === undefined ? '' : ' ↗';
      return [{ text: '[ ' }, ...textSpans(element['text'], names), { text: `${out} ]` }];
    }
    case 'image':
      return [{ text: `(image: ${textOf(element['alt_text'])})` }];
    case 'radio_buttons':
      return options.flatMap((option, index) => [{ text: index === 0 ? '( ) ' : '\n( ) ' }, ...option]);
    case 'checkboxes':
      return options.flatMap((option, index) => [{ text: index === 0 ? '[_] ' : '\n[_] ' }, ...option]);
    case 'plain_text_input':
      return [{ text: `[${'_'.repeat(30)}]` }];
    default:
      return [{ text: '[ ' }, ...textSpans(element['placeholder'], names), { text: ' ▾ ]' }];
  }
}

/** One inline element of rich text. */
function inlineSpans(value: unknown, reading: Reading): Span[] {
  const element = shapeOf(value);
  const { names } = reading;
  const id = textOf(element['user_id'] ?? element['usergroup_id'] ?? element['channel_id']);
  switch (element['type']) {
    case 'link':
      return [
        {
          text: textOf(element['text'] ?? element['url']),
          live: { kind: 'link', target: textOf(element['url']) },
        },
      ];
    case 'user':
      return [{ text: `@${names.user(id) ?? id}!`, live: { kind: 'user', target: id } }];
    case 'usergroup':
      return [{ text: `@${names.group(id) ?? id}!`, live: { kind: 'group', target: id } }];
    case 'channel':
      return [{ text: `#${names.channel(id) ?? id}`, live: { kind: 'channel', target: id } }];
    case 'broadcast':
      return [
        {
          text: `@${textOf(element['range'])}!`,
          live: { kind: 'everyone', target: textOf(element['range']) },
        },
      ];
    case 'emoji':
      return [emoji(textOf(element['name']))];
    case 'date':
      return [
        { text: textOf(element['fallback']), live: { kind: 'date', target: String(element['timestamp']) } },
      ];
    case 'text':
      return [...styled(element), ...literal(textOf(element['text']))];
    default:
      return [];
  }
}

const styled = (element: Shape): Span[] =>
  Object.keys(shapeOf(element['style'])).map((target) => ({ text: '', live: { kind: 'format', target } }));

const RICH_GUTTERS: Readonly<Record<string, string>> = {
  rich_text_preformatted: '│ ',
  rich_text_quote: '┃ ',
};

function richLines(value: unknown, reading: Reading): Line[] {
  const element = shapeOf(value);
  const parts = listOf(element['elements']);
  if (element['type'] === 'rich_text_list')
    return parts.flatMap((item) =>
      broken(
        [{ text: '• ' }, ...listOf(shapeOf(item)['elements']).flatMap((part) => inlineSpans(part, reading))],
        '  ',
      ),
    );
  return broken(
    parts.flatMap((part) => inlineSpans(part, reading)),
    RICH_GUTTERS[textOf(element['type'])] ?? '  ',
  );
}

/** Fields stand in two columns. */
function fieldLines(fields: readonly unknown[], names: Names): Line[] {
  const lines: Line[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const left = broken(textSpans(fields[index], names), '  ');
    const right = fields[index + 1] === undefined ? [] : broken(textSpans(fields[index + 1], names), '  ');
    for (let row = 0; row < Math.max(left.length, right.length); row += 1) {
      const first = left[row]?.spans ?? [];
      const width = lengthOf(first.map(({ text }) => text).join(''));
      const gap = right[row] ? ' '.repeat(Math.max(2, 40 - width)) : '';
      lines.push({ gutter: '  ', spans: [...first, { text: gap }, ...(right[row]?.spans ?? [])] });
    }
  }
  return lines;
}

const joined = (parts: readonly (readonly Span[])[], between: string): Span[] =>
  parts.flatMap((part, index) => (index === 0 ? [...part] : [{ text: between }, ...part]));

/** One block as lines. */
export function blockLines(value: unknown, names: Names): Line[] {
  const block = shapeOf(value);
  const elements = listOf(block['elements']);
  switch (block['type']) {
    case 'header':
      return broken(textSpans(block['text'], names), '▌ ');
    case 'section':
      return [
        ...(block['text'] === undefined ? [] : broken(textSpans(block['text'], names), '  ')),
        ...fieldLines(listOf(block['fields']), names),
        ...(block['accessory'] === undefined ? [] : broken(elementSpans(block['accessory'], names), '▷ ')),
      ];
    case 'actions':
      return broken(
        joined(
          elements.map((element) => elementSpans(element, names)),
          '  ',
        ),
        '▷ ',
      );
    case 'context': {
      const parts = elements.map((element) =>
        shapeOf(element)['type'] === 'image' ? elementSpans(element, names) : textSpans(element, names),
      );
      return broken(joined(parts, '  '), '· ');
    }
    case 'rich_text':
      return elements.flatMap((element) => richLines(element, { names, verbatim: true }));
    case 'input':
      return [
        ...broken(textSpans(block['label'], names), '? '),
        ...broken(elementSpans(block['element'], names), '▷ '),
      ];
    case 'image':
      return broken(elementSpans({ ...block, type: 'image' }, names), '  ');
    default:
      return [{ gutter: '──', spans: [{ text: '────────' }] }];
  }
}
