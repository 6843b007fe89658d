// Who we are in Slack, asked until Slack answers, and the port for the token that stands in the file now: a replaced token
// needs no restart.
import { pause, type SocketClock } from './socket-clock.ts';
import type { Answer, Unsent } from './answers.ts';
import { slackApi, type SlackApi } from './client.ts';
import type { IdentityFacts } from './lookups.ts';
import type { SlackPlace } from './web-options.ts';

/** Between two questions who we are, while nobody answers. ms. */
const AGAIN_MS = 5_000;
/** And once somebody did: scopes and tokens change rarely. ms. */
const ANEW_MS = 600_000;

/** The port for the present token. @param token read anew at each call; throws when it cannot be read */
export function currentApi(place: SlackPlace, token: () => string): SlackApi {
  let [used, api] = [undefined as string | undefined, undefined as SlackApi | undefined];
  const current = (): SlackApi | undefined => {
    try {
      const present = token();
      if (api === undefined || present !== used) api = slackApi({ ...place, token: present });
      used = present;
      return api;
    } catch {
      return undefined;
    }
  };
  const unread: Unsent = { kind: 'unsent', why: 'the file of the token cannot be read' };
  const through = <T extends object>(call: (one: SlackApi) => Promise<Answer<T>>): Promise<Answer<T>> => {
    const one = current();
    return one === undefined ? Promise.resolve(unread) : call(one);
  };
  return {
    postMessage: (post) => through((one) => one.postMessage(post)),
    update: (at, message) => through((one) => one.update(at, message)),
    postEphemeral: (whisper) => through((one) => one.postEphemeral(whisper)),
    openView: (trigger, view) => through((one) => one.openView(trigger, view)),
    channel: (id) => through((one) => one.channel(id)),
    person: (id) => through((one) => one.person(id)),
    identity: () => through((one) => one.identity()),
    findPosts: (query) => through((one) => one.findPosts(query)),
  };
}

/** Who we are, as last told. */
export interface Self {
  readonly identity: () => IdentityFacts | undefined;
}

/**
 * Asks who we are, again and again until the signal is aborted.
 * @param told called with each answer that is none
 */
export function knownSelf(
  api: Pick<SlackApi, 'identity'>,
  clock: SocketClock,
  signal: AbortSignal,
  told: (why: string) => void,
): Self {
  let identity: IdentityFacts | undefined;
  const ask = async (): Promise<void> => {
    while (!signal.aborted) {
      const answer = await api.identity();
      if (answer.kind === 'ok') identity = answer.identity;
      else told(answer.kind === 'refused' ? `${answer.code}: ${answer.remedy}` : answer.kind);
      await pause(clock, answer.kind === 'ok' ? ANEW_MS : AGAIN_MS, signal);
    }
  };
  void ask();
  return { identity: () => identity };
}
