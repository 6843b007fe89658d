// What Slack says about channels, people and ourselves, reduced to what decides. Whatever is not said counts as the worse
// of both: who is not plainly a member may not decide, and a channel that is not plainly inside is not posted to.
import { isShape, member, textAt, textsAt } from './shape.ts';

/** A channel. */
export interface ChannelFacts {
  readonly id: string;
  readonly kind: 'public' | 'private' | 'direct';
  /** The app is in it. */
  readonly isMember: boolean;
  readonly isArchived: boolean;
  /** Whether people of other organisations are in it, or are invited. `untold`: Slack did not say. */
  readonly sharing: 'inside' | 'external' | 'pending' | 'untold';
}

/** A person, or what looks like one. */
export interface PersonFacts {
  readonly id: string;
  /** Missing for accounts of an organisation of several workspaces. */
  readonly teamId: string | undefined;
  /** The account of the organisation, which lasts. */
  readonly enterpriseUserId: string | undefined;
  /** Only a `member` may decide. `unclear`: Slack did not say all that it takes to be one. */
  readonly standing: 'member' | 'guest' | 'stranger' | 'bot' | 'deleted' | 'unclear';
}

/** Who a bot token is. */
export interface IdentityFacts {
  readonly teamId: string;
  readonly enterpriseId: string | undefined;
  readonly userId: string;
  readonly botId: string;
  /** Of a whole organisation instead of one workspace. */
  readonly isOrganisation: boolean;
  /** What the token may do; empty where Slack did not say. */
  readonly scopes: readonly string[];
}

/** Ids of Slack: a letter for the kind, then digits and capitals. */
export const USER_ID = /^[UW][A-Z0-9]{2,30}$/;
/** Workspaces and organisations. */
export const TEAM_ID = /^[TE][A-Z0-9]{2,30}$/;
/** Channels, private ones, direct conversations. */
export const CHANNEL_ID = /^[CGD][A-Z0-9]{2,30}$/;

/** Reads `conversations.info`. */
export function channelFacts(result: unknown): { readonly channel: ChannelFacts } | undefined {
  const channel = member(result, 'channel');
  const id = textAt(CHANNEL_ID, channel, 'id');
  if (id === undefined) return undefined;
  const isDirect = member(channel, 'is_im') === true;
  const kind = isDirect ? 'direct' : member(channel, 'is_private') === false ? 'public' : 'private';
  return {
    channel: {
      id,
      kind,
      isMember: isDirect || member(channel, 'is_member') === true,
      isArchived: member(channel, 'is_archived') === true,
      sharing: isDirect ? 'inside' : sharingOf(channel),
    },
  };
}

function sharingOf(channel: unknown): ChannelFacts['sharing'] {
  if (member(channel, 'is_ext_shared') === true) return 'external';
  if (member(channel, 'is_pending_ext_shared') === true) return 'pending';
  const isTold = ['is_ext_shared', 'is_pending_ext_shared'].every((key) => member(channel, key) === false);
  return isTold ? 'inside' : 'untold';
}

/** Reads `users.info`. */
export function personFacts(result: unknown): { readonly person: PersonFacts } | undefined {
  const user = member(result, 'user');
  const id = textAt(USER_ID, user, 'id');
  if (id === undefined) return undefined;
  return {
    person: {
      id,
      teamId: textAt(TEAM_ID, user, 'team_id'),
      enterpriseUserId: textAt(USER_ID, user, 'enterprise_user', 'id'),
      standing: standingOf(user),
    },
  };
}

/** `is_app_user` says nothing here: it is who has authorised an app, a person as a rule. */
function standingOf(user: unknown): PersonFacts['standing'] {
  const is = (key: string): boolean => member(user, key) === true;
  if (is('deleted')) return 'deleted';
  if (is('is_bot') || is('is_workflow_bot') || member(user, 'id') === 'USLACKBOT') return 'bot';
  if (is('is_stranger')) return 'stranger';
  if (is('is_restricted') || is('is_ultra_restricted')) return 'guest';
  const denied = ['deleted', 'is_bot', 'is_restricted', 'is_ultra_restricted'];
  const isTold = denied.every((key) => member(user, key) === false);
  return isTold && !is('is_invited_user') ? 'member' : 'unclear';
}

/** Reads `auth.test`. */
export function identityFacts(result: unknown): { readonly identity: IdentityFacts } | undefined {
  const teamId = textAt(TEAM_ID, result, 'team_id');
  const userId = textAt(USER_ID, result, 'user_id');
  const botId = textAt(/^B[A-Z0-9]{2,30}$/, result, 'bot_id');
  if (!isShape(result) || teamId === undefined || userId === undefined || botId === undefined)
    return undefined;
  return {
    identity: {
      teamId,
      enterpriseId: textAt(TEAM_ID, result, 'enterprise_id'),
      userId,
      botId,
      isOrganisation: member(result, 'is_enterprise_install') !== false,
      scopes: textsAt(result, 'response_metadata', 'scopes').filter((scope) => scope !== ''),
    },
  };
}
