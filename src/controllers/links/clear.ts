// Clears links away whose code nobody typed. One that was linked is a person's: it is never touched here, and the gate and
// the admission policy let nobody else's deletion by Assent pass either.
import type { IdentityLink } from '../../api/identity-link.ts';
import { clearedAt } from '../../domain/identity/link-life.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';

/** What clearing needs. */
export interface LinkPorts {
  /** From the cache. */
  readonly known: (name: string) => IdentityLink | undefined;
  /** Deletes exactly this version; one that changed or went meanwhile is left alone. */
  readonly clear: (link: IdentityLink) => Promise<void>;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Looks at one link. */
export async function clearLink(name: string, { known, clear, now }: LinkPorts): Promise<WorkOutcome> {
  const link = known(name);
  const at = link && clearedAt(link);
  if (link === undefined || at === undefined) return { kind: 'done' };
  const afterMs = at - now();
  if (afterMs > 0) return { kind: 'again', afterMs };
  await clear(link);
  return { kind: 'done' };
}
