// Helm 3 and 4: what they send for a release (helm-client.ts), row by row of gitops.md section 4. One approval for each
// change, however often a release is tried; its own Secrets, unchanged objects and ways back without a change cost none.
import { expect } from 'vitest';
import { Release, type Flavour, type HelmRelease } from './helm-client.ts';
import { objectsOf, type Commit } from './manifests.ts';
import {
  approve,
  commit,
  finds,
  isMissing,
  playAll,
  Player,
  wasAsked,
  type Script,
  type Step,
} from './script.ts';
import { RealRelease, realHelms } from './real-helm.ts';
import { startStage, type Stage } from './stage.ts';
import { Wire } from './wire.ts';

const ACCOUNT = { namespace: 'agents', name: 'deploy-bot' };

class Helm extends Player {
  readonly release: HelmRelease;

  constructor(stage: Stage, first: Commit, known: ReadonlySet<string>, flavour: Flavour) {
    super(stage, first, known);
    const { plane } = stage.assent;
    const programs = realHelms();
    const userAgent = flavour === 'Helm 4' ? 'Helm/4.3.1' : 'Helm/3.22.0';
    const wire = new Wire({ plane, who: stage.agent, userAgent });
    this.release =
      programs === undefined
        ? new Release(wire, flavour, first)
        : new RealRelease({ programs, kubeconfig: stage.agent, folder: plane.runDir }, flavour, first);
  }
}
type HelmStep = Step<Helm>;
type Run = (helm: Helm) => ReturnType<HelmRelease['deploy']>;

const deploy: Run = (helm) => helm.release.deploy(objectsOf(helm.commit));
/** With `--rollback-on-failure`; Helm 3 calls it `--atomic`. */
const deployAtomic: Run = (helm) => helm.release.deploy(objectsOf(helm.commit), { atomic: true });
const uninstall: Run = (helm) => helm.release.uninstall();
const rollbackTo =
  (version: number): Run =>
  (helm) =>
    helm.release.rollback(version);

/** Ends with code 0. */
const done =
  (run: Run): HelmStep =>
  async (helm) => {
    const { ok, message } = await helm.watch(() => run(helm));
    expect(message).toBe('');
    expect(ok).toBe(true);
  };

/** Ends with code 0, and the gate was not called but for the Secrets of the release, which it lets pass. */
const quiet =
  (run: Run): HelmStep =>
  async (helm) => {
    await done(run)(helm);
    expect(helm.asked).toEqual(helm.commit.namespace === 'prod' ? { allowed: 3 } : { unconcerned: 3 });
  };

/** Ends with code 1 and as many refusals. */
const held =
  (run: Run, refusals = 1): HelmStep =>
  async (helm) => {
    const { ok, message } = await helm.watch(() => run(helm));
    expect(ok).toBe(false);
    expect(message.match(/Approval (?:required|does not fit)/g)).toHaveLength(refusals);
  };

/** Ends with code 1 and these words, without any of the gate. */
const fails =
  (run: Run, words: string): HelmStep =>
  async (helm) => {
    const { ok, message } = await helm.watch(() => run(helm));
    expect(ok).toBe(false);
    expect(message).toContain(words.replace('NAME', helm.commit.name));
    expect(message).not.toContain('denied the request');
  };

/** `helm history`. */
const history =
  (...statuses: string[]): HelmStep =>
  async (helm) =>
    expect(await helm.release.statuses()).toEqual(statuses);

/** From here on it is the other Helm, with `--server-side=true`. */
const withHelm4: HelmStep = (helm) => {
  helm.release.flavour = 'Helm 4';
  return Promise.resolve();
};

const image = (tag: string) => ({
  spec: { template: { spec: { containers: [{ image: `app:${tag}` }] } } },
});
const group = (name: string) => ({ subjects: expect.arrayContaining([expect.objectContaining({ name })]) });
const TWO: Partial<Commit> = { kinds: ['ConfigMap', 'Deployment'] };
const NEW_TWO: Partial<Commit> = { colour: 'blue', tag: '2' };
/** To roll back on failure is to wait for pods too, and nothing starts them here. */
const WITHOUT_PODS: Partial<Commit> = { kinds: ['ServiceAccount', 'ConfigMap', 'RoleBinding', 'Service'] };
/** Installs a release of two objects that are asked about. */
const installOf = (two: Partial<Commit>): readonly HelmStep[] => [
  commit(two),
  held(deploy, 2),
  approve,
  approve,
  done(deploy),
  history('superseded', 'deployed'),
];
/** Installs the whole release; its RoleBinding is asked about. */
const INSTALL: readonly HelmStep[] = [held(deploy), approve, done(deploy)];

