import { describe, expect, it } from 'vitest';
import {
  aClusterOf,
  aReadyPolicy,
  bound,
  boundIn,
  found,
  foundIds,
  ruleOf,
  type Planted,
} from '../../../test/builders/doctor-facts.ts';
import { examine } from './examine.ts';

const RBAC = 'rbac.authorization.k8s.io';
const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };
/** What the policy of these clusters asks agents/bot about. */
const DEPLOYMENTS = ruleOf('apps', ['deployments'], ['update']);

/** Everything of both, with another name for each binding of the second. */
const both = (...all: Planted[]): Planted => {
  const sorts = [...new Set(all.flatMap((one) => Object.keys(one)))] as (keyof Planted)[];
  const of = (sort: keyof Planted) => all.flatMap((one): readonly object[] => one[sort] ?? []);
  return Object.fromEntries(sorts.map((sort) => [sort, of(sort)]));
};

describe('INV-1: whoever sends no token', () => {
  const ANYBODY = { kind: 'Group', name: 'system:unauthenticated' };
  it.each<[object, object, string[]]>([
    [ANYBODY, ruleOf('', ['configmaps'], ['get', 'update']), ['W124', 'W127', 'W132']],
    [ANYBODY, ruleOf('', ['persistentvolumeclaims'], ['patch']), ['W127']],
    [{ kind: 'User', name: 'system:anonymous' }, ruleOf('policy', ['*'], ['delete']), ['W124', 'W127']],
    [ANYBODY, ruleOf('', ['users'], ['impersonate']), ['W101']],
    [ANYBODY, ruleOf('', ['nodes/proxy'], ['get']), ['W117']],
    [ANYBODY, ruleOf('*', ['*'], ['*']), ['W120']],
    [ANYBODY, ruleOf('', ['configmaps'], ['get', 'list']), []],
    [ANYBODY, ruleOf('authorization.k8s.io', ['selfsubjectaccessreviews'], ['create']), []],
    [ANYBODY, { nonResourceURLs: ['/healthz'], verbs: ['get'] }, []],
  ])('is any agent: %j with %j', (subject, rule, ids) => {
    expect(foundIds(bound('open', [rule], subject))).toEqual(ids);
  });

  it('is found for every policy, with the binding', () => {
    const policies = [aReadyPolicy('p'), aReadyPolicy('q', { agents: [{ user: 'bot' }] })];
    const given = boundIn('shop', 'open', [ruleOf('', ['services'], ['create'])], ANYBODY);
    expect(examine(aClusterOf({ ...given, policies })).findings).toMatchObject([
      {
        id: 'ASSENT-W127',
        subject: 'whoever sends no token',
        says: 'may change objects without a token (RoleBinding shop/open)',
        policies: ['p', 'q'],
      },
    ]);
  });

  it('is nobody where there are no agents, or where a policy holds it as one', () => {
    const given = boundIn('shop', 'open', [DEPLOYMENTS], ANYBODY);
    expect(foundIds({ ...given, policies: [] })).toEqual([]);
    const held = aReadyPolicy('held', {
      agents: [{ user: 'system:anonymous' }],
      match: { rules: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['*'] }] },
    });
    expect(foundIds({ ...given, policies: [held] })).toEqual([]);
    expect(foundIds({ ...given, policies: [aReadyPolicy('p')] })).toEqual(['W127']);
  });

  it('has no rights of those who send one', () => {
    const given = bound('all', [DEPLOYMENTS], { kind: 'Group', name: 'system:authenticated' });
    expect(foundIds(given)).toEqual([]);
    const reads = boundIn('kube-system', 'all', [ruleOf('', ['secrets'], ['get'])], {
      kind: 'Group',
      name: 'system:authenticated',
    });
    expect(foundIds(reads)).toEqual(['W128']);
    const policies = [aReadyPolicy('p', { agents: [{ user: 'system:anonymous' }] })];
    expect(foundIds({ ...reads, policies })).toEqual([]);
  });
});

