// Flux: what kustomize-controller sends (flux-controller.ts) as a ServiceAccount that it impersonates, row by row of
// gitops.md. One approval for each change; dry-runs, clean-up of metadata and loops in sync cost nothing.
import { expect } from 'vitest';
import { Kustomization } from './flux-controller.ts';
import { objectsOf, type Commit, type Kind } from './manifests.ts';
import {
  approve,
  commit,
  finds,
  firstIs,
  isMissing,
  namesItsRequest,
  personCreates,
  personPatches,
  playAll,
  Player,
  refuse,
  wasAsked,
  type Script,
  type Step,
} from './script.ts';
import { grant, startStage, type Stage } from './stage.ts';
import { Wire } from './wire.ts';

const ACCOUNT = { namespace: 'team', name: 'deployer' };
const USERNAME = 'system:serviceaccount:team:deployer';

class Flux extends Player {
  readonly wire = new Wire({
    plane: this.stage.assent.plane,
    who: this.stage.agent,
    userAgent: 'kustomize-controller/v1.9.5',
    impersonate: USERNAME,
  });
  kustomization = new Kustomization(this.wire);

  reconcile() {
    return this.watch(() => this.kustomization.reconcile(objectsOf(this.commit)));
  }
}
type FluxStep = Step<Flux>;

/** The controller has the right to impersonate ServiceAccounts and no other; the account has every right. */
async function start(): Promise<Stage> {
  const stage = await startStage(ACCOUNT);
  const { assent } = stage;
  const controller = { namespace: 'flux-system', name: 'kustomize-controller' };
  const { kubeconfig } = await assent.plane.serviceAccount(controller.namespace, controller.name);
  await assent.admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: 'impersonates-accounts' },
    rules: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['impersonate'] }],
  });
  await grant(assent, 'flux-impersonates', controller, 'impersonates-accounts');
  return { ...stage, agent: kubeconfig };
}

const ready: FluxStep = async (flux) => {
  const { ok, message } = await flux.reconcile();
  expect(message).toBe('');
  expect(ok).toBe(true);
};

/** Ready, and the gate was not called at all. */
const quiet: FluxStep = async (flux) => {
  await ready(flux);
  expect(flux.asked).toEqual({});
};

const held =
  (kind: Kind, words = 'Approval required'): FluxStep =>
  async (flux) => {
    const { ok, message } = await flux.reconcile();
    expect(ok, 'Ready').toBe(false);
    expect(message).toContain(`${kind}/${flux.commit.namespace}/`);
    expect(message).toContain(words);
  };

const withForce: FluxStep = (flux) => {
  flux.kustomization = new Kustomization(flux.wire, { force: true });
  return Promise.resolve();
};

const readWarning: FluxStep = (flux) => {
  expect(flux.wire.warned.join('\n')).toContain('dry-run only; the real change needs approval');
  return Promise.resolve();
};

/** Nothing was deleted, dry-runs included. */
const neverDeleted: FluxStep = (flux) => {
  expect(flux.wire.sent.filter((one) => one.includes('DELETE'))).toEqual([]);
  return Promise.resolve();
};

/** The person's kubectl applies what the branch says, and leaves its annotation and its fields. */
const personApplies =
  (kind: Kind): FluxStep =>
  async ({ stage, ...flux }) => {
    const manifest = objectsOf(flux.commit).find((one) => one.kind === kind);
    const { plane } = stage.assent;
    const input = JSON.stringify(manifest);
    const done = await plane.kubectl(plane.adminKubeconfig, ['apply', '-f', '-'], { input });
    expect(done.code, done.stderr).toBe(0);
  };

const hasNoUid: FluxStep = async (flux) => {
  const [request] = await flux.requests();
  expect(request?.spec.requester.username).toBe(USERNAME);
  expect(request?.spec.requester).not.toHaveProperty('uid');
  expect(request?.spec.requester.groups).toContain('system:serviceaccounts:team');
};

/** The account itself, with its own token and so with a uid, sends the held object. */
const accountSends =
  (kind: Kind): FluxStep =>
  async (flux) => {
    const { plane } = flux.stage.assent;
    const { kubeconfig } = await plane.serviceAccount(ACCOUNT.namespace, ACCOUNT.name);
    const wire = new Wire({ plane, who: kubeconfig, userAgent: 'kustomize-controller/v1.9.5' });
    const own = new Kustomization(wire);
    const outcome = await flux.watch(() => own.reconcile([flux.manifest(kind)]));
    expect(outcome.message).toBe('');
  };

const group = (name: string) => ({ subjects: expect.arrayContaining([expect.objectContaining({ name })]) });
const EDITED = { subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'intruders' }] };
const THREE: Partial<Commit> = { kinds: ['RoleBinding', 'ConfigMap', 'Deployment'] };

