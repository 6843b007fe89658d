// The stamp on links between people and accounts of a chat: who made one is taken from the authenticated request; which
// account it is, from the code that was typed there. Neither can be given, so nobody links what is not theirs (INV-3).
import type { IdentityLink, IdentityLinkSpec, IdentityLinkStatus, LinkStamp } from '../api/identity-link.ts';
import type { Review } from '../domain/change/review.ts';
import { codeDigest, readLinkCode } from '../domain/identity/link-code.ts';
import { CODE_LIFE_MS } from '../domain/identity/link-life.ts';
import { machineKind } from '../domain/identity/person.ts';
import { provenLinks } from '../domain/identity/proven-links.ts';
import { line } from '../domain/message/plain-text.ts';
import { refusalWords } from '../domain/message/refusal.ts';
import { instant, parseInstant } from '../domain/request/instant.ts';
import { linkAccountSealBytes, linkSealBytes } from '../domain/request/sealed.ts';
import { isSealedLink } from '../domain/request/verify.ts';
import {
  MOST_GROUPS,
  refuseStamp,
  type Moment,
  type StampOutcome,
  type StampPorts,
} from './stamp-outcome.ts';

/** Stamps a link that somebody makes, or the account that typed its code. @throws when a live read fails; the caller denies */
export async function stampLink(review: Review, ports: StampPorts, moment: Moment): Promise<StampOutcome> {
  return review.subResource === 'status'
    ? stampAccount(review, ports, moment)
    : stampMaker(review, ports, moment.now);
}

function stampMaker(review: Review, ports: StampPorts, now: number): StampOutcome {
  const { username, uid, groups } = review.userInfo;
  const spec = review.object?.['spec'] as IdentityLinkSpec | undefined;
  const refusal = notMade(review, spec, ports);
  if (refusal !== undefined || spec === undefined) return refuseStamp(refusal ?? 'the object has no spec');
  if (review.dryRun) return { kind: 'patch', operations: [] };
  const stamp: Omit<LinkStamp, 'seal'> = {
    username,
    ...(uid === '' ? {} : { userUid: uid }),
    groups: groups.slice(0, MOST_GROUPS),
    at: instant(now),
  };
  const seal = ports.sealer.sign(linkSealBytes(review.name, { ...spec, stamp }));
  return { kind: 'patch', operations: [{ op: 'add', path: '/spec/stamp', value: { ...stamp, seal } }] };
}

/** Why somebody may not make this link; undefined when they may. */
function notMade(review: Review, spec: IdentityLinkSpec | undefined, ports: StampPorts): string | undefined {
  const { userInfo, name, object } = review;
  const machine = machineKind(userInfo) ?? (ports.isAgent(userInfo) ? 'agent' : undefined);
  if (machine) return refusalWords(machine, { request: '' });
  if (spec?.stamp !== undefined) return 'refused: spec.stamp is set by Assent, not by you';
  if (name === '') return 'refused: a link needs a name; generateName gives it none yet';
  // Nobody edits a link, so a finalizer would keep it for ever.
  const { finalizers = [] } = (object?.['metadata'] ?? {}) as { readonly finalizers?: readonly string[] };
  return finalizers.length > 0
    ? 'refused: a link takes no finalizers, so that it can be taken back'
    : undefined;
}

async function stampAccount(review: Review, ports: StampPorts, moment: Moment): Promise<StampOutcome> {
  const { object, oldObject, userInfo } = review as unknown as {
    readonly object: IdentityLink;
    readonly oldObject: IdentityLink;
    readonly userInfo: Review['userInfo'];
  };
  if (userInfo.username !== ports.own.controller)
    return refuseStamp('refused: which account a link is for is written by Assent alone');
  if (oldObject.status?.account !== undefined)
    return refuseStamp('refused: the link is for another account already');
  const given = object.status;
  const refusal =
    wrongProof(oldObject, given, ports, moment.now) ?? (await taken(oldObject, given, ports, moment));
  if (refusal !== undefined || given?.account === undefined)
    return refuseStamp(`refused: ${refusal ?? NO_ACCOUNT}`);
  if (review.dryRun) return { kind: 'patch', operations: [{ op: 'remove', path: '/status/code' }] };
  const linkedAt = instant(moment.now);
  const identity = { uid: oldObject.metadata.uid, channel: oldObject.spec.channel };
  const seal = ports.sealer.sign(linkAccountSealBytes(identity, { account: given.account, linkedAt }));
  return {
    kind: 'patch',
    operations: [{ op: 'add', path: '/status', value: { account: given.account, linkedAt, seal } }],
  };
}

const NO_ACCOUNT = 'no account is given';

/** What is wrong with the proof that somebody typed the code in the chat; undefined when nothing is. */
function wrongProof(
  link: IdentityLink,
  given: IdentityLinkStatus | undefined,
  { sealer }: StampPorts,
  now: number,
): string | undefined {
  if (given?.account === undefined) return NO_ACCOUNT;
  const { stamp, code } = link.spec;
  if (stamp === undefined || !isSealedLink(link, sealer.verify))
    return 'the link does not carry the seal of Assent';
  const typed = readLinkCode(given.code ?? '');
  if (typed === undefined || codeDigest(typed) !== code) return 'that is not the code of this link';
  const madeAt = parseInstant(stamp.at);
  return madeAt === undefined || now - madeAt > CODE_LIFE_MS
    ? 'the code is older than ten minutes; run kubectl assent link slack again'
    : undefined;
}

/** An account is one user's. Two that are linked at once are found when the account decides: then it is nobody's. */
async function taken(
  link: IdentityLink,
  given: IdentityLinkStatus | undefined,
  { api, sealer }: StampPorts,
  { signal }: Moment,
): Promise<string | undefined> {
  if (given?.account === undefined) return NO_ACCOUNT;
  const { account } = given;
  const links = await api.listLinks(account.user, { signal });
  const other = provenLinks(links, sealer.verify).find(
    ({ account: one, user }) =>
      one.team === account.team && one.user === account.user && user.username !== link.spec.stamp?.username,
  );
  return other === undefined
    ? undefined
    : `the account is linked to another user of the cluster already, by ${line(other.name, 253)}`;
}
