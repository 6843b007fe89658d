// Roles cut to random asks, judged by the API server's own authorizer: what is allowed is exactly what was asked for, and what is more
// than the ceiling is refused by the API server itself (INV-4). Our arithmetic of rules says the same as both.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccessRule } from '../../src/api/access.ts';
import { grantName, grantObjects } from '../../src/domain/grant/objects.ts';
import { allows, isWithin, type Deed, type PolicyRule } from '../../src/domain/grant/rules.ts';
import { GRANTABLE_VERBS } from '../../src/domain/grant/verbs.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { anAccess, asksFor, aSpec } from '../builders/request-facts.ts';
import { startCluster, waitFor } from './cluster.ts';

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const REVIEWS = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
const RUNS = 12;
const seed = Number(process.env['SEED'] ?? 20_261_123);

/** A ceiling with every form that a rule may have, but for `*` in all places. */
const CEILING: readonly PolicyRule[] = [
  { apiGroups: [''], resources: ['pods'], verbs: ['*'] },
  { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'update'], resourceNames: ['a'] },
  { apiGroups: ['apps'], resources: ['*'], verbs: ['get', 'patch'] },
  { apiGroups: ['*'], resources: ['*/scale'], verbs: ['update'] },
];
const RESOURCES: readonly (readonly [group: string, resource: string])[] = [
  ['', 'pods'],
  ['', 'pods/log'],
  ['', 'configmaps'],
  ['apps', 'deployments'],
  ['apps', 'deployments/scale'],
];
const NAMES = ['', 'a', 'b'];
const UNIVERSE: readonly Deed[] = GRANTABLE_VERBS.flatMap((verb) =>
  RESOURCES.flatMap(([group, resource]) => NAMES.map((name) => ({ verb, group, resource, name }))),
);

const list = <T>(all: readonly T[], most: number) =>
  fc.uniqueArray(fc.constantFrom(...all), { minLength: 1, maxLength: most });
const rule: fc.Arbitrary<AccessRule> = fc.record(
  {
    verbs: list(GRANTABLE_VERBS, 3),
    apiGroups: list(['', 'apps'], 2),
    resources: list(
      RESOURCES.map(([, resource]) => resource),
      3,
    ),
    resourceNames: list(['a', 'b'], 2),
  },
  { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
);
/** Of random rules hardly one is within the ceiling: every other set is made of such that are. */
const within: fc.Arbitrary<AccessRule> = fc.oneof(
  fc.record({
    verbs: list(GRANTABLE_VERBS, 3),
    apiGroups: fc.constant<string[]>(['']),
    resources: fc.constant<string[]>(['pods']),
  }),
  fc.record({
    verbs: list(['get', 'update'], 2),
    apiGroups: fc.constant<string[]>(['']),
    resources: fc.constant<string[]>(['configmaps']),
    resourceNames: fc.constant<string[]>(['a']),
  }),
  fc.record({
    verbs: list(['get', 'patch'], 2),
    apiGroups: fc.constant<string[]>(['apps']),
    resources: list(['deployments', 'deployments/scale'], 2),
  }),
  fc.record({
    verbs: fc.constant<string[]>(['update']),
    apiGroups: fc.constant<string[]>(['apps']),
    resources: fc.constant<string[]>(['deployments/scale']),
  }),
);
const ruleSets = fc.oneof(
  fc.array(rule, { minLength: 1, maxLength: 3 }),
  fc.array(within, { minLength: 1, maxLength: 3 }),
);

let plane: ControlPlane;
let granter: string;
beforeAll(async () => {
  plane = await startCluster();
  granter = (await plane.serviceAccount('default', 'granter')).kubeconfig;
  const rules = [
    ...CEILING,
    { apiGroups: ['rbac.authorization.k8s.io'], resources: ['roles'], verbs: ['create'] },
  ];
  await send('POST', `${RBAC}/clusterroles`, { metadata: { name: 'ceiling' }, rules });
  await send('POST', `${RBAC}/clusterrolebindings`, {
    metadata: { name: 'ceiling' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'ceiling' },
    subjects: [{ kind: 'ServiceAccount', namespace: 'default', name: 'granter' }],
  });
}, 120_000);
afterAll(() => plane.stop());

const send = (method: string, path: string, body?: unknown, who = plane.adminKubeconfig) =>
  plane.raw(who, method, path, body === undefined ? {} : { body });

/** What Assent would make of an ask, one for each run. */
function objectsFor(rules: readonly AccessRule[], run: number) {
  const username = `agent-${run}`;
  const spec = aSpec({
    ...asksFor(anAccess({ rules: [...rules], namespaces: ['default'] })),
    requester: { username, short: username, groups: [] },
  });
  const access = spec.access ?? anAccess();
  const metadata = { name: `ask-${run}`, uid: `uid-${run}` };
  const [objects] = grantObjects({
    metadata,
    spec: { ...spec, access },
    usableUntil: '2026-11-22T10:15:00Z',
  });
  if (objects?.role === undefined) throw new Error('there is no Role');
  return { username, role: objects.role, binding: objects.binding };
}

async function may(user: string, { verb, group, resource: path, name }: Deed): Promise<boolean> {
  const [resource, subresource] = path.split('/');
  const resourceAttributes = { namespace: 'default', verb, group, resource, subresource, name };
  const { json } = await send('POST', REVIEWS, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: { user, resourceAttributes },
  });
  return (json as { status: { allowed: boolean } }).status.allowed;
}

it(
  `INV-4: a Role allows exactly what was asked for, and never more than the ceiling (seed ${seed})`,
  { timeout: 300_000 },
  async () => {
    let run = 0;
    let refused = 0;
    const property = fc.asyncProperty(ruleSets, async (rules) => {
      run += 1;
      const { username, role, binding } = objectsFor(rules, run);
      // The API server refuses who gives more than they have, and our arithmetic says so before.
      const given = await waitFor(
        async () => {
          const { status } = await send('POST', `${RBAC}/namespaces/default/roles?dryRun=All`, role, granter);
          const isGiven = status === 201;
          return isGiven === isWithin(rules, CEILING) ? { isGiven } : undefined;
        },
        { what: `the ceiling to be kept: ${JSON.stringify(rules)}`, timeoutMs: 10_000 },
      );
      refused += given.isGiven ? 0 : 1;
      for (const [plural, object] of [
        ['roles', role],
        ['rolebindings', binding],
      ] as const) {
        const { status, json } = await send('POST', `${RBAC}/namespaces/default/${plural}`, object);
        expect(status, JSON.stringify(json)).toBe(201);
      }
      const first = UNIVERSE.find((deed) => allows(rules, deed));
      if (first) await waitFor(() => may(username, first), { what: 'the binding to be known' });
      for (const deed of UNIVERSE)
        expect(await may(username, deed), JSON.stringify({ rules, deed })).toBe(allows(rules, deed));
      expect(role.metadata.name).toBe(grantName(`uid-${run}`));
    });
    await fc.assert(property, { seed, numRuns: RUNS, endOnFailure: true });
    expect(refused, 'both sides of the ceiling were seen').toBeGreaterThan(0);
    expect(refused).toBeLessThan(run);
  },
);
