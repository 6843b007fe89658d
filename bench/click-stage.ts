// The stage of the benchmark of clicks: a real API server, gate and controller as processes, a fake Slack in the time of this
// machine that keeps all its limits, a person whose account is linked, and agents that wait for the answer as
// `kubectl assent wait` does.
import type { ApprovalRequest } from '../src/api/approval-request.ts';
import { connectCli } from '../src/cli/api.ts';
import { linkThroughDialogs } from '../test/builders/slack-link.ts';
import { startSlackSide, type SlackSide, type Transport } from '../test/builders/slack-side.ts';
import type { Person, Place } from '../test/fake-slack/people/person.ts';
import { messageText } from '../test/fake-slack/view/screen.ts';
import { startControlPlane, type ControlPlane } from '../tools/controlplane/start.ts';
import { startOperator } from '../tools/operator/start.ts';
import { bareDefinition } from './bare-kinds.ts';
import { sendAs, until, type Send } from './calls.ts';

const OURS = '/apis/assent.dev/v1alpha1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const KINDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
/** What agents create. */
export const TARGETS = '/api/v1/namespaces/default/configmaps';
/** So many that none of them reaches a cap of requests in a minute. */
const AGENTS = ['agent-0', 'agent-1', 'agent-2', 'agent-3'];
const WAIT_MS = 20_000;
const MOST_TRIES = 500;
const LOOK_MS = 10;
/** What somebody reads who clicks before Assent knows that its message arrived. */
const EARLY = '(not-noted)';

const POLICY = {
  apiVersion: 'assent.dev/v1alpha1',
  kind: 'ApprovalPolicy',
  metadata: { name: 'bench' },
  spec: {
    agents: [{ serviceAccount: 'bench/*' }],
    match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
    approval: { limits: { pending: 100, newPerMinute: 60 } },
  },
};

/** A change that waits. */
export interface Held {
  /** Name of the request. */
  readonly request: string;
  /** Resolves when the agent sees that it is approved. @throws Error when it sees another answer, or none */
  readonly approved: Promise<void>;
  /** Sends the change again, at once, until it is admitted. @returns how often */
  readonly retry: () => Promise<number>;
}

/** The stage. */
export interface ClickStage {
  readonly admin: Send;
  /** An agent asks for a new object, and waits for the answer. */
  readonly held: (object: string) => Promise<Held>;
  readonly request: (name: string) => Promise<ApprovalRequest>;
  /** The message about a request, once Assent has noted it. */
  readonly card: (request: string) => Promise<Place>;
  /** The person confirms Approve. False: so early that Assent asks to click again. @throws Error on any other refusal */
  readonly click: (place: Place) => Promise<boolean>;
  /** The same person approves with their own kubeconfig, as `kubectl assent approve` does. */
  readonly decide: (request: string) => Promise<true>;
  readonly stop: () => Promise<void>;
}

