// The proof after the end: whether the requester still may do any of what was granted. The API server's authorizer is asked, for
// every deed in every namespace; of asks with very many deeds, for an even choice among them (INV-4).
import { deedsOf, type Deed } from '../../domain/grant/rules.ts';
import type { GrantPorts } from './ports.ts';
import type { AccessRequest } from './standing.ts';

/** Most questions about one request. */
const MOST_ASKED = 256;

/** Whether the API server still says yes to anything; the first yes is enough. */
export async function isStillAllowed(
  request: AccessRequest,
  ports: Pick<GrantPorts, 'mayDo'>,
): Promise<boolean> {
  for (const { deed, namespace } of questions(request)) {
    if (await ports.mayDo(request, deed, namespace)) return true;
  }
  return false;
}

/** What is asked, in the order of the ask. */
export function questions({ spec }: AccessRequest): { readonly deed: Deed; readonly namespace: string }[] {
  const { rules, namespaces } = spec.access;
  const all = deedsOf(rules).flatMap((deed) => namespaces.map((namespace) => ({ deed, namespace })));
  const every = Math.ceil(all.length / MOST_ASKED);
  return all.filter((_, index) => index % every === 0);
}
