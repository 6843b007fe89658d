// Finds the request of a change by live reads. Requests of one change form a chain: each name is made from the
// fingerprint and the uid of the one before. A name is never trusted: only a sealed spec with the same fingerprint is.
import type { ApprovalRequest } from '../api/approval-request.ts';
import { WINDOW_MS } from '../domain/request/reserve.ts';
import type { SlimRequest } from './facts.ts';

/** Where a change stands. */
export interface Found {
  /** The request that answers this change now; live and sealed. */
  readonly current?: ApprovalRequest;
  /** The finished one before it, for the words of the next denial. */
  readonly last?: ApprovalRequest;
  /** Name that the next request would get, and the uid it is made from. */
  readonly next: { readonly name: string; readonly predecessor: string };
}

/** What the walk needs. */
export interface FindInput {
  readonly fingerprint: string;
  /** Requests of this fingerprint in the cache, in any order; only a place to start. */
  readonly cached: readonly SlimRequest[];
  readonly nameAfter: (predecessorUid: string) => string;
  readonly get: (name: string) => Promise<ApprovalRequest | undefined>;
  readonly isSealed: (request: ApprovalRequest) => boolean;
  /** Whether the request still answers its change: pending, usable, or a refusal that is remembered. */
  readonly stands: (request: ApprovalRequest) => boolean;
  /** Epoch ms. */
  readonly now: number;
}

/** Longest walk. The cache starts it near the newest request, so a longer one means a damaged chain: deny. */
const LONGEST_WALK = 200;

/**
 * Walks the chain to its end.
 * @throws when a read fails or the chain has no end; the caller denies
 */
export async function findRequest(input: FindInput): Promise<Found> {
  const start = startOf(input);
  let predecessor = '';
  let name = start?.name ?? input.nameAfter('');
  let request = await input.get(name);
  if (!request && start) {
    // The cached one is gone (retention): start at the first name again.
    name = input.nameAfter('');
    request = await input.get(name);
  }
  let last: Pick<Found, 'last'> = {};
  for (let step = 0; step < LONGEST_WALK; step++) {
    if (!request) return { ...last, next: { name, predecessor } };
    const isOurs = input.isSealed(request) && request.spec.fingerprint === input.fingerprint;
    predecessor = request.metadata.uid;
    name = input.nameAfter(predecessor);
    if (isOurs && input.stands(request)) return { current: request, ...last, next: { name, predecessor } };
    if (isOurs) last = { last: request };
    request = await input.get(name);
  }
  throw new Error('the chain of requests for this change has no end');
}

/**
 * The newest request; or one that was used a moment ago, since it still answers the later passes of that use (DESIGN 5),
 * whatever was opened behind it.
 */
function startOf({ cached, now }: FindInput): SlimRequest | undefined {
  const oldestFirst = cached.toSorted((a, b) => (a.created < b.created ? -1 : 1));
  return oldestFirst.find(({ usedAt }) => usedAt > 0 && now - usedAt <= WINDOW_MS) ?? oldestFirst.at(-1);
}
