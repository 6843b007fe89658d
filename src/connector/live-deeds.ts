// The deeds of the connector over our Kubernetes client, as the controller's own account. A refusal of the gate is told in its
// own words; whatever else goes wrong is told as unknown, since it may have been stored (INV-7).
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import { API_VERSION, GROUP, RESOURCES, VERSION } from '../api/group.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import type { ChatAccount } from '../domain/identity/account.ts';
import { CODE_LIFE_MS } from '../domain/identity/link-life.ts';
import { refusalIn } from '../domain/message/refusal.ts';
import { parseInstant } from '../domain/request/instant.ts';
import { ApiError, isAlreadyExists } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { DeedOutcome, Deeds } from './deeds.ts';

/** What the connector knows without asking. */
export interface KnownObjects {
  requestOf(uid: string): Promise<ApprovalRequest | undefined>;
  links(): Iterable<IdentityLink>;
  approvers(): Iterable<Approver>;
}

/** Below what Slack gives for an answer. ms. */
const DEED_MS = 2_500;
/** For so long a link may be older than the cache knows. ms. */
const MOMENT_MS = 5_000;

type Spec = Parameters<Deeds['decide']>[1];

/** What the deeds need besides the API server. */
export interface DeedPorts {
  readonly known: KnownObjects;
  /** Epoch ms. */
  readonly now: () => number;
  /** Told about what nobody can say. */
  readonly failed: (error: unknown) => void;
}

/** Makes the deeds. */
export function liveDeeds(client: KubeClient, { known, now, failed }: DeedPorts): Deeds {
  const ours = (name: string) => ({ group: GROUP, version: VERSION, resource: name, namespaced: false });
  const decisions = resource<ApprovalDecision & KubeObject>(client, ours(RESOURCES.decisions));
  const links = resource<IdentityLink & KubeObject>(client, ours(RESOURCES.links));
  // The cache hears of a link a moment later than the person who presses the button again. Gives no right: the gate looks.
  const justLinked = new Map<string, NodeJS.Timeout>();
  const remember = (key: string): void => {
    clearTimeout(justLinked.get(key));
    // For a moment only: whoever takes the link back is asked for a code again.
    justLinked.set(key, setTimeout(() => justLinked.delete(key), MOMENT_MS).unref());
  };
  const outcomeOf = async (write: Promise<unknown>): Promise<DeedOutcome> => {
    try {
      await write;
      return { kind: 'done' };
    } catch (error) {
      const words = error instanceof ApiError && error.code === 403 ? refusalIn(error.message) : undefined;
      if (words !== undefined) return { kind: 'refused', words };
      failed(error);
      return { kind: 'unavailable' };
    }
  };
  const create = (metadata: { readonly name: string } | { readonly generateName: string }, spec: Spec) =>
    decisions.create(
      { apiVersion: API_VERSION, kind: 'ApprovalDecision' as const, metadata, spec },
      { timeoutMs: DEED_MS },
    );
  const decided = async (name: string, spec: Spec): Promise<void> => {
    try {
      await create({ name }, spec);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      // The same click was told twice, and decided by the first of them; or somebody else took the name of it.
      const first = await decisions.get(name, { timeoutMs: DEED_MS });
      if (!isSameClick(first.spec, spec)) await create({ generateName: `${name}-` }, spec);
    }
  };
  return {
    requestOf: (uid) => known.requestOf(uid),
    isKnown(account) {
      if (justLinked.has(keyOf(account))) return true;
      const users = usersOf(account, known);
      return users !== undefined && !isLinkedAgain(users, known, now());
    },
    waitingLink: (code) =>
      [...known.links()].find(({ spec, status }) => spec.code === code && status?.account === undefined),
    decide: (name, spec) => outcomeOf(decided(name, spec)),
    async confirm(link, code, account) {
      const status = { account: { team: account.team, user: account.user }, code };
      const outcome = await outcomeOf(links.replaceStatus({ ...link, status }, { timeoutMs: DEED_MS }));
      if (outcome.kind === 'done') remember(keyOf(account));
      return outcome;
    },
  };
}

function isSameClick(one: Spec, other: Spec): boolean {
  const of = ({ request, verdict, via }: Spec): string =>
    JSON.stringify([request, verdict, via?.channel, via?.team, via?.user]);
  return of(one) === of(other);
}

const keyOf = ({ team, user }: ChatAccount): string => `${team}/${user}`;

/** The users that an account is said to be; undefined for one that nobody knows. Believes no seal: it gives no right. */
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
