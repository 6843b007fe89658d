// The ports of the controller of requests over our Kubernetes client and its caches.
import type { ApprovalPolicy } from '../../api/approval-policy.ts';
import type { ApprovalRequest, OutboxEntry } from '../../api/approval-request.ts';
import { API_VERSION, GROUP, RESOURCES } from '../../api/group.ts';
import { policyDigest } from '../../domain/policy/digest.ts';
import { eventWords } from '../../domain/message/events.ts';
import { recordJson, recordLines } from '../../domain/record/record-line.ts';
import { subjectAccessReview } from '../../kube/access-review.ts';
import { isConflict, isNotFound, isOvertaken } from '../../kube/errors.ts';
import { orUndefined } from '../../kube/expected.ts';
import { createEvent } from '../../kube/events.ts';
import type { KubeObject } from '../../kube/object.ts';
import type { Resource } from '../../kube/resource.ts';
import type { KubeClient } from '../../kube/transport.ts';
import type { RequestPorts } from './ports.ts';

/** Calls of our kinds. */
export interface OurResources {
  readonly requests: Resource<ApprovalRequest & KubeObject>;
  readonly policies: Resource<ApprovalPolicy & KubeObject>;
}

/** What publishing a line of the record needs. */
export interface RecordSink {
  /** Writes one line; resolves when it is out. */
  readonly write: (line: string) => Promise<void>;
  /** An Event could not be written; Events are a courtesy, the record is not. */
  readonly eventFailed: (error: unknown) => void;
  /** Name of this process, for Events. */
  readonly instance: string;
}

type LivePorts = Pick<
  RequestPorts,
  'getRequest' | 'replaceStatus' | 'forget' | 'mayApprove' | 'policyDigest' | 'publish'
>;

/** Reads and guarded writes of requests. */
export function requestCalls(
  requests: OurResources['requests'],
): Pick<RequestPorts, 'getRequest' | 'replaceStatus'> {
  return {
    getRequest: (name) => orUndefined(requests.get(name), isNotFound),
    replaceStatus: (request) => orUndefined(requests.replaceStatus(request), isConflict),
  };
}

/** Makes the live half of the ports. */
export function liveRequestPorts(client: KubeClient, ours: OurResources, sink: RecordSink): LivePorts {
  return {
    ...requestCalls(ours.requests),
    async forget({ metadata: { name, uid } }) {
      // Its decisions name it as their owner and are collected behind it.
      await orUndefined(ours.requests.delete(name, { preconditions: { uid } }), isOvertaken);
    },
    async mayApprove(user, policy) {
      const { username, uid = '', groups } = user;
      const question = {
        user: username,
        uid,
        groups,
        verb: 'approve',
        group: GROUP,
        resource: RESOURCES.policies,
      };
      return (await subjectAccessReview(client, { ...question, name: policy })).allowed;
    },
    async policyDigest({ name, uid }) {
      const policy = await orUndefined(ours.policies.get(name), isNotFound);
      return policy?.metadata.uid === uid ? policyDigest(policy.spec) : undefined;
    },
    async publish(request, entry, index) {
      const [line] = recordLines(request, index);
      if (line) await sink.write(recordJson(line));
      await publishEvent(client, request, { entry, index }, sink);
    },
  };
}

async function publishEvent(
  client: KubeClient,
  request: ApprovalRequest,
  { entry, index }: { readonly entry: OutboxEntry; readonly index: number },
  sink: RecordSink,
): Promise<void> {
  const { reason, type, message } = eventWords(entry);
  const { name, uid } = request.metadata;
  const regarding = { apiVersion: API_VERSION, kind: 'ApprovalRequest', name, uid };
  try {
    const draft = {
      regarding,
      type,
      reason,
      note: message,
      action: reason,
      controller: 'assent.dev/controller',
      // A line may be published twice, when the request moves on before that is written down.
      id: `${uid.slice(0, 8)}-${index + 1}`,
    };
    await createEvent(client, { ...draft, instance: sink.instance });
  } catch (error) {
    sink.eventFailed(error);
  }
}
