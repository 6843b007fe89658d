// The story of access for a time: asked for, approved while somebody's Role is in the way, granted, edited by hand and put back,
// taken back, gone; and the moves of which it is made, for other stories of access.
import { randomUUID } from 'node:crypto';
import type { EndedWhy } from '../../src/api/access.ts';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import { CEILING } from '../../src/api/installation.ts';
import { grantName } from '../../src/domain/grant/objects.ts';
import { applied, as, decided, isOut, whole, type Request } from './kills-steps.ts';
import type { Play, Story } from './kills-world.ts';
import { OURS, type Reply } from './races-cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const IN_DEFAULT = `${RBAC}/namespaces/default`;
const REQUESTS = `${OURS}/approvalrequests`;
const ROLE = 'kills-map-deleter';
const CONTROLLER = ['controller'] as const;
const RULES = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['delete'] }];
const POLICY = `${OURS}/approvalpolicies/kills-access`;
const policy = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'kills-access' },
  spec: {
    agents: [{ serviceAccount: 'agents/asker' }],
    match: { rules: [{ apiGroups: ['apps'], resources: ['statefulsets'], operations: ['DELETE'] }] },
    access: [{ role: ROLE, namespaces: ['default'] }],
  },
};

/** The ceiling holds what the policy offers, and the policy is there. */
export async function offered(play: Play): Promise<void> {
  const admin = as(play, 'admin');
  await admin('POST', `${RBAC}/clusterroles`, { metadata: { name: ROLE }, rules: RULES });
  await admin('PATCH', `${RBAC}/clusterroles/${CEILING}`, { rules: RULES }, 'application/merge-patch+json');
  await admin('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'kills-asker' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'assent-agent' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'asker' }],
  });
  await play.step({
    what: 'the policy offers access',
    needs: ['gate'],
    take: () =>
      admin('PATCH', `${POLICY}?fieldManager=test&force=true`, policy, 'application/apply-patch+yaml'),
    isDone: ({ status }) => status === 200 || status === 201,
  });
}

/** The agent asks. @param over how long, and whether once @returns the request as it is stored */
export async function askedFor(play: Play, over: object = {}): Promise<ApprovalRequest> {
  const { cluster } = play.world;
  const { kubeconfig: who } = await cluster.plane.serviceAccount('agents', 'asker');
  const rules = [{ ...RULES[0]!, resourceNames: [`map-${randomUUID().slice(0, 8)}`] }];
  const spec = { access: { rules, namespaces: ['default'], seconds: 600, once: false, ...over } };
  const metadata = { generateName: 'ask-' };
  const body = { apiVersion: 'assent.dev/v1alpha1', kind: 'ApprovalRequest', metadata, spec };
  const answer = await play.step({
    what: 'the agent asks',
    // The policy has to be Ready first.
    needs: ['gate', 'controller'],
    take: () => cluster.send({ who, method: 'POST', path: REQUESTS, body }),
    // A gate that was killed behind the write: it is asked already.
    isDone: (reply) => reply.status === 201 || askedAs(reply) !== undefined,
  });
  const made = answer.json as Partial<ApprovalRequest>;
  const name = made.metadata?.name ?? askedAs(answer);
  return (await as(play, 'admin')('GET', `${REQUESTS}/${name}`)).json as ApprovalRequest;
}

/** Under which name it was asked for already. */
const askedAs = ({ message }: Reply): string | undefined => /\bapr\/(ask-\S+)/.exec(message)?.[1];

/** Waits until the status of a request is so. */
export async function untilSo(
  play: Play,
  { metadata: { name } }: ApprovalRequest,
  what: string,
  isSo: (status: NonNullable<ApprovalRequest['status']>) => boolean,
): Promise<void> {
  await play.step({
    what,
    needs: CONTROLLER,
    take: () => as(play, 'admin')('GET', `${REQUESTS}/${name}`),
    isDone({ json }) {
      const { status } = json as ApprovalRequest;
      return status !== undefined && isSo(status);
    },
  });
}

