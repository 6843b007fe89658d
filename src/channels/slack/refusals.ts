// What Slack's error names mean for us: whether the same call could ever work again without somebody doing something, who
// that is, and what to do. Names: the reference of the methods that client.ts calls.

/** Who can mend it. `nobody`: it is over, and nothing is broken; `slack`: it passes by itself. */
export type Mender = 'administrator' | 'channel owner' | 'workspace admin' | 'Assent' | 'nobody' | 'slack';

/** What a refusal means. */
export interface Refusal {
  /** True: the same call is refused until somebody does something; it is not tried again in a loop. */
  readonly isPermanent: boolean;
  readonly mender: Mender;
  /** One sentence that says what to do. */
  readonly remedy: string;
}

const REPORT = 'Report this to the developers of Assent: it sent something that Slack does not take.';
const LATER = 'Wait: Slack says that this passes, and the call is tried again.';
const TOO_LATE = 'Click the button again: the time to open a dialog was over.';

/** Names with the same meaning, and the meaning. */
const ROWS: readonly (readonly [string, Mender, boolean, string])[] = [
  [
    'not_authed invalid_auth token_revoked token_expired account_inactive user_removed_from_team',
    'administrator',
    true,
    'Install the Slack app again and put its tokens into the Secret of Assent.',
  ],
  [
    'missing_scope no_permission',
    'administrator',
    true,
    'Give the Slack app the scopes of its manifest and install it again.',
  ],
  [
    'not_allowed_token_type',
    'administrator',
    true,
    'Check which token is which: the bot token begins with xoxb-, the app token with xapp-.',
  ],
  [
    'forbidden_team link_disabled',
    'administrator',
    true,
    'Switch Socket Mode on in the settings of the Slack app.',
  ],
  [
    'messages_tab_disabled',
    'administrator',
    true,
    'Switch the messages tab of the Slack app on, so that it can be written to.',
  ],
  [
    'channel_not_found',
    'channel owner',
    true,
    'Check the id of the channel, and invite the app if the channel is private.',
  ],
  ['not_in_channel', 'channel owner', true, 'Invite the app into the channel.'],
  [
    'is_archived is_inactive',
    'channel owner',
    true,
    'Unarchive the channel, or route the policy to another one.',
  ],
  [
    'restricted_action restricted_action_read_only_channel restricted_action_thread_only_channel restricted_action_non_threadable_channel restricted_action_thread_locked cannot_reply_to_message',
    'channel owner',
    true,
    'Allow the app to post into the channel and its threads, or route the policy to another channel.',
  ],
  [
    'access_denied accesslimited enterprise_is_restricted ekm_access_denied team_access_not_granted team_not_found team_disabled two_factor_setup_required',
    'workspace admin',
    true,
    'Ask an admin of the Slack workspace to allow the app.',
  ],
  [
    'message_limit_exceeded',
    'workspace admin',
    false,
    'Ask an admin of the Slack workspace: it has reached its limit of messages.',
  ],
  [
    'message_not_found thread_not_found',
    'nobody',
    true,
    'Nothing: the message was deleted, and the request can be decided elsewhere.',
  ],
  [
    'cant_update_message edit_window_closed',
    'workspace admin',
    true,
    'Allow apps to edit their messages without a limit of time; only own messages can be edited.',
  ],
  [
    'user_not_in_channel user_not_found user_not_visible user_disabled',
    'nobody',
    true,
    'Nothing: the person is not there to be told.',
  ],
  ['expired_trigger_id exchanged_trigger_id', 'nobody', true, TOO_LATE],
  [
    'invalid_trigger_id invalid_trigger invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type invalid_blocks invalid_blocks_format msg_blocks_too_long msg_too_long no_text too_many_attachments invalid_metadata_format invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app view_too_large duplicate_external_id invalid_cursor invalid_ts_oldest invalid_ts_latest method_deprecated deprecated_endpoint unknown_method',
    'Assent',
    true,
    REPORT,
  ],
  [
    'service_unavailable request_timeout team_added_to_org org_login_required external_channel_migrating update_failed',
    'slack',
    false,
    LATER,
  ],
];

const TABLE: ReadonlyMap<string, Refusal> = new Map(
  ROWS.flatMap(([codes, mender, isPermanent, remedy]) =>
    codes.split(' ').map((code) => [code, { isPermanent, mender, remedy }] as const),
  ),
);

/** A name that is new to us may pass: it is tried again, with growing waits. */
const NEW: Refusal = {
  isPermanent: false,
  mender: 'Assent',
  remedy: 'Look the name up in the reference of the Slack API; the call is tried again meanwhile.',
};

/** The meaning of an error name of Slack. */
export const refusalOf = (code: string): Refusal => TABLE.get(code) ?? NEW;

/** The names that have a row of their own. */
export const KNOWN_REFUSALS: readonly string[] = [...TABLE.keys()];
