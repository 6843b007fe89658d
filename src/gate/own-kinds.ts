// The routes `guard` and `stamp`: writes to our own kinds. Undecidable means refused, as at the gate (INV-7).
import type { AgentFreezeSpec } from '../api/agent-freeze.ts';
import type { ApprovalPolicySpec } from '../api/approval-policy.ts';
import type { ApprovalDecision } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { Approver } from '../api/approver.ts';
import { RESOURCES } from '../api/group.ts';
import type { IdentityLinkSpec } from '../api/identity-link.ts';
import type { Review, ReviewHead } from '../domain/change/review.ts';
import { denial, type DenialFacts } from '../domain/message/denial.ts';
import type { DenialCode } from '../domain/message/denial-catalog.ts';
import { policyWarning } from '../domain/message/warning.ts';
import { parseInstant } from '../domain/request/instant.ts';
import { freezeSealBytes, linkSealBytes } from '../domain/request/sealed.ts';
import {
  isSealedApprover,
  isSealedDecision,
  isSealedRequest,
  type Verify,
} from '../domain/request/verify.ts';
import { allow, deny } from './answer.ts';
import type { ReviewContext, ReviewRoute } from './exchange.ts';
import { deletedDefinition, guardVerdict } from './guard-rules.ts';
import { patch } from './patch-answer.ts';
import { readReview } from './read-review.ts';
import type { AskStampPorts } from './stamp-ask.ts';
import { stamp } from './stamp.ts';

/** What the routes need. */
export interface OwnKindsPorts extends AskStampPorts {
  /** The API server's clock, which all replicas share, epoch ms. @throws when it cannot be told; the write is refused */
  readonly sharedNow: (signal: AbortSignal) => Promise<number>;
  /** Errors and warnings about a policy that somebody writes. */
  readonly checkPolicy: (policy: { readonly name: string; readonly spec: ApprovalPolicySpec }) => {
    readonly errors: readonly string[];
    readonly warnings: readonly string[];
  };
  /** Whether any object of one of our kinds is stored. @throws when that cannot be told; the write is refused */
  readonly hasObjects: (plural: string, signal: AbortSignal) => Promise<boolean>;
  /** Counts an answer of a webhook. */
  readonly count: (webhook: 'guard' | 'stamp', decision: 'allowed' | 'refused') => void;
  /** Told of each refusal. */
  readonly refused: (review: ReviewHead, webhook: 'guard' | 'stamp', code: DenialCode) => void;
  /** Counts a decision that somebody made. */
  readonly countDecision: (verdict: unknown, isRefused: boolean) => void;
}

/** How long a stamp may have been made before the write that it was made for: one request lives 34 s at most. ms. */
const STAMP_AGE_MS = 60_000;

/** The guard: who may write which of our kinds. */
export function guardRoute(ports: OwnKindsPorts): ReviewRoute {
  return {
    full: (body, context) =>
      withReview(body, async (review) => {
        const now = await ports.sharedNow(context.signal);
        const checked = isPolicyWrite(review)
          ? ports.checkPolicy({ name: review.name, spec: specOf(review) as ApprovalPolicySpec })
          : undefined;
        const plural = deletedDefinition(review);
        const isInUse = plural !== undefined && (await ports.hasObjects(plural, context.signal));
        const verdict = guardVerdict(review, {
          own: ports.own,
          isAgent: ports.isAgent(review.userInfo),
          sealedForThisWrite: () => isSealedForThisWrite(review, ports.sealer.verify, now),
          policyErrors: () => checked?.errors ?? [],
          isInUse,
        });
        ports.count('guard', verdict.kind === 'allow' ? 'allowed' : 'refused');
        if (verdict.kind === 'allow') {
          if (checked === undefined) return allow(review.uid);
          return allow(review.uid, {
            warnings: checked.warnings.map((one) => policyWarning(review.name, one)),
          });
        }
        const denied = denial({ kind: 'own-kind', why: verdict.words, fields: verdict.fields });
        ports.refused(review, 'guard', denied.code);
        return refusal(review.uid, denied);
      }),
  };
}