/** Paths of the Role and the binding of a request. */
export const objectsOf = ({ metadata }: ApprovalRequest): readonly [role: string, binding: string] => {
  const grant = grantName(metadata.uid);
  return [`${IN_DEFAULT}/roles/${grant}`, `${IN_DEFAULT}/rolebindings/${grant}`];
};

/** From the ask to the proof that the access is gone. */
export const access: Story = async (play) => {
  await applied(play);
  const admin = as(play, 'admin');
  await offered(play);
  const request = await askedFor(play);
  const { metadata } = request;
  const [role, binding] = objectsOf(request);
  await admin('POST', `${IN_DEFAULT}/roles`, {
    metadata: { name: grantName(metadata.uid) },
    rules: [{ ...RULES[0], verbs: ['*'] }],
  });
  await decided(play, metadata.name, 'Approve');
  const about = `fieldSelector=involvedObject.name=${metadata.name}`;
  await play.step({
    what: 'people are told of the Role in the way',
    needs: CONTROLLER,
    take: () => admin('GET', `/api/v1/namespaces/default/events?${about}`),
    isDone: ({ json }) => JSON.stringify(json).includes('GrantBlocked'),
  });
  if ((await admin('GET', binding)).status !== 404) throw new Error('the Role of somebody else is bound');
  await admin('DELETE', role);
  await untilSo(play, request, 'the access is granted', ({ grant }) => grant?.createdAt !== undefined);
  await used(play, request);
  const subjects = [{ kind: 'ServiceAccount', namespace: 'agents', name: 'another' }];
  await admin('PATCH', binding, { subjects }, 'application/merge-patch+json');
  await play.step({
    what: 'the binding is put back',
    needs: CONTROLLER,
    take: () => admin('GET', binding),
    isDone: ({ json }) => JSON.stringify((json as { subjects?: unknown }).subjects ?? '').includes('"asker"'),
  });
  await decided(play, metadata.name, 'Revoke');
  await gone(play, request, 'Revoked');
  must(await admin('DELETE', POLICY), 200, 'the policy stays');
  await whole(play);
};

/** The access is over, the API server was asked, nothing of it is left, and all of it is in the record. */
export async function gone(play: Play, request: ApprovalRequest, why: EndedWhy): Promise<void> {
  const isGone = (status: NonNullable<ApprovalRequest['status']>): boolean =>
    status.state === 'Ended' &&
    status.grant?.endedWhy === why &&
    status.grant.goneAt !== undefined &&
    isOut(play, status as NonNullable<Request['status']>);
  await untilSo(play, request, 'the access is gone, and all of it is in the record', isGone);
  for (const path of objectsOf(request)) must(await as(play, 'admin')('GET', path), 404, `${path} is left`);
}

/** The agent makes a change under its grant. */
export async function used(play: Play, { metadata, spec }: ApprovalRequest): Promise<void> {
  const admin = as(play, 'admin');
  const { cluster } = play.world;
  const { kubeconfig: who } = await cluster.plane.serviceAccount('agents', 'asker');
  const maps = '/api/v1/namespaces/default/configmaps';
  const [name] = spec.access?.rules[0]?.resourceNames ?? [];
  await play.step({
    what: 'the access is used',
    needs: ['gate'],
    async take() {
      await admin('POST', maps, { metadata: { name } });
      await cluster.send({ who, method: 'DELETE', path: `${maps}/${name}` });
      return admin('GET', `${REQUESTS}/${metadata.name}`);
    },
    isDone: ({ json }) => (json as ApprovalRequest).status?.grant?.usedAt !== undefined,
  });
}

function must({ status, message }: Reply, wanted: number, what: string): void {
  if (status !== wanted) throw new Error(`${what}: ${status} ${message}`);
}