describe('INV-1: what an agent has to ask about, given to somebody else', () => {
  const binds = (resource: string, verb: string) => ruleOf(RBAC, [resource], [verb]);
  it.each<[string, Planted]>([
    ['a namespace', boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'create')], BOT)],
    [
      'a binding that is there',
      boundIn(
        'shop',
        'b',
        [DEPLOYMENTS, ruleOf(RBAC, ['rolebindings'], ['patch'], { resourceNames: ['x'] })],
        BOT,
      ),
    ],
    ['everywhere', bound('b', [DEPLOYMENTS, binds('clusterrolebindings', 'update')], BOT)],
    [
      'one namespace of all',
      both(bound('b', [DEPLOYMENTS], BOT), boundIn('shop', 'c', [binds('rolebindings', 'create')], BOT)),
    ],
    [
      'any namespace, where it holds one',
      both(bound('b', [binds('rolebindings', 'create')], BOT), boundIn('shop', 'c', [DEPLOYMENTS], BOT)),
    ],
  ])('is found in %s', (_, planted) => {
    expect(foundIds(planted)).toEqual(['W130']);
  });
  it.each<[string, Planted]>([
    ['it may only bind', boundIn('shop', 'b', [binds('rolebindings', 'create')], BOT)],
    [
      'it may do more unasked',
      boundIn('shop', 'b', [ruleOf('', ['services'], ['update']), binds('rolebindings', 'create')], BOT),
    ],
    ['it only reads them', boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'get')], BOT)],
    ['it only deletes them', boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'delete')], BOT)],
    [
      'it holds the right elsewhere',
      both(
        boundIn('lab', 'b', [DEPLOYMENTS], BOT),
        boundIn('shop', 'c', [binds('rolebindings', 'create')], BOT),
      ),
    ],
    [
      'a namespace holds no binding of the cluster',
      boundIn('shop', 'b', [DEPLOYMENTS, binds('clusterrolebindings', 'create')], BOT),
    ],
    [
      'it holds in one namespace what it may bind everywhere',
      both(
        bound('b', [binds('clusterrolebindings', 'create')], BOT),
        boundIn('shop', 'c', [DEPLOYMENTS], BOT),
      ),
    ],
  ])('is nothing where %s', (_, planted) => {
    expect(foundIds(planted)).toEqual([]);
  });
  it.each<[string, object, string[]]>([
    ['asks about bindings', {}, []],
    ['only warns', { mode: 'Warn' }, ['W130']],
  ])('where the policy %s', (_, over, ids) => {
    const rules = [{ apiGroups: [RBAC], resources: ['*'], operations: ['*' as const] }];
    const bindings = aReadyPolicy('bindings', { ...over, match: { rules } });
    const planted = boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'create')], BOT);
    expect(foundIds({ ...planted, policies: [aReadyPolicy(), bindings] })).toEqual(ids);
  });
  it.each<[object]>([[{ mode: 'Warn' }], [{ mode: 'Audit' }], [{ action: 'Allow' }]])(
    'is nothing that the policy asks nobody about: %j',
    (over) => {
      const planted = boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'create')], BOT);
      expect(foundIds({ ...planted, policies: [aReadyPolicy('p', over)] })).toEqual([]);
    },
  );
  it.each<[string, object, object, string[]]>([
    [
      'names everything',
      { apiGroups: ['*'], resources: ['*/*'] },
      ruleOf('*', ['*'], ['update']),
      ['W125', 'W130'],
    ],
    [
      'names subresources',
      { apiGroups: ['apps'], resources: ['*/scale'] },
      ruleOf('apps', ['deployments/scale'], ['patch']),
      ['W130'],
    ],
    ['names another group', { apiGroups: ['batch'], resources: ['*'] }, DEPLOYMENTS, []],
    [
      'names another operation',
      { apiGroups: ['apps'], resources: ['*'], operations: ['DELETE'] },
      DEPLOYMENTS,
      [],
    ],
  ])('where the policy %s', (_, rule, given, ids) => {
    const rules = [{ operations: ['*' as const], ...rule }] as never;
    const conditions = [{ name: 'c', expression: 'true' }];
    const policies = [aReadyPolicy('p', { match: { rules, conditions } })];
    const planted = boundIn('shop', 'b', [given, binds('rolebindings', 'create')], BOT);
    expect(foundIds({ ...planted, policies })).toEqual(ids);
  });
  it.each<[object, string[]]>([
    [{ names: ['sho*'] }, ['W130']],
    [{ selector: { matchLabels: { a: 'b' } } }, ['W130']],
    [{ names: ['lab'] }, []],
  ])('where the policy holds in %j', (namespaces, ids) => {
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['*' as const] }];
    const policies = [aReadyPolicy('p', { match: { rules, namespaces } })];
    const planted = boundIn('shop', 'b', [DEPLOYMENTS, binds('rolebindings', 'create')], BOT);
    expect(foundIds({ ...planted, policies })).toEqual(ids);
  });
});

