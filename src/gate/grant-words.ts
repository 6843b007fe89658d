// What the requester reads whose write needs a grant: what became of the access that they may have been counting on, and the
// command that asks for exactly what the write needs. Facts only; the words are made in src/domain/message.
import type { PolicyOffer } from '../api/approval-policy.ts';
import type { ApprovalRequest, ApprovalRequestStatus } from '../api/approval-request.ts';
import type { Review } from '../domain/change/review.ts';
import { objectName } from '../domain/change/source.ts';
import type { RoleLookup } from '../domain/grant/cluster-role.ts';
import { rulesHold, type Write } from '../domain/grant/covers.ts';
import { isSameAccess, type PolicyRule } from '../domain/grant/rules.ts';
import { GRANTABLE_VERBS, operationOf } from '../domain/grant/verbs.ts';
import { askCommand, type AskFor } from '../domain/message/ask-command.ts';
import type { DenialFacts } from '../domain/message/denial.ts';
import { toSecond } from '../domain/message/moment.ts';
import { ENDED_WORDS } from '../domain/message/note.ts';
import { offeredRulesOf, offersOf } from '../domain/policy/offers.ts';
import type { Policy } from '../domain/policy/policy.ts';
import { durationSeconds } from '../domain/request/duration.ts';
import { rememberedUntil } from '../domain/request/supersede.ts';
import type { Unusable } from './grant-use.ts';
import { openRequest, refusedRequest } from './standing-words.ts';

/** Longest time that the command asks for. Seconds. */
const USUAL_SECONDS = 600;

/** A write for which there is no grant. */
export interface Ungranted {
  readonly review: Review;
  /** All that a grant has to cover; never empty. */
  readonly writes: readonly Write[];
  readonly what: string;
  /** Policies that offer access to it, in mode Enforce. */
  readonly offering: readonly Policy[];
  readonly unusable: readonly Unusable[];
  readonly now: number;
}

/** The denial of a write that needs a grant. */
export function needsGrant(ungranted: Ungranted, roles: RoleLookup): DenialFacts {
  const { what, offering, unusable, now } = ungranted;
  const pending = unusable.findLast(({ why }) => why === 'pending');
  const last = unusable.findLast(({ why }) => why !== 'pending');
  const asked = askFor(ungranted, roles);
  const refused = unusable.find(({ request }) => isRemembered(request, asked, now))?.request;
  return {
    kind: 'needs-grant',
    what,
    policies: offering.map(({ name }) => name),
    ask: askCommand(asked),
    ...(refused === undefined ? {} : { refusal: refusedRequest(refused) }),
    ...(pending === undefined ? {} : { pending: openRequest(pending.request, now) }),
    ...(last === undefined || last.request === refused
      ? {}
      : { before: { name: last.request.metadata.name, became: became(last) } }),
  };
}

/** Whether a person refused that very ask, so that the gate would refuse it again, as stamp-ask.ts does. */
function isRemembered(request: ApprovalRequest, asked: AskFor, now: number): boolean {
  const { access } = request.spec;
  if (access === undefined || now >= (rememberedUntil(request) ?? 0)) return false;
  const { verbs, group, resource, subresource, namespace, name } = asked;
  const path = subresource === '' ? resource : `${resource}/${subresource}`;
  const named = name === '' ? {} : { resourceNames: [name] };
  const rules = [{ verbs: [...verbs], apiGroups: [group], resources: [path], ...named }];
  return isSameAccess(access, { rules, namespaces: [namespace] });
}

const PENDING: ApprovalRequestStatus = { state: 'Pending' };

function became({ request: { status = PENDING }, why }: Unusable): string {
  if (typeof why === 'object') return why.words;
  if (why === 'used') return `used by another write at ${toSecond(status.reservation?.at ?? '')}`;
  // What is still Approved is past its end, although nobody has taken it away yet.
  const ended = status.grant?.endedWhy ?? (status.state === 'Approved' ? 'Expired' : undefined);
  return ended === undefined ? status.state.toLowerCase() : `ended: ${ENDED_WORDS[ended]}`;
}

/** For the deletion that a write comes to, where it does: what else has to be granted is mostly of the same object. */
function askFor({ review, writes, offering }: Ungranted, roles: RoleLookup): AskFor {
  const write = writes.at(-1);
  const [target] = write?.targets ?? [];
  if (write === undefined || target === undefined) throw new Error('a write that is of nothing was offered');
  const { group, resource, subResource: subresource } = target;
  const same = writes.filter(({ targets }) => targets[0]?.subResource === subresource);
  const offersFor = (one: Write) => offering.flatMap(({ spec }) => offersOf(spec, one, roles));
  // Nobody can be held to a name that does not exist yet.
  const isNew = write.operation === 'CREATE' && subresource === '';
  return {
    verbs: [...new Set(same.flatMap((one) => verbsFor(offersFor(one), one, roles)))],
    group,
    resource,
    subresource,
    namespace: write.namespace,
    name: isNew ? '' : objectName(review).name,
    seconds: Math.min(
      USUAL_SECONDS,
      ...same.flatMap(offersFor).map(({ maxDuration }) => durationSeconds(maxDuration) ?? Infinity),
    ),
  };
}

/**
 * Verbs that come by as this write: those that every offer holds, or those of one. An ask is cut from one offer; the others are
 * asked about it all the same, since the write is the same.
 */
function verbsFor(offers: readonly PolicyOffer[], write: Write, roles: RoleLookup): readonly string[] {
  const [target] = write.targets;
  const { resource = '', subResource = '' } = target ?? {};
  const path = subResource === '' ? resource : `${resource}/${subResource}`;
  const verbs = GRANTABLE_VERBS.filter((verb) => operationOf(verb, path) === write.operation);
  const isHeldBy = (verb: string) => (offer: PolicyOffer) => {
    const rules = offeredRulesOf(offer.role, roles).filter((one) => holdsVerb(one, verb));
    return rulesHold(
      rules.map((rule) => ({ ...rule, verbs: [verb] })),
      write,
    );
  };
  const common = verbs.filter((verb) => offers.every(isHeldBy(verb)));
  const ofEach = offers.map((offer) => verbs.filter((verb) => isHeldBy(verb)(offer)));
  return [common, ...ofEach, verbs].find((one) => one.length > 0) ?? [];
}

const holdsVerb = ({ verbs }: PolicyRule, verb: string): boolean =>
  verbs.includes('*') || verbs.includes(verb);
