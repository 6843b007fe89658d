// A few words that one person sees: why a click did nothing, or where to look.
import { identified, plainText, type SlackMessage } from './block-types.ts';
import { inertText } from './inert.ts';

const WORDS = { points: 1_000 };

/** The message. */
export function whisper(words: string): SlackMessage {
  const text = inertText(words, WORDS);
  return {
    text: 'Assent has an answer to your click',
    blocks: identified([{ type: 'section', text: plainText(text) }], 'whisper', 0),
  };
}
