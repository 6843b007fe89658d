// Rules of the blocks of a message or a view. Types that no part of Assent uses (tables, cards, videos) are refused as
// unsupported: whoever begins to use one writes its rule here first.
import { ITEMS, LENGTH } from '../facts.ts';
import { type Shape } from '../shapes.ts';
import { BESIDE_SECTION, checkElement, checkImage, IN_ACTIONS, IN_INPUT } from './elements.ts';
import { Findings } from './finding.ts';
import { checkRichText } from './rich-text.ts';
import { checkOptionalText, checkText } from './texts.ts';

type Rule = (findings: Findings, block: Shape, at: string) => void;

const header: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'text']);
  if (block['text'] === undefined) findings.add(at, 'missing required field: text');
  else checkText(findings, block['text'], `${at}/text`, LENGTH.header);
};

const section: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'text', 'fields', 'accessory', 'expand']);
  if (block['text'] === undefined && block['fields'] === undefined)
    findings.add(at, 'missing required field: text');
  if (block['text'] !== undefined) checkText(findings, block['text'], `${at}/text`, LENGTH.text, 'either');
  if (block['fields'] !== undefined)
    for (const [index, field] of (findings.list(block, 'fields', at, ITEMS.fields) ?? []).entries())
      checkText(findings, field, `${at}/fields/${index}`, LENGTH.field, 'either');
  if (block['accessory'] !== undefined)
    checkElement(findings, block['accessory'], `${at}/accessory`, BESIDE_SECTION, new Set());
};

const actions: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'elements']);
  const ids = new Set<string>();
  for (const [index, element] of (findings.list(block, 'elements', at, ITEMS.actions) ?? []).entries())
    checkElement(findings, element, `${at}/elements/${index}`, IN_ACTIONS, ids);
};

const context: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'elements']);
  for (const [index, value] of (findings.list(block, 'elements', at, ITEMS.context) ?? []).entries()) {
    const place = `${at}/elements/${index}`;
    const element = findings.shape(value, place);
    if (element?.['type'] === 'image') checkElement(findings, element, place, ['image'], new Set());
    else if (element) checkText(findings, element, place, LENGTH.text, 'either');
  }
};

const input: Rule = (findings, block, at) => {
  const fields = ['label', 'element', 'hint', 'optional', 'dispatch_action'];
  findings.only(block, at, ['type', 'block_id', ...fields]);
  if (block['label'] === undefined) findings.add(at, 'missing required field: label');
  else checkText(findings, block['label'], `${at}/label`, LENGTH.inputLabel);
  checkOptionalText(findings, block, 'hint', at, LENGTH.inputLabel);
  if (block['element'] === undefined) findings.add(at, 'missing required field: element');
  else checkElement(findings, block['element'], `${at}/element`, IN_INPUT, new Set());
};

const image: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'image_url', 'slack_file', 'alt_text', 'title']);
  checkImage(findings, block, at);
  checkOptionalText(findings, block, 'title', at, LENGTH.imageTitle);
};

const richText: Rule = (findings, block, at) => {
  findings.only(block, at, ['type', 'block_id', 'elements']);
  checkRichText(findings, block, at);
};

const divider: Rule = (findings, block, at) => findings.only(block, at, ['type', 'block_id']);

const RULES: Readonly<Record<string, Rule>> = {
  header,
  section,
  actions,
  context,
  input,
  image,
  divider,
  rich_text: richText,
};

/** Checks blocks; the findings are empty when Slack would take them. `at` is where they stand: `/blocks`. */
export function checkBlocks(
  blocks: readonly unknown[],
  at = '/blocks',
  max: number = ITEMS.messageBlocks,
): Findings {
  const findings = new Findings();
  if (blocks.length > max) findings.add(at, `no more than ${max} items allowed`);
  const ids = new Set<string>();
  for (const [index, value] of blocks.entries()) {
    const place = `${at}/${index}`;
    const block = findings.shape(value, place);
    if (!block) continue;
    const type = String(block['type']);
    const rule = RULES[type];
    if (!rule) {
      findings.add(`${place}/type`, `unsupported type: ${type}`);
      continue;
    }
    rule(findings, block, place);
    findings.text(block, 'block_id', place, LENGTH.id);
    findings.unique(block['block_id'], 'block_id', place, ids);
  }
  return findings;
}
