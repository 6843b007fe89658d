// What people are told when access that was approved cannot be granted.
import { line } from './plain-text.ts';

/**
 * Why: an object of somebody else is in the way, there is no namespace, or the API server refuses to make ours, or to take it
 * away, with its words ('' where it says none).
 */
export type Hindrance =
  | { readonly kind: 'foreign' | 'no-namespace' }
  /** `lacks`: what the ceiling lacks, such as `delete pods`; empty where it holds everything. */
  | { readonly kind: 'refused'; readonly why: string; readonly lacks: string }
  | { readonly kind: 'kept'; readonly why: string };

/** The Event on a request whose grant is hindered. @param object such as `RoleBinding shop/assent-grant-1234` */
export function hinderedWords(
  object: string,
  hindrance: Hindrance,
): { readonly reason: string; readonly message: string } {
  const what = line(object, 300);
  if (hindrance.kind === 'refused')
    return {
      reason: 'GrantRefused',
      message: `the API server refuses ${what}, so the access is not granted there; Assent can give no more than the ClusterRole assent-grant-ceiling holds: ${line(hindrance.why, 500)}`,
    };
  if (hindrance.kind === 'kept') {
    const why = hindrance.why === '' ? '' : `: ${line(hindrance.why, 500)}`;
    return {
      reason: 'GrantBlocked',
      message: `the access is over, and ${what} cannot be taken away${why}. It is in force until somebody deletes it.`,
    };
  }
  if (hindrance.kind === 'no-namespace')
    return { reason: 'GrantNoNamespace', message: `${what} does not exist, so nothing is granted there.` };
  return {
    reason: 'GrantBlocked',
    message: `${what} was not made by Assent and is in the way, so the access is not granted there. Find out who made it, and delete it.`,
  };
}
