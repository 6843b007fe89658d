// Rules of composition objects: texts, confirm dialogs, options.
import { ITEMS, LENGTH } from '../facts.ts';
import { type Shape } from '../shapes.ts';
import { type Findings } from './finding.ts';

/** Which kinds of text a place takes. */
export type TextKind = 'plain_text' | 'either';

/** A text object of at most `max` code points. */
export function checkText(
  findings: Findings,
  value: unknown,
  at: string,
  max: number,
  kind: TextKind = 'plain_text',
): void {
  const text = findings.shape(value, at);
  if (!text) return;
  const before = findings.messages.length;
  if (text['type'] === 'plain_text') findings.only(text, at, ['type', 'text', 'emoji']);
  else if (text['type'] === 'mrkdwn' && kind === 'either')
    findings.only(text, at, ['type', 'text', 'verbatim']);
  else findings.add(`${at}/type`, kind === 'either' ? 'must be a valid enum value' : 'must be plain_text');
  findings.text(text, 'text', at, max, true);
  // Where two kinds of text are allowed, Slack names the place once more, before the cause.
  if (kind === 'either' && findings.messages.length > before)
    findings.messages.splice(before, 0, `failed to match all allowed schemas [json-pointer:${at}]`);
}

/** A text that may be left out. */
export function checkOptionalText(
  findings: Findings,
  holder: Shape,
  key: string,
  at: string,
  max: number,
): void {
  if (holder[key] !== undefined) checkText(findings, holder[key], `${at}/${key}`, max);
}

/** A confirm dialog. */
export function checkConfirm(findings: Findings, value: unknown, at: string): void {
  const dialog = findings.shape(value, at);
  if (!dialog) return;
  findings.only(dialog, at, ['title', 'text', 'confirm', 'deny', 'style']);
  if (dialog['text'] === undefined) findings.add(at, 'missing required field: text');
  else checkText(findings, dialog['text'], `${at}/text`, LENGTH.confirmText, 'either');
  checkOptionalText(findings, dialog, 'title', at, LENGTH.confirmTitle);
  checkOptionalText(findings, dialog, 'confirm', at, LENGTH.confirmButton);
  checkOptionalText(findings, dialog, 'deny', at, LENGTH.confirmButton);
  findings.oneOf(dialog, 'style', at, ['primary', 'danger']);
}

/** The options of a menu, of radio buttons or of check boxes. */
export function checkOptions(
  findings: Findings,
  holder: Shape,
  at: string,
  max: number = ITEMS.options,
  kind: TextKind = 'plain_text',
): void {
  const options = findings.list(holder, 'options', at, max) ?? [];
  for (const [index, value] of options.entries()) {
    const place = `${at}/options/${index}`;
    const option = findings.shape(value, place);
    if (!option) continue;
    findings.only(option, place, ['text', 'value', 'description', 'url']);
    checkText(findings, option['text'], `${place}/text`, LENGTH.optionText, kind);
    findings.text(option, 'value', place, LENGTH.optionValue);
    checkOptionalText(findings, option, 'description', place, LENGTH.optionText);
    findings.text(option, 'url', place, LENGTH.url);
  }
}
