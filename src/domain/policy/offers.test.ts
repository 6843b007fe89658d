import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHead, aLoadedPolicy, aPolicySpec, aRule } from '../../../test/builders/policies.ts';
import { DISCOVERY, randomHead } from '../../../test/builders/random-policies.ts';
import type { ReviewHead } from '../change/review.ts';
import type { RoleLookup } from '../grant/cluster-role.ts';
import { roleNow } from '../grant/cluster-role.ts';
import type { PolicyRule } from '../grant/rules.ts';
import { isAgent } from './agents.ts';
import { compileWebhook } from './compile.ts';
import { globMatches } from './glob.ts';
import { NO_ROLES } from './offers.ts';
import { indexPolicies, offering, preselect } from './preselect.ts';
import { ANYTHING } from './touched.ts';

/** An update that touches nothing which decides whether the object lives. */
const PLAIN = { labels: false, lifetime: false };
const PODS: PolicyRule = { verbs: ['get', 'delete', 'patch'], apiGroups: [''], resources: ['pods'] };
const holding =
  (...rules: PolicyRule[]): RoleLookup =>
  (name) =>
    name === 'fixer' ? roleNow({ rules }) : undefined;
const anOffer = (over: object = {}) =>
  aPolicySpec({ rules: [], access: [{ role: 'fixer', namespaces: ['prod'] }], ...over });
const offered = (head: ReviewHead, roles: RoleLookup, spec = anOffer()): boolean =>
  offering(indexPolicies([aLoadedPolicy('p', spec)], roles), head, PLAIN).length > 0;
const deletion = (over: Parameters<typeof aHead>[0] = {}) =>
  aHead({ resource: '/pods', operation: 'DELETE', ...over });

describe('what is offered', () => {
  it.each<[string, ReviewHead, PolicyRule, boolean]>([
    ['a verb that comes by', deletion(), PODS, true],
    ['a patch', aHead({ resource: '/pods' }), PODS, true],
    ['an operation that no verb is', aHead({ resource: '/pods', operation: 'CREATE' }), PODS, false],
    ['one of a collection', deletion(), { ...PODS, verbs: ['deletecollection'] }, true],
    ['a collection', deletion({ name: '' }), { ...PODS, verbs: ['deletecollection'] }, true],
    ['a change, by leave to delete', aHead({ resource: '/pods' }), { ...PODS, verbs: ['delete'] }, false],
    ['another resource', deletion({ resource: '/services' }), PODS, false],
    ['another group', deletion({ resource: 'example.com/pods' }), PODS, false],
    ['a subresource', deletion({ resource: '/pods/status' }), PODS, false],
    ['another namespace', deletion({ namespace: 'dev' }), PODS, false],
    ['somebody else', deletion({ userInfo: { username: 'amy' } }), PODS, false],
    ['a name that is not held', deletion({ name: 'db' }), { ...PODS, resourceNames: ['web'] }, false],
    ['one that is', deletion(), { ...PODS, resourceNames: ['web'] }, true],
    ['many at once, which may hold it', deletion({ name: '' }), { ...PODS, resourceNames: ['web'] }, true],
    [
      'everything',
      deletion({ resource: 'apps/deployments/scale' }),
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      true,
    ],
    [
      'a connection, whatever the verb',
      aHead({ resource: '/pods/exec', operation: 'CONNECT' }),
      { verbs: ['get'], apiGroups: [''], resources: ['*'] },
      true,
    ],
    [
      'what is in no namespace',
      deletion({ resource: '/nodes', namespace: '' }),
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      false,
    ],
    [
      'a Namespace, in which nothing is granted',
      deletion({ resource: '/namespaces', name: 'prod' }),
      { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
      false,
    ],
  ])('%s', (_, head, rule, expected) => {
    expect(offered(head, holding(rule))).toBe(expected);
  });

  it.each(['web', 'web:80', 'https:web:443', 'http:web:'])(
    'INV-1: is a call through a proxy, however its target is spelt: %s',
    (name) => {
      const rule = { verbs: ['get', 'create'], apiGroups: [''], resourceNames: ['web'] };
      const resources = ['services/proxy', 'pods/proxy'];
      const roles = () => roleNow({ rules: [{ ...rule, resources }] });
      const spec = aPolicySpec({ rules: [], access: [{ role: 'fixer', namespaces: ['prod'] }] });
      const index = indexPolicies([aLoadedPolicy('p', spec)], roles);
      const holds = (resource: string, of: string) =>
        offering(index, aHead({ resource, operation: 'CONNECT', name: of })).length > 0;
      for (const resource of ['/services/proxy', '/pods/proxy']) {
        expect(holds(resource, name)).toBe(true);
        expect(holds(resource, name.replace('web', 'other'))).toBe(false);
      }
    },
  );

  it('is nothing where the ClusterRole is gone or gathers its rules', () => {
    expect(offered(deletion(), NO_ROLES)).toBe(false);
    const gathered = roleNow({ rules: [PODS], aggregationRule: {} });
    expect(offered(deletion(), () => gathered)).toBe(false);
    expect(roleNow({ rules: null, aggregationRule: null })).toEqual({ rules: [], isAggregated: false });
  });

  it('costs nothing where no policy offers anything', () => {
    expect(indexPolicies([aLoadedPolicy('p')], holding(PODS)).offers).toBeUndefined();
  });

  it('does not make the policy match', () => {
    const index = indexPolicies([aLoadedPolicy('p', anOffer())], holding(PODS));
    expect(preselect(index, deletion(), () => ({}))).toEqual([]);
    const selects = anOffer({ namespaces: { selector: { matchLabels: { a: 'b' } } } });
    const labels = aHead({ resource: '/namespaces', name: 'prod' });
    expect(preselect(indexPolicies([aLoadedPolicy('p', selects)]), labels, () => ({}))).toEqual([]);
  });
});

const some = <T>(values: readonly T[], maxLength: number) =>
  fc.array(fc.constantFrom(...values), { minLength: 1, maxLength });
const randomRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: some(['get', 'create', 'update', 'patch', 'delete', 'deletecollection', '*'], 3),
  apiGroups: some(['', 'apps', 'autoscaling', 'example.com', 'assent.dev', '*'], 2),
  resources: some(
    [
      '*',
      '*/scale',
      'pods',
      'pods/exec',
      'pods/eviction',
      'deployments',
      'deployments/scale',
      'widgets',
      'nodes',
      'namespaces',
      'horizontalpodautoscalers',
      'approvalrequests',
    ],
    3,
  ),
  resourceNames: fc.constantFrom([], ['web']),
});
const randomOffer = fc.record({
  agents: some([{ serviceAccount: 'agents/*' }, { user: 'bot@example.com' }, { group: 'agents:*' }], 2),
  namespaces: some(['prod', 'p*', 'dev', '*'], 2),
  rules: fc.array(randomRule, { minLength: 1, maxLength: 3 }),
});