/** Starts it. */
export async function startClickStage(transport: Transport): Promise<ClickStage> {
  const ends: (() => Promise<void>)[] = [];
  const stop = async (): Promise<void> => {
    for (let end = ends.pop(); end; end = ends.pop()) await end();
  };
  try {
    const side = await startSlackSide(transport);
    ends.push(() => side.stop());
    const plane = await startControlPlane({ name: `bench-${transport}` });
    ends.push(() => plane.stop());
    const operator = await startOperator(plane, { gates: 1, controllers: 1, env: side.env });
    ends.push(() => operator.stop());
    await side.listening();
    const asks = await startAgents(plane, ends);
    return { ...(await setUp(plane, side, asks)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Asks = (object: string) => Promise<Held>;

/** Agents take turns. */
async function startAgents(plane: ControlPlane, ends: (() => Promise<void>)[]): Promise<Asks> {
  const agents: Asks[] = [];
  for (const name of AGENTS) {
    const { token, kubeconfig } = await plane.serviceAccount('bench', name);
    const cli = await connectCli({ kubeconfig, context: undefined });
    ends.push(() => cli.close());
    agents.push((object) => asked(plane, token, cli, object));
  }
  let turn = 0;
  return (object) => {
    const agent = agents[(turn += 1) % agents.length];
    if (!agent) throw new Error('there is no agent');
    return agent(object);
  };
}

async function asked(
  plane: ControlPlane,
  token: string,
  cli: Awaited<ReturnType<typeof connectCli>>,
  object: string,
): Promise<Held> {
  const body = { metadata: { name: object }, data: { text: 'x'.repeat(500) } };
  const send = () => plane.raw(token, 'POST', TARGETS, { body });
  const { json, text } = await send();
  const request = /^\s+request:\s+(\S+)/m.exec((json as { message?: string }).message ?? '')?.[1];
  if (request === undefined) throw new Error(`${object} is not held: ${text}`);
  const looked = Promise.withResolvers<void>();
  const isOver = ({ status }: ApprovalRequest): boolean => {
    looked.resolve();
    return (status?.state ?? 'Pending') !== 'Pending';
  };
  const approval = async (): Promise<void> => {
    const state = (await cli.waitFor(request, isOver, WAIT_MS))?.status?.state;
    if (state !== 'Approved') throw new Error(`${request} is ${state ?? 'Pending'}`);
  };
  const approved = approval();
  // Whoever measures hears of it; until then it is nobody's.
  approved.catch(() => undefined);
  await Promise.race([looked.promise, approved]);
  return {
    request,
    approved,
    async retry() {
      for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
        const answer = await send();
        if (answer.status === 201) return tries;
        if (answer.status !== 403) throw new Error(`${object}: ${answer.status} ${answer.text}`);
      }
      throw new Error(`${object} was never admitted`);
    },
  };
}

async function setUp(plane: ControlPlane, side: SlackSide, held: Asks): Promise<Omit<ClickStage, 'stop'>> {
  const admin = sendAs(plane, plane.adminKubeconfig);
  const { kubeconfig } = await plane.user('alice');
  const alice = sendAs(plane, kubeconfig);
  await grant(admin);
  await admin('POST', KINDS, 201, bareDefinition('same schema'));
  await admin('POST', KINDS, 201, bareDefinition('no schema'));
  await admin('POST', `${OURS}/approvalpolicies`, 201, POLICY);
  const { request } = await until('the policy', () => held('first'));
  const read = async (name: string): Promise<ApprovalRequest> =>
    (await admin('GET', `${OURS}/approvalrequests/${name}`, 200)) as ApprovalRequest;
  const card = (name: string): Promise<Place> =>
    until(
      `a card about ${name}`,
      async () => {
        const note = (await read(name)).status?.notifications?.find(({ form }) => form === 'card');
        if (note?.handle === undefined) throw new Error('there is none');
        return { channel: note.place, ts: note.handle };
      },
      LOOK_MS,
    );
  const person = side.person('alice');
  await linkThroughDialogs(person, await card(request), {
    create: async (body) => void (await alice('POST', `${OURS}/identitylinks`, 201, body)),
    soon: (what, look) =>
      until(what, async () => {
        if (!(await look())) throw new Error('not yet');
      }),
  });
  return {
    admin,
    held,
    request: read,
    card,
    click: (place) => clicked(side, person, place),
    async decide(name) {
      await alice('POST', `${OURS}/approvaldecisions`, 201, {
        apiVersion: 'assent.dev/v1alpha1',
        kind: 'ApprovalDecision',
        metadata: { generateName: `approve-${name}-` },
        spec: { request: name, verdict: 'Approve' },
      });
      return true;
    },
  };
}

async function clicked({ slack }: SlackSide, person: Person, place: Place): Promise<boolean> {
  const before = slack.ephemerals(person.user.id).length;
  const { acknowledged } = await person.click(place, 'Approve');
  if (!acknowledged) throw new Error('nobody answered the click');
  const said = slack.ephemerals(person.user.id).slice(before);
  const words = said.map((message) => messageText(slack.world, message)).join();
  if (words !== '' && !words.includes(EARLY)) throw new Error(`the click came to nothing: ${words}`);
  return words === '';
}

/** Agents do everything, the person approves under the policy. */
async function grant(admin: Send): Promise<void> {
  const agents = AGENTS.map((name) => ({ kind: 'ServiceAccount', name, namespace: 'bench' }));
  const alice = [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }];
  await admin('POST', `${RBAC}/clusterroles`, 201, {
    metadata: { name: 'bench-approve' },
    rules: [{ apiGroups: ['assent.dev'], resources: ['approvalpolicies'], verbs: ['approve'] }],
  });
  const bindings = [
    ['cluster-admin', agents],
    ['assent-approver', alice],
    ['bench-approve', alice],
  ] as const;
  for (const [name, subjects] of bindings) {
    await admin('POST', `${RBAC}/clusterrolebindings`, 201, {
      metadata: { name: `bench-${name}` },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name },
      subjects,
    });
  }
}
