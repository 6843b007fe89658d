// The gate's ports in memory, for tests of its error paths and of single decisions. Real API servers are used for
// everything that depends on how the API server behaves; here a call can be made to fail, be late or lose a race.
import type { AgentFreeze } from '../../src/api/agent-freeze.ts';
import type { ApprovalDecision } from '../../src/api/approval-decision.ts';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { Approver } from '../../src/api/approver.ts';
import type { IdentityLink } from '../../src/api/identity-link.ts';
import type { RoleNow } from '../../src/domain/grant/standing.ts';
import type { GateApi, Ledger, ListCall } from '../../src/gate/ports.ts';
import type { Sealer } from '../../src/gate/reserve.ts';
import { generateSealKey, SealKeys } from '../../src/platform/seal-keys.ts';

/** What is stored, and how calls behave. */
export class GateWorld implements GateApi {
  readonly requests = new Map<string, ApprovalRequest>();
  readonly policies = new Map<string, ApprovalPolicy>();
  decisions: ApprovalDecision[] = [];
  approvers: Approver[] = [];
  links: IdentityLink[] = [];
  /** ClusterRoles as they are, whatever a cache says. */
  readonly roles = new Map<string, RoleNow>();
  freezes: AgentFreeze[] = [];
  /** When each namespace was made, epoch ms; those that are not named were there before everything. */
  readonly namespaces = new Map<string, number>();
  /** Policies that everybody may approve. */
  approvable = new Set<string>();
  /** Calls that throw, by method. */
  readonly broken = new Set<keyof GateApi>();
  /** The next status write loses its race. */
  conflicts = 0;
  /** How old each list of decisions might be; undefined for one as of now. */
  readonly decisionBounds: (string | undefined)[] = [];
  /** Every call, in order. */
  readonly calls: string[] = [];
  private readonly ledgers = new Map<string, Ledger>();
  private version = 100;

  async getRequest(name: string) {
    await this.note('getRequest');
    return this.requests.get(name);
  }

  async createRequest(name: string, spec: ApprovalRequest['spec']) {
    await this.note('createRequest');
    if (this.requests.has(name)) return { kind: 'exists' as const };
    const metadata = { name, uid: `uid-of-${name}`, resourceVersion: this.next(), generation: 1 };
    const request: ApprovalRequest = {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalRequest',
      metadata: { ...metadata, creationTimestamp: spec.requestedAt },
      spec,
    };
    this.requests.set(name, request);
    return { kind: 'created' as const, request };
  }

  async replaceStatus(request: ApprovalRequest) {
    await this.note('replaceStatus');
    const stored = this.requests.get(request.metadata.name);
    const isCurrent = stored?.metadata.resourceVersion === request.metadata.resourceVersion;
    if (this.conflicts > 0 || !isCurrent) {
      this.conflicts -= 1;
      return undefined;
    }
    const written = { ...request, metadata: { ...request.metadata, resourceVersion: this.next() } };
    this.requests.set(request.metadata.name, written);
    return written;
  }

  async getPolicy(name: string) {
    await this.note('getPolicy');
    return this.policies.get(name);
  }

  async listDecisions(request: string, call: Pick<ListCall, 'notOlderThan'> = {}) {
    await this.note('listDecisions');
    this.decisionBounds.push(call.notOlderThan);
    return this.decisions.filter((one) => one.spec.request === request);
  }

  async listApprovers() {
    await this.note('listApprovers');
    return this.approvers;
  }

  async listLinks(accountUser: string) {
    await this.note('listLinks');
    return this.links.filter(({ status }) => status?.account?.user === accountUser);
  }

  async getObject() {
    await this.note('getObject');
    return undefined;
  }

  async getRole(name: string) {
    await this.note('getRole');
    return this.roles.get(name);
  }

  async listFreezes() {
    await this.note('listFreezes');
    return this.freezes;
  }

  async namespaceMadeAt(name: string) {
    await this.note('namespaceMadeAt');
    return this.namespaces.get(name) ?? 0;
  }

  async mayApprove(_person: unknown, policy: string) {
    await this.note('mayApprove');
    return this.approvable.has(policy);
  }

  async readLedger(agent: string) {
    await this.note('readLedger');
    return this.ledgers.get(agent) ?? { value: '', version: '' };
  }

  async writeLedger(agent: string, ledger: Ledger) {
    await this.note('writeLedger');
    const stored = this.ledgers.get(agent) ?? { value: '', version: '' };
    if (stored.version !== ledger.version) return undefined;
    const written = { value: ledger.value, version: this.next() };
    this.ledgers.set(agent, written);
    return written;
  }

  private note(method: keyof GateApi): Promise<void> {
    this.calls.push(method);
    return this.broken.has(method) ? Promise.reject(new Error(`${method} is broken`)) : Promise.resolve();
  }

  private next(): string {
    this.version += 1;
    return `${this.version}`;
  }
}

/** Real keys. */
export function aSealer(): Sealer {
  const keys = new SealKeys([generateSealKey()]);
  return { sign: (bytes) => keys.sign(bytes), verify: (bytes, seal) => keys.verify(bytes, seal) };
}
