// The roles we ship, on a real API server: each can exactly what it is for.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KINDS } from '../../src/api/kinds.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';
import {
  accepted,
  apply,
  CONTROLLER,
  GATE,
  installKinds,
  pathOf,
  senderOf,
  type Send,
} from './kinds-fixtures.ts';

let cluster: ControlPlane;
let send: Send;

const kubectl = (...args: string[]) => cluster.kubectl(cluster.adminKubeconfig, args);
const PEOPLE = ['viewer', 'approver', 'admin', 'agent'] as const;

beforeAll(async () => {
  cluster = await startCluster();
  send = senderOf(cluster);
  await installKinds(cluster);
  await apply(cluster, 'manifests');
  for (const role of PEOPLE) {
    await kubectl(
      'create',
      'clusterrolebinding',
      `t-${role}`,
      `--clusterrole=assent-${role}`,
      `--user=a-${role}`,
    );
  }
  await waitFor(async () => (await send('a-agent', 'GET', pathOf('approvalrequests'))).status === 200, {
    what: 'the bindings',
  });
});
afterAll(() => cluster?.stop());

/** A right as `verb resource`, with group, name and namespace where they matter. */
interface Right {
  readonly verb: string;
  readonly group?: string;
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
}

const READ = ['get', 'list', 'watch'];
const VERBS = [
  ...READ,
  'create',
  'update',
  'patch',
  'delete',
  'deletecollection',
  'approve',
  'bind',
  'escalate',
  'impersonate',
];
const rightsTo = (verbs: readonly string[], target: Omit<Right, 'verb'>): Right[] =>
  verbs.map((verb) => ({ ...target, verb }));
const ours = (verbs: readonly string[], ...resources: string[]): Right[] =>
  resources.flatMap((resource) => rightsTo(verbs, { group: 'assent.dev', resource }));
const words = (right: Right): string =>
  JSON.stringify(
    right,
    Object.keys(right).sort((a, b) => (a < b ? -1 : 1)),
  );

const ALL_KINDS = KINDS.map((kind) => kind.plural);
const ADMISSION = 'admissionregistration.k8s.io';
const read = ours(READ, ...ALL_KINDS);

const people: Record<(typeof PEOPLE)[number], Right[]> = {
  viewer: read,
  approver: [
    ...read,
    ...ours(['create'], 'approvaldecisions'),
    ...ours(['create', 'delete'], 'identitylinks'),
    ...ours(['create'], 'agentfreezes'),
  ],
  admin: [
    ...read,
    ...ours(['create', 'update', 'patch', 'delete'], 'approvalpolicies', 'approvers'),
    ...ours(['delete'], 'identitylinks'),
    ...ours(['create', 'delete'], 'agentfreezes'),
  ],
  agent: ours([...READ, 'create'], 'approvalrequests'),
};

/** Secrets by name: the controller must not be able to read the private keys. */
const inNamespace = (...secrets: string[]) => [
  ...secrets.flatMap((name) =>
    rightsTo(['get', 'create', 'update'], { resource: 'secrets', namespace: 'assent-system', name }),
  ),
  ...rightsTo(['create'], { resource: 'secrets', namespace: 'assent-system' }),
  ...rightsTo(['create'], { resource: 'secrets', namespace: 'assent-system', name: 'of-others' }),
  ...rightsTo(['get', 'create', 'update'], {
    group: 'coordination.k8s.io',
    resource: 'leases',
    namespace: 'assent-system',
  }),
];
const written = (resource: string, ...names: string[]): Right[] => [
  ...names.flatMap((name) =>
    rightsTo([...READ, 'create', 'update', 'patch'], { group: ADMISSION, resource, name }),
  ),
  ...rightsTo([...READ, 'create'], { group: ADMISSION, resource }),
  ...rightsTo([...READ, 'create'], { group: ADMISSION, resource, name: 'of-others' }),
];
const RBAC = 'rbac.authorization.k8s.io';
const POLICIES = [
  'assent-own-kinds',
  'assent-own-api',
  'assent-known-fields',
  'assent-grants',
  'assent-grant-ends',
  'assent-own-secrets',
];

