// Which accounts of a chat are asked for a code: those that nobody knows, and those whose user has just begun another link.
// Believes no seal, since it gives no right: whose an account is, the gate finds out (INV-3).
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import type { ChatAccount } from '../domain/identity/account.ts';
import { CODE_LIFE_MS } from '../domain/identity/link-life.ts';
import { parseInstant } from '../domain/request/instant.ts';

/** What the connector knows without asking. */
export interface KnownObjects {
  requestOf(uid: string): Promise<ApprovalRequest | undefined>;
  links(): Iterable<IdentityLink>;
  approvers(): Iterable<Approver>;
}

/** For so long a link may be older than the cache knows. ms. */
const MOMENT_MS = 5_000;

/** The accounts, as the caches have them. */
export class KnownAccounts {
  readonly #known: KnownObjects;
  readonly #now: () => number;
  /** The cache hears of a link a moment later than the person who presses the button again. */
  readonly #justLinked = new Map<string, NodeJS.Timeout>();

  /** @param now epoch ms */
  constructor(known: KnownObjects, now: () => number) {
    this.#known = known;
    this.#now = now;
  }

  /** An account was linked. For a moment only: whoever takes the link back is asked for a code again. */
  justLinked(account: ChatAccount): void {
    const key = keyOf(account);
    clearTimeout(this.#justLinked.get(key));
    this.#justLinked.set(key, setTimeout(() => this.#justLinked.delete(key), MOMENT_MS).unref());
  }

  isKnown(account: ChatAccount): boolean {
    if (this.#justLinked.has(keyOf(account))) return true;
    const users = usersOf(account, this.#known);
    return users !== undefined && !isLinkedAgain(users, this.#known, this.#now());
  }
}

const keyOf = ({ team, user }: ChatAccount): string => `${team}/${user}`;

/** The users that an account is said to be; undefined for one that nobody knows. */
function usersOf({ team, user }: ChatAccount, known: KnownObjects): readonly string[] | undefined {
  const isIt = (one: { readonly team: string; readonly user: string } | undefined): boolean =>
    one?.team === team && one.user === user;
  const links = [...known.links()].filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && isIt(status?.account),
  );
  const approvers = [...known.approvers()].filter(({ spec }) =>
    spec.identities.some(({ slack }) => isIt(slack)),
  );
  if (links.length + approvers.length === 0) return undefined;
  return [
    ...links.flatMap(({ spec }) => spec.stamp?.username ?? []),
    ...approvers.flatMap(({ spec }) =>
      spec.identities.flatMap(({ kubernetes }) => kubernetes?.username ?? []),
    ),
  ];
}

/** Whether one of these users has just begun another link: then the account is asked for its code, though it is known. */
function isLinkedAgain(users: readonly string[], known: KnownObjects, now: number): boolean {
  return [...known.links()].some(({ spec, status }) => {
    const madeAt = parseInstant(spec.stamp?.at);
    const isWaiting = status?.account === undefined && madeAt !== undefined && now - madeAt < CODE_LIFE_MS;
    return isWaiting && users.includes(spec.stamp?.username ?? '');
  });
}
