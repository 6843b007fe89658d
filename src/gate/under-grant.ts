// A write to what policies offer as access: it goes through under a live grant that all of them were asked for, or where their
// match asks about it too, by an approval of the change itself. Other policies that ask still ask, unless the grant names them too
// (INV-1). Anything else is denied, with the command that asks for the access.
import { describeChange } from '../domain/change/describe.ts';
import { fingerprint } from '../domain/change/fingerprint.ts';
import { neededLook } from '../domain/change/look.ts';
import type { Review } from '../domain/change/review.ts';
import { changeSubject } from '../domain/change/subject.ts';
import { broughtBy, writeOf, writesToGrant } from '../domain/policy/offers.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { touchedBy } from '../domain/policy/touched.ts';
import { ask, indescribable, type Asking, type AskOutcome, type AskPorts } from './ask.ts';
import { needsGrant } from './grant-words.ts';
import { findGrant, taken, useGrant, type GrantInput, type Unusable } from './grant-use.ts';
import type { AskingPolicy } from './reserve.ts';

/** One write to what is offered. */
export interface OfferedInput {
  readonly review: Review;
  /** Policies in mode Enforce that offer it. */
  readonly offering: readonly Policy[];
  /** What is asked about it by match; undefined when nothing is. */
  readonly asking: Asking | undefined;
  /** The write in words. */
  readonly what: string;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** The answer. `grant` is the request by which access was used; beside an approval of the change, where both were needed. */
export type OfferedOutcome = AskOutcome & { readonly grant?: string };

/** A grant is for the write as it is: what policies leave out of a change stays in. */
const WHOLE: { readonly ignore: readonly string[] } = { ignore: [] };

/**
 * Answers a write that policies offer access to.
 * @throws when anything cannot be read or written; the caller denies
 */
export async function underGrant(input: OfferedInput, ports: AskPorts): Promise<OfferedOutcome> {
  const described = await describedWrite(input, ports);
  if ('kind' in described) return described;
  const { offering, asking } = input;
  const asked = asking?.policies ?? [];
  const both = await useGrant({ ...described, needed: [...offering, ...asked] }, ports);
  if (both.kind === 'admitted') {
    const { request } = both;
    const print = described.fingerprints[0] ?? '';
    return { kind: 'admitted', request, fingerprint: print, again: false, grant: request };
  }
  const unasked = offering.filter(({ uid }) => !asked.some((one) => one.uid === uid));
  if (asking === undefined) return refused(input, described, both.unusable, ports);
  if (unasked.length === 0) return ask({ ...input, asking }, ports);
  return approvedUnderGrant({ ...input, asking }, { ...described, needed: unasked }, ports);
}

/**
 * By which grant a write would be let through, for a dry-run: nothing is used. `covers` tells whether it stands for the approval
 * of the change as well, where that is asked for. Undefined where there is none.
 * @throws when anything cannot be read
 */
export async function wouldUse(
  input: OfferedInput,
  ports: AskPorts,
): Promise<{ readonly request: string; readonly covers: boolean } | undefined> {
  const described = await describedWrite(input, ports);
  if ('kind' in described) return undefined;
  const { offering, asking } = input;
  const asked = asking?.policies ?? [];
  const covers = [true, false].slice(0, asked.length === 0 ? 1 : 2);
  for (const isBoth of covers) {
    const needed = isBoth ? [...offering, ...asked] : offering;
    const { usable } = await findGrant({ ...described, needed }, ports);
    if (usable !== undefined) return { request: usable.request.metadata.name, covers: isBoth };
  }
  return undefined;
}

/** What a grant is judged by, but for the policies that it has to name. */
async function describedWrite(
  { review, offering, what, now, signal }: OfferedInput,
  { api, facts, keys, cluster }: AskPorts,
): Promise<Omit<GrantInput, 'needed'> | AskOutcome> {
  const write = writeOf(review);
  if (write === undefined) throw new Error('a write that nothing can be granted for was offered');
  const brought = broughtBy(write, review, touchedBy(review));
  const writes = writesToGrant(write, brought, offering, (name) => facts.role(name));
  const look = neededLook(review);
  const live = look && ((await api.getObject(look, signal)) ?? null);
  const described = describeChange(review, live, { ...WHOLE, now });
  if (!described.ok) return { kind: 'denied', facts: indescribable({ review }, described), opened: false };
  const { change } = described;
  const subject = changeSubject(review, change, { cluster, bindsObject: false });
  const fingerprints = keys().map((key) => fingerprint(key, subject));
  if (fingerprints.length === 0) throw new Error('there is no fingerprint key');
  return { review, writes, change, fingerprints, what, now, signal };
}

/** A change that needs both: a grant for what is offered, and an approval for those who ask. The grant is used last. */
async function approvedUnderGrant(
  input: OfferedInput & { readonly asking: Asking },
  grant: GrantInput & { readonly needed: readonly AskingPolicy[] },
  ports: AskPorts,
): Promise<OfferedOutcome> {
  const { usable, unusable } = await findGrant(grant, ports);
  if (usable === undefined) return refused(input, grant, unusable, ports);
  const outcome = await ask(input, ports);
  if (outcome.kind === 'denied') return outcome;
  // Whoever was faster has used it; the same change may be sent again within its window.
  if (!(await taken(usable, grant, ports))) throw new Error('the grant for this write moved');
  return { ...outcome, grant: usable.request.metadata.name };
}

function refused(
  { review, offering, what, now }: OfferedInput,
  { writes }: Pick<GrantInput, 'writes'>,
  unusable: readonly Unusable[],
  { facts }: AskPorts,
): OfferedOutcome {
  const words = needsGrant({ review, writes, what, offering, unusable, now }, (name) => facts.role(name));
  return { kind: 'denied', facts: words, opened: false };
}
