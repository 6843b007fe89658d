// How long a link may wait for its account, and when nobody waits for it any more.
import type { IdentityLink } from '../../api/identity-link.ts';
import { parseInstant } from '../request/instant.ts';

/** How long the code of a link can be typed. ms. */
export const CODE_LIFE_MS = 600_000;
/** A link without an account is kept this long, so that whoever comes too late is told why. ms. */
const UNFINISHED_MS = 3_600_000;

/**
 * When a link may be cleared away: one whose code nobody typed in time. Epoch ms; undefined for one that has its account,
 * which only people take back, and for one that does not say when it was made.
 */
export function clearedAt({ metadata, spec, status }: IdentityLink): number | undefined {
  if (status?.account !== undefined) return undefined;
  const madeAt = parseInstant(spec.stamp?.at ?? metadata.creationTimestamp);
  return madeAt === undefined ? undefined : madeAt + UNFINISHED_MS;
}
