// What the CLI reads and writes: requests and decisions, with the person's own kubeconfig and rights.
import type { ApprovalDecision, ApprovalDecisionSpec } from '../api/approval-decision.ts';
import type { ApprovalRequest } from '../api/approval-request.ts';
import { API_VERSION, GROUP, RESOURCES, VERSION } from '../api/group.ts';
import { loadCredentials } from '../kube/credentials.ts';
import { orUndefined } from '../kube/expected.ts';
import { isNotFound } from '../kube/errors.ts';
import type { KubeObject } from '../kube/object.ts';
import { resource, type Resource } from '../kube/resource.ts';
import { KubeClient } from '../kube/transport.ts';
import type { CommonFlags } from './arguments.ts';

/** The cluster as the commands see it. */
export interface CliApi {
  /** URL of the API server. */
  readonly server: string;
  list(): Promise<ApprovalRequest[]>;
  get(name: string): Promise<ApprovalRequest | undefined>;
  decide(spec: ApprovalDecisionSpec): Promise<ApprovalDecision>;
  /** Resolves with the first version of the request that `until` accepts, or with the last one seen at the time limit. */
  waitFor(
    name: string,
    until: (request: ApprovalRequest) => boolean,
    timeoutMs: number,
  ): Promise<ApprovalRequest | undefined>;
  close(): Promise<void>;
}

/** Longest prefix of a made-up name; the API server adds five characters. */
const LONGEST_PREFIX = 240;

/**
 * Connects as kubectl would.
 * @throws when there is no usable kubeconfig
 */
export async function connectCli(flags: Pick<CommonFlags, 'kubeconfig' | 'context'>): Promise<CliApi> {
  const { kubeconfig, context } = flags;
  const source = {
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
  };
  const credentials = await loadCredentials(source);
  const client = new KubeClient({ credentials, userAgent: 'kubectl-assent' });
  const ours = (name: string) => ({ group: GROUP, version: VERSION, resource: name, namespaced: false });
  const requests = resource<ApprovalRequest & KubeObject>(client, ours(RESOURCES.requests));
  const decisions = resource<ApprovalDecision & KubeObject>(client, ours(RESOURCES.decisions));
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
    async waitFor(name, until, timeoutMs) {
      const signal = AbortSignal.timeout(timeoutMs);
      let last = await orUndefined(requests.get(name), isNotFound);
      while (last && !until(last) && !signal.aborted) {
        last = await nextVersion(requests, last, signal);
      }
      return last;
    },
    close: () => client.close(),
  };
}

/** The next version that the API server tells of; the same one again when the watch ends first. */
async function nextVersion(
  requests: Resource<ApprovalRequest & KubeObject>,
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<ApprovalRequest | undefined> {
  const { name, resourceVersion } = request.metadata;
  const options = { fieldSelector: `metadata.name=${name}`, resourceVersion, timeoutSeconds: 60, signal };
  try {
    for await (const event of requests.watch(options)) {
      if (event.kind === 'deleted') return undefined;
      if (event.kind !== 'bookmark') return event.object;
    }
  } catch (error) {
    if (signal.aborted) return request;
    throw error;
  }
  return orUndefined(requests.get(name), isNotFound);
}
