// How long the messages of a channel may take to say what is so: one edit for each that is wrong, at the rate that Slack
// allows, and ten seconds for everything else. The wait itself is reported.
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { wrongIn } from './slack-told.ts';
import type { SlackWorld } from './slack-world.ts';

/** chat.update is in Slack's Tier 3: 50 a minute. ms. */
const EDIT_MS = 60_000 / 50;
/** For noticing, reading and writing (the issue's own number). ms. */
const REST_MS = 10_000;
/** After that it is not late but lost. ms. */
const GIVEN_UP_MS = 60_000;

/** One wait for messages to be right. Times in ms. */
export interface Wait {
  /** How many messages were wrong when it began. */
  readonly edits: number;
  readonly took: number;
  readonly bound: number;
  /** What was still wrong when nobody waited any longer. */
  readonly wrong: readonly string[];
}

/** Waits until every card and list says how its requests ended. Call it when the last of them has. */
export async function untilRight(world: SlackWorld): Promise<Wait> {
  const began = performance.now();
  const look = async (): Promise<readonly string[]> => wrongIn(world.side, await world.requests());
  let wrong = await look();
  const edits = wrong.length;
  await world
    .until(
      'every message to be right',
      async () => {
        wrong = await look();
        return wrong.length === 0;
      },
      GIVEN_UP_MS + edits * EDIT_MS,
    )
    .catch(() => undefined);
  return { edits, took: performance.now() - began, bound: REST_MS + edits * EDIT_MS, wrong };
}

/** What is off about a wait. */
export function lateness({ took, bound, wrong, edits }: Wait): readonly string[] {
  if (wrong.length > 0) return wrong.map((words) => `never right: ${words}`);
  return took <= bound
    ? []
    : [`${edits} messages were right after ${seconds(took)}, later than ${seconds(bound)}`];
}

/** `12.3 s` */
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

/** Whether a request waits for an answer. */
export const isPending = ({ status }: ApprovalRequest): boolean => (status?.state ?? 'Pending') === 'Pending';
