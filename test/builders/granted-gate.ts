// A gate in memory whose agent was granted access: a policy that offers to change Deployments, and a request with real seals.
import type { Access } from '../../src/api/access.ts';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type {
  ApprovalRequest,
  ApprovalRequestSpec,
  ApprovalRequestStatus,
} from '../../src/api/approval-request.ts';
import { roleNow } from '../../src/domain/grant/cluster-role.ts';
import type { RoleNow } from '../../src/domain/grant/standing.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { indexPolicies } from '../../src/domain/policy/preselect.ts';
import { decisionSealBytes, requestSealBytes } from '../../src/domain/request/sealed.ts';
import { slimRequest } from '../../src/gate/facts.ts';
import { aGate } from './a-gate.ts';
import { aSealer, type GateWorld } from './gate-world.ts';
import { aLoadedPolicy, aPolicySpec, BOT } from './policies.ts';
import { aDecision, anAccess, aSpec, asksFor, MINUTE, T0, type DecisionDraft } from './request-facts.ts';

export const NAME = 'delete-deployments-api-7k2m9q4tpx';
export const APPROVED_NOW = T0 + 5 * MINUTE;
export const sealer = aSealer();
export const RULE = { verbs: ['delete', 'patch', 'update'], apiGroups: ['apps'], resources: ['deployments'] };
export const FIXER = roleNow({ rules: [RULE] });
export const OFFER = { role: 'fixer', namespaces: ['shop*'] };
export const offers = aLoadedPolicy('shop', aPolicySpec({ rules: [], access: [OFFER] }));
export const ACCESS = anAccess({
  role: 'fixer',
  rules: [{ verbs: ['delete'], apiGroups: ['apps'], resources: ['deployments'], resourceNames: ['api'] }],
});

export const stored = ({ name, uid, spec }: Policy): ApprovalPolicy => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name, uid, resourceVersion: '1' },
  spec,
});
const refOf = ({ name, uid, digest }: Policy) => ({ name, uid, digest, required: 1, owners: [] });

export interface Draft {
  readonly access?: Access;
  readonly spec?: Partial<ApprovalRequestSpec>;
  readonly status?: Partial<ApprovalRequestStatus>;
  readonly decisions?: readonly DecisionDraft[];
  readonly policies?: readonly Policy[];
  /** Policies of the request; those of the cluster, unless said otherwise. */
  readonly asked?: readonly Policy[];
  readonly role?: RoleNow | undefined;
  /** What the cache still holds while the request is another one by now. */
  readonly cached?: (request: ApprovalRequest) => ApprovalRequest;
}

/** A gate, and a request for access that Alice approved a minute after it was made. */
export function grantedGate(draft: Draft = {}) {
  const { access = ACCESS, decisions = [{}], policies = [offers], asked = policies } = draft;
  const clock = { now: APPROVED_NOW };
  const role = 'role' in draft ? draft.role : FIXER;
  const world: { now?: GateWorld } = {};
  const slim = () =>
    [...(world.now?.requests.values() ?? [])].map((one) => slimRequest(draft.cached?.(one) ?? one));
  const gate = aGate(
    policies,
    {
      policies: () => indexPolicies(policies, () => role),
      role: () => role,
      asksOf: (username) => slim().filter((one) => one.access && one.username === username),
      requestsByFingerprint: (print) => slim().filter((one) => one.fingerprint === print),
    },
    { sealer, now: () => clock.now },
  );
  world.now = gate.world;
  for (const policy of policies) gate.world.policies.set(policy.name, stored(policy));
  if (role) gate.world.roles.set(access.role, role);
  const { seal: _, ...bare } = aSpec({
    ...asksFor(access),
    requester: { username: BOT, uid: '', short: 'sa:agents/bot', groups: [] },
    policies: asked.map(refOf),
    ...draft.spec,
  });
  const spec = { ...bare, seal: sealer.sign(requestSealBytes(bare)) };
  const grant: ApprovalRequest = {
    apiVersion: 'assent.dev/v1alpha1',
    kind: 'ApprovalRequest',
    metadata: { name: NAME, uid: 'request-uid', resourceVersion: '5', generation: 1 },
    spec,
    status: { state: 'Approved', usableUntil: '2026-11-22T10:16:00Z', outbox: [], ...draft.status },
  };
  gate.world.requests.set(NAME, grant);
  const decide = (given: DecisionDraft, about: ApprovalRequest = grant) => {
    const { metadata, spec: of } = about;
    const stamp = {
      policies: of.policies.map(({ name, digest }) => ({ name, digest })),
      requestUid: metadata.uid,
      fingerprint: of.fingerprint,
    };
    const made = aDecision({ ...given, stamp: { ...stamp, ...given.stamp } });
    const unsealed = { ...made.spec, request: metadata.name };
    const seal = sealer.sign(decisionSealBytes(unsealed));
    gate.world.decisions.push({ ...made, spec: { ...unsealed, stamp: { ...unsealed.stamp!, seal } } });
  };
  for (const one of decisions) decide(one);
  return { ...gate, clock, decide, now: () => gate.world.requests.get(NAME)! };
}
