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
  const changed = { ...stored, status: { ...next.status, recorded: ports.linesOut(stored) } };
  const request = next.changed ? await ports.replaceStatus(changed) : stored;
  // Somebody else wrote meanwhile, most likely the gate: look at what they wrote.
  if (!request) return SOON;
  // What Assent did not write must not enter its record.
  const recorded: Recorded = known.sealed ? await publish(request, ports) : { kind: 'all' };
  if (recorded.kind === 'moved') return SOON;
  const times = [next.lookAgainAt ?? Infinity, recorded.kind === 'later' ? recorded.at : Infinity];
  const at = Math.min(...times);
  return at === Infinity ? DONE : { kind: 'again', afterMs: Math.max(at - ports.now(), 0) };
}

async function facts(request: ApprovalRequest, ports: RequestPorts) {
  // A cache that lags behind the gate's must not supersede a request that was just made: a difference has to be live. One
  // that lags the other way costs nothing: the gate reads policies live before it admits, and the change is on its way here.
  const digest = async (policy: ApprovalRequest['spec']['policies'][number]) => {
    const isKnown = ports.knownDigest(policy) === policy.digest;
    return [policy.name, isKnown ? policy.digest : await ports.policyDigest(policy)] as const;
  };
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

/** Whether `status.recorded` counts all lines; if not, when it has to (epoch ms), or that the request moved on meanwhile. */
type Recorded =
  { readonly kind: 'all' } | { readonly kind: 'later'; readonly at: number } | { readonly kind: 'moved' };

/** Publishes the lines of the outbox that are not in the record yet, and writes down that they are when that is due. */
async function publish(request: ApprovalRequest, ports: RequestPorts): Promise<Recorded> {
  const { status } = request;
  const outbox = status?.outbox ?? [];
  if (!status || (status.recorded ?? 0) >= outbox.length) return { kind: 'all' };
  const out = ports.linesOut(request);
  for (const [index, entry] of outbox.entries()) {
    if (index >= out) await ports.publish(request, entry, index);
  }
  const at = ports.recordedDueAt(request);
  if (ports.now() < at) return { kind: 'later', at };
  const written = await ports.replaceStatus({ ...request, status: { ...status, recorded: outbox.length } });
  return { kind: written ? 'all' : 'moved' };
}
