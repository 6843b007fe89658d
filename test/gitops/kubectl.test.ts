// The real kubectl, row by row of gitops.md section 5: each command as an agent runs it, one approval for each change.
import { expect } from 'vitest';
import { KUBERNETES_VERSION, minorOf } from '../../tools/controlplane/version.ts';
import { waitFor } from '../controlplane/cluster.ts';
import { done, ends, held, Kubectl, quiet, said, type Args, type KubectlStep } from './kubectl-player.ts';
import type { Kind } from './manifests.ts';
import {
  approve,
  commit,
  finds,
  firstIs,
  isMissing,
  personCreates,
  playAll,
  wasAsked,
  type Script,
} from './script.ts';
import { startSlowWebhook, type SlowWebhook } from './slow-webhook.ts';
import { since, startStage, tallyOf, type Stage } from './stage.ts';

const ACCOUNT = { namespace: 'agents', name: 'deploy-bot' };
const AGENT = 'system:serviceaccount:agents:deploy-bot';

let sibling: SlowWebhook | undefined;
async function start(): Promise<Stage> {
  const stage = await startStage(ACCOUNT);
  sibling = await startSlowWebhook(stage.assent, {
    username: AGENT,
    apiGroups: ['apps', ''],
    resources: ['deployments', 'configmaps'],
  });
  return { ...stage, assent: { ...stage.assent, stop: () => stopAll(stage) } };
}
async function stopAll(stage: Stage): Promise<void> {
  sibling?.stop();
  await stage.assent.stop();
}

/** Somebody else writes to the object while the API server waits for its webhooks: the request loses its race. */
const whileHeld =
  (args: Args, meddle: KubectlStep, end: KubectlStep): KubectlStep =>
  async (player) => {
    const words = await args(player);
    const before = await tallyOf(player.stage.assent);
    sibling?.holdNext();
    const running = player.watch(() => player.run(...words));
    await sibling?.untilHolding();
    const answered = async () => since(before, await tallyOf(player.stage.assent))['reserved'] === 1;
    await waitFor(answered, { what: 'the gate to admit the first review' });
    await meddle(player);
    sibling?.release();
    await running;
    await end(player);
  };

const succeeded: KubectlStep = (player) => {
  expect(player.code, player.last.message).toBe(0);
  return Promise.resolve();
};
const refusedAgain: KubectlStep = (player) => {
  expect(player.last.message).toContain('Approval required');
  return Promise.resolve();
};

