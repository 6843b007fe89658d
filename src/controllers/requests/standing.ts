// Which sealed decisions still stand when they are folded: decide() runs a second time, with the right to approve asked
// again, so that a right that was taken away meanwhile does not count (INV-3). What was counted once stays counted.
import type { ApprovalDecision, Verdict } from '../../api/approval-decision.ts';
import type { ApprovalRequest } from '../../api/approval-request.ts';
import type { Approver } from '../../api/approver.ts';
import { decide } from '../../domain/identity/decide.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import { isSealedDecision } from '../../domain/request/verify.ts';
import type { RequestPorts } from './ports.ts';

/**
 * The decisions that stand, oldest first.
 * @throws when the API server does not answer an access review
 */
export async function standingDecisions(
  request: ApprovalRequest,
  facts: Pick<Around, 'approvers' | 'policies'>,
  ports: RequestPorts,
): Promise<ApprovalDecision[]> {
  const counted = new Set(request.status?.decisions?.map((one) => one.uid));
  const sealed = ports
    .decisionsOf(request.metadata.name)
    .filter((decision) => isSealedDecision(decision, ports.verify))
    .toSorted((a, b) => madeAt(a) - madeAt(b));
  const standing: ApprovalDecision[] = [];
  for (const decision of sealed) {
    const words = counted.has(decision.metadata.uid)
      ? undefined
      : await objection(decision, { ...facts, request, earlier: standing }, ports);
    if (words === undefined) standing.push(decision);
    else ports.refused(decision, words);
  }
  return standing;
}

interface Around {
  readonly request: ApprovalRequest;
  readonly approvers: readonly Approver[];
  /** Digests of the live policies by name. */
  readonly policies: ReadonlyMap<string, string | undefined>;
  readonly earlier: readonly ApprovalDecision[];
}

/** Why a decision does not stand; undefined when it does. */
async function objection(
  decision: ApprovalDecision,
  around: Around,
  ports: RequestPorts,
): Promise<string | undefined> {
  const { stamp, verdict, reason } = decision.spec;
  if (!stamp) return 'it has no stamp';
  const { request } = around;
  const user = { username: stamp.username, uid: stamp.userUid, groups: stamp.groups };
  const names = request.spec.policies.map((policy) => policy.name);
  const rights = await Promise.all(
    names.map(async (name) => [name, await ports.mayApprove(user, name)] as const),
  );
  const outcome = decide(
    {
      request: { ...request.metadata, spec: request.spec, status: whenMade(request, verdict), sealed: true },
      verdict,
      givenFingerprint: stamp.fingerprint,
      reason,
      forSeconds: decision.spec.forSeconds,
      channel: stamp.channel,
      user,
      approvers: around.approvers,
      isAgent: ports.isAgent(user),
      mayApprove: new Map(rights),
      liveDigests: around.policies,
      earlier: around.earlier,
    },
    madeAt(decision),
  );
  return outcome.kind === 'refused' ? outcome.words : undefined;
}

/**
 * A denial that was sealed while the request waited and is folded behind the approval counts, as it does for the gate, which
 * admits nothing by an approval that somebody denied. Judged as if the request still waited.
 */
const whenMade = ({ status }: ApprovalRequest, verdict: Verdict): ApprovalRequest['status'] =>
  status?.state === 'Approved' && verdict === 'Deny' ? { ...status, state: 'Pending' } : status;

const madeAt = (decision: ApprovalDecision): number => parseInstant(decision.spec.stamp?.at) ?? 0;
