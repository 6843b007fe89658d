// A control plane with Assent's operator for the long fault targets, which run outside of vitest: the same moves as
// test/controlplane/assent.ts, but nothing asserts, since under faults a refused or broken call is an answer like any other.
import { setTimeout as pause } from 'node:timers/promises';
import type { RawAnswer } from '../../tools/controlplane/raw.ts';
import { startControlPlane, type ControlPlane } from '../../tools/controlplane/start.ts';
import { startOperator, type Operator, type OperatorOptions } from '../../tools/operator/start.ts';

/** Path of our kinds. */
export const OURS = '/apis/assent.dev/v1alpha1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** An answer to one raw request; status 0 when none came. */
export interface Reply {
  readonly status: number;
  readonly json: unknown;
  /** `message` of a Status, or why there is no answer. */
  readonly message: string;
  readonly warnings: readonly string[];
}

/** One raw request. */
export interface Call {
  /** Path of a kubeconfig, or a token. */
  readonly who: string;
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
  /** User agent, by which the audit log tells who in the test made it. */
  readonly as?: string;
}

/** A control plane with the operator installed. */
export interface Cluster {
  readonly plane: ControlPlane;
  readonly operator: Operator;
  /** Never throws. */
  readonly send: (call: Call) => Promise<Reply>;
  /** As the administrator. @throws unless it succeeds */
  readonly admin: (method: string, path: string, body?: unknown) => Promise<Reply>;
  stop(): Promise<void>;
}

/** Makes a reply of what a raw client answers, or of its failure. @param as user agent */
export async function replyOf(
  answer: (headers: Readonly<Record<string, string>>) => Promise<RawAnswer>,
  as?: string,
): Promise<Reply> {
  try {
    const { status, json, headers } = await answer(as === undefined ? {} : { 'user-agent': as });
    const { message } = (json ?? {}) as { message?: unknown };
    const warnings = [headers['warning'] ?? []].flat();
    return { status, json, message: typeof message === 'string' ? message : '', warnings };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'no answer';
    return { status: 0, json: undefined, message, warnings: [] };
  }
}

/** Name of the request in a denial; '' when there is none. */
export const requestIn = (message: string): string => /^\s+request:\s+(\S+)/m.exec(message)?.[1] ?? '';

/** Starts both; `options` may depend on the control plane. */
export async function startCluster(
  name: string,
  options: (plane: ControlPlane) => Promise<OperatorOptions>,
): Promise<Cluster> {
  const plane = await startControlPlane({
    name,
    // Nothing here is about the API server's own flood limits, and a tenth of its time goes into collecting garbage.
    apiServerFlags: { 'enable-priority-and-fairness': 'false' },
    apiServerEnv: { GOGC: '400', GOMEMLIMIT: '2GiB' },
  });
  try {
    const operator = await startOperator(plane, await options(plane));
    return cluster(plane, operator);
  } catch (error) {
    await plane.stop();
    throw error;
  }
}

function cluster(plane: ControlPlane, operator: Operator): Cluster {
  const send: Cluster['send'] = ({ who, method, path, ...options }) =>
    replyOf((headers) => plane.raw(who, method, path, { ...options, headers }), options.as);
  return {
    plane,
    operator,
    send,
    async admin(method, path, body) {
      const reply = await send({ who: plane.adminKubeconfig, method, path, body });
      if (reply.status < 200 || reply.status > 299) {
        throw new Error(`${method} ${path}: ${reply.status} ${reply.message}`);
      }
      return reply;
    },
    async stop() {
      await operator.stop();
      await plane.stop();
    },
  };
}

/** A person who may approve everything. @returns path of a kubeconfig */
export async function approver({ plane, admin }: Cluster, username: string): Promise<string> {
  const rule = (resources: string[], verbs: string[]) => ({ apiGroups: ['assent.dev'], resources, verbs });
  const rules = [
    rule(['approvalpolicies'], ['approve', 'get', 'list', 'watch']),
    rule(['approvalrequests', 'approvaldecisions'], ['create', 'get', 'list', 'watch']),
  ];
  const name = `approver-${username}`;
  await admin('POST', `${RBAC}/clusterroles`, { metadata: { name }, rules });
  await bind({ admin }, name, { apiGroup: RBAC_GROUP, kind: 'User', name: username }, name);
  return (await plane.user(username)).kubeconfig;
}

/** Gives a ClusterRole to somebody. */
export async function bind(
  { admin }: Pick<Cluster, 'admin'>,
  name: string,
  subject: object,
  role = 'cluster-admin',
): Promise<void> {
  const roleRef = { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: role };
  await admin('POST', `${RBAC}/clusterrolebindings`, { metadata: { name }, roleRef, subjects: [subject] });
}

/**
 * Looks every so often until `look` yields something other than undefined.
 * @param limitMs told anew at each look, since a fault may give more time
 * @throws Error with the words of `what` when the time is over
 */
export async function poll<T>(
  look: () => Promise<T | undefined>,
  what: () => string,
  limitMs: () => number,
): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() >= limitMs()) throw new Error(what());
    await pause(POLL_MS);
  }
}

const POLL_MS = 50;
