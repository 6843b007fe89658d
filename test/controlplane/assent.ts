// A cluster with Assent in it, as tests of the whole need it: gates and controllers as real processes with their own
// ServiceAccounts, an agent, people, and the few moves that most tests make.
import { expect } from 'vitest';
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { ControlPlane, ControlPlaneOptions } from '../../tools/controlplane/start.ts';
import { startOperator, type Operator, type OperatorOptions } from '../../tools/operator/start.ts';
import { startCluster, waitFor } from './cluster.ts';

/** What a policy of a test says; the rest has its defaults. */
export type PolicyDraft = Partial<ApprovalPolicySpec> & Pick<ApprovalPolicySpec, 'agents' | 'match'>;

/** An answer of the API server to a raw request. */
export interface Answer {
  readonly status: number;
  readonly json: unknown;
  /** `message` of a Status, '' otherwise. */
  readonly message: string;
  readonly warnings: readonly string[];
}

/** A running cluster with Assent. */
export interface Assent {
  readonly plane: ControlPlane;
  readonly operator: Operator;
  /** One raw HTTPS request as `who`: path of a kubeconfig or a token. */
  send(who: string, method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** The same as the administrator; fails the test unless it succeeds. */
  admin(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** Creates or replaces a policy, waits until it is Ready. */
  policy(name: string, draft: PolicyDraft): Promise<void>;
  /** Removes a policy. */
  dropPolicy(name: string): Promise<void>;
  /** Waits until the gate is asked about what `probe` does with a dry-run: it is repeated until its answer warns. */
  untilHeld(probe: () => Promise<Answer>): Promise<void>;
  /** A person who holds `approve` on every policy and may create decisions. Returns the path of a kubeconfig. */
  approver(username: string): Promise<string>;
  /** Sends a decision. */
  decide(
    who: string,
    request: string,
    verdict?: 'Approve' | 'Deny' | 'Revoke',
    reason?: string,
  ): Promise<Answer>;
  request(name: string): Promise<ApprovalRequest>;
  requests(): Promise<ApprovalRequest[]>;
  /** Waits until a request is in a state. */
  untilState(name: string, state: string): Promise<ApprovalRequest>;
  stop(): Promise<void>;
}

/** Path of our kinds. */
export const OURS = '/apis/assent.dev/v1alpha1';
/** Name of the request in a denial. */
export const requestIn = (message: string): string => /^\s+request:\s+(\S+)/m.exec(message)?.[1] ?? '';

/** Starts a cluster with Assent. */
export async function startAssent(
  options: { readonly operator?: OperatorOptions; readonly cluster?: ControlPlaneOptions } = {},
): Promise<Assent> {
  const plane = await startCluster(options.cluster);
  const operator = await startOperator(plane, options.operator ?? { run: true });
  const send: Assent['send'] = async (who, method, path, body, contentType) => {
    const { status, json, headers } = await plane.raw(who, method, path, {
      ...(body === undefined ? {} : { body }),
      ...(contentType === undefined ? {} : { contentType }),
    });
    const { message } = (json ?? {}) as { message?: unknown };
    return {
      status,
      json,
      message: typeof message === 'string' ? message : '',
      warnings: warningsOf(headers),
    };
  };
  const admin: Assent['admin'] = async (method, path, body, contentType) => {
    const answer = await send(plane.adminKubeconfig, method, path, body, contentType);
    expect(answer.status, `${method} ${path}: ${answer.message}`).toBeLessThan(300);
    return answer;
  };
  const assent: Assent = {
    plane,
    operator,
    send,
    admin,
    async policy(name, spec) {
      const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalPolicy', metadata: { name }, spec };
      const path = `${OURS}/approvalpolicies/${name}?fieldManager=test&force=true`;
      await admin('PATCH', path, body, 'application/apply-patch+yaml');
      await waitFor(
        async () => {
          const { json } = await admin('GET', `${OURS}/approvalpolicies/${name}`);
          const { metadata, status } = json as {
            metadata: { generation: number };
            status?: { conditions?: { type: string; status: string; observedGeneration: number }[] };
          };
          const ready = status?.conditions?.find((one) => one.type === 'Ready');
          return ready?.status === 'True' && ready.observedGeneration === metadata.generation;
        },
        { what: `policy ${name} to be Ready` },
      );
    },
    async dropPolicy(name) {
      await admin('DELETE', `${OURS}/approvalpolicies/${name}`);
    },
    async untilHeld(probe) {
      await waitFor(async () => (await probe()).warnings.some((one) => one.includes('dry-run only')), {
        what: 'the gate to be asked',
      });
    },
    async approver(username) {
      const { kubeconfig } = await plane.user(username);
      const rule = (resources: string[], verbs: string[]) => ({
        apiGroups: ['assent.dev'],
        resources,
        verbs,
      });
      const rules = [
        rule(['approvalpolicies'], ['approve', 'get', 'list', 'watch']),
        rule(['approvalrequests'], ['get', 'list', 'watch']),
        rule(['approvaldecisions'], ['create', 'get', 'list', 'watch']),
      ];
      const name = `test-approver-${username.replaceAll(/[^a-z0-9-]/g, '-')}`;
      const rbac = '/apis/rbac.authorization.k8s.io/v1';
      await admin('POST', `${rbac}/clusterroles`, { metadata: { name }, rules });
      await admin('POST', `${rbac}/clusterrolebindings`, {
        metadata: { name },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: username }],
      });
      return kubeconfig;
    },
    decide(who, request, verdict = 'Approve', reason) {
      const spec = { request, verdict, ...(reason === undefined ? {} : { reason }) };
      const metadata = { generateName: 'test-' };
      const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalDecision', metadata, spec };
      return send(who, 'POST', `${OURS}/approvaldecisions`, body);
    },
    async request(name) {
      return (await admin('GET', `${OURS}/approvalrequests/${name}`)).json as ApprovalRequest;
    },
    async requests() {
      return ((await admin('GET', `${OURS}/approvalrequests`)).json as { items: ApprovalRequest[] }).items;
    },
    untilState: (name, state) =>
      waitFor(
        async () => {
          const request = await assent.request(name);
          expect(request.status?.state).toBe(state);
          return request;
        },
        { what: `${name} to be ${state}` },
      ),
    async stop() {
      await operator.stop();
      await plane.stop();
    },
  };
  return assent;
}

function warningsOf(headers: Readonly<Record<string, string | string[] | undefined>>): string[] {
  const given = headers['warning'] ?? [];
  return Array.isArray(given) ? given : [given];
}
