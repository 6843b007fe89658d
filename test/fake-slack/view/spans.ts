// How Slack shows text: what a human sees of mrkdwn and plain text, and what in it is live (pings, links, formats).
// Live parts are shown between « and », so that a test can assert that nothing an agent wrote is live.

/** What a part of a text does besides being read. */
export type LiveKind =
  'user' | 'group' | 'everyone' | 'channel' | 'link' | 'date' | 'emoji' | 'format' | 'bidi' | 'invisible';

/** A part of a text as it is shown. */
export interface Span {
  readonly text: string;
  readonly live?: { readonly kind: LiveKind; readonly target: string };
}

/** Who and what the identifiers are. */
export interface Names {
  user(id: string): string | undefined;
  channel(id: string): string | undefined;
  group(id: string): string | undefined;
  channelNamed(name: string): string | undefined;
}

const EMOJI: Readonly<Record<string, string>> = {
  white_check_mark: '✅',
  heavy_check_mark: '✔',
  ballot_box_with_check: '☑',
  x: '❌',
  warning: '⚠',
  rotating_light: '🚨',
  no_entry: '⛔',
  large_green_circle: '🟢',
  red_circle: '🔴',
  hourglass: '⏳',
  lock: '🔒',
  unlock: '🔓',
  robot_face: '🤖',
  '+1': '👍',
  tada: '🎉',
};
const NAMED_EMOJI = /:([a-z0-9_+-]+):/g;
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/gu;
const INVISIBLE = /[^\P{Cc}\t\n]|[\u00AD\u180E\u200B-\u200D\u2060-\u2064\uFEFF]|[\u{E0000}-\u{E007F}]/gu;
const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };

/** A named emoji that Slack knows, or the text as it is. */
export function emoji(name: string): Span {
  const sign = EMOJI[name];
  return sign === undefined ? { text: `:${name}:` } : { text: sign, live: { kind: 'emoji', target: name } };
}

/** Text without markup, with what cannot be seen in it told. */
export function literal(text: string): Span[] {
  const spans: Span[] = [{ text }];
  for (const [kind, signs] of [
    ['bidi', BIDI],
    ['invisible', INVISIBLE],
  ] as const)
    for (const [sign] of text.matchAll(signs))
      spans.push({ text: '', live: { kind, target: `U+${(sign.codePointAt(0) ?? 0).toString(16)}` } });
  return spans;
}

/** `plain_text`: nothing is markup but named emoji, and these only unless `emoji` is false. */
export function plainText(text: string, named = true): Span[] {
  if (!named) return literal(text);
  const spans: Span[] = [];
  let end = 0;
  for (const match of text.matchAll(NAMED_EMOJI)) {
    spans.push(...literal(text.slice(end, match.index)), emoji(match[1] ?? ''));
    end = match.index + match[0].length;
  }
  return [...spans, ...literal(text.slice(end))];
}

/** Entities as the signs they stand for. */
export const unescaped = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] ?? entity);

const MARKED: ReadonlySet<LiveKind> = new Set(['user', 'group', 'everyone', 'channel', 'link']);

/** What a human reads; what pings or leads somewhere stands between « and ». */
export const shown = (spans: readonly Span[]): string =>
  spans.map(({ text, live }) => (live && MARKED.has(live.kind) ? `«${text}»` : text)).join('');
