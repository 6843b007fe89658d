// Rules of views: modals only. An input needs a button to submit it with.
import { ITEMS, LENGTH } from '../facts.ts';
import { isShape, listOf, shapeOf } from '../shapes.ts';
import { checkBlocks } from './blocks.ts';
import { Findings } from './finding.ts';
import { checkOptionalText, checkText } from './texts.ts';

const FIELDS = ['type', 'title', 'blocks', 'submit', 'close', 'private_metadata', 'callback_id'];
const MORE = ['clear_on_close', 'notify_on_close', 'external_id', 'submit_disabled'];

/** Checks a modal; the findings are empty when Slack would take it. */
export function checkModal(value: unknown): readonly string[] {
  const findings = new Findings();
  const at = '/view';
  const view = findings.shape(value, at);
  if (!view) return findings.messages;
  findings.only(view, at, [...FIELDS, ...MORE]);
  if (view['type'] !== 'modal') findings.add(`${at}/type`, 'must be a valid enum value');
  if (view['title'] === undefined) findings.add(at, 'missing required field: title');
  else checkText(findings, view['title'], `${at}/title`, LENGTH.viewTitle);
  checkOptionalText(findings, view, 'submit', at, LENGTH.viewTitle);
  checkOptionalText(findings, view, 'close', at, LENGTH.viewTitle);
  findings.text(view, 'callback_id', at, LENGTH.callbackId);
  findings.text(view, 'private_metadata', at, LENGTH.privateMetadata);
  findings.text(view, 'external_id', at, LENGTH.id);
  const blocks = findings.list(view, 'blocks', at, Number.POSITIVE_INFINITY);
  if (blocks) findings.messages.push(...checkBlocks(blocks, `${at}/blocks`, ITEMS.viewBlocks).messages);
  const asks = listOf(blocks).some((block) => shapeOf(block)['type'] === 'input');
  if (asks && !isShape(view['submit'])) findings.add(at, 'missing required field: submit');
  return findings.messages;
}
