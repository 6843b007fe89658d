// The whole story, in order.
import { ACCESS_STORY } from './access-story.ts';
import { SLACK_STORY } from './slack-story.ts';
import { KUBECTL_STORY, type Step } from './story.ts';

/** Every step. */
export const STORY: readonly Step[] = [...KUBECTL_STORY, ...SLACK_STORY, ...ACCESS_STORY];