const parts: Record<string, Right[]> = {
  [GATE]: [
    ...read,
    ...ours(['create'], 'approvalrequests'),
    ...ours(['get', 'update'], 'approvalrequests/status'),
    ...rightsTo(['create'], { group: 'authorization.k8s.io', resource: 'subjectaccessreviews' }),
    ...rightsTo(READ, { resource: 'namespaces' }),
    ...rightsTo(READ, { resource: 'namespaces', name: 'kube-system' }),
    ...rightsTo(READ, { group: RBAC, resource: 'clusterroles' }),
    ...rightsTo(['get'], { resource: 'pods' }),
    ...rightsTo(['get'], { resource: 'serviceaccounts' }),
    ...rightsTo(READ, { group: RBAC, resource: 'clusterroles' }),
    ...inNamespace('assent-seal', 'assent-seal-public', 'assent-fingerprint', 'assent-path', 'assent-tls'),
  ],
  [CONTROLLER]: [
    ...read,
    ...ours(['delete'], 'approvalrequests', 'identitylinks'),
    ...ours(['create'], 'approvaldecisions'),
    ...ours(
      ['get', 'update', 'patch'],
      'approvalrequests/status',
      'approvalpolicies/status',
      'identitylinks/status',
    ),
    ...rightsTo(['create'], { group: 'authorization.k8s.io', resource: 'subjectaccessreviews' }),
    ...rightsTo(['get'], { resource: 'namespaces' }),
    ...rightsTo(['get'], { resource: 'namespaces', name: 'kube-system' }),
    ...rightsTo(['create', 'patch'], { resource: 'events' }),
    ...written('validatingwebhookconfigurations', 'assent-gate', 'assent-guard'),
    ...written('mutatingwebhookconfigurations', 'assent-stamp'),
    ...written('validatingadmissionpolicies', ...POLICIES),
    ...written('validatingadmissionpolicybindings', ...POLICIES),
    ...rightsTo([...READ, 'create', 'patch', 'delete'], { group: RBAC, resource: 'roles' }),
    ...rightsTo([...READ, 'create', 'patch', 'delete'], { group: RBAC, resource: 'rolebindings' }),
    ...rightsTo(['get'], { resource: 'serviceaccounts' }),
    ...rightsTo(READ, { group: RBAC, resource: 'clusterroles' }),
    // Which agents hold dangerous rights.
    ...rightsTo(['list'], { group: RBAC, resource: 'clusterrolebindings' }),
    ...rightsTo(READ, { group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' }),
    ...rightsTo(READ, { group: 'apiregistration.k8s.io', resource: 'apiservices' }),
    ...inNamespace('assent-seal-public', 'assent-path', 'assent-tls'),
    ...rightsTo(['create'], { resource: 'secrets', namespace: 'assent-system', name: 'assent-seal' }),
    ...rightsTo(['create'], { resource: 'secrets', namespace: 'assent-system', name: 'assent-fingerprint' }),
  ],
};

/** What is asked of everybody: all that anybody has, by every verb, and what nobody should have. */
const targets = new Map(
  [
    ...[...Object.values(people), ...Object.values(parts)].flat(),
    ...ours(['get'], ...KINDS.flatMap(({ plural }) => [`${plural}/status`, `${plural}/finalizers`])),
    ...['nodes', 'secrets', 'configmaps', 'pods/exec', 'serviceaccounts/token', 'users', 'groups'].map(
      (resource) => ({ resource, verb: '' }),
    ),
    ...['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'].map((resource) => ({
      group: 'rbac.authorization.k8s.io',
      resource,
      verb: '',
    })),
    { group: 'apps', resource: 'deployments', verb: '' },
    { group: 'events.k8s.io', resource: 'events', verb: '' },
    { group: 'coordination.k8s.io', resource: 'leases', namespace: 'kube-system', verb: '' },
  ].map(({ verb: _verb, ...target }) => [JSON.stringify(target), target]),
);

/** Whether `user` holds a right: what `kubectl auth can-i` asks. */
async function can(user: string, right: Right): Promise<boolean> {
  const [resource, subresource = ''] = right.resource.split('/');
  const resourceAttributes = { ...right, resource, subresource };
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  const answer = accepted(await send(user, 'POST', path, { spec: { resourceAttributes } }));
  return (answer['status'] as { allowed: boolean }).allowed;
}

// A few questions at a time: the API server answers a burst of one user with 429.
async function rightsOf(user: string): Promise<Set<string>> {
  const held = new Set<string>();
  for (const target of targets.values()) {
    const rights = rightsTo(VERBS, target);
    const answers = await Promise.all(rights.map((right) => can(user, right)));
    for (const right of rights.filter((_, index) => answers[index])) held.add(words(right));
  }
  return held;
}

describe('roles', () => {
  it.each(PEOPLE)('assent-%s can exactly what it is for', async (role) => {
    expect(await rightsOf(`a-${role}`)).toEqual(new Set(people[role].map(words)));
  });

  it.each(Object.keys(parts))('%s can exactly what it needs', async (user) => {
    expect(await rightsOf(user)).toEqual(new Set(parts[user]?.map(words)));
  });

  it.each([
    ['a-approver', 'approve', 'approvalpolicies.assent.dev/payments', 'no'],
    ['a-approver', 'create', 'approvaldecisions.assent.dev', 'yes'],
    ['a-admin', 'approve', 'approvalpolicies.assent.dev/payments', 'no'],
    ['a-admin', 'create', 'approvaldecisions.assent.dev', 'no'],
    ['a-agent', 'create', 'approvalrequests.assent.dev', 'yes'],
    ['a-agent', 'delete', 'approvalrequests.assent.dev', 'no'],
    ['a-viewer', 'list', 'approvers.assent.dev', 'yes'],
  ])('kubectl auth can-i as %s: %s %s is %s', async (user, verb, resource, expected) => {
    const result = await kubectl('auth', 'can-i', verb, resource, `--as=${user}`);
    expect(result.stdout.trim()).toBe(expected);
  });

  it('approve can be given for one policy only', async () => {
    await kubectl(
      'create',
      'clusterrole',
      'approve-payments',
      '--verb=approve',
      '--resource=approvalpolicies.assent.dev',
      '--resource-name=payments',
    );
    await kubectl(
      'create',
      'clusterrolebinding',
      'approve-payments',
      '--clusterrole=approve-payments',
      '--user=carol',
    );
    const approves = (name: string) =>
      can('carol', { verb: 'approve', group: 'assent.dev', resource: 'approvalpolicies', name });
    await waitFor(() => approves('payments'), { what: 'the binding' });
    expect(await approves('prod')).toBe(false);
  });

  it('nothing we ship holds a wildcard, escalates, impersonates, or aggregates into the built-in roles', async () => {
    const path =
      '/apis/rbac.authorization.k8s.io/v1/clusterroles?labelSelector=app.kubernetes.io/part-of=assent';
    const roles = accepted(await send('admin', 'GET', path))['items'] as {
      metadata: { labels: object };
      rules: object;
    }[];
    expect(roles).toHaveLength(7);
    expect(JSON.stringify(roles.map(({ rules }) => rules))).not.toMatch(
      /"\*"|escalate|impersonate|"bind"|deletecollection/,
    );
    expect(JSON.stringify(roles.map(({ metadata }) => metadata.labels))).not.toContain('aggregate');
  });
});