const SCRIPTS: readonly Script<Helm>[] = [
  {
    row: '4 install and re-run',
    what: 'the other objects are there, each re-run is the same request, after the approval one run is enough',
    steps: [
      held(deploy),
      history('failed'),
      finds('Deployment', {}),
      isMissing('RoleBinding'),
      held(deploy),
      history('failed', 'failed'),
      approve,
      done(deploy),
      history('failed', 'superseded', 'deployed'),
      quiet(deploy),
      quiet(deploy),
    ],
    requests: ['Admitted'],
  },
  {
    row: '4 release Secret CREATE gated',
    what: 'is denied before any object, with another content at every try, so that no approval fits: never name releases',
    namespace: 'records',
    steps: [
      held(deploy),
      history(),
      approve,
      held(deploy),
      history(),
      isMissing('RoleBinding', 'ServiceAccount', 'ConfigMap', 'Service', 'Deployment'),
    ],
    requests: ['Approved', 'Pending'],
  },
  {
    row: '4 two gated updates, under a policy about all Secrets',
    what: 'are asked in one run: two rounds',
    namespace: 'prod',
    steps: [
      ...installOf(TWO),
      commit(NEW_TWO),
      held(deploy, 2),
      approve,
      approve,
      done(deploy),
      wasAsked({ reserved: 2, allowed: 3 }),
      finds('ConfigMap', { data: { colour: 'blue' } }),
      finds('Deployment', image('2')),
      quiet(deploy),
    ],
    requests: ['Admitted', 'Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '4 two gated updates, one approved per run',
    what: 'are three rounds, half applied between them, and no approval is lost',
    namespace: 'prod',
    steps: [
      ...installOf(TWO),
      commit(NEW_TWO),
      held(deploy, 2),
      approve,
      held(deploy),
      finds('ConfigMap', { data: { colour: 'blue' } }),
      finds('Deployment', image('1')),
      approve,
      done(deploy),
      quiet(deploy),
    ],
    requests: ['Admitted', 'Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '4 install --rollback-on-failure',
    what: 'everything is removed again and the request stays; after the approval one run is enough',
    steps: [
      commit(WITHOUT_PODS),
      held(deployAtomic),
      history(),
      isMissing('RoleBinding', 'ServiceAccount', 'ConfigMap', 'Service'),
      approve,
      done(deployAtomic),
      history('deployed'),
      quiet(deployAtomic),
    ],
    requests: ['Admitted'],
  },
  {
    row: '4 upgrade --rollback-on-failure',
    what: 'the way back changes nothing at what was denied, and asks nothing',
    steps: [
      commit(WITHOUT_PODS),
      ...INSTALL,
      commit({ groups: ['a'], colour: 'blue' }),
      held(deployAtomic),
      finds('ConfigMap', { data: { colour: 'red' } }),
      approve,
      done(deployAtomic),
      finds('ConfigMap', { data: { colour: 'blue' } }),
      finds('RoleBinding', group('a')),
      quiet(deployAtomic),
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '4 way back gated, one of two approved',
    what: 'the way back is asked about too, which nobody needs: it converges with the second approval',
    namespace: 'prod',
    steps: [
      ...installOf({ kinds: ['ConfigMap', 'RoleBinding'] }),
      commit({ colour: 'blue', groups: ['a'] }),
      held(deploy, 2),
      approve,
      held(deployAtomic, 2),
      finds('ConfigMap', { data: { colour: 'blue' } }),
      approve,
      done(deployAtomic),
      wasAsked({ reserved: 1, allowed: 3 }),
      quiet(deployAtomic),
    ],
    requests: ['Admitted', 'Admitted', 'Reserved', 'Reserved', 'Pending'],
  },
  {
    row: '4 helm rollback',
    what: 'is a change like any other',
    steps: [
      ...INSTALL,
      commit({ groups: ['a'] }),
      held(deploy),
      approve,
      done(deploy),
      held(rollbackTo(2)),
      finds('RoleBinding', group('a')),
      approve,
      done(rollbackTo(2)),
      commit({ groups: [] }),
      quiet(deploy),
    ],
    requests: ['Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '4 uninstall denied',
    what: 'Helm drops the message; what is held stays, and after the approval a second uninstall ends it',
    steps: [
      ...INSTALL,
      fails(uninstall, 'failed to delete release: NAME'),
      history('superseded', 'uninstalling'),
      isMissing('Deployment', 'ConfigMap'),
      finds('RoleBinding', {}),
      fails(deploy, '"NAME" has no deployed releases'),
      approve,
      done(uninstall),
      history(),
      isMissing('RoleBinding'),
    ],
    requests: ['Admitted', 'Reserved'],
  },
];

const DROPPED: Readonly<Record<Flavour, Script<Helm>>> = {
  'Helm 4': {
    row: '4 an object left out of the chart',
    what: 'the upgrade fails until its deletion is approved',
    steps: [
      ...INSTALL,
      commit({ kinds: ['ConfigMap'] }),
      held(deploy),
      held(deploy),
      approve,
      done(deploy),
      commit({ kinds: ['RoleBinding'] }),
      isMissing('RoleBinding'),
    ],
    requests: ['Admitted', 'Reserved'],
  },
  'Helm 3': {
    row: '4 an object left out of the chart',
    what: 'Helm 3 says nothing, forgets the object and leaves it; its request waits in vain',
    steps: [
      ...INSTALL,
      commit({ kinds: ['ConfigMap'] }),
      done(deploy),
      wasAsked({ asked: 1, unconcerned: 4 }),
      quiet(deploy),
      commit({ kinds: ['RoleBinding'] }),
      finds('RoleBinding', {}),
    ],
    requests: ['Admitted', 'Pending'],
  },
};

const MIGRATION: Script<Helm> = {
  row: '1.5 from Helm 3 to Helm 4 with --server-side=true',
  what: 'the fields move to another manager, which is no change',
  steps: [
    ...INSTALL,
    withHelm4,
    done(deploy),
    commit({ groups: ['a'] }),
    held(deploy),
    approve,
    done(deploy),
    quiet(deploy),
  ],
  requests: ['Admitted', 'Reserved'],
};

/** Each script with both, on one stage. */
const BOTH = (['Helm 4', 'Helm 3'] as const).flatMap((flavour) =>
  [...SCRIPTS, DROPPED[flavour], ...(flavour === 'Helm 3' ? [MIGRATION] : [])].map((script) => ({
    ...script,
    row: `${flavour}, ${script.row}`,
  })),
);

playAll(
  BOTH,
  () => startStage(ACCOUNT),
  (stage, first, known, { row }) =>
    new Helm(stage, first, known, row.startsWith('Helm 4') ? 'Helm 4' : 'Helm 3'),
);