describe('INV-1: an account that does unasked what the agent has to ask for', () => {
  const account = { kind: 'ServiceAccount', namespace: 'shop', name: 'deployer' };
  const pods = boundIn('shop', 'pods', [ruleOf('', ['pods'], ['create'])], BOT);
  const deployer = boundIn('lab', 'deploys', [DEPLOYMENTS], account);
  const TOKEN = {
    metadata: {
      name: 'kept',
      namespace: 'shop',
      annotations: { 'kubernetes.io/service-account.name': 'deployer' },
    },
  };
  it('is stronger than the agent, by its pods', () => {
    expect(found(both(pods, deployer))).toEqual([
      'ASSENT-W119 ServiceAccount agents/bot: may run or enter pods of a stronger ServiceAccount, shop/deployer (RoleBinding shop/pods)',
    ]);
  });
  it('is not the agent itself', () => {
    const own = boundIn('agents', 'pods', [ruleOf('', ['pods'], ['create'])], BOT);
    const impersonates = bound('strong', [ruleOf('', ['users'], ['impersonate'])], BOT);
    expect(foundIds(both(own, impersonates))).toEqual(['W101']);
  });
  it('is none where it is asked as well, or elsewhere', () => {
    const rules = [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['*' as const] }];
    const held = aReadyPolicy('held', { agents: [{ serviceAccount: 'shop/*' }], match: { rules } });
    expect(foundIds({ ...both(pods, deployer), policies: [aReadyPolicy(), held] })).toEqual([]);
    const names = { namespaces: { names: ['shop'] } };
    const policies = [aReadyPolicy('p', { match: { rules, ...names } })];
    expect(foundIds({ ...both(pods, deployer), policies })).toEqual([]);
  });
  it('is none where it holds more, and is asked where the agent is', () => {
    const everywhere = bound('claims', [ruleOf('', ['persistentvolumeclaims'], ['update'])], account);
    const match = {
      rules: [{ apiGroups: [''], resources: ['persistentvolumeclaims'], operations: ['*' as const] }],
      namespaces: { names: ['shop'] },
    };
    const policies = [aReadyPolicy('p', { match })];
    const alike = aReadyPolicy('q', { agents: [{ serviceAccount: 'shop/*' }], match });
    expect(foundIds({ ...both(pods, everywhere), policies })).toEqual(['W119']);
    expect(foundIds({ ...both(pods, everywhere), policies: [...policies, alike] })).toEqual([]);
  });
  it.each<[string, string, object, string[]]>([
    ['all of them', 'shop', ruleOf('', ['secrets'], ['list']), ['W129']],
    ['that one', 'shop', ruleOf('', ['secrets'], ['get'], { resourceNames: ['kept'] }), ['W129']],
    ['another one', 'shop', ruleOf('', ['secrets'], ['get'], { resourceNames: ['other'] }), []],
    ['those of another namespace', 'lab', ruleOf('', ['secrets'], ['get']), []],
    ['none', 'shop', ruleOf('', ['secrets'], ['delete']), []],
  ])('has a token in a Secret, and the agent may read %s', (_, namespace, rule, ids) => {
    const reads = boundIn(namespace, 'reads', [rule], BOT);
    expect(foundIds(both(reads, deployer, { accountTokens: [TOKEN] }))).toEqual(ids);
  });
  it('has a token in a Secret that is nothing where the account is weak', () => {
    const reads = boundIn('shop', 'reads', [ruleOf('', ['secrets'], ['get'])], BOT);
    expect(foundIds(both(reads, { accountTokens: [TOKEN] }))).toEqual([]);
    const weak = boundIn('lab', 'weak', [ruleOf('', ['services'], ['update'])], account);
    expect(foundIds(both(reads, weak, { accountTokens: [TOKEN] }))).toEqual([]);
  });
});

describe('INV-1: volumes of nodes', () => {
  const volumes = bound('v', [ruleOf('', ['persistentvolumes'], ['create'])], BOT);
  const pods = boundIn('shop', 'p', [ruleOf('batch', ['jobs'], ['create'])], BOT);
  it('are found where pods may use them', () => {
    expect(foundIds(both(volumes, pods))).toEqual(['W131']);
    expect(foundIds(volumes)).toEqual([]);
    expect(foundIds(pods)).toEqual([]);
    const inOne = boundIn('shop', 'v', [ruleOf('', ['persistentvolumes'], ['create'])], BOT);
    expect(foundIds(both(inOne, pods))).toEqual([]);
  });
  it('are nothing where a policy asks about either', () => {
    for (const rule of [
      { apiGroups: [''], resources: ['persistentvolumes'] },
      { apiGroups: ['batch'], resources: ['jobs'] },
    ]) {
      const rules = [{ ...rule, operations: ['*' as const] }];
      const policies = [aReadyPolicy('p', { match: { rules } })];
      expect(foundIds({ ...both(volumes, pods), policies })).toEqual([]);
    }
  });
});
