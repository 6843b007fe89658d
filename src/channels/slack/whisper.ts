// What one person sees: why a click did nothing, or all about a request.
import { identified, plainText, type SlackMessage } from './block-types.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { showRequest } from '../../domain/message/show.ts';
import { inertText } from './inert.ts';

const WORDS = { points: 1_000 };
/** Slack's limit for one text is 3,000. */
const WHOLE = { points: 2_800, lines: 60 };

/** A few words. */
export const whisper = (words: string): SlackMessage => told(inertText(words, WORDS));

/** A request as `kubectl assent show` shows it, as far as there is room. */
export const detailsWhisper = (request: ApprovalRequest): SlackMessage =>
  told(
    `${inertText(showRequest(request), WHOLE)}\nEverything about it: kubectl assent show ${request.metadata.name}`,
  );

const told = (text: string): SlackMessage => ({
  text: 'Assent has an answer to your click',
  blocks: identified([{ type: 'section', text: plainText(text) }], 'whisper', 0),
});
