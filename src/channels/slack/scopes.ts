// The scopes that the manifests of the Slack app ask for, and what does not work without each: the one list by which the
// doctor judges what was granted. A test holds it equal to manifests/slack.
import type { ChannelFacts } from './lookups.ts';

/** A scope of the bot token. */
export interface Scope {
  readonly name: string;
  /** Channels of which kind need it; undefined: everything does. */
  readonly of: ChannelFacts['kind'] | undefined;
  /** Without it Assent works, but for what `without` says. */
  readonly isOptional: boolean;
  /** What does not work without it. */
  readonly without: string;
}

const LOST = 'a message may be there twice after Slack gave no answer';

/** In the order of the manifests. */
export const SCOPES: readonly Scope[] = [
  { name: 'chat:write', of: undefined, isOptional: false, without: 'nothing can be shown' },
  {
    name: 'users:read',
    of: undefined,
    isOptional: false,
    without: 'nobody can decide, since guests cannot be told from members',
  },
  {
    name: 'channels:read',
    of: 'public',
    isOptional: false,
    without: 'nobody can tell whether a public channel is shared with others',
  },
  {
    name: 'groups:read',
    of: 'private',
    isOptional: false,
    without: 'nobody can tell whether a private channel is shared with others',
  },
  { name: 'channels:history', of: 'public', isOptional: true, without: `in public channels, ${LOST}` },
  { name: 'groups:history', of: 'private', isOptional: true, without: `in private channels, ${LOST}` },
];

/** The scope of the app token: connections of Socket Mode. */
export const APP_SCOPE = 'connections:write';
