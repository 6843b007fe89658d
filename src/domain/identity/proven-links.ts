// Which stored links prove that an account is a person's: both sides carry a seal of Assent. Nothing else about them counts
// (INV-3).
import type { IdentityLink } from '../../api/identity-link.ts';
import { parseInstant } from '../request/instant.ts';
import { isSealedAccount, isSealedLink, type Verify } from '../request/verify.ts';
import type { ProvenLink } from './account.ts';

/** The links that are proven, in any order. One that is being deleted was taken back, whatever still keeps it. */
export function provenLinks(links: readonly IdentityLink[], verify: Verify): readonly ProvenLink[] {
  return links.flatMap((link) => {
    const { metadata, spec, status } = link;
    if (metadata.deletionTimestamp !== undefined) return [];
    const seenAt = parseInstant(spec.stamp?.at);
    if (spec.stamp === undefined || status?.account === undefined || seenAt === undefined) return [];
    if (!isSealedLink(link, verify) || !isSealedAccount(link, verify)) return [];
    const { username, userUid: uid, groups } = spec.stamp;
    const user = { username, ...(uid === undefined ? {} : { uid }), groups };
    return [{ name: metadata.name, user, seenAt, account: { channel: spec.channel, ...status.account } }];
  });
}
