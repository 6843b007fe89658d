// What the CLI reads and writes: requests and decisions, with the person's own kubeconfig and rights.
import type { AgentFreeze, AgentFreezeSpec } from '../api/agent-freeze.ts';
import type { ApprovalDecision, ApprovalDecisionSpec } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import type { IdentityLink, IdentityLinkSpec } from '../api/identity-link.ts';
import { API_VERSION, ourResource, RESOURCES } from '../api/group.ts';
import { ownUsersIn } from '../api/installation.ts';
import { factsOf, placesOf, type Facts } from '../domain/doctor/facts.ts';
import { line } from '../domain/message/plain-text.ts';
import { discover, type Discovery } from '../kube/discovery.ts';
import { loadCredentials, type Credentials } from '../kube/credentials.ts';
import { actingAs } from '../kube/impersonation.ts';
import { orUndefined } from '../kube/expected.ts';
import { isNotFound } from '../kube/errors.ts';
import { survey } from '../kube/look.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource, type Resource } from '../kube/resource.ts';
import { KubeClient } from '../kube/transport.ts';
import { endsIn } from '../platform/certificates.ts';
import type { CommonFlags } from './arguments.ts';
import type { AskedAccess } from './ask-arguments.ts';

/** What somebody writes who asks for access; the gate fills in everything else. */
export interface AskSpec {
  readonly access: AskedAccess;
  readonly reason?: string;
}

/** The cluster as the commands see it. */
export interface CliApi {
  /** URL of the API server. */
  readonly server: string;
  list(): Promise<ApprovalRequest[]>;
  get(name: string): Promise<ApprovalRequest | undefined>;
  decide(spec: ApprovalDecisionSpec): Promise<ApprovalDecision>;
  /** What the cluster serves. */
  served(): Promise<Discovery>;
  /** What the doctor judges by. @param now epoch ms */
  facts(namespace: string, now: number): Promise<Facts>;
  /** Asks for access. The answer is the request as the gate completed it. */
  ask(spec: AskSpec): Promise<ApprovalRequest>;
  /** Resolves with the first version of the request that `until` accepts, or with the last one seen at the time limit. */
  waitFor(
    name: string,
    until: (request: ApprovalRequest) => boolean,
    timeoutMs: number,
  ): Promise<ApprovalRequest | undefined>;
  freeze(name: string, spec: AgentFreezeSpec): Promise<AgentFreeze>;
  freezes(): Promise<AgentFreeze[]>;
  unfreeze(name: string): Promise<void>;
  link(name: string, spec: IdentityLinkSpec): Promise<IdentityLink>;
  /** As {@link CliApi.waitFor}, for a link. */
  waitForLink(
    name: string,
    until: (link: IdentityLink) => boolean,
    timeoutMs: number,
  ): Promise<IdentityLink | undefined>;
  close(): Promise<void>;
}

const ASK = { apiVersion: API_VERSION, kind: 'ApprovalRequest' } as const;

/** Longest warning that is shown. Characters. */
const LONGEST_WARNING = 500;
/** Longest prefix of a made-up name; the API server adds five characters. */
const LONGEST_PREFIX = 240;

/**
 * Connects as kubectl would.
 * @param warn is told what the API server warns of, as one line each
 * @throws when there is no usable kubeconfig
 */
export async function connectCli(
  flags: Pick<CommonFlags, 'kubeconfig' | 'context' | 'as'>,
  warn: (text: string) => void = () => undefined,
): Promise<CliApi> {
  const credentials = await credentialsOf(flags);
  const onWarning = (text: string): void => warn(line(text, LONGEST_WARNING));
  const client = new KubeClient({ credentials, userAgent: 'kubectl-assent', onWarning });
  const requests = resource<ApprovalRequest & KubeObject>(client, ourResource(RESOURCES.requests));
  const decisions = resource<ApprovalDecision & KubeObject>(client, ourResource(RESOURCES.decisions));
  const freezes = resource<AgentFreeze & KubeObject>(client, ourResource(RESOURCES.freezes));
  const links = resource<IdentityLink & KubeObject>(client, ourResource(RESOURCES.links));
  return {
    server: credentials.server,
    async list() {
      const all: ApprovalRequest[] = [];
      for await (const page of requests.list()) all.push(...page.items);
      return all;
    },
    get: (name) => orUndefined(requests.get(name), isNotFound),
    decide(spec) {
      const generateName = `${spec.verdict.toLowerCase()}-${spec.request}`.slice(0, LONGEST_PREFIX);
      const metadata = { generateName: `${generateName}-` };
      return decisions.create({ apiVersion: API_VERSION, kind: 'ApprovalDecision', metadata, spec });
    },
    served: () => discover(client),
    facts: (namespace, now) => clusterFacts(client, namespace, now),
    // A part is sent, the whole comes back.
    ask: (spec) =>
      requests.create({ ...ASK, metadata: { generateName: 'ask-' }, spec: spec as ApprovalRequest['spec'] }),
    waitFor: (name, until, timeoutMs) => firstThat(requests, name, until, timeoutMs),
    freeze: (name, spec) =>
      freezes.create({ apiVersion: API_VERSION, kind: 'AgentFreeze', metadata: { name }, spec }),
    async freezes() {
      const all: AgentFreeze[] = [];
      for await (const page of freezes.list()) all.push(...page.items);
      return all;
    },
    async unfreeze(name) {
      await freezes.delete(name);
    },
    link: (name, spec) =>
      links.create({ apiVersion: API_VERSION, kind: 'IdentityLink', metadata: { name }, spec }),
    waitForLink: (name, until, timeoutMs) => firstThat(links, name, until, timeoutMs),
    close: () => client.close(),
  };
}

async function credentialsOf({
  kubeconfig,
  context,
  as,
}: Pick<CommonFlags, 'kubeconfig' | 'context' | 'as'>): Promise<Credentials> {
  const own = await loadCredentials({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  });
  return as === undefined ? own : actingAs(own, as);
}

async function clusterFacts(client: KubeClient, namespace: string, now: number): Promise<Facts> {
  const seen = await survey(client, placesOf(namespace));
  return factsOf(seen, { namespace, own: ownUsersIn(namespace), now, certificateEnds: endsIn });
}

/** The first version of an object that is as wanted, or the last one seen at the time limit. */
async function firstThat<T extends KubeObject>(
  kind: Resource<T>,
  name: string,
  until: (object: T) => boolean,
  timeoutMs: number,
): Promise<T | undefined> {
  const signal = AbortSignal.timeout(timeoutMs);
  let last = await orUndefined(kind.get(name), isNotFound);
  while (last && !until(last) && !signal.aborted) last = await nextVersion(kind, last, signal);
  return last;
}

/** The next version that the API server tells of; the same one again when the watch ends first. */
async function nextVersion<T extends KubeObject>(
  kind: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { name, resourceVersion } = object.metadata;
  const options = { fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: 60, signal };
  try {
    for await (const event of kind.watch(options)) {
      if (event.kind === 'deleted') return undefined;
      if (event.kind !== 'bookmark') return event.object;
    }
  } catch (error) {
    if (signal.aborted) return object;
    throw error;
  }
  return orUndefined(kind.get(name), isNotFound);
}
