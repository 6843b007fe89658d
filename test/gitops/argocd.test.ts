// Argo CD: what its application controller does (argocd-sync.ts), row by row of gitops.md. With and without server-side
// apply each change costs one approval, and what it writes for its own bookkeeping costs none.
import { expect } from 'vitest';
import { KUBERNETES_VERSION, minorOf } from '../../tools/controlplane/version.ts';
import { Application } from './argocd-sync.ts';
import { objectsOf, type Commit, type Kind } from './manifests.ts';
import {
  approve,
  commit,
  finds,
  isMissing,
  namesItsRequest,
  personPatches,
  playAll,
  Player,
  wasAsked,
  type Script,
  type Step,
} from './script.ts';
import { startStage } from './stage.ts';
import { Wire } from './wire.ts';

/** One account for every Application: no impersonation is set up by default. */
const ACCOUNT = { namespace: 'argocd', name: 'argocd-application-controller' };

class ArgoCd extends Player {
  serverSideApply = false;

  get application(): Application {
    const { plane } = this.stage.assent;
    const who = this.stage.agent;
    const wire = new Wire({ plane, who, userAgent: 'argocd-application-controller/v3.5.7' });
    return new Application(plane, who, wire, { serverSideApply: this.serverSideApply });
  }
}
type ArgoStep = Step<ArgoCd>;

/** `syncOptions: [ServerSideApply=true]`. */
const onServer: ArgoStep = (argo) => {
  argo.serverSideApply = true;
  return Promise.resolve();
};

const sync = (argo: ArgoCd) => argo.watch(() => argo.application.sync(objectsOf(argo.commit)));

const synced: ArgoStep = async (argo) => {
  const { ok, message } = await sync(argo);
  expect(message).toBe('');
  expect(ok).toBe(true);
};

/** Synced, and the gate was not called at all. */
const quiet: ArgoStep = async (argo) => {
  await synced(argo);
  expect(argo.asked).toEqual({});
};

/** SyncFailed, with these words for the object. */
const failed =
  (kind: Kind, ...words: RegExp[]): ArgoStep =>
  async (argo) => {
    const { ok, message } = await sync(argo);
    expect(ok).toBe(false);
    expect(message).toContain(`${kind} ${argo.commit.name}: `);
    for (const word of words) expect(message).toMatch(word);
  };

/** What Argo CD shows instead of a message when `auth reconcile` is denied. kubectl 1.34 says the message itself. */
const NIL_POINTER =
  minorOf(KUBERNETES_VERSION) === '1.34'
    ? /error running kubectl auth reconcile[^]*Approval required/
    : /error running kubectl auth reconcile[^]*nil pointer dereference/;
const REQUIRED = /Approval required/;

const pruneHeld: ArgoStep = async (argo) => {
  const outcome = await argo.watch(() => argo.application.prune(argo.manifest('RoleBinding')));
  expect(outcome.ok).toBe(false);
  expect(outcome.message).toMatch(REQUIRED);
};
const pruned: ArgoStep = async (argo) => {
  const outcome = await argo.watch(() => argo.application.prune(argo.manifest('RoleBinding')));
  expect(outcome.message).toBe('');
};
const diffed: ArgoStep = async (argo) => {
  const outcome = await argo.watch(() => argo.application.diff(argo.manifest('RoleBinding')));
  expect(outcome.message).toBe('');
};

const group = (name: string) => ({ subjects: expect.arrayContaining([expect.objectContaining({ name })]) });
const EDITED = { subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'intruders' }] };
const TWO: Partial<Commit> = { kinds: ['ConfigMap', 'RoleBinding'] };
const BINDING: Partial<Commit> = { kinds: ['RoleBinding'] };
const DEPLOYMENT: Partial<Commit> = { kinds: ['Deployment'] };

