// The numbers of Slack that the fake enforces: lengths in code points, rates, and how long things live. Sources: the
// type files of @slack/types 3.2, the reference of the Web API, github.com/slackapi/bolt-js/issues/2509 (blocks in all).

/** Longest texts, in code points. */
export const LENGTH = {
  header: 150,
  text: 3000,
  field: 2000,
  buttonText: 75,
  buttonValue: 2000,
  buttonLabel: 75,
  url: 3000,
  id: 255,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
  alt: 2000,
  imageTitle: 2000,
  optionText: 75,
  optionValue: 150,
  placeholder: 150,
  inputLabel: 2000,
  plainInput: 3000,
  viewTitle: 24,
  callbackId: 255,
  privateMetadata: 3000,
  /** chat.postMessage cuts here, without an error. */
  posted: 40_000,
  /** chat.update refuses what is longer. */
  updated: 4000,
  /** All the text of the blocks of one message; not documented, seen between 13,172 and 13,297. */
  blocksInAll: 13_000,
  /** A guess: the reference names the error and not the size. */
  metadata: 8000,
} as const;

/** Most items. */
export const ITEMS = {
  messageBlocks: 50,
  viewBlocks: 100,
  fields: 10,
  actions: 25,
  context: 10,
  options: 100,
  choices: 10,
  overflow: 5,
  viewBytes: 250_000,
  sockets: 10,
} as const;

/** Milliseconds. */
export const TIME = {
  acknowledge: 3000,
  trigger: 3000,
  responseUrl: 30 * 60_000,
  ticket: 30_000,
  /** How far ahead `disconnect: warning` comes. */
  warning: 10_000,
  /** When an event that nobody acknowledged is told again, counted from the attempt before. */
  eventRetries: [0, 60_000, 300_000] as readonly number[],
} as const;

/** How often a response_url may be used. */
export const RESPONSE_URL_USES = 5;

/** What is allowed in any minute, per method, workspace and app. Posting has its own rule. */
export const TIERS: Readonly<Record<string, number>> = {
  'auth.test': 600,
  'chat.update': 50,
  'chat.postEphemeral': 100,
  'chat.getPermalink': 600,
  'conversations.info': 50,
  'conversations.history': 50,
  'conversations.replies': 50,
  'conversations.open': 50,
  'users.info': 100,
  'bots.info': 50,
  'views.open': 100,
  'views.update': 100,
  'apps.connections.open': 50,
};

/** Rates of posting. Slack says "1 per second, short bursts", and "several hundred per minute" for a workspace. */
export interface PostingRates {
  readonly perChannelPerSecond: number;
  readonly burst: number;
  readonly perWorkspacePerMinute: number;
}

/** The strictest reading of Slack's words. */
export const POSTING: PostingRates = { perChannelPerSecond: 1, burst: 3, perWorkspacePerMinute: 300 };
