// One look at one request: gather facts, compute the status, write it, publish its record, say when to look again.
// Level-based: only the name comes in. The status and its record lines are one write (INV-5).
// It begins with what this process remembers, and not with a read: each status write is guarded by resourceVersion, so one
// that is taken was made from the newest object (ADR 0014).
import type { ApprovalDecision } from '../../api/approval-decision.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import { isTerminal } from '../../domain/request/state.ts';
import { supersedes } from '../../domain/request/supersede.ts';
import { isSealedApprover, isSealedRequest } from '../../domain/request/verify.ts';
import { nextStatus } from './next-status.ts';
import type { RequestPorts } from './ports.ts';
import { standingDecisions } from './standing.ts';
import { requestView } from './view.ts';

/** When to look again. */
export type Reconciled = { readonly kind: 'done' } | { readonly kind: 'again'; readonly afterMs: number };

const DONE: Reconciled = { kind: 'done' };
/** Soon, but never in a tight loop: somebody else is writing the same object. */
const SOON: Reconciled = { kind: 'again', afterMs: 20 };

/**
 * Brings one request up to date.
 * @throws when a read or write fails; the queue tries again with back-off
 */
export async function reconcileRequest(name: string, ports: RequestPorts): Promise<Reconciled> {
  const stored = ports.remembered(name) ?? (await ports.getRequest(name));
  if (!stored) return DONE;
  const known = await facts(stored, ports);
  const next = nextStatus(known, ports.now());
  if (next.forget) {
    await ports.forget(stored);
    return DONE;
  }
  const request = next.changed ? await ports.replaceStatus({ ...stored, status: next.status }) : stored;
  // Somebody else wrote meanwhile, most likely the gate: look at what they wrote.
  if (!request) return SOON;
  // What Assent did not write must not enter its record.
  if (known.sealed && !(await publish(request, ports))) return SOON;
  return next.lookAgainAt === undefined
    ? DONE
    : { kind: 'again', afterMs: Math.max(next.lookAgainAt - ports.now(), 0) };
}

async function facts(request: ApprovalRequest, ports: RequestPorts) {
  // A cache that lags behind the gate's must not supersede a request that was just made: a difference has to be live. One
  // that lags the other way costs nothing: the gate reads policies live before it admits, and the change is on its way here.
  const digest = async ({ name, digest: made }: { readonly name: string; readonly digest: string }) =>
    [name, ports.knownDigest(name) === made ? made : await ports.policyDigest(name)] as const;
  const sealed = isSealedRequest(request, ports.verify);
  const approvers = ports.approvers().filter((one) => isSealedApprover(one, ports.verify));
  const isOpen = sealed && !isTerminal(request.status?.state ?? 'Pending');
  const policies = new Map(isOpen ? await Promise.all(request.spec.policies.map(digest)) : []);
  const decisions: ApprovalDecision[] = isOpen
    ? await standingDecisions(request, { approvers, policies }, ports)
    : [];
  return {
    request,
    sealed,
    approvers,
    decisions,
    policies,
    newer: isOpen ? await newerOf(request, ports) : undefined,
  };
}

/** The newest pending request that takes this one's place. */
async function newerOf(request: ApprovalRequest, ports: RequestPorts): Promise<string | undefined> {
  if ((request.status?.state ?? 'Pending') !== 'Pending') return undefined;
  const others = ports
    .requestsWithQuestion(requestView(request).question)
    .filter((one) => one.name !== request.metadata.name && one.state === 'Pending')
    .toSorted((a, b) => (a.created < b.created ? 1 : -1));
  for (const { name } of others) {
    const other = await ports.getRequest(name);
    if (!other || !isSealedRequest(other, ports.verify)) continue;
    // A successor of the same change is there because other policies ask by now.
    if (supersedes(other, request) || other.spec.predecessor === request.metadata.uid) return name;
  }
  return undefined;
}

/**
 * Publishes the lines of the outbox that are not in the record yet, and writes down that they are.
 * @returns false when the request moved on meanwhile; lines may then be published twice, under the same id
 */
async function publish(request: ApprovalRequest, ports: RequestPorts): Promise<boolean> {
  const { status } = request;
  const outbox = status?.outbox ?? [];
  const recorded = status?.recorded ?? 0;
  if (!status || recorded >= outbox.length) return true;
  for (const [index, entry] of outbox.entries()) {
    if (index >= recorded) await ports.publish(request, entry, index);
  }
  return (
    (await ports.replaceStatus({ ...request, status: { ...status, recorded: outbox.length } })) !== undefined
  );
}
