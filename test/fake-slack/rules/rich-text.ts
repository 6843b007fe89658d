// Rules of rich_text: sections, lists, quotes and preformatted text of small inline elements.
import { LENGTH } from '../facts.ts';
import { type Shape } from '../shapes.ts';
import { type Findings } from './finding.ts';

/** The fields of inline elements, by type. */
const INLINE: Readonly<Record<string, readonly string[]>> = {
  text: ['text', 'style'],
  link: ['url', 'text', 'style', 'unsafe'],
  user: ['user_id', 'style'],
  usergroup: ['usergroup_id', 'style'],
  channel: ['channel_id', 'style'],
  broadcast: ['range'],
  emoji: ['name', 'unicode', 'skin_tone'],
  date: ['timestamp', 'format', 'url', 'fallback'],
  color: ['value'],
};
const REQUIRED: Readonly<Record<string, string>> = {
  text: 'text',
  link: 'url',
  user: 'user_id',
  usergroup: 'usergroup_id',
  channel: 'channel_id',
  broadcast: 'range',
  emoji: 'name',
  date: 'timestamp',
  color: 'value',
};
/** Preformatted text takes texts and links, and nothing that pings. */
const IN_PREFORMATTED = ['text', 'link'];

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  rich_text_section: [],
  rich_text_quote: ['border'],
  rich_text_preformatted: ['border', 'language'],
  rich_text_list: ['style', 'indent', 'offset', 'border'],
};

function checkInline(findings: Findings, value: unknown, at: string, allowed: readonly string[]): void {
  const element = findings.shape(value, at);
  if (!element) return;
  const type = String(element['type']);
  const fields = INLINE[type];
  if (!fields || !allowed.includes(type)) {
    findings.add(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  findings.only(element, at, ['type', ...fields]);
  const required = REQUIRED[type] ?? 'type';
  if (element[required] === undefined) findings.add(at, `missing required field: ${required}`);
  if (type === 'text') findings.text(element, 'text', at, LENGTH.blocksInAll, true);
}

/** The elements of a rich_text block, or of a list in it. */
export function checkRichText(
  findings: Findings,
  holder: Shape,
  at: string,
  allowed: readonly string[] = Object.keys(FIELDS),
): void {
  for (const [index, value] of (findings.list(holder, 'elements', at, 1000) ?? []).entries()) {
    const place = `${at}/elements/${index}`;
    const element = findings.shape(value, place);
    if (!element) continue;
    const type = String(element['type']);
    if (!allowed.includes(type)) {
      findings.add(`${place}/type`, `unsupported type: ${type}`);
      continue;
    }
    findings.only(element, place, ['type', 'elements', ...(FIELDS[type] ?? [])]);
    if (type === 'rich_text_list') {
      findings.oneOf(element, 'style', place, ['bullet', 'ordered']);
      checkRichText(findings, element, place, ['rich_text_section']);
      continue;
    }
    const inline = type === 'rich_text_preformatted' ? IN_PREFORMATTED : Object.keys(INLINE);
    for (const [inner, part] of (findings.list(element, 'elements', place, 1000) ?? []).entries())
      checkInline(findings, part, `${place}/elements/${inner}`, inline);
  }
}
