// A quick look at one request, from the caches: most find everything in order. What is over loses its bindings here and at once,
// before anything is told or asked, so that a thousand ends at the same moment are all done first (INV-4).
import { isTerminal } from '../../domain/request/state.ts';
import { ENDED_BY_ASSENT } from '../../domain/request/supersede.ts';
import type { WorkOutcome } from '../../kube/workqueue.ts';
import type { RequestView } from '../requests/view.ts';
import { isInOrder } from './plan.ts';
import type { GrantPorts } from './ports.ts';
import { removeOrphans, settleQuickly, takeBindings, type Looked } from './settle.ts';
import { isAccessRequest, verdictOf, type AccessRequest, type Grounds } from './standing.ts';

const DONE: WorkOutcome = { kind: 'done' };

/**
 * Looks at the grant of a request.
 * @throws when a call fails; the queue tries again with back-off
 */
export async function lookAtGrant(uid: string, ports: GrantPorts): Promise<Looked> {
  const view = ports.viewOf(uid);
  const objects = ports.objectsOf(uid);
  if (!view || view.access === undefined) return removeOrphans(objects, ports);
  if (isOver(view, ports.now())) return unbound(uid, !isTerminal(view.state), ports);
  if (view.state === 'Pending') return objects.length === 0 ? DONE : settleQuickly(uid, ports);
  return lookAtApproved(view, ports);
}

/** What nobody can tell from here has the whole look. */
async function lookAtApproved({ name, uid }: RequestView, ports: GrantPorts): Promise<Looked> {
  const request = ports.remembered(name) ?? (await ports.getRequest(name));
  if (request?.metadata.uid !== uid || !isAccessRequest(request)) return settleQuickly(uid, ports);
  const known = ports.knownGrounds(request);
  const verdict = verdictOf(request, known, ports.verify, ports.now());
  if (verdict.kind === 'stands' && isInOrder(request, ports.objectsOf(uid)))
    return { kind: 'again', afterMs: Math.max(verdict.until - ports.now(), 0) };
  return verdict.kind === 'over' && (await isSurelyOver(request, known, ports))
    ? unbound(uid, true, ports)
    : settleQuickly(uid, ports);
}

/** Takes the bindings away; the rest has time. */
async function unbound(uid: string, isToBeTold: boolean, ports: GrantPorts): Promise<Looked> {
  const objects = ports.objectsOf(uid);
  await takeBindings(objects, ports);
  return objects.length > 0 || isToBeTold ? { kind: 'ending' } : DONE;
}

/** Only what never changes back counts: a cache may be late. */
const isOver = ({ state, access }: RequestView, now: number): boolean =>
  isTerminal(state) || state === 'Reserved' || (access !== undefined && access.until <= now);

/**
 * Whether what is over by the caches is over by a live look at what may change back, one for all who end at once. A sealed no
 * stays; too few people may be a cache of Approvers that is late, and is left to the whole look.
 */
async function isSurelyOver(request: AccessRequest, known: Grounds, ports: GrantPorts): Promise<boolean> {
  const grounds = { ...known, ...(await ports.sharedGrounds(request)) };
  const verdict = verdictOf(request, grounds, ports.verify, ports.now());
  return verdict.kind === 'over' && verdict.by !== ENDED_BY_ASSENT;
}