const SCRIPTS: readonly Script<ArgoCd>[] = [
  {
    row: '1.5, 1.7 plain, RBAC',
    what: 'the message is lost, the rest is synced; the last-applied annotation that follows the creation costs nothing',
    steps: [
      commit(TWO),
      failed('RoleBinding', NIL_POINTER),
      finds('ConfigMap', {}),
      failed('RoleBinding', NIL_POINTER),
      approve,
      synced,
      wasAsked({ reserved: 1, noop: 1 }),
      quiet,
    ],
    requests: ['Admitted'],
  },
  {
    row: '1.5 plain, RBAC update',
    what: 'subjects are added by auth reconcile and removed by apply: one approval each way',
    steps: [
      commit(BINDING),
      failed('RoleBinding'),
      approve,
      synced,
      commit({ groups: ['a'] }),
      failed('RoleBinding', NIL_POINTER),
      approve,
      synced,
      wasAsked({ reserved: 1, noop: 1 }),
      commit({ groups: [] }),
      failed('RoleBinding', REQUIRED),
      approve,
      synced,
      wasAsked({ reserved: 1 }),
      quiet,
    ],
    requests: ['Admitted', 'Reserved', 'Reserved'],
  },
  {
    row: '6 plain, roleRef changed',
    what: 'auth reconcile deletes and creates again: the binding is gone between the two approvals',
    steps: [
      commit(BINDING),
      failed('RoleBinding'),
      approve,
      synced,
      commit({ role: 'edit' }),
      failed('RoleBinding'),
      finds('RoleBinding', { roleRef: { name: 'view' } }),
      approve,
      failed('RoleBinding'),
      isMissing('RoleBinding'),
      approve,
      synced,
      finds('RoleBinding', { roleRef: { name: 'edit' } }),
      quiet,
    ],
    requests: ['Admitted', 'Reserved', 'Admitted'],
  },
  {
    row: '2 plain, other kinds',
    what: 'the message is whole; an update and its last-applied annotation are one change',
    namespace: 'prod',
    steps: [
      commit(DEPLOYMENT),
      failed('Deployment', REQUIRED),
      namesItsRequest,
      approve,
      synced,
      quiet,
      commit({ tag: '2' }),
      failed('Deployment', /error when patching/, REQUIRED),
      approve,
      synced,
      wasAsked({ reserved: 1 }),
      quiet,
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '2 ServerSideApply=true',
    what: 'the message is whole, the other objects are synced, any number of tries is one request',
    steps: [
      onServer,
      commit(TWO),
      failed('RoleBinding', REQUIRED),
      wasAsked({ asked: 1, unconcerned: 1 }),
      namesItsRequest,
      failed('RoleBinding', REQUIRED),
      wasAsked({ asked: 1 }),
      approve,
      synced,
      wasAsked({ reserved: 1 }),
      quiet,
    ],
    requests: ['Admitted'],
  },
  {
    row: '6 drift with selfHeal',
    what: 'the correction is one request, however often it is tried',
    steps: [
      onServer,
      commit(BINDING),
      failed('RoleBinding'),
      approve,
      synced,
      personPatches('RoleBinding', EDITED),
      failed('RoleBinding', REQUIRED),
      failed('RoleBinding', REQUIRED),
      finds('RoleBinding', group('intruders')),
      approve,
      synced,
      quiet,
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '1.5 from plain to ServerSideApply=true',
    what: 'the migration of managed fields and all that kubectl tidies up after it cost nothing',
    steps: [
      commit(BINDING),
      failed('RoleBinding'),
      approve,
      synced,
      onServer,
      synced,
      commit({ groups: ['a'] }),
      failed('RoleBinding', REQUIRED),
      approve,
      synced,
      quiet,
    ],
    requests: ['Admitted', 'Reserved'],
  },
  {
    row: '6 dry-run, ServerSideDiff=true',
    what: 'a diff before and after costs nothing',
    steps: [
      onServer,
      commit(BINDING),
      diffed,
      wasAsked({ dryrun: 1 }),
      failed('RoleBinding'),
      approve,
      synced,
      diffed,
      wasAsked({}),
    ],
    requests: ['Admitted'],
  },
  {
    row: '6 prune, and an Application deleted with cascade',
    what: 'five deletions within a second are one request',
    steps: [
      onServer,
      commit(BINDING),
      failed('RoleBinding'),
      approve,
      synced,
      pruneHeld,
      pruneHeld,
      pruneHeld,
      pruneHeld,
      pruneHeld,
      approve,
      pruned,
      wasAsked({ reserved: 1 }),
      finds('RoleBinding', { metadata: { deletionTimestamp: expect.any(String) } }),
      pruned,
    ],
    requests: ['Admitted', 'Reserved'],
  },
];

playAll(
  SCRIPTS,
  () => startStage(ACCOUNT),
  (stage, first, known) => new ArgoCd(stage, first, known),
);
