// Slack's mrkdwn, read as Slack's clients read it: <...> sequences are live even in code and under `verbatim`; addresses
// and @channel are found in running text unless `verbatim` is set; an escaped > at the start of a line still quotes.
import { emoji, literal, unescaped, type Names, type Span } from './spans.ts';

const around = (sign: string): string =>
  String.raw`(?<![\p{L}\p{N}${sign}])[${sign}](?=[^\s${sign}])[^\n${sign}]*?(?<=\S)[${sign}](?![\p{L}\p{N}${sign}])`;
const PARTS = new RegExp(
  [
    '(?<fence>```[\\s\\S]+?```)',
    '(?<code>`[^`\\n]+`)',
    '(?<angle><[^<>]+>)',
    String.raw`(?<quote>^(?:&gt;|>)+ ?)`,
    `(?<bold>${around('*')})`,
    `(?<italic>${around('_')})`,
    `(?<strike>${around('~')})`,
    String.raw`:(?<emoji>[a-z0-9_+-]+):`,
    String.raw`(?<url>https?:\/\/[^\s<>|]+)`,
    String.raw`(?<mail>(?<![\w.+-])[\w.+-]+@[\w-]+\.[\w.-]+\w)`,
    String.raw`(?<domain>(?<![\w.@/-])(?:[\w-]+\.)+(?:com|org|net|io|dev|app|ai|co|sh|me)\b(?:\/[^\s<>|]*)?)`,
    String.raw`(?<at>(?<![\w@])@(?:channel|here|everyone)\b)`,
    String.raw`(?<hash>(?<![\w#&])#[\p{L}\p{N}_-]+)`,
  ].join('|'),
  'gmu',
);

/** How a text is read. */
export interface Reading {
  readonly names: Names;
  /** No links, channels and mentions are looked for in running text. */
  readonly verbatim: boolean;
}

const link = (url: string, label = url): Span => ({
  text: label === url ? url : `${label} → ${url}`,
  live: { kind: 'link', target: url },
});

/** A `<!...>` sequence. */
function special(body: string, label: string | undefined, { names }: Reading): Span {
  const [command = '', first = '', format = ''] = body.split('^');
  if (command === 'date') return date(first, format, label);
  if (command === 'subteam')
    return { text: `@${names.group(first) ?? first}!`, live: { kind: 'group', target: first } };
  if (['channel', 'here', 'everyone', 'group'].includes(command))
    return { text: `@${command}!`, live: { kind: 'everyone', target: command } };
  return { text: label ?? command, live: { kind: 'link', target: `!${body}` } };
}

/** A date, shown in UTC: the human of the fake lives there. */
function date(seconds: string, format: string, fallback: string | undefined): Span {
  const at = new Date(Number(seconds) * 1000);
  if (Number.isNaN(at.getTime())) return { text: fallback ?? '' };
  const iso = at.toISOString();
  const words = format
    .replaceAll(/\{date(?:_num|_slash|_short|_long|_pretty|_short_pretty|_long_pretty)?\}/g, iso.slice(0, 10))
    .replaceAll('{time_secs}', iso.slice(11, 19))
    .replaceAll('{time}', iso.slice(11, 16))
    .replaceAll('{ago}', fallback ?? iso);
  return { text: words, live: { kind: 'date', target: seconds } };
}

function angle(inside: string, reading: Reading): Span {
  const bar = inside.indexOf('|');
  const body = bar === -1 ? inside : inside.slice(0, bar);
  const label = bar === -1 ? undefined : unescaped(inside.slice(bar + 1));
  const id = body.slice(1);
  if (body.startsWith('@'))
    return { text: `@${reading.names.user(id) ?? label ?? id}!`, live: { kind: 'user', target: id } };
  if (body.startsWith('#'))
    return { text: `#${reading.names.channel(id) ?? label ?? id}`, live: { kind: 'channel', target: id } };
  if (body.startsWith('!')) return special(id, label, reading);
  return link(unescaped(body), label);
}

/** Formatted text: what is inside, and that it is formatted. */
const formatted = (inside: string, target: string, reading: Reading): Span[] => [
  { text: '', live: { kind: 'format', target } },
  ...mrkdwn(inside, reading),
];

/** Code: only <...> sequences mean something in it. */
function code(inside: string, target: string, reading: Reading): Span[] {
  const spans: Span[] = [{ text: '', live: { kind: 'format', target } }];
  let end = 0;
  for (const match of inside.matchAll(/<([^<>]+)>/g)) {
    spans.push(...literal(unescaped(inside.slice(end, match.index))), angle(match[1] ?? '', reading));
    end = match.index + match[0].length;
  }
  return [...spans, ...literal(unescaped(inside.slice(end)))];
}

function found(name: string, part: string, reading: Reading): Span[] {
  const literally = [{ text: unescaped(part) }];
  switch (name) {
    case 'fence':
      return code(part.slice(3, -3), 'code', reading);
    case 'code':
      return code(part.slice(1, -1), 'code', reading);
    case 'angle':
      return [angle(part.slice(1, -1), reading)];
    case 'quote':
      return [{ text: '┃ ', live: { kind: 'format', target: 'quote' } }];
    case 'emoji':
      return [emoji(part)];
    case 'url':
    case 'mail':
    case 'domain':
      return reading.verbatim ? literally : [link(unescaped(part))];
    case 'at':
      return reading.verbatim
        ? literally
        : [{ text: `${part}!`, live: { kind: 'everyone', target: part.slice(1) } }];
    case 'hash': {
      const id = reading.verbatim ? undefined : reading.names.channelNamed(part.slice(1));
      return id === undefined ? literally : [{ text: part, live: { kind: 'channel', target: id } }];
    }
    default:
      return formatted(part.slice(1, -1), name, reading);
  }
}

/** Reads mrkdwn. */
export function mrkdwn(text: string, reading: Reading): Span[] {
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(PARTS)) {
    const [name, part] = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined) ?? [];
    if (name === undefined || part === undefined) continue;
    spans.push(...literal(unescaped(text.slice(end, match.index))), ...found(name, part, reading));
    end = match.index + match[0].length;
  }
  return [...spans, ...literal(unescaped(text.slice(end)))];
}