/** RBAC's own reading, written once more: does any verb that comes by as this operation cover the request? */
function covered(rules: readonly PolicyRule[], head: ReviewHead): boolean {
  const { resource, subResource, operation, name } = head;
  const path = subResource === '' ? resource.resource : `${resource.resource}/${subResource}`;
  const connects = /\/(exec|attach|portforward|proxy)$/.test(path);
  const comes: Readonly<Record<string, string>> = {
    create: 'CREATE',
    update: 'UPDATE',
    patch: 'UPDATE',
    delete: 'DELETE',
    deletecollection: 'DELETE',
  };
  return rules.some(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      apiGroups.some((one) => one === '*' || one === resource.group) &&
      resources.some(
        (one) => one === '*' || one === path || (subResource !== '' && one === `*/${subResource}`),
      ) &&
      (resourceNames.length === 0 || resourceNames.includes(name) || name === '') &&
      verbs.some((verb) => verb === '*' || (connects ? operation === 'CONNECT' : comes[verb] === operation)),
  );
}

/** What an update of owners comes to: a change of the object, through whichever subresource, and its deletion. */
const coming = (head: ReviewHead): ReviewHead[] =>
  head.operation === 'UPDATE' && head.kind.kind !== 'Scale'
    ? (['UPDATE', 'DELETE'] as const).map((operation) => ({ ...head, subResource: '', operation }))
    : [];
/** Subresources that write no metadata are not updated. */
const isReal = ({ operation, subResource }: ReviewHead): boolean =>
  operation !== 'UPDATE' || ['', 'status', 'finalize', 'scale'].includes(subResource);

