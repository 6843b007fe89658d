// Small audit logs for the oracle's tests, written as the API server writes them: one counter of resourceVersions, times
// that only go forward, a gate that annotates.

import { readDeed } from './deed.ts';
import { judge, type Strictness, type Verdict } from './verdict.ts';

/** What may be said about a write. */
export interface Write {
  readonly by?: string;
  readonly groups?: readonly string[];
  readonly as?: string;
  readonly verb?: string;
  readonly group?: string;
  readonly resource?: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly code?: number;
  readonly message?: string;
  readonly decision?: string;
  readonly request?: string;
  readonly fingerprint?: string;
  readonly grant?: string;
  readonly query?: string;
  readonly stage?: string;
  readonly id?: string;
  readonly requestObject?: unknown;
  /** The answer: an object, or null for none (level Metadata). */
  readonly body?: unknown;
  /** How long the request took, in milliseconds. */
  readonly tookMs?: number;
}

/** ServiceAccount that the sample policy calls an agent. */
export const BOT = 'system:serviceaccount:agents:bot';
const GATE = 'system:serviceaccount:assent-system:assent-gate';

/** A policy that asks before Deployments of payments are deleted or changed. */
export const ASK = {
  mode: 'Enforce',
  action: 'Ask',
  agents: [{ serviceAccount: 'agents/*' }],
  match: {
    rules: [
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        operations: ['CREATE', 'UPDATE', 'DELETE'],
      },
      { apiGroups: [''], resources: ['pods/*', 'secrets', 'serviceaccounts/token'], operations: ['*'] },
    ],
    namespaces: { names: ['payments*'] },
  },
  approval: { required: 1 },
};

/** Writes a log step by step. */
export class SampleLog {
  private readonly lines: string[] = [];
  private readonly requests = new Map<
    string,
    { readonly spec: object; readonly creationTimestamp: string }
  >();
  private now = Date.parse('2026-01-01T00:00:00Z');
  private version = 100;
  private count = 0;

  /** Lets time pass. Milliseconds. */
  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  /** The next resourceVersion, as a write that changes something gets it. */
  nextVersion(): string {
    this.version += 1;
    return String(this.version);
  }

  private time(): string {
    return new Date(this.now).toISOString().replace('Z', '000Z');
  }

  private defaults() {
    const target = { group: 'apps', resource: 'deployments', namespace: 'payments', name: 'api' };
    const answer = { code: 200, message: '', stage: 'ResponseComplete', body: this.gone(), tookMs: 5 };
    return {
      id: `audit-${this.count}`,
      by: BOT,
      groups: [],
      verb: 'delete',
      query: '',
      ...target,
      ...answer,
    };
  }

  /** One line as it stands. */
  line(text: string): this {
    this.lines.push(text);
    return this;
  }

  /** One finished request. Default: the bot deletes Deployment payments/api, and it is gone. */
  write(write: Write = {}): this {
    this.count += 1;
    const said = { ...this.defaults(), ...write };
    const received = this.time();
    this.now += said.tookMs;
    // JSON leaves out what is undefined, as the API server leaves out what is empty.
    return this.line(
      JSON.stringify({
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: said.body === null ? 'Metadata' : 'RequestResponse',
        auditID: said.id,
        stage: said.stage,
        requestURI: `/apis/apps/v1/namespaces/${said.namespace}/${said.resource}/${said.name}${said.query}`,
        verb: said.verb,
        user: { username: said.by, groups: said.groups },
        impersonatedUser: said.as === undefined ? undefined : { username: said.as },
        objectRef: {
          resource: said.resource,
          namespace: said.namespace,
          name: said.name,
          apiGroup: said.group,
          apiVersion: 'v1',
          subresource: said.subresource,
        },
        responseStatus: { code: said.code, message: said.message },
        requestObject: said.requestObject,
        responseObject: said.body ?? undefined,
        requestReceivedTimestamp: received,
        stageTimestamp: this.time(),
        annotations: {
          'gate.assent.dev/decision': said.decision,
          'gate.assent.dev/request': said.request,
          'gate.assent.dev/fingerprint': said.fingerprint,
          'gate.assent.dev/grant': said.grant,
        },
      }),
    );
  }

  /** The answer to a delete that removed the object. */
  gone(uid = 'uid-api'): unknown {
    this.nextVersion();
    return { kind: 'Status', status: 'Success', details: { name: 'api', uid } };
  }

  /** A Deployment as an answer carries it; a new version unless one is given. */
  deployment(spec: unknown, version = this.nextVersion(), metadata: object = {}): unknown {
    return {
      kind: 'Deployment',
      apiVersion: 'apps/v1',
      metadata: { name: 'api', namespace: 'payments', uid: 'uid-api', resourceVersion: version, ...metadata },
      spec,
    };
  }

