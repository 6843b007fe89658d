// The main path as a story that every sort of change can play: a dry-run warns, the first attempt is denied and touches
// nothing, a person approves, the same attempt is admitted, and the next one needs an approval of its own.
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { ApprovalPolicySpec } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';

/** What came of an attempt, whether it was a raw request or a command. */
export type Tried = Pick<Answer, 'status' | 'message' | 'warnings'>;

/** Who takes part. Each is the path of a kubeconfig. */
export interface Cast {
  readonly assent: Assent;
  readonly agent: string;
  readonly approver: string;
}

/** One sort of change. */
export interface Story {
  readonly what: string;
  /** Makes what the attempt needs. Called again before the last attempt, so that it is a real change once more. */
  readonly prepare: (cast: Cast) => Promise<unknown>;
  /** Removes what the attempt left, so that `prepare` starts from nothing. */
  readonly undo: (cast: Cast) => Promise<unknown>;
  /** The change, by the agent. */
  readonly attempt: (cast: Cast, dryRun: boolean) => Promise<Tried>;
  /** Path of the object that a denied attempt must leave as it was. */
  readonly target: string;
  /** Looks at the object after the admitted attempt; undefined when it is gone. */
  readonly landed: (object: Stored | undefined) => void;
  /** Whether the API server knows a dry-run of it. Default: yes. */
  readonly hasDryRun?: boolean;
  /** Code of the admitted attempt, where it is not a success: nothing stands behind the API server. */
  readonly admittedAs?: number;
  /** State of the request after the admitted attempt. */
  readonly ends: 'Reserved' | 'Admitted';
  /** Whether the last attempt carries the fingerprint of the first: it is told that the approval was used. */
  readonly isSameChange: boolean;
}

/** As much of a stored object as the stories look at. */
export interface Stored {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly data?: Readonly<Record<string, string>>;
}

/** One event of the audit log that carries annotations of the gate. */
export interface GateEvent {
  readonly decision: string;
  readonly request: string;
  readonly fingerprint: string;
  readonly code: number;
  readonly verb: string;
}

/** Everything that an agent may do here is asked about. */
const RULE = { apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*' as const] };
/** How approval works in these tests: caps that many stories in a minute do not reach. */
export const APPROVAL: ApprovalPolicySpec['approval'] = {
  required: 1,
  pendingFor: '1h',
  usableFor: '30m',
  coolDown: '15m',
  reasonRequired: false,
  limits: { pending: 100, newPerMinute: 60 },
};
export const AGENTS = [{ serviceAccount: 'agents/deploy-bot' }];

export const MERGE = 'application/merge-patch+json';
export const STRATEGIC = 'application/strategic-merge-patch+json';
export const APPLY = 'application/apply-patch+yaml';
export const JSON_PATCH = 'application/json-patch+json';

export const CORE = '/api/v1/namespaces/shop';
export const APPS = '/apis/apps/v1/namespaces/shop';
export const RBAC = '/apis/rbac.authorization.k8s.io/v1';

/** Starts a cluster with the namespace `shop`, an agent with every right, an approver, and optionally a policy for all. */
export async function startCast(options: { readonly asksForAll: boolean }): Promise<Cast> {
  const assent = await startAssent();
  const agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await assent.plane.serviceAccount('shop', 'app');
  await assent.admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'agent-may-everything' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' }],
  });
  const cast = { assent, agent, approver: await assent.approver('alice') };
  if (options.asksForAll) {
    await assent.policy('everything', { agents: AGENTS, match: { rules: [RULE] }, approval: APPROVAL });
    await untilHeld(cast);
  }
  return cast;
}

/** Waits until the gate is asked about ConfigMaps. */
export async function untilHeld({ assent, agent }: Cast): Promise<void> {
  const probe = { metadata: { name: 'probe' } };
  await assent.untilHeld(() => assent.send(agent, 'POST', `${CORE}/configmaps?dryRun=All`, probe));
}

/** Adds `dryRun=All` to a path. */
export const dry = (path: string, dryRun: boolean): string =>
  dryRun ? `${path}${path.includes('?') ? '&' : '?'}dryRun=All` : path;

/** Runs kubectl as the agent, told as an answer to a raw request. */
export async function kubectl(cast: Cast, args: readonly string[], input?: string): Promise<Tried> {
  const options = input === undefined ? {} : { input };
  const { code, stdout, stderr } = await cast.assent.plane.kubectl(cast.agent, args, options);
  const isForbidden = stderr.includes('(Forbidden)');
  return {
    status: code === 0 ? 200 : isForbidden ? 403 : 500,
    message: code === 0 ? stdout : stderr,
    warnings: stderr.split('\n').filter((line) => line.startsWith('Warning:')),
  };
}

/** What is stored at a path; undefined when nothing is. */
export async function stored({ assent }: Cast, path: string): Promise<Stored | undefined> {
  const { status, json } = await assent.send(assent.plane.adminKubeconfig, 'GET', path);
  return status === 404 ? undefined : (json as Stored);
}

