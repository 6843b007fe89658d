// Valid requests, decisions and Approvers for tests of the pure core; each test states only what it is about.
import type { Access } from '../../src/api/access.ts';
import type { ApprovalDecision, DecisionStamp, Verdict } from '../../src/api/approval-decision.ts';
import type {
  ApprovalRequestSpec,
  ApprovalRequestStatus,
  RequestedChange,
} from '../../src/api/approval-request.ts';
import type { ApproverFacts } from '../../src/domain/identity/person.ts';
import type { RequestFacts } from '../../src/domain/request/state.ts';
import { instant } from '../../src/domain/request/instant.ts';

/** When the request of these builders was made: 2026-11-22T10:05:00Z. */
export const T0 = Date.UTC(2026, 10, 22, 10, 5);
export const MINUTE = 60_000;
export const SEAL = { keyId: 'k', signature: 's' };
export const AGENT = 'system:serviceaccount:agents:deploy-bot';

type Policy = ApprovalRequestSpec['policies'][number];

export const aPolicy = (over: Partial<Policy> = {}): Policy => ({
  name: 'prod',
  uid: 'policy-uid',
  digest: 'sha256:one',
  required: 1,
  owners: [],
  ...over,
});

export const aChange = (over: Partial<RequestedChange> = {}): RequestedChange => ({
  operation: 'DELETE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  kind: 'Deployment',
  namespace: 'payments',
  name: 'api',
  objectUid: 'object-uid',
  diff: [],
  masked: 0,
  cut: 0,
  ...over,
});

/** Access to delete one pod, once, for ten minutes. */
export const anAccess = (over: Partial<Access> = {}): Access => ({
  role: 'pod-fixer',
  whole: false,
  rules: [{ verbs: ['delete'], apiGroups: [''], resources: ['pods'], resourceNames: ['web-7'] }],
  namespaces: ['shop'],
  seconds: 600,
  once: true,
  ...over,
});

/** What a request for access has in place of a change. */
export const asksFor = (access: Access = anAccess()): Partial<ApprovalRequestSpec> => ({
  action: 'access',
  target: 'delete pods shop/web-7',
  summary: 'access to delete pods shop/web-7, for one write within 10m',
  change: undefined,
  access,
  usableForSeconds: access.seconds,
});

/** Pending for 4 h, usable for 30 min, refusals remembered for 15 min. */
export const aSpec = (over: Partial<ApprovalRequestSpec> = {}): ApprovalRequestSpec => ({
  cluster: 'cluster-uid',
  requester: { username: AGENT, uid: 'agent-uid', short: 'sa:agents/deploy-bot', groups: [] },
  policies: [aPolicy()],
  risk: 'High',
  summary: 'delete deployments payments/api',
  action: 'delete',
  target: 'deployments payments/api',
  fingerprint: 'v1:f00d',
  change: aChange(),
  reasonRequired: false,
  approveMasked: false,
  requestedAt: '2026-11-22T10:05:00.000Z',
  expiresAt: '2026-11-22T14:05:00Z',
  usableForSeconds: 1_800,
  coolDownSeconds: 900,
  predecessor: '',
  seal: SEAL,
  ...over,
});

export const aRequest = (
  over: Partial<ApprovalRequestSpec> = {},
  status?: ApprovalRequestStatus,
): RequestFacts & { status?: ApprovalRequestStatus } => ({
  metadata: { name: 'delete-deployments-api-7k2m9q4tpx', uid: 'request-uid', generation: 1 },
  spec: aSpec(over),
  ...(status ? { status } : {}),
});

/** What a test says about a decision. `at` is epoch ms. */
export interface DecisionDraft {
  readonly name?: string;
  readonly verdict?: Verdict;
  readonly reason?: string;
  readonly fingerprint?: string;
  readonly username?: string;
  readonly at?: number;
  readonly stamp?: Partial<DecisionStamp>;
}

/** Alice approves a minute after the request was made, unless the draft says otherwise. */
export function aDecision(draft: DecisionDraft = {}): ApprovalDecision {
  const { username = 'alice', verdict = 'Approve', at = T0 + MINUTE } = draft;
  const name = draft.name ?? `${verdict.toLowerCase()}-${username.replaceAll(/[^a-z0-9]/g, '')}`;
  return {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalDecision',
    metadata: { name, uid: `uid-of-${name}`.slice(-64), resourceVersion: '1' },
    spec: {
      request: 'delete-deployments-api-7k2m9q4tpx',
      verdict,
      ...(draft.reason === undefined ? {} : { reason: draft.reason }),
      ...(draft.fingerprint === undefined ? {} : { fingerprint: draft.fingerprint }),
      stamp: {
        requestUid: 'request-uid',
        fingerprint: 'v1:f00d',
        username,
        groups: [],
        person: '',
        policies: [{ name: 'prod', digest: 'sha256:one' }],
        channel: 'kubectl',
        at: instant(at),
        seal: SEAL,
        ...draft.stamp,
      },
    },
  };
}

export const anApprover = (name: string, ...usernames: string[]): ApproverFacts => ({
  metadata: { name },
  spec: { identities: usernames.map((username) => ({ kubernetes: { username } })) },
});