describe('INV-1: every write that an offer covers', () => {
  it.each([
    ['which it is', PLAIN],
    ['to which it comes', ANYTHING],
  ])('%s is found, and sent by the API server', (_, touched) => {
    let found = 0;
    fc.assert(
      fc.property(
        fc.array(randomOffer, { minLength: 1, maxLength: 4 }),
        fc.array(randomHead, { minLength: 20, maxLength: 40 }),
        (offers, heads) => {
          const roles: RoleLookup = (name) => {
            const rules = offers[Number(name.slice(1))]?.rules;
            return rules && roleNow({ rules });
          };
          const policies = offers.map(({ agents, namespaces }, at) =>
            aLoadedPolicy(
              `p${at}`,
              aPolicySpec({ agents, rules: [], access: [{ role: `r${at}`, namespaces }] }),
            ),
          );
          const index = indexPolicies(policies, roles);
          const entry = compileWebhook(policies, DISCOVERY, roles);
          for (const head of heads.filter(
            (one) => !['events', 'componentstatuses'].includes(one.resource.resource) && isReal(one),
          )) {
            const isNamespaced = head.namespace !== '' && head.resource.resource !== 'namespaces';
            const isHeld = !/^assent\.dev$|^auth|^admission/.test(head.resource.group) && isNamespaced;
            const wanted = offers.flatMap(({ namespaces, rules }, at) => {
              const { spec } = policies[at]!;
              const isHere = namespaces.some((glob) => globMatches(glob, head.namespace));
              const writes = [head, ...(touched.lifetime ? coming(head) : [])];
              return isHeld &&
                isAgent(spec, head.userInfo) &&
                isHere &&
                writes.some((one) => covered(rules, one))
                ? [`p${at}`]
                : [];
            });
            expect(
              offering(index, head, touched).map(({ name }) => name),
              JSON.stringify(head),
            ).toEqual(wanted);
            if (wanted.length === 0) continue;
            found += 1;
            const path = `${head.resource.resource}${head.subResource === '' ? '' : `/${head.subResource}`}`;
            const isSent =
              entry.kind === undefined &&
              entry.rules.some(
                (rule) =>
                  rule.operations.includes(head.operation) &&
                  rule.apiGroups.includes(head.resource.group) &&
                  rule.resources.includes(path),
              );
            expect({ head, isSent }).toEqual({ head, isSent: true });
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(found).toBeGreaterThan(50);
  });

  it('INV-6: what is in no namespace, and our own kinds, are never sent, but for what would end an offer', () => {
    const roles = holding({ verbs: ['*'], apiGroups: ['*'], resources: ['*'] });
    const entry = compileWebhook([{ spec: anOffer() }], DISCOVERY, roles);
    if (entry.kind !== undefined) throw new Error(entry.kind);
    const all = entry.rules.flatMap(({ resources, apiGroups }) =>
      resources.map((one) => `${apiGroups[0]} ${one}`),
    );
    expect(all).toContain(' pods/exec');
    expect(all.join('\n')).not.toMatch(/ nodes|assent\.dev|^authorization|authentication|admission/m);
    const cluster = [' namespaces', ' namespaces/finalize', ' namespaces/status'];
    expect(all.filter((one) => / namespaces|clusterroles/.test(one))).toEqual([
      ...cluster,
      'rbac.authorization.k8s.io clusterroles',
    ]);
  });

  it('is compiled as the operations of its verbs, beside what the policies match', () => {
    const spec = anOffer({ rules: [aRule({ resources: ['deployments/scale'], operations: ['UPDATE'] })] });
    const entry = compileWebhook(
      [{ spec }],
      DISCOVERY,
      holding({ ...PODS, resources: ['pods', 'pods/exec'] }),
    );
    if (entry.kind !== undefined) throw new Error(entry.kind);
    expect(
      entry.rules.map(({ operations, resources }) => `${operations.join()} ${resources.join()}`),
    ).toEqual([
      'UPDATE,DELETE namespaces,pods',
      'UPDATE namespaces/finalize,namespaces/status,pods/status',
      'CONNECT pods/exec',
      'UPDATE deployments/scale',
      'CREATE,UPDATE,DELETE clusterroles',
    ]);
  });

  it('INV-6: comes with nothing but the deletions by another way, and what would end the offer', () => {
    const rulesOf = (roles: RoleLookup) => {
      const entry = compileWebhook([{ spec: anOffer() }], DISCOVERY, roles);
      if (entry.kind !== undefined) throw new Error(entry.kind);
      const { rules, matchConditions } = entry;
      const words = rules.map(({ operations, resources }) => `${operations.join()} ${resources.join()}`);
      return { words, condition: matchConditions[0]?.expression };
    };
    const roles = 'CREATE,UPDATE,DELETE clusterroles';
    expect(rulesOf(NO_ROLES).words, 'also while the ClusterRole is missing').toEqual([roles]);
    const deletes = rulesOf(holding({ ...PODS, verbs: ['delete'] }));
    expect(deletes.words).toEqual([
      'UPDATE,DELETE namespaces,pods',
      'UPDATE namespaces/finalize,namespaces/status,pods/status',
      roles,
    ]);
    expect(deletes.condition, 'updates of pods only where they touch owners or finalizers').toContain(
      '"/pods/"',
    );
    expect(rulesOf(holding({ ...PODS, verbs: ['create'] })).words).toEqual(['CREATE pods', roles]);
    expect(compileWebhook([{ spec: aPolicySpec({ rules: [] }) }], DISCOVERY, NO_ROLES)).toEqual({
      kind: 'nothing',
    });
  });
});
