// Rules of block elements: what stands in actions, beside a section, in an input.
import { ITEMS, LENGTH } from '../facts.ts';
import { type Shape } from '../shapes.ts';
import { type Findings } from './finding.ts';
import { checkConfirm, checkOptionalText, checkOptions, checkText } from './texts.ts';

type Rule = (findings: Findings, element: Shape, at: string) => void;

const BASE = ['type', 'action_id', 'confirm', 'focus_on_load'];

const button: Rule = (findings, element, at) => {
  findings.only(element, at, [...BASE, 'text', 'url', 'value', 'style', 'accessibility_label']);
  if (element['text'] === undefined) findings.add(at, 'missing required field: text');
  else checkText(findings, element['text'], `${at}/text`, LENGTH.buttonText);
  findings.text(element, 'value', at, LENGTH.buttonValue);
  findings.text(element, 'accessibility_label', at, LENGTH.buttonLabel);
  findings.oneOf(element, 'style', at, ['primary', 'danger']);
  const url = element['url'];
  findings.text(element, 'url', at, LENGTH.url);
  if (typeof url === 'string' && !URL.canParse(url)) findings.add(`${at}/url`, 'must be a valid url');
};

const choices: Rule = (findings, element, at) => {
  findings.only(element, at, [...BASE, 'options', 'initial_option', 'initial_options']);
  checkOptions(findings, element, at, ITEMS.choices, 'either');
};

const select: Rule = (findings, element, at) => {
  findings.only(element, at, [...BASE, 'placeholder', 'options', 'initial_option']);
  checkOptionalText(findings, element, 'placeholder', at, LENGTH.placeholder);
  checkOptions(findings, element, at);
};

const overflow: Rule = (findings, element, at) => {
  findings.only(element, at, [...BASE, 'options']);
  checkOptions(findings, element, at, ITEMS.overflow);
};

const plainInput: Rule = (findings, element, at) => {
  const more = ['placeholder', 'initial_value', 'multiline', 'min_length', 'max_length'];
  findings.only(element, at, [...BASE, ...more, 'dispatch_action_config']);
  checkOptionalText(findings, element, 'placeholder', at, LENGTH.placeholder);
  findings.text(element, 'initial_value', at, LENGTH.plainInput);
  for (const key of ['min_length', 'max_length']) {
    const value = element[key];
    if (typeof value === 'number' && value > LENGTH.plainInput)
      findings.add(`${at}/${key}`, `must be less than ${LENGTH.plainInput + 1}`);
  }
};

/** An image, as an element or as a block. */
export const checkImage: Rule = (findings, element, at) => {
  findings.text(element, 'image_url', at, LENGTH.url);
  if (element['image_url'] === undefined && element['slack_file'] === undefined)
    findings.add(at, 'missing required field: image_url');
  findings.text(element, 'alt_text', at, LENGTH.alt, true);
};

const image: Rule = (findings, element, at) => {
  findings.only(element, at, ['type', 'image_url', 'slack_file', 'alt_text']);
  checkImage(findings, element, at);
};

const RULES: Readonly<Record<string, Rule>> = {
  button,
  image,
  overflow,
  static_select: select,
  radio_buttons: choices,
  checkboxes: choices,
  plain_text_input: plainInput,
};

/** Elements that a place takes. */
export const IN_ACTIONS = ['button', 'overflow', 'static_select', 'radio_buttons', 'checkboxes'];
/** Elements beside a section. */
export const BESIDE_SECTION = [...IN_ACTIONS, 'image'];
/** Elements of an input block. */
export const IN_INPUT = ['plain_text_input', 'static_select', 'radio_buttons', 'checkboxes'];

/** One element; `ids` are the action ids of its block. */
export function checkElement(
  findings: Findings,
  value: unknown,
  at: string,
  allowed: readonly string[],
  ids: Set<string>,
): void {
  const element = findings.shape(value, at);
  if (!element) return;
  const type = String(element['type']);
  const rule = RULES[type];
  if (!rule || !allowed.includes(type)) {
    findings.add(`${at}/type`, `unsupported type: ${type}`);
    return;
  }
  rule(findings, element, at);
  findings.text(element, 'action_id', at, LENGTH.id);
  findings.unique(element['action_id'], 'action_id', at, ids);
  if (element['confirm'] !== undefined) checkConfirm(findings, element['confirm'], `${at}/confirm`);
}
