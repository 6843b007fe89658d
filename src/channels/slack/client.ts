// The few methods of Slack that Assent calls, behind a narrow port: each answers with one of a closed list (answers.ts) and
// none throws. Nothing is repeated here; when to call again is for the delivery to decide.
import type { Answer, Unknown } from './answers.ts';
import type { SlackMessage } from './block-types.ts';
import { channelFacts, identityFacts, personFacts } from './lookups.ts';
import type { ChannelFacts, IdentityFacts, PersonFacts } from './lookups.ts';
import type { LinkView } from './link-view.ts';
import type { ReasonView } from './reason-view.ts';
import { findPosts, type PostQuery, type PostSearch } from './post-search.ts';
import { textAt, textsAt } from './shape.ts';
import { slackCall } from './web-call.ts';
import type { SlackPlace } from './web-options.ts';

/** Metadata of our messages is of this type. */
export const EVENT_TYPE = 'assent_request';

/** Where a message is. */
export interface MessagePlace {
  readonly channel: string;
  /** Slack's name of a message within its channel. */
  readonly ts: string;
}

/** A message to send. */
export interface Post {
  /** Id of a channel or of a person. */
  readonly channel: string;
  readonly message: SlackMessage;
  /** metadata.uid of the request that it is about; empty: of none. */
  readonly uid: string;
  /** Fresh for each decision to send; kept when the same send is tried again. */
  readonly attempt: string;
  /** One request, or many, or how one ended, or about none. */
  readonly form: 'card' | 'list' | 'notice' | 'alarm';
  /** The message that this one answers. */
  readonly threadTs?: string | undefined;
}

/** A message that one person sees, once, perhaps. */
export interface Whisper {
  readonly channel: string;
  readonly user: string;
  readonly message: SlackMessage;
  readonly threadTs?: string | undefined;
}

/** Slack, as far as it is used. Only {@link SlackApi.postMessage} must not be repeated after `unknown` before a search. */
export interface SlackApi {
  /** `warnings` are Slack's own words for what it left out, `metadata_event_type_unknown` for one. */
  postMessage(post: Post): Promise<Answer<MessagePlace & { readonly warnings: readonly string[] }>>;
  /** Gives a message another content; the same call twice is the same as once. */
  update(place: MessagePlace, message: SlackMessage): Promise<Answer<MessagePlace>>;
  postEphemeral(whisper: Whisper): Promise<Answer<object>>;
  /** @param triggerId of the click; good once, for three seconds */
  openView(triggerId: string, view: ReasonView | LinkView): Promise<Answer<{ readonly viewId: string }>>;
  channel(id: string): Promise<Answer<{ readonly channel: ChannelFacts }>>;
  person(id: string): Promise<Answer<{ readonly person: PersonFacts }>>;
  /** Who the token is. */
  identity(): Promise<Answer<{ readonly identity: IdentityFacts }>>;
  /** Which ambiguous sends arrived. */
  findPosts(query: PostQuery): Promise<Answer<PostSearch>>;
}

/**
 * Makes the port for one bot token; another token is another port.
 * @param options.token `xoxb-...`; in headers only, never in a message of ours
 */
export function slackApi(options: SlackPlace & { readonly token: string }): SlackApi {
  const call = slackCall(options);
  return {
    async postMessage({ channel, message, uid, attempt, form, threadTs }) {
      const metadata = { event_type: EVENT_TYPE, event_payload: { uid, attempt, form } };
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      const unfurl = { unfurl_links: false, unfurl_media: false };
      const answer = await call('chat.postMessage', { channel, ...message, ...thread, ...unfurl, metadata });
      return read(answer, (result) => {
        const place = placed(result);
        const warnings = textsAt(result, 'response_metadata', 'warnings');
        return place === undefined ? undefined : { ...place, warnings };
      });
    },
    update: async ({ channel, ts }, message) =>
      read(await call('chat.update', { channel, ts, ...message }), placed),
    async postEphemeral({ channel, user, message, threadTs }) {
      const thread = threadTs === undefined ? {} : { thread_ts: threadTs };
      return read(await call('chat.postEphemeral', { channel, user, ...message, ...thread }), () => ({}));
    },
    openView: async (trigger_id, view) =>
      read(await call('views.open', { trigger_id, view }), (result) => {
        const viewId = textAt(/^V\w{2,30}$/, result, 'view', 'id');
        return viewId === undefined ? undefined : { viewId };
      }),
    channel: async (id) => read(await call('conversations.info', { channel: id }), channelFacts),
    person: async (id) => read(await call('users.info', { user: id }), personFacts),
    identity: async () => read(await call('auth.test', {}), identityFacts),
    findPosts: (query) => findPosts(call, EVENT_TYPE, query),
  };
}

const SHORT: Unknown = { kind: 'unknown', why: 'an answer without what it has to say' };

/** An answer that does not hold what it must is as good as none. */
function read<T extends object>(
  answer: Answer<{ readonly result: unknown }>,
  facts: (result: unknown) => T | undefined,
): Answer<T> {
  if (answer.kind !== 'ok') return answer;
  const found = facts(answer.result);
  return found === undefined ? SHORT : { kind: 'ok', ...found };
}

function placed(result: unknown): MessagePlace | undefined {
  const channel = textAt(/^[A-Z][A-Z0-9]{2,30}$/, result, 'channel');
  const ts = textAt(/^\d{1,12}\.\d{1,9}$/, result, 'ts');
  return channel === undefined || ts === undefined ? undefined : { channel, ts };
}