const SCRIPTS: readonly Script<Flux>[] = [
  {
    row: '3 dry-run admitted, real denied',
    what: 'what is sorted before the binding is applied, the rest waits; any number of tries is one request',
    steps: [
      held('RoleBinding'),
      wasAsked({ dryrun: 1, asked: 1, unconcerned: 2 }),
      readWarning,
      namesItsRequest,
      finds('ServiceAccount', {}),
      isMissing('RoleBinding', 'ConfigMap', 'Service', 'Deployment'),
      held('RoleBinding'),
      held('RoleBinding'),
      approve,
      ready,
      finds('Deployment', {}),
      quiet,
      quiet,
    ],
    requests: ['Admitted'],
  },
  {
    row: '2 identity',
    what: 'an impersonated account has no uid, and its approval fits the account itself, which has one',
    steps: [held('RoleBinding'), hasNoUid, approve, accountSends('RoleBinding'), ready],
    requests: ['Admitted'],
  },
  {
    row: '3 drift',
    what: 'taking over the fields of whoever edited costs nothing, the correction costs one approval',
    steps: [
      held('RoleBinding'),
      approve,
      ready,
      personPatches('RoleBinding', EDITED),
      held('RoleBinding'),
      wasAsked({ dryrun: 1, noop: 1, asked: 1 }),
      finds('RoleBinding', group('intruders')),
      approve,
      ready,
      quiet,
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: "3 a person's kubectl apply",
    what: 'removing its annotation and its managed fields is no change',
    steps: [
      held('RoleBinding'),
      approve,
      ready,
      personApplies('RoleBinding'),
      ready,
      wasAsked({ noop: 1 }),
      quiet,
    ],
    requests: ['Admitted'],
  },
  {
    row: '3 prune',
    what: 'all deletions are asked about in one run, what is left of the commit is applied before',
    namespace: 'prod',
    steps: [
      commit(THREE),
      held('RoleBinding'),
      approve,
      held('ConfigMap'),
      approve,
      held('Deployment'),
      approve,
      ready,
      commit({ kinds: ['ConfigMap'] }),
      held('Deployment', 'delete failed, errors:'),
      approve,
      approve,
      ready,
      commit(THREE),
      isMissing('RoleBinding', 'Deployment'),
      finds('ConfigMap', {}),
    ],
    requests: ['Admitted', 'Admitted', 'Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '1.8 three gated objects',
    what: 'are three requests one after another, and four rounds',
    namespace: 'prod',
    steps: [
      commit(THREE),
      held('RoleBinding'),
      wasAsked({ dryrun: 3, asked: 1 }),
      approve,
      held('ConfigMap'),
      approve,
      held('Deployment'),
      approve,
      ready,
      quiet,
    ],
    requests: ['Admitted', 'Admitted', 'Admitted'],
  },
  {
    row: '3 force, roleRef changed',
    what: 'the binding is gone between the approval of its deletion and that of its creation',
    steps: [
      withForce,
      held('RoleBinding'),
      approve,
      ready,
      commit({ role: 'edit' }),
      held('RoleBinding', 'immutable field detected, failed to delete object'),
      finds('RoleBinding', { roleRef: { name: 'view' } }),
      approve,
      held('RoleBinding'),
      isMissing('RoleBinding'),
      approve,
      ready,
      finds('RoleBinding', { roleRef: { name: 'edit' } }),
      quiet,
    ],
    requests: ['Admitted', 'Reserved', 'Admitted'],
  },
  {
    row: '3 roleRef changed, without force',
    what: 'the API server refuses it in the dry-run, so nobody is asked',
    steps: [
      held('RoleBinding'),
      approve,
      ready,
      commit({ role: 'edit' }),
      held('RoleBinding', 'dry-run failed (Invalid)'),
      finds('RoleBinding', { roleRef: { name: 'view' } }),
    ],
    requests: ['Admitted'],
  },
  {
    row: '3 new commit while one waits',
    what: 'the newer question takes the place of the older one',
    steps: [
      commit({ groups: ['a'] }),
      held('RoleBinding'),
      commit({ groups: ['b'] }),
      held('RoleBinding'),
      firstIs('Superseded'),
      approve,
      ready,
      finds('RoleBinding', group('b')),
      quiet,
    ],
    requests: ['Superseded', 'Admitted'],
  },
  {
    row: '3 revert to an older content',
    what: 'the way back is another change',
    steps: [
      held('RoleBinding'),
      approve,
      ready,
      commit({ groups: ['a'] }),
      held('RoleBinding'),
      approve,
      ready,
      commit({ groups: [] }),
      held('RoleBinding'),
      approve,
      ready,
      quiet,
    ],
    requests: ['Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '1.1 dry-run under a policy that never admits',
    what: 'the dry-run passes, so that the rest of the stage is tried',
    namespace: 'frozen',
    steps: [
      held('RoleBinding', 'Denied by policy'),
      finds('ServiceAccount', {}),
      held('RoleBinding', 'Denied by policy'),
    ],
    requests: [],
  },
  {
    row: '1.2 force, words',
    what: 'no summary, stated reason or reason of a person makes a refusal look like an immutable field',
    namespace: 'wordy',
    steps: [
      withForce,
      commit({
        name: 'immutable',
        kinds: ['RoleBinding'],
        annotations: { 'assent.dev/reason': 'the old one is immutable; an immutable field' },
      }),
      personCreates('RoleBinding'),
      commit({ groups: ['is immutable'] }),
      held('RoleBinding'),
      refuse('it is immutable, like any immutable field'),
      held('RoleBinding', 'Denied'),
      commit({ groups: ['an immutable field'] }),
      held('RoleBinding', 'Denied before'),
      neverDeleted,
    ],
    requests: ['Denied'],
  },
  {
    row: '1.2 force, names',
    what: 'a name that RBAC allows does not either; it cannot be shown to a person, so nobody can approve it',
    namespace: 'wordy',
    steps: [
      withForce,
      commit({ name: 'this is immutable field', account: 'default', kinds: ['RoleBinding'] }),
      held('RoleBinding', 'Cannot be approved'),
      personCreates('RoleBinding'),
      commit({ groups: ['a'] }),
      held('RoleBinding', 'Cannot be approved'),
      neverDeleted,
    ],
    requests: [],
  },
];

playAll(SCRIPTS, start, (stage, first, known) => new Flux(stage, first, known));
