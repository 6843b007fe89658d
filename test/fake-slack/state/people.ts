// Workspaces, people, channels and apps of the fake, as plain mutable facts: a test may change any of them at any time.

/** A workspace, perhaps of an Enterprise Grid organisation. */
export interface Team {
  readonly id: string;
  readonly name: string;
  readonly domain: string;
  readonly enterprise?: { readonly id: string; readonly name: string };
}

/** Somebody with an account, human or not. */
export interface User {
  readonly id: string;
  /** The workspace at home; another one than the channel's for a stranger of Slack Connect. */
  readonly teamId: string;
  /** The handle; people change it as they like. */
  name: string;
  realName: string;
  email: string;
  bot: boolean;
  deleted: boolean;
  /** A guest of several channels. */
  restricted: boolean;
  /** A guest of one channel. */
  ultraRestricted: boolean;
  /** On Enterprise Grid: the account of the organisation. */
  enterpriseUser?: { readonly id: string; readonly enterprise_id: string; readonly teams: readonly string[] };
}

/** A conversation. */
export interface Channel {
  readonly id: string;
  readonly teamId: string;
  readonly kind: 'public' | 'private' | 'im';
  name: string;
  readonly members: Set<string>;
  archived: boolean;
  /** Shared with another organisation by Slack Connect. */
  external: boolean;
  pendingExternal: boolean;
  /** Workspaces that see it, besides its own. */
  readonly connectedTeams: Set<string>;
}

/** What a token is worth. */
export type TokenState = 'good' | 'invalid_auth' | 'token_revoked' | 'account_inactive';

/** An app as it is installed in one workspace. */
export interface App {
  readonly id: string;
  readonly teamId: string;
  readonly name: string;
  readonly botUserId: string;
  readonly botId: string;
  botToken: string;
  appToken: string;
  signingSecret: string;
  readonly scopes: Set<string>;
  readonly appScopes: Set<string>;
  botTokenState: TokenState;
  appTokenState: TokenState;
  /** Where interactions, events and commands go: to a socket, or to these addresses. */
  mode: 'socket' | 'http';
  interactivityUrl: string;
  eventsUrl: string;
  commandsUrl: string;
  /** Subscribed events: `message.im`, `app_mention`. */
  readonly events: Set<string>;
  readonly commands: Set<string>;
  /** False: a click is told to nobody. */
  interactive: boolean;
  /** `off`: there are no direct messages between people and the app. `read-only`: only the app writes. */
  messagesTab: 'on' | 'read-only' | 'off';
  /** False: metadata is taken, told as a warning, and forgotten, as of an event type that is in no manifest. */
  keepsMetadata: boolean;
}

/** A group of users that can be mentioned. */
export interface Group {
  readonly id: string;
  readonly handle: string;
  readonly members: readonly string[];
}
