// A quick look at one request, from the caches: most find everything in order. What is over loses its bindings here and at once,
// before anything is told or asked, so that a thousand ends at the same moment are all done first (INV-4).
import { isTerminal } from '../../domain/request/state.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';
import type { RequestView } from '../requests/view.ts';
import { isInOrder } from './plan.ts';
import type { GrantPorts } from './ports.ts';
import { removeOrphans, settleGrant, takeAway } from './settle.ts';
import { isAccessRequest, verdictOf } from './standing.ts';

/** `ending`: the bindings are gone, and the rest has time. */
export type Looked = WorkOutcome | { readonly kind: 'ending' };

const DONE: WorkOutcome = { kind: 'done' };

/**
 * Looks at the grant of a request.
 * @throws when a call fails; the queue tries again with back-off
 */
export async function lookAtGrant(uid: string, ports: GrantPorts): Promise<Looked> {
  const view = ports.viewOf(uid);
  const objects = ports.objectsOf(uid);
  if (!view || view.access === undefined) return removeOrphans(objects, ports);
  if (isOver(view, ports.now())) {
    await takeAway(
      objects.filter(({ kind }) => kind === 'RoleBinding'),
      ports,
    );
    return objects.length > 0 || !isTerminal(view.state) ? { kind: 'ending' } : DONE;
  }
  if (view.state === 'Pending') return objects.length === 0 ? DONE : settleGrant(uid, ports);
  const until = await inOrderUntil(view, ports);
  return until === undefined
    ? settleGrant(uid, ports)
    : { kind: 'again', afterMs: Math.max(until - ports.now(), 0) };
}

/** Only what never changes back counts: a cache may be late. */
const isOver = ({ state, access }: RequestView, now: number): boolean =>
  isTerminal(state) || state === 'Reserved' || (access !== undefined && access.until <= now);

/** Until when there is nothing to do; undefined where there is, or nobody can tell from here. Epoch ms. */
async function inOrderUntil({ name, uid }: RequestView, ports: GrantPorts): Promise<number | undefined> {
  const request = ports.remembered(name) ?? (await ports.getRequest(name));
  if (request?.metadata.uid !== uid || !isAccessRequest(request)) return undefined;
  const verdict = verdictOf(request, ports.knownGrounds(request), ports.verify, ports.now());
  if (verdict.kind !== 'stands' || !isInOrder(request, ports.objectsOf(uid))) return undefined;
  return verdict.until;
}
