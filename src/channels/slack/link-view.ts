// The two dialogs that link an account: the first asks for the code, the second names the user of the cluster whose decisions
// the clicks of this account will be, so that nobody links theirs to somebody else by a code that was sent to them.
import { plainText, type PlainText } from './block-types.ts';
import { ACTIONS } from './button-value.ts';
import { inertName } from './inert.ts';
import { member } from './shape.ts';

/** A dialog, as Slack's `views.open` and `response_action: update` take it. */
export interface LinkView {
  type: 'modal';
  callback_id: string;
  private_metadata: string;
  title: PlainText;
  submit?: PlainText;
  close: PlainText;
  blocks: (
    | { type: 'section'; block_id: string; text: PlainText }
    | {
        type: 'input';
        block_id: string;
        label: PlainText;
        element: { type: 'plain_text_input'; action_id: string; max_length: number; placeholder: PlainText };
      }
  )[];
}

const CODE = 'code';
/** Longer than any code with all its blanks and dashes. */
const LONGEST_CODE = 40;

/** Asks for the code. @param value of the button that was clicked */
export function codeView(value: string): LinkView {
  return {
    type: 'modal',
    callback_id: ACTIONS.link,
    private_metadata: value,
    title: plainText('Who are you?'),
    submit: plainText('Next'),
    close: plainText('Not now'),
    blocks: [
      {
        type: 'section',
        block_id: 'why',
        text: plainText(
          'Assent does not know yet who you are in the cluster. Run this where you use kubectl, and type the code that it prints:\n\nkubectl assent link slack\n\nNever type a code that somebody sent you.',
        ),
      },
      {
        type: 'input',
        block_id: CODE,
        label: plainText('Code that kubectl assent link slack printed'),
        element: {
          type: 'plain_text_input',
          action_id: CODE,
          max_length: LONGEST_CODE,
          placeholder: plainText('XXXX-XXXX-XXXX'),
        },
      },
    ],
  };
}

/**
 * Names the user before anything is linked.
 * @param carried to the submission, beside the value of the button
 */
export function confirmView(value: string, carried: string, username: string): LinkView {
  return {
    type: 'modal',
    callback_id: ACTIONS.confirmLink,
    private_metadata: `${value} ${carried}`,
    title: plainText('Is this you?'),
    submit: plainText('Yes, link'),
    close: plainText('No'),
    blocks: [
      {
        type: 'section',
        block_id: 'who',
        text: plainText(
          `This code was made in the cluster by the user\n\n${inertName(username, 256)}\n\nOnce linked, what you click in Slack is decided by that user. If that is not you, press No: somebody is trying to use your account.`,
        ),
      },
    ],
  };
}

/** Says how it went, in place of the dialog. */
export function saidView(title: string, words: string): LinkView {
  return {
    type: 'modal',
    callback_id: ACTIONS.said,
    private_metadata: '',
    title: plainText(title),
    close: plainText('Close'),
    blocks: [{ type: 'section', block_id: 'said', text: plainText(words) }],
  };
}

/** What was typed into the first dialog; not believed to have any shape. */
export function typedCode(values: unknown): string {
  const typed = member(values, CODE, CODE, 'value');
  return typeof typed === 'string' ? typed.slice(0, LONGEST_CODE) : '';
}

/** The errors of the first dialog, as an acknowledgement takes them. */
export const codeError = (words: string): Readonly<Record<string, string>> => ({ [CODE]: words });