/** Removes an object as the administrator, and waits until it is gone. */
export async function remove(cast: Cast, path: string): Promise<void> {
  const { assent } = cast;
  const now = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0 };
  await assent.send(assent.plane.adminKubeconfig, 'DELETE', path, now);
  await waitFor(async () => (await stored(cast, path)) === undefined, { what: `${path} to be gone` });
}

/** The approver approves a request, and it is approved. */
export async function approve({ assent, approver }: Cast, name: string): Promise<ApprovalRequest> {
  const decision = await assent.decide(approver, name);
  expect(decision.status, `answered: ${decision.message}`).toBe(201);
  return assent.untilState(name, 'Approved');
}

/** An attempt that must be denied because it needs approval. @returns the name of its request */
export async function denied(attempt: () => Promise<Tried>, words = 'Approval required'): Promise<string> {
  const answer = await attempt();
  expect(answer.status, `answered: ${answer.message}`).toBe(403);
  expect(answer.message).toContain(words);
  const name = requestIn(answer.message);
  expect(name, `answered: ${answer.message}`).not.toBe('');
  return name;
}

/** An attempt that must get through. */
export async function admitted(attempt: () => Promise<Tried>): Promise<Tried> {
  const answer = await attempt();
  expect(answer.status, `answered: ${answer.message}`).toBeLessThan(300);
  return answer;
}

/** Plays a story from its dry-run to the denial of its repetition. @returns the name of its first request */
export async function play(story: Story, cast: Cast): Promise<string> {
  const { assent } = cast;
  await story.prepare(cast);
  const before = await stored(cast, story.target);
  if (story.hasDryRun !== false) await playDryRun(story, cast);
  const name = await denied(() => story.attempt(cast, false));
  expect(await denied(() => story.attempt(cast, false)), 'trying again opens nothing else').toBe(name);
  const after = await stored(cast, story.target);
  expect(after?.metadata.resourceVersion, 'storage is as before').toBe(before?.metadata.resourceVersion);

  const { spec } = await approve(cast, name);
  const done = await story.attempt(cast, false);
  if (story.admittedAs === undefined) expect(done.status, `answered: ${done.message}`).toBeLessThan(300);
  else expect(done.status, `answered: ${done.message}`).toBe(story.admittedAs);
  expect(done.message).not.toContain('denied the request');
  story.landed(await stored(cast, story.target));
  const used = await assent.untilState(name, story.ends);
  expect(used.status?.reservation?.times).toBe(1);

  await story.undo(cast);
  await story.prepare(cast);
  const words = story.isSameChange ? 'Approval already used' : 'Approval required';
  const next = await denied(() => story.attempt(cast, false), words);
  expect(next, 'one approval admits one execution').not.toBe(name);
  await expectTold(cast, name, spec.fingerprint, done.status);
  return name;
}

async function playDryRun(story: Story, cast: Cast): Promise<void> {
  const { assent } = cast;
  const known = (await assent.requests()).length;
  const answer = await story.attempt(cast, true);
  expect(answer.status, `answered: ${answer.message}`).toBeLessThan(300);
  expect(answer.warnings.join('\n')).toContain('dry-run only; the real change needs approval');
  expect((await assent.requests()).length, 'a dry-run opens no request').toBe(known);
}

/** The audit log of the API server tells the denial and the admission, with the request and its fingerprint. */
async function expectTold(cast: Cast, request: string, fingerprint: string, code: number): Promise<void> {
  await waitFor(
    async () => {
      const events = (await gateEvents(cast.assent)).filter((one) => one.request === request);
      const asked = events.filter((one) => one.decision === 'asked');
      const reserved = events.filter((one) => one.decision === 'reserved');
      expect(asked.map((one) => one.code)).toEqual([403, 403]);
      // kubectl does not say which success it was.
      expect(reserved.map((one) => (one.code < 300 ? 'success' : one.code))).toEqual([
        code < 300 ? 'success' : code,
      ]);
      expect(new Set(events.map((one) => one.fingerprint))).toEqual(new Set([fingerprint]));
      return true;
    },
    { what: `the audit log to tell of ${request}` },
  );
}

interface AuditLine {
  readonly verb: string;
  readonly stage: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly responseStatus?: { readonly code?: number };
}

/** Everything that the gate wrote into the audit log of the API server so far, but for the canary, which asks at any time. */
export async function gateEvents(assent: Assent): Promise<GateEvent[]> {
  const text = await readFile(assent.plane.auditLog, 'utf8');
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines
    .filter((line) => line.includes('"gate.assent.dev/decision"'))
    .map((line) => JSON.parse(line) as AuditLine)
    .filter((line) => line.stage === 'ResponseComplete')
    .map(({ annotations = {}, responseStatus, verb }) => {
      const own = (key: string) => annotations[`gate.assent.dev/${key}`] ?? '';
      return {
        decision: own('decision'),
        request: own('request'),
        fingerprint: own('fingerprint'),
        code: responseStatus?.code ?? 0,
        verb,
      };
    })
    .filter((event) => event.decision !== 'canary');
}
