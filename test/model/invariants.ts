// The promises, checked on every step: INV-2 (one approval, at most one effect), INV-7 (a doubt is a denial), INV-8 (what
// is finished stays, an end never moves later). Written without the code's own tables and constants.
import type { ApprovalRequest, ApprovalRequestStatus, RequestState } from '../../src/api/approval-request.ts';
import { canonicalJson } from '../../src/domain/change/json.ts';
import type { ChangeKind } from '../../src/domain/change/change.ts';
import { toJson } from '../../src/domain/request/sealed.ts';
import type { Answering, Effect, Flight, World } from './world.ts';

const FINISHED: ReadonlySet<RequestState> = new Set([
  'Admitted',
  'Denied',
  'Expired',
  'Superseded',
  'Withdrawn',
]);

/** How long the same effect may come again and still counts as one. ms; 0: never. */
const SAME_EFFECT_MS: Readonly<Record<ChangeKind, number>> = {
  update: 40_000,
  scale: 40_000,
  delete: 40_000,
  evict: 40_000,
  portforward: 5_000,
  create: 0,
  connect: 0,
  token: 0,
};

/** INV-2: what breaks when this API request has this effect now; `first` is the first effect of its approval. */
export function secondEffect(
  kind: ChangeKind,
  flight: Pick<Flight, 'askedAt' | 'by'>,
  on: string,
  first: Effect | undefined,
): string | undefined {
  if (flight.by === undefined) return 'INV-7: something was stored that no gate has allowed';
  if (!first) return undefined;
  if (first.on !== on) return `INV-2: one approval has two effects, on ${first.on} and on ${on}`;
  const limit = SAME_EFFECT_MS[kind];
  if (limit > 0 && flight.askedAt - first.at <= limit) return undefined;
  return `INV-2: one approval has its effect a second time, asked for ${(flight.askedAt - first.at) / 1_000} s later`;
}

/** INV-7: an answer needs the reply to every call; an allowing one needs a stored use, and no doubt on the way. */
export function doubtfulAnswer(world: World, { at }: Answering): string | undefined {
  if (at.calls.length > 0) return 'INV-7: a gate answers before it knows what came of all of its calls';
  if (at.answer?.kind !== 'allow') return undefined;
  if (at.hasFailed) return 'INV-7: a gate allows although one of its calls has failed';
  const { request: name } = at.answer;
  const status = world.requests.find((one) => one.metadata.name === name)?.status;
  const isUsed = status?.reservation !== undefined && ['Reserved', 'Admitted'].includes(status.state);
  return isUsed ? undefined : 'INV-7: a gate allows although no use is stored';
}

/** INV-7 and INV-8: what a write breaks. `stood`: requests whose approval stood while the writer was at work. */
export function lawlessWrite(
  before: ApprovalRequest,
  after: ApprovalRequest,
  stood: readonly string[],
): string | undefined {
  const { name } = before.metadata;
  const [old, now] = [before.status, after.status];
  if (!now) return 'INV-8: a request loses its status';
  const isUse = now.reservation?.times !== old?.reservation?.times;
  if (isUse && !stood.includes(name)) return 'INV-7: an approval is used that does not stand';
  if (!old) return undefined;
  if (FINISHED.has(old.state) && !isSame(finished(old), finished(now))) {
    return `INV-8: a request that was ${old.state} changes, and is ${now.state}`;
  }
  return laterEnd(old, now);
}

function laterEnd(old: ApprovalRequestStatus, now: ApprovalRequestStatus): string | undefined {
  if (old.usableUntil === undefined) return undefined;
  if (Date.parse(now.usableUntil ?? '') <= Date.parse(old.usableUntil)) return undefined;
  return `INV-8: the end of an approval moves from ${old.usableUntil} to ${now.usableUntil}`;
}

/** Of a finished request, only what was recorded so far may still change. */
const finished = (status: ApprovalRequestStatus) => ({ ...status, recorded: 0 });

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(toJson(a)) === canonicalJson(toJson(b));

/** DESIGN 5: a deletion that was half done is let finish: no later pass of the same API request is refused. */
export function leftHalfDone(flight: Flight, answering: Answering): string | undefined {
  const isSameObject = flight.half !== undefined && flight.half === flight.seen?.uid;
  if (!isSameObject || answering.at.hasFailed || answering.at.answer?.kind !== 'deny') return undefined;
  return `DESIGN 5: ${flight.half} stays half deleted, a later pass of the same API request is denied`;
}
