// The deeds of the connector over our Kubernetes client, as the controller's own account. A refusal of the gate is told in its
// own words; whatever else goes wrong is told as unknown, since it may have been stored (INV-7).
import type { ApprovalDecision } from '../api/approval-decision.ts';
import { API_VERSION, ourResource, RESOURCES } from '../api/group.ts';
import type { IdentityLink } from '../api/identity-link.ts';
import { refusalIn } from '../domain/message/refusal.ts';
import { ApiError, isAlreadyExists } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { DeedOutcome, Deeds } from './deeds.ts';
import { KnownAccounts, type KnownObjects } from './known-accounts.ts';

/** Below what Slack gives for an answer. ms. */
const DEED_MS = 2_500;
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
  const decisions = resource<ApprovalDecision & KubeObject>(client, ourResource(RESOURCES.decisions));
  const links = resource<IdentityLink & KubeObject>(client, ourResource(RESOURCES.links));
  const accounts = new KnownAccounts(known, now);
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
    isKnown: (account) => accounts.isKnown(account),
    waitingLink: (code) =>
      [...known.links()].find(({ spec, status }) => spec.code === code && status?.account === undefined),
    decide: (name, spec) => outcomeOf(decided(name, spec)),
    async confirm(link, code, account) {
      const status = { account: { team: account.team, user: account.user }, code };
      const outcome = await outcomeOf(links.replaceStatus({ ...link, status }, { timeoutMs: DEED_MS }));
      if (outcome.kind === 'done') accounts.justLinked(account);
      return outcome;
    },
  };
}

function isSameClick(one: Spec, other: Spec): boolean {
  const of = ({ request, verdict, via }: Spec): string =>
    JSON.stringify([request, verdict, via?.channel, via?.team, via?.user]);
  return of(one) === of(other);
}