/** What the deployment controller does all the time. */
const statusIsWritten: KubectlStep = async (player) => {
  const { namespace, name } = player.commit;
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${name}/status`;
  const body = { status: { observedGeneration: 1, replicas: 2 } };
  await player.stage.assent.admin('PATCH', path, body, 'application/merge-patch+json');
};

/** Somebody else makes the object first, with another content. */
const greenIsCreated: KubectlStep = async (player) => {
  await commit({ colour: 'green' })(player);
  await personCreates('ConfigMap')(player);
};

/** The approval was used once, however many reviews it admitted. */
const usedOnce: KubectlStep = async (player) => {
  const [request] = await player.requests();
  expect(request?.status?.reservation?.times).toBe(1);
};

/** The agent finds its request without having read the message. */
const listsItsRequest: KubectlStep = async (player) => {
  const [request] = await player.requests();
  const outcome = await player.run('get', 'apr', '-o', 'name');
  expect(outcome.ok, outcome.message).toBe(true);
  expect(player.stdout).toContain(`approvalrequest.assent.dev/${request?.metadata.name}`);
};

/** restartedAt is a time in seconds: two restarts differ when they are a second apart. */
const secondPasses: KubectlStep = async () => {
  const now = () => Math.floor(Date.now() / 1_000);
  const before = now();
  await waitFor(() => now() > before, { what: 'the next second' });
};

const about = (kind: Kind): Partial<Kubectl['commit']> => ({ kinds: [kind] });
const name = (kubectl: Kubectl): string => kubectl.commit.name;
const apply: Args = () => ['apply', '-f', '-'];
const applyFolder: Args = async (kubectl) => ['apply', '-k', await kubectl.folder()];
const applyOnServer: Args = () => ['apply', '--server-side', '-f', '-'];
const applyByForce: Args = () => ['apply', '--server-side', '--force-conflicts', '-f', '-'];
const scale: Args = (kubectl) => ['scale', `deployment/${name(kubectl)}`, '--replicas=5'];
const restart: Args = (kubectl) => ['rollout', 'restart', `deployment/${name(kubectl)}`];
const setImage: Args = (kubectl) => ['set', 'image', `deployment/${name(kubectl)}`, 'app=app:2'];
const reconcile: Args = () => ['auth', 'reconcile', '-f', '-'];
const remove: Args = (kubectl) => ['delete', 'rolebinding', name(kubectl)];
const dryRunWarning = /Warning: assent: dry-run only; the real change needs approval/;

const SCRIPTS: readonly Script<Kubectl>[] = [
  {
    // First, since the cap counts what other scripts leave pending.
    row: 'kinds.md, limits',
    what: 'an apply with more gated objects than requests may wait asks for the rest once some are decided',
    namespace: 'small',
    steps: [
      held(apply, 2),
      said(/Too many pending requests/),
      approve,
      approve,
      held(apply),
      approve,
      done(apply),
      quiet(apply),
    ],
    requests: ['Admitted', 'Admitted', 'Admitted'],
  },
  {
    row: '5 apply -k',
    what: 'everything that is denied is asked in one run; after the approvals the same command ends, then it is quiet',
    namespace: 'prod',
    steps: [
      held(applyFolder, 3),
      finds('Service', {}),
      isMissing('RoleBinding', 'ConfigMap', 'Deployment'),
      approve,
      approve,
      approve,
      done(applyFolder),
      wasAsked({ reserved: 3 }),
      quiet(applyFolder),
    ],
    requests: ['Admitted', 'Admitted', 'Admitted'],
  },
  {
    row: '1.3 server-side apply',
    what: 'sends every object every time, and what changes nothing never reaches the gate',
    namespace: 'prod',
    steps: [
      commit({ kinds: ['Deployment', 'Service'] }),
      held(applyOnServer),
      approve,
      done(applyOnServer),
      quiet(applyOnServer),
      commit({ tag: '2' }),
      held(applyOnServer),
      approve,
      done(applyOnServer),
      quiet(applyOnServer),
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '5 diff',
    what: 'works, warns, and opens nothing',
    steps: [ends(1, () => ['diff', '-f', '-'], dryRunWarning, /\+kind: RoleBinding/)],
    requests: [],
  },
  {
    row: '5 apply --dry-run=server',
    what: 'works, warns, and opens nothing',
    steps: [
      ends(0, () => ['apply', '--dry-run=server', '-f', '-'], dryRunWarning),
      wasAsked({ dryrun: 1, unconcerned: 2 }),
      isMissing('RoleBinding', 'ConfigMap'),
    ],
    requests: [],
  },
  {
    row: '5 client-side and server-side apply of one change',
    what: 'differ by the last-applied annotation and are one request',
    steps: [
      commit(about('RoleBinding')),
      held(applyOnServer),
      held(apply),
      approve,
      done(apply),
      quiet(apply),
    ],
    requests: ['Admitted'],
  },
  {
    row: '1.5 from client-side to server-side apply',
    what: 'kubectl moves the fields to another manager and keeps its annotation: no change',
    steps: [
      commit(about('RoleBinding')),
      held(apply),
      approve,
      done(apply),
      done(applyOnServer),
      wasAsked({ noop: 4 }),
      commit({ groups: ['a'] }),
      held(applyOnServer),
      approve,
      done(applyOnServer),
      quiet(applyOnServer),
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '5 scale',
    what: 'is a review of deployments/scale',
    namespace: 'prod',
    steps: [
      personCreates('Deployment'),
      held(scale),
      approve,
      done(scale),
      finds('Deployment', { spec: { replicas: 5 } }),
      quiet(scale),
    ],
    requests: ['Reserved'],
  },
  {
    row: '5 rollout restart twice',
    what: 'the time of the attempt is not part of the question, yet each restart is a change',
    namespace: 'prod',
    steps: [
      personCreates('Deployment'),
      held(restart),
      secondPasses,
      held(restart),
      approve,
      secondPasses,
      done(restart),
      secondPasses,
      held(restart),
    ],
    requests: ['Reserved', 'Pending'],
  },
  {
    row: '5 auth reconcile, binding denied',
    what: 'kubectl loses the message (kubernetes#140338), the request can be found without it',
    steps: [
      commit(about('RoleBinding')),
      // kubectl 1.34 says it as it is.
      minorOf(KUBERNETES_VERSION) === '1.34'
        ? held(reconcile)
        : ends(2, reconcile, /nil pointer dereference/),
      listsItsRequest,
      approve,
      done(reconcile),
      quiet(reconcile),
      done(apply),
      wasAsked({ noop: 1 }),
      quiet(apply),
    ],
    requests: ['Admitted'],
  },
  {
    row: '1.6 set image against another writer',
    what: 'one PATCH, two reviews, one approval',
    namespace: 'prod',
    steps: [
      personCreates('Deployment'),
      held(setImage),
      approve,
      whileHeld(setImage, statusIsWritten, succeeded),
      wasAsked({ reserved: 2 }),
      usedOnce,
      finds('Deployment', { spec: { template: { spec: { containers: [{ image: 'app:2' }] } } } }),
      quiet(setImage),
    ],
    requests: ['Reserved'],
  },
  {
    row: '1.6 apply --server-side against another writer',
    what: 'the same for the server-side apply of a whole manifest',
    namespace: 'prod',
    steps: [
      commit(about('Deployment')),
      personCreates('Deployment'),
      commit({ tag: '2' }),
      held(() => ['apply', '--server-side', '--force-conflicts', '-f', '-']),
      approve,
      whileHeld(() => ['apply', '--server-side', '--force-conflicts', '-f', '-'], statusIsWritten, succeeded),
      wasAsked({ reserved: 2 }),
      usedOnce,
    ],
    requests: ['Reserved'],
  },
  {
    row: 'DESIGN 5, apply that turns from create to update',
    what: 'is refused, since what was approved is that the object is made',
    namespace: 'prod',
    steps: [
      commit(about('ConfigMap')),
      held(applyByForce),
      approve,
      whileHeld(applyByForce, greenIsCreated, refusedAgain),
      finds('ConfigMap', { data: { colour: 'green' } }),
    ],
    requests: ['Admitted', 'Pending'],
  },
  {
    row: '3 new commit while one waits, with kubectl',
    what: 'the newer question takes the place of the older one',
    namespace: 'prod',
    steps: [
      commit(about('ConfigMap')),
      personCreates('ConfigMap'),
      commit({ colour: 'green' }),
      held(apply),
      commit({ colour: 'blue' }),
      held(apply),
      firstIs('Superseded'),
      approve,
      done(apply),
      quiet(apply),
    ],
    requests: ['Superseded', 'Reserved'],
  },
  {
    row: '6 prune, with kubectl',
    what: 'the deletion of one object is one request',
    steps: [
      commit(about('RoleBinding')),
      personCreates('RoleBinding'),
      held(remove),
      held(remove),
      approve,
      done(remove),
      isMissing('RoleBinding'),
    ],
    requests: ['Reserved'],
  },
];

playAll(SCRIPTS, start, (stage, first, known) => new Kubectl(stage, first, known));
