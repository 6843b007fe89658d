// The stage of the bypass tests: a cluster with Assent, the sensible set of policies, and agents whom RBAC lets do
// everything, so that whatever holds them is said in the catalogue; one more agent has the role that the page advises.
import { expect } from 'vitest';
import type { ApprovalRequest } from '../../src/api/approval-request.ts';
import type { ControlPlaneOptions } from '../../tools/controlplane/start.ts';
import type { OperatorOptions } from '../../tools/operator/start.ts';
import { requestIn, startAssent, type Answer, type Assent } from '../controlplane/assent.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { APPROVAL, RBAC, type Cast, type Tried } from '../controlplane/main-path-story.ts';
import { grantEverything, writeApprover } from '../controlplane/people-stage.ts';
import { POLICIES } from './policies.ts';
import { AGENT_ROLE } from './role.ts';

/** Who takes part. Each is the path of a kubeconfig. */
export interface Stage extends Cast {
  /** `agents/careful-bot`: an agent with the advised role in the namespace `shop`, and nothing else. */
  readonly careful: string;
  /** `others/bot`: a cluster-admin that none of the policies names; a test writes its own for it. */
  readonly other: string;
  /** Owns the agents of the namespace `agents`; as an approver, and by her second account. */
  readonly olga: string;
  readonly olgaAdmin: string;
}

/** Starts everything and waits until every policy holds. */
export async function startStage(
  options: { readonly operator?: OperatorOptions; readonly cluster?: ControlPlaneOptions } = {},
): Promise<Stage> {
  const assent = await startAssent(options);
  const account = async (namespace: string, name: string) =>
    (await assent.plane.serviceAccount(namespace, name)).kubeconfig;
  const [agent, careful, other] = [
    await account('agents', 'deploy-bot'),
    await account('agents', 'careful-bot'),
    await account('others', 'bot'),
  ];
  await account('shop', 'app');
  await grantEverything(assent, ['agents/deploy-bot', 'others/bot']);
  await giveRole(assent);
  const stage = {
    assent,
    agent,
    careful,
    other,
    approver: await assent.approver('alice'),
    olga: await assent.approver('olga'),
    olgaAdmin: await assent.approver('olga-admin'),
  };
  await writeApprover(assent, 'alice', ['alice']);
  await writeApprover(assent, 'olga', ['olga', 'olga-admin']);
  await writePolicies(assent);
  await untilAsked(stage);
  return stage;
}

/** Writes the set. Asking policies get caps that a test file does not reach within a minute. */
async function writePolicies(assent: Assent): Promise<void> {
  for (const { name, spec } of POLICIES) {
    const asks = spec.action === undefined;
    const approval = asks ? { approval: { ...APPROVAL, ...spec.approval } } : {};
    await assent.admin('POST', '/apis/assent.dev/v1alpha1/approvalpolicies', {
      apiVersion: 'assent.dev/v1alpha1',
      kind: 'ApprovalPolicy',
      metadata: { name },
      spec: { ...spec, ...approval },
    });
  }
}

/**
 * Waits until the gate asks by the last policy of the set. It names everything for the same agents, so the registration
 * covers the others by then; and the gate has seen them, since it reads all policies in one order.
 */
async function untilAsked({ assent, agent }: Stage): Promise<void> {
  const probe = () => map({ assent, agent }, 'probe', '?dryRun=All');
  await assent.untilHeld(probe);
  expect((await probe()).warnings.join()).toContain(POLICIES.at(-1)?.name);
}

/** Creates a ConfigMap in the namespace `shop`. */
export const map = (
  { assent, agent }: Pick<Stage, 'assent' | 'agent'>,
  name: string,
  query = '',
): Promise<Answer> =>
  assent.send(agent, 'POST', `/api/v1/namespaces/shop/configmaps${query}`, {
    metadata: { name },
    data: { a: '1' },
  });

async function giveRole(assent: Assent): Promise<void> {
  await assent.admin('POST', `${RBAC}/clusterroles`, AGENT_ROLE);
  await assent.admin('POST', `${RBAC}/namespaces/shop/rolebindings`, {
    metadata: { name: 'careful-bot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: AGENT_ROLE.metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'careful-bot' }],
  });
}

/** The request that an answer names. */
export async function requestOf({ assent }: Stage, answer: Tried): Promise<ApprovalRequest> {
  const name = requestIn(answer.message);
  expect(name, `answered: ${answer.message}`).not.toBe('');
  return assent.request(name);
}

/** Alice approves what the answer asks for. @returns the approved request */
export async function approved(stage: Stage, answer: Tried): Promise<ApprovalRequest> {
  const { assent, approver } = stage;
  const { metadata } = await requestOf(stage, answer);
  const decision = await assent.decide(approver, metadata.name, 'Approve', 'wanted');
  expect(decision.status, `answered: ${decision.message}`).toBe(201);
  return assent.untilState(metadata.name, 'Approved');
}

/** Runs an attempt and fails the test if a request was opened meanwhile: nobody was asked. */
export async function unasked<T>({ assent }: Stage, attempt: () => Promise<T>): Promise<T> {
  const names = async () => (await assent.requests()).map((one) => one.metadata.name).toSorted();
  const before = await names();
  const answer = await attempt();
  expect(await names(), 'nobody was asked').toEqual(before);
  return answer;
}

/** Runs kubectl as the agent. A denial is 403, whatever the command makes of it: cordon even ends with code 0. */
export async function command(stage: Stage, args: readonly string[], input?: string): Promise<Tried> {
  const options = input === undefined ? {} : { input };
  const { code, stdout, stderr } = await stage.assent.plane.kubectl(stage.agent, args, options);
  const isDenied = stderr.includes('denied the request') || stderr.includes('(Forbidden)');
  return {
    status: isDenied ? 403 : code === 0 ? 200 : 500,
    message: isDenied || code !== 0 ? stderr : stdout,
    warnings: stderr.split('\n').filter((line) => line.startsWith('Warning:')),
  };
}

/** Installs kinds as the administrator, and waits until they can be written. */
export async function untilServed({ assent }: Stage, definitions: readonly Definition[]): Promise<void> {
  const crds = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  for (const one of definitions) await assent.admin('POST', crds, one);
  const isServed = async ({ spec: { group, names, versions } }: Definition): Promise<boolean> => {
    const apiVersion = `${group}/${versions[0]?.name ?? ''}`;
    const path = `/apis/${apiVersion}/namespaces/shop/${names.plural}?dryRun=All`;
    const probe = { apiVersion, kind: names.kind, metadata: { name: 'probe' } };
    return (await assent.send(assent.plane.adminKubeconfig, 'POST', path, probe)).status === 201;
  };
  // A new kind answers writes about 2 s after it was created (experiments 10).
  await waitFor(async () => (await Promise.all(definitions.map(isServed))).every(Boolean), {
    what: 'the kinds to be served',
  });
}

interface Definition {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly plural: string; readonly kind: string };
    readonly versions: readonly { readonly name: string }[];
  };
}