/** The stamp: who decided, who wrote an Approver, who asks for access. */
export function stampRoute(ports: OwnKindsPorts): ReviewRoute {
  return {
    full: (body: Buffer, context: ReviewContext) =>
      withReview(body, async (review) => {
        const now = await ports.sharedNow(context.signal);
        const outcome = await stamp(review, ports, now, context.signal);
        ports.count('stamp', outcome.kind === 'patch' ? 'allowed' : 'refused');
        const isDecision = review.resource.resource === RESOURCES.decisions && !review.dryRun;
        if (isDecision) ports.countDecision(verdictOf(review), outcome.kind !== 'patch');
        if (outcome.kind === 'patch') return patch(review.uid, outcome.operations, outcome.warnings);
        const facts: DenialFacts =
          outcome.kind === 'deny' ? outcome.facts : { kind: 'decision-refused', words: outcome.words };
        const denied = denial(facts);
        ports.refused(review, 'stamp', denied.code);
        return refusal(review.uid, denied);
      }),
  };
}

/** Decodes the review and hands it on; what cannot be decoded is refused. */
function withReview<T extends Buffer | Promise<Buffer>>(
  body: Buffer,
  judge: (review: Review) => T,
): Buffer | T {
  const read = readReview(body);
  if (read.ok) return judge(read.review);
  return refusal(read.uid, denial({ kind: 'malformed', why: read.why }));
}

function refusal(
  uid: string,
  { message, httpCode: code, reason, causes }: ReturnType<typeof denial>,
): Buffer {
  return deny(uid, { message, code, reason, causes });
}

function isPolicyWrite(review: Review): boolean {
  return (
    review.resource.resource === RESOURCES.policies && review.subResource === '' && review.object !== null
  );
}

const verdictOf = (review: Review): unknown => (specOf(review) as { verdict?: unknown } | undefined)?.verdict;

const specOf = (review: Review): unknown => review.object?.['spec'];

/** Whether what is submitted carries a seal made for exactly this write by this person. */
function isSealedForThisWrite(review: Review, verify: Verify, now: number): boolean {
  const { object, name } = review;
  if (object === null) return false;
  switch (review.resource.resource) {
    case RESOURCES.decisions: {
      const decision = { spec: specOf(review) } as Pick<ApprovalDecision, 'spec'>;
      return isMadeNow(review, decision.spec.stamp, now) && isSealedDecision(decision, verify);
    }
    case RESOURCES.links: {
      const spec = specOf(review) as IdentityLinkSpec;
      const { stamp: made } = spec;
      return (
        made !== undefined && isMadeNow(review, made, now) && verify(linkSealBytes(name, spec), made.seal)
      );
    }
    case RESOURCES.requests: {
      const request = { spec: specOf(review) } as Pick<ApprovalRequest, 'spec'>;
      const { requester, requestedAt: at } = request.spec;
      return (
        isMadeNow(review, { username: requester?.username, at }, now) && isSealedRequest(request, verify)
      );
    }
    case RESOURCES.freezes: {
      const spec = specOf(review) as AgentFreezeSpec;
      const { stamp: made } = spec;
      return (
        made !== undefined && isMadeNow(review, made, now) && verify(freezeSealBytes(name, spec), made.seal)
      );
    }
    case RESOURCES.approvers:
      return isSealedApprover(object as unknown as Pick<Approver, 'metadata' | 'spec'>, verify);
    default:
      return false;
  }
}

/** Whether a stamp is of the person who writes, and of this moment. */
function isMadeNow(
  review: Review,
  made: { readonly username: string; readonly at: string } | undefined,
  now: number,
): boolean {
  const age = now - (parseInstant(made?.at) ?? 0);
  return made?.username === review.userInfo.username && Math.abs(age) < STAMP_AGE_MS;
}
