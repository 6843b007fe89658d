// Steps that the stories of kills share: policies and objects as they begin, a change that is held and decided, and how to tell
// that the record is whole.
import { OURS, requestIn, type Reply } from './races-cluster.ts';
import type { Play, Step } from './kills-world.ts';

export const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';
export const SECRETS = '/api/v1/namespaces/assent-system/secrets';
export const BOTH = ['gate', 'controller'] as const;

export const deployment = {
  metadata: { name: 'api' },
  spec: {
    selector: { matchLabels: { app: 'api' } },
    template: {
      metadata: { labels: { app: 'api' } },
      spec: { containers: [{ name: 'api', image: 'api:1' }] },
    },
  },
};

const policy = (risk: string) => ({
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'workloads' },
  spec: {
    risk,
    agents: [{ serviceAccount: 'agents/deploy-bot' }],
    match: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['DELETE'] }] },
  },
});

export interface Request {
  readonly status?: {
    readonly state?: string;
    readonly attempts?: number;
    readonly recorded?: number;
    readonly outbox?: readonly { readonly id: string }[];
    readonly decisions?: readonly unknown[];
  };
}

export const as =
  ({ world }: Play, who: 'admin' | 'agent' | 'alice') =>
  (method: string, path: string, body?: unknown, contentType?: string): Promise<Reply> =>
    world.cluster.send({
      who: who === 'admin' ? world.cluster.plane.adminKubeconfig : world[who],
      method,
      path,
      body,
      ...(contentType === undefined ? {} : { contentType }),
    });

/** The policy is applied, and the controller says that it holds. Without a gate no policy is admitted. */
export async function applied(play: Play, risk = 'Medium'): Promise<void> {
  const admin = as(play, 'admin');
  const apply = `${OURS}/approvalpolicies/workloads?fieldManager=test&force=true`;
  let generation = -1;
  await play.step({
    what: 'the policy is applied',
    needs: ['gate'],
    take: () => admin('PATCH', apply, policy(risk), 'application/apply-patch+yaml'),
    isDone(reply) {
      generation = (reply.json as { metadata?: { generation?: number } }).metadata?.generation ?? -1;
      return reply.status === 200 || reply.status === 201;
    },
  });
  await play.step({
    what: 'the policy is Ready',
    needs: ['controller'],
    take: () => admin('GET', `${OURS}/approvalpolicies/workloads`),
    isDone(reply) {
      const { status } = reply.json as { status?: { conditions?: Record<string, unknown>[] } };
      const ready = status?.conditions?.find((one) => one['type'] === 'Ready');
      return ready?.['status'] === 'True' && ready['observedGeneration'] === generation;
    },
  });
}

/** The gate is asked: a dry-run is answered with a warning. */
export async function asked(play: Play): Promise<void> {
  const agent = as(play, 'agent');
  await play.step({
    what: 'the object is there',
    needs: [],
    take: () => as(play, 'admin')('POST', DEPLOYMENTS, deployment),
    isDone: ({ status }) => status === 201 || status === 409,
  });
  await play.step({
    what: 'the gate is asked',
    needs: BOTH,
    take: () => agent('DELETE', `${DEPLOYMENTS}/api?dryRun=All`),
    isDone: ({ warnings }) => warnings.some((text) => text.includes('dry-run only')),
  });
}

/** The change is held. @returns the name of its request */
export async function held(play: Play, isIt: (name: string) => boolean = () => true): Promise<string> {
  const step: Step = {
    what: 'the change is held',
    needs: ['gate'],
    take: () => as(play, 'agent')('DELETE', `${DEPLOYMENTS}/api`),
    isDone: ({ status, message }) => status === 403 && requestIn(message) !== '' && isIt(requestIn(message)),
  };
  return requestIn((await play.step(step)).message);
}

export async function decided(
  play: Play,
  request: string,
  verdict: 'Approve' | 'Deny' | 'Revoke',
): Promise<void> {
  const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalDecision' };
  const decision = { ...body, metadata: { generateName: 'kills-' }, spec: { request, verdict } };
  await play.step({
    what: 'the person decides',
    needs: ['gate'],
    take: () => as(play, 'alice')('POST', `${OURS}/approvaldecisions`, decision),
    isDone: ({ status, message }) => status === 201 || message.includes('(already-'),
  });
}

/**
 * The request is in a state, everything of it is in the record, and its denied attempts are counted while they can be: a
 * gate that is killed takes the counts of its last seconds with it. Only a finished request soon says so itself.
 */
export async function settled(play: Play, request: string, state: string): Promise<void> {
  await play.step({
    what: `${request} is ${state} and recorded`,
    needs: ['controller'],
    take: () => as(play, 'admin')('GET', `${OURS}/approvalrequests/${request}`),
    isDone({ json }) {
      const { status } = json as Request;
      const isTold =
        state === 'Denied' ? status?.recorded === status?.outbox?.length : isCounted(play, status);
      return status?.state === state && isOut(play, status) && isTold;
    },
  });
}

/** Denied attempts are counted, unless a gate took its counts with it. */
const isCounted = ({ keeper }: Play, status: Request['status']): boolean =>
  (status?.attempts ?? 0) > 0 || keeper.deaths.some(({ part }) => part === 'gate');

/** Every line of the record of a request was written out. */
export function isOut({ keeper }: Play, { outbox = [] }: NonNullable<Request['status']>): boolean {
  const record = keeper.record();
  return outbox.length > 0 && outbox.every(({ id }) => record.includes(`"id":${JSON.stringify(id)}`));
}

/** Both parts do their work. */
export async function whole(play: Play): Promise<void> {
  await applied(play, 'Low');
  await asked(play);
}
