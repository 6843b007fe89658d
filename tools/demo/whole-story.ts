// The whole story, in order.
import { SLACK_STORY } from './slack-story.ts';
import { KUBECTL_STORY, type Step } from './story.ts';

/** Every step. */
export const STORY: readonly Step[] = [...KUBECTL_STORY, ...SLACK_STORY];
