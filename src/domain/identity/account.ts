// Which user of the cluster an account of a chat is: by a link that was proven from both sides, or by an Approver that an
// administrator wrote. Names and e-mail addresses decide nothing; doubt makes it nobody (INV-3).
import type { User } from './person.ts';

/** An account of a channel, by what never changes about it. */
export interface ChatAccount {
  readonly channel: 'slack';
  /** Slack's id of the workspace. */
  readonly team: string;
  /** Slack's id of the user in it. */
  readonly user: string;
}

/** A link whose two seals the caller verified: who made it in the cluster, and which account typed its code. */
export interface ProvenLink {
  readonly name: string;
  readonly user: User;
  /** When the API server saw that user with these groups. Epoch ms. */
  readonly seenAt: number;
  readonly account: ChatAccount;
}

/** An Approver, whose seal the caller verified, as far as it names accounts. */
export interface AccountApprover {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly identities: readonly {
      readonly kubernetes?: { readonly username: string } | undefined;
      readonly slack?: { readonly team: string; readonly user: string } | undefined;
    }[];
  };
}

/** Whose account it is. */
export type AccountOwner =
  | {
      readonly kind: 'user';
      readonly user: User;
      /** Whether the API server saw this user's groups lately. */
      readonly areGroupsKnown: boolean;
      /** Name of the link or of the Approver that says so. */
      readonly by: string;
    }
  | { readonly kind: 'unlinked' }
  /** Links and Approvers name different users, so that nobody can tell whose it is. */
  | { readonly kind: 'ambiguous'; readonly names: readonly string[] };

/** How long groups are believed that the API server once saw. ms. */
export const GROUPS_LIFE_MS = 30 * 86_400_000;

/**
 * Finds the user behind an account.
 * @param links whose seals the caller verified
 * @param approvers whose seal the caller verified
 * @param now epoch ms
 */
export function accountOwner(
  account: ChatAccount,
  links: readonly ProvenLink[],
  approvers: readonly AccountApprover[],
  now: number,
): AccountOwner {
  const mine = links.filter((link) => isSame(link.account, account));
  const naming = approvers.filter(({ spec }) => spec.identities.some((one) => names(one.slack, account)));
  const usernames = new Set([
    ...mine.map(({ user }) => user.username),
    ...naming.flatMap(({ spec }) => declaredUsers(spec, mine)),
  ]);
  const sources = [...mine.map(({ name }) => name), ...naming.map(({ metadata }) => metadata.name)];
  const [username] = usernames;
  const [by] = sources;
  if (by === undefined) return { kind: 'unlinked' };
  if (username === undefined || usernames.size > 1 || naming.length > 1)
    return { kind: 'ambiguous', names: sources.toSorted() };
  const newest = mine.toSorted((a, b) => b.seenAt - a.seenAt)[0];
  const areGroupsKnown = newest !== undefined && now - newest.seenAt < GROUPS_LIFE_MS;
  const user = believed(username, newest, areGroupsKnown);
  return { kind: 'user', user, areGroupsKnown, by: newest?.name ?? by };
}

/** The users that an Approver ties to its accounts: the one who proved it, where that is one of them; else all of them. */
function declaredUsers({ identities }: AccountApprover['spec'], links: readonly ProvenLink[]): string[] {
  const declared = identities.flatMap(({ kubernetes }) => (kubernetes ? [kubernetes.username] : []));
  const proven = declared.filter((one) => links.some(({ user }) => user.username === one));
  return proven.length > 0 ? proven : declared;
}

/** Groups and uid only as the API server saw them, and not for ever: without them fewer rights, never more. */
function believed(username: string, link: ProvenLink | undefined, areGroupsKnown: boolean): User {
  const uid = link?.user.uid;
  const groups = areGroupsKnown ? (link?.user.groups ?? []) : [];
  return { username, ...(uid === undefined ? {} : { uid }), groups };
}

const isSame = (one: ChatAccount, other: ChatAccount): boolean =>
  one.channel === other.channel && one.team === other.team && one.user === other.user;

const names = (
  slack: { readonly team: string; readonly user: string } | undefined,
  account: ChatAccount,
): boolean => slack !== undefined && isSame({ channel: 'slack', ...slack }, account);