  /** A policy is written: a create, or an update with a higher generation. */
  policy(name: string, spec: unknown, generation = 1): this {
    const metadata = { name, uid: `uid-${name}`, generation, resourceVersion: this.nextVersion() };
    return this.assent(
      'approvalpolicies',
      name,
      { metadata, spec },
      { verb: generation === 1 ? 'create' : 'update' },
    );
  }

  /** The controller says whether it enforces a policy. */
  ready(name: string, spec: unknown, ready: boolean, generation = 1): this {
    const metadata = { name, uid: `uid-${name}`, generation, resourceVersion: this.nextVersion() };
    const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False', observedGeneration: generation }];
    const body = { metadata, spec, status: { conditions } };
    return this.assent('approvalpolicies', name, body, { verb: 'update', subresource: 'status' });
  }

  /** The webhook configuration of the gate is written or deleted. */
  configuration(
    verb: 'create' | 'update' | 'delete',
    failurePolicy = 'Fail',
    { by = 'admin', spared = [] }: { by?: string; spared?: readonly string[] } = {},
  ): this {
    const matchConditions = spared.map((name) => ({ name, expression: 'false' }));
    const body =
      verb === 'delete'
        ? this.gone('uid-configuration')
        : { webhooks: [{ name: 'gate.assent.dev', failurePolicy, matchConditions }] };
    const [group, resource] = ['admissionregistration.k8s.io', 'validatingwebhookconfigurations'];
    return this.write({ by, verb, group, resource, namespace: '', name: 'assent-gate', body });
  }

  /** The gate makes an ApprovalRequest, as if the bot had tried `change`. */
  request(
    name: string,
    change: object = {},
    more: { requester?: string; policies?: string[]; code?: number } = {},
  ): this {
    const { fingerprint = 'v1:aa', access, ...rest } = change as { fingerprint?: string; access?: object };
    const spec = {
      requester: { username: more.requester ?? BOT },
      policies: (more.policies ?? ['ask']).map((policy) => ({ name: policy })),
      fingerprint,
      access,
      change:
        access === undefined
          ? {
              operation: 'DELETE',
              group: 'apps',
              resource: 'deployments',
              subresource: '',
              namespace: 'payments',
              name: 'api',
              ...rest,
            }
          : undefined,
    };
    const metadata = { name, uid: `uid-${name}`, resourceVersion: this.nextVersion() };
    this.requests.set(name, { spec, creationTimestamp: this.time() });
    const code = more.code ?? 201;
    const body = code === 201 ? { metadata, spec } : { kind: 'Status' };
    return this.assent('approvalrequests', name, body, { verb: 'create', code });
  }

  /** The gate or the controller writes the status of a request; 409 when somebody else was first. */
  status(name: string, status: object, code = 200, by = GATE): this {
    const { spec, creationTimestamp } = this.requests.get(name) ?? {};
    const metadata = { name, uid: `uid-${name}`, resourceVersion: this.nextVersion(), creationTimestamp };
    const body = code === 200 ? { metadata, spec, status } : { kind: 'Status' };
    return this.assent('approvalrequests', name, body, { verb: 'update', subresource: 'status', code, by });
  }

  /** Somebody decides. */
  decide(request: string, by = 'alice', verdict = 'Approve'): this {
    const name = `decision-${request}-${by}`;
    const metadata = { name, uid: `uid-${name}`, resourceVersion: this.nextVersion() };
    const body = { metadata, spec: { request, verdict } };
    return this.write({ ...this.ours('approvaldecisions', name), by, verb: 'create', code: 201, body });
  }

  /** The whole log. */
  text(): string {
    return `${this.lines.join('\n')}\n`;
  }

  private ours(resource: string, name: string): Write {
    return { group: 'assent.dev', resource, name, namespace: '' };
  }

  private assent(resource: string, name: string, body: unknown, write: Write): this {
    const code = write.verb === 'create' ? 201 : 200;
    return this.write({ ...this.ours(resource, name), by: GATE, code, body, ...write });
  }
}

/** A log in which the gate and the policy `ask` have been in force for a while. */
export const inForce = (spec: unknown = ASK): SampleLog =>
  new SampleLog().configuration('create').policy('ask', spec).wait(2_000);

/** The same, with a request r1 for `change` that alice approved. */
export const approved = (change: object = {}, spec: unknown = ASK): SampleLog =>
  inForce(spec).request('r1', change).decide('r1');

/** What the gate writes beside a change that it lets through by r1. */
export const used = { decision: 'reserved', request: 'r1', fingerprint: 'v1:aa' };

/** A change of an object instead of its deletion. */
export const UPDATE = { operation: 'UPDATE' };

/** The violations of a verdict, in words. */
export const sentencesOf = (verdict: Verdict): string[] =>
  verdict.violations.map(({ invariant, sentence }) => `${invariant}: ${sentence}`);

/** The verdict on a log, without a file. */
export const verdictOn = (log: SampleLog, strictness: Strictness = {}): Verdict =>
  judge(
    log
      .text()
      .trim()
      .split('\n')
      .flatMap((line) => readDeed(JSON.parse(line)) ?? []),
    strictness,
  );
