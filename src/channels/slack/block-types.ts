// The few shapes of Block Kit that Assent sends, narrower than Slack's own types: text of others fits into `PlainText` and
// `Preformatted` alone, and plain text never turns words into emoji.

/** Text without markup. */
export interface PlainText {
  type: 'plain_text';
  text: string;
  emoji: false;
}
/** Text with markup: ours alone. */
export interface Markup {
  type: 'mrkdwn';
  text: string;
  verbatim: true;
}
/** Text of a place that takes both. */
export type Text = PlainText | Markup;
interface Confirm {
  title: PlainText;
  text: PlainText;
  confirm: PlainText;
  deny: PlainText;
  style?: 'primary' | 'danger';
}
/** A button. */
export interface Button {
  type: 'button';
  action_id: string;
  text: PlainText;
  value?: string;
  url?: string;
  style?: 'primary' | 'danger';
  confirm?: Confirm;
}
/** Text of the agent in a frame of its own. */
export interface Preformatted {
  type: 'rich_text_preformatted';
  elements: { type: 'text'; text: string }[];
}
interface RichSection {
  type: 'rich_text_section';
  elements: { type: 'text'; text: string; style?: { bold: true } }[];
}
/** One block of a message. */
export type Block = { block_id: string } & (
  | { type: 'header'; text: PlainText }
  | { type: 'section'; text?: PlainText; fields?: Text[] }
  | { type: 'rich_text'; elements: (RichSection | Preformatted)[] }
  | { type: 'context'; elements: Text[] }
  | { type: 'actions'; elements: Button[] }
);
/** A block without its id. */
export type Draft = Block extends infer B ? (B extends unknown ? Omit<B, 'block_id'> : never) : never;

/** What is sent: `text` is for notifications and screen readers, `blocks` for the screen. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: Block[];
}

/** Plain text; at least one character. */
export const plainText = (text: string): PlainText => ({ type: 'plain_text', text, emoji: false });

/**
 * Gives every block its id. Slack wants a new one whenever a message is updated.
 * @param key uid of the request, or another word of at most 64 characters
 * @param revision counts the contents of this message
 */
export function identified(drafts: readonly Draft[], key: string, revision: number): Block[] {
  return drafts.map((draft, index) => ({ ...draft, block_id: `${key}:${revision}:${index}` }));
}
