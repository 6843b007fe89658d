// Dialogs that ask a person why: always before a denial, and before an approval where a policy wants a reason. They carry
// nothing but the value of the button that opened them; who answers is told by the submission, never by the dialog.
import type { Card } from '../../domain/message/card.ts';
import { plainText, type PlainText } from './block-types.ts';
import { ACTIONS, buttonValue } from './button-value.ts';
import type { MessagePlace } from './client.ts';
import { inertName } from './inert.ts';
import { member } from './shape.ts';

/** Which dialog it is. */
export type ReasonVerdict = 'Approve' | 'Deny';

interface Input {
  type: 'input';
  block_id: string;
  label: PlainText;
  optional: boolean;
  element: Choice | Line;
}
interface Choice {
  type: 'radio_buttons';
  action_id: string;
  options: { text: PlainText; value: string }[];
}
interface Line {
  type: 'plain_text_input';
  action_id: string;
  multiline: boolean;
  max_length: number;
  placeholder: PlainText;
}
/** A dialog, as Slack's `views.open` takes it. */
export interface ReasonView {
  type: 'modal';
  callback_id: string;
  private_metadata: string;
  title: PlainText;
  submit: PlainText;
  close: PlainText;
  blocks: ({ type: 'section'; block_id: string; text: PlainText } | Input)[];
}

/** Why somebody says no, by the value of the choice. */
export const PRESETS = {
  'wrong-environment': 'Wrong environment',
  'too-broad': 'Too broad',
  suspicious: 'Suspicious',
  'not-now': 'Not now',
  other: 'Another reason (say it below)',
} as const;
type Preset = keyof typeof PRESETS;

const PRESET = 'preset';
const WORDS = 'words';
/** Longest reason that is taken from the dialog. Slack counts it. */
const LONGEST = 500;

/** Where a dialog was opened: carried to its submission, which says nothing of it. */
export interface ReasonPlace {
  /** Name of this installation. */
  readonly installation: string;
  readonly message: MessagePlace;
}

/** Reads {@link ReasonPlace.message} back from what the submission carried; undefined for what is none. */
export function messageIn(carried: string): MessagePlace | undefined {
  const [, channel, ts] = /^([A-Z][A-Z0-9]{2,30}):(\d{1,12}\.\d{1,9})$/.exec(carried) ?? [];
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}

/** The dialog for a card. */
export function reasonView(
  card: Card,
  verdict: ReasonVerdict,
  { installation, message }: ReasonPlace,
): ReasonView {
  const isDenial = verdict === 'Deny';
  const whole = `${inertName(card.action, 700)}\nfor ${inertName(card.requester, 240)}, on ${inertName(card.cluster, 240)}\ncode ${card.code}`;
  return {
    type: 'modal',
    callback_id: isDenial ? ACTIONS.deny : ACTIONS.approveWithReason,
    private_metadata: `${buttonValue(installation, card.uid, card.digest)} ${message.channel}:${message.ts}`,
    title: plainText(isDenial ? 'Deny request' : 'Approve request'),
    submit: plainText(isDenial ? 'Deny' : 'Approve'),
    close: plainText('Not now'),
    blocks: [
      { type: 'section', block_id: 'what', text: plainText(whole) },
      ...(isDenial ? [presetInput()] : []),
      wordsInput(isDenial),
    ],
  };
}

function presetInput(): Input {
  const options = Object.entries(PRESETS).map(([value, words]) => ({ text: plainText(words), value }));
  return {
    type: 'input',
    block_id: PRESET,
    label: plainText('Why'),
    optional: false,
    element: { type: 'radio_buttons', action_id: PRESET, options },
  };
}

function wordsInput(optional: boolean): Input {
  return {
    type: 'input',
    block_id: WORDS,
    label: plainText(optional ? 'In your words' : 'Why'),
    optional,
    element: {
      type: 'plain_text_input',
      action_id: WORDS,
      multiline: true,
      max_length: LONGEST,
      placeholder: plainText('The agent and its owner read this'),
    },
  };
}

/** The reason, or what is wrong with which input: for `response_action: errors`. */
export type ReasonAnswer =
  | { readonly ok: true; readonly reason: string }
  | { readonly ok: false; readonly errors: Readonly<Record<string, string>> };

/**
 * Reads what was filled in. The result is as the person wrote it, on one line; it is made inert where it is shown.
 * @param values `view.state.values` of the submission, not believed to have any shape
 */
export function readReason(verdict: ReasonVerdict, values: unknown): ReasonAnswer {
  const words = textOf(member(values, WORDS, WORDS, 'value'));
  if (verdict === 'Approve') return words === '' ? wrong(WORDS, 'Say why.') : { ok: true, reason: words };
  const preset = member(values, PRESET, PRESET, 'selected_option', 'value');
  if (!isPreset(preset)) return wrong(PRESET, 'Choose a reason.');
  if (preset === 'other')
    return words === '' ? wrong(WORDS, 'Say which reason.') : { ok: true, reason: words };
  return { ok: true, reason: words === '' ? PRESETS[preset] : `${PRESETS[preset]}: ${words}` };
}

const wrong = (block: string, words: string): ReasonAnswer => ({ ok: false, errors: { [block]: words } });

const isPreset = (value: unknown): value is Preset =>
  typeof value === 'string' && Object.hasOwn(PRESETS, value);

function textOf(value: unknown): string {
  if (typeof value !== 'string') return '';
  return Array.from(value.replaceAll(/\s+/gu, ' ').trim()).slice(0, LONGEST).join('');
}
