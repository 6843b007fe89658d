// What the steps that play in Slack share: its people, its cards, and patience.
import type { Person, Place } from '../../test/fake-slack/people/person.ts';
import { messageText } from '../../test/fake-slack/view/screen.ts';
import type { StoryStage } from './stage.ts';
import type { Shown } from './story.ts';

const PATIENCE_MS = 20_000;
const POLL_MS = 50;

const people = new WeakMap<StoryStage, Person>();

/** Alice's account in the workspace of the demo. */
export function aliceIn(stage: StoryStage): Person {
  const alice = people.get(stage) ?? stage.slack.person('alice', { realName: 'Alice' });
  people.set(stage, alice);
  return alice;
}

/** Looks until something is there; undefined when it never is. */
export async function soon<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T | undefined> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined || performance.now() > deadline) return found;
    await new Promise((resume) => {
      setTimeout(resume, POLL_MS);
    });
  }
}

/** The card that shows this, and what is seen of it. */
export function cardWith(
  stage: StoryStage,
  words: string,
): { readonly place: Place; readonly text: string } | undefined {
  const { slack, channel } = stage.slack;
  const found = slack
    .messages(channel.id)
    .map((message) => ({ message, text: messageText(slack.world, message) }))
    .findLast(({ message, text }) => message.threadTs === undefined && text.includes(words));
  return found && { place: { channel: channel.id, ts: found.message.ts }, text: found.text };
}

/** What is seen or done there. */
export const inSlack = (command: string, text: string): Shown => ({ who: 'slack', command, text });
