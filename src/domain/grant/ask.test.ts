import { describe, expect, it } from 'vitest';
import {
  advice,
  cut,
  DELETE_POD,
  judged,
  offering,
  outcome,
  POLICY,
  ROLES,
  rule,
  spec,
} from '../../../test/builders/asks.ts';
import { aUser } from '../../../test/builders/policies.ts';
import type { Json } from '../change/json.ts';
import { ASK_REFUSAL_CODES, askRefusalWords } from '../message/ask-refusal.ts';
import { readAsk } from './read-ask.ts';

describe('an ask that is offered', () => {
  it('is completed: the ClusterRole it is cut from, ten minutes, one write', () => {
    expect(judged(spec({}))).toMatchObject({
      kind: 'accepted',
      access: {
        role: 'pod-fixer',
        whole: false,
        rules: [DELETE_POD],
        namespaces: ['shop'],
        seconds: 600,
        once: true,
      },
      policies: [{ policy: { name: 'shop' }, owners: [] }],
    });
  });

  it.each([
    ['reads alone are for a time', { rules: [{ ...DELETE_POD, verbs: ['get', 'list'] }] }, false],
    [
      'a connection is seen',
      { rules: [{ verbs: ['create'], apiGroups: [''], resources: ['pods/exec'] }] },
      true,
    ],
    [
      'so it is by get, which opens a websocket',
      { rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods/exec'] }] },
      true,
    ],
    ['the agent says', { once: false }, false],
    ['a whole ClusterRole is for a time', { rules: undefined, role: 'pod-fixer' }, false],
    ['a whole ClusterRole for one write', { rules: undefined, role: 'pod-fixer', once: true }, true],
  ])('once: %s', (_, access, once) => {
    const given = JSON.parse(JSON.stringify(spec(access))) as Json;
    const connects = { rules: [rule(['get', 'create'], ['pods/exec'])], isAggregated: false };
    const roles = new Map([...ROLES, ['connects', connects]]);
    const policies = [POLICY, offering('connects', [{ role: 'connects', namespaces: ['shop'] }])];
    expect(judged(given, { roles, policies })).toMatchObject({ kind: 'accepted', access: { once } });
  });

  it('is the same ask in another order, or with repetitions', () => {
    const one = { verbs: ['get', 'delete'], apiGroups: [''], resources: ['pods', 'pods/log'] };
    const other = {
      verbs: ['delete', 'get', 'get'],
      apiGroups: ['', ''],
      resources: ['pods/log', 'pods'],
      resourceNames: [],
    };
    const first = judged(spec({ rules: [one], namespaces: ['shop-b', 'shop'] }));
    expect(first).toMatchObject({ kind: 'accepted' });
    expect(judged(spec({ rules: [other, other], namespaces: ['shop', 'shop-b', 'shop'] }))).toEqual(first);
  });

  it('stores a whole ClusterRole as it is', () => {
    const judgement = judged({ access: { role: 'pod-fixer', namespaces: ['shop'] } });
    expect(judgement).toMatchObject({
      access: { whole: true, rules: (ROLES.get('pod-fixer') as { rules: object }).rules },
    });
  });

  it('has to be approved under every policy that offers all of it, and lasts no longer than the strictest says', () => {
    const strict = offering('strict', [{ role: 'pod-fixer', namespaces: ['*'], maxDuration: '5m' }]);
    const other = offering('elsewhere', [{ role: 'pod-fixer', namespaces: ['prod'] }]);
    const warns = offering('warns', [{ role: 'pod-fixer', namespaces: ['*'] }], { mode: 'Warn' });
    const strangers = offering('strangers', [{ role: 'pod-fixer', namespaces: ['*'] }], {
      agents: [{ user: 'somebody' }],
    });
    const policies = [POLICY, strict, other, warns, strangers];
    expect(judged(spec({ seconds: 300 }), { policies })).toMatchObject({
      kind: 'accepted',
      policies: [{ policy: { name: 'shop' } }, { policy: { name: 'strict' } }],
    });
    expect(outcome(spec({ seconds: 301 }), { policies })).toBe('too-long');
  });

  it('asks them all, too, when it names the ClusterRole of one', () => {
    const roles = new Map([...ROLES, ['own', { rules: [rule(['delete'], ['pods'])], isAggregated: false }]]);
    const policies = [POLICY, offering('own', [{ role: 'own', namespaces: ['shop'] }])];
    const judgement = judged(spec({ role: 'own' }), { policies, roles });
    expect(judgement).toMatchObject({
      access: { role: 'own' },
      policies: [{ policy: { name: 'own' } }, { policy: { name: 'shop' } }],
    });
  });

  it('may be a whole ClusterRole that the ceiling names by bind', () => {
    const ceiling = [
      rule(['bind'], ['clusterroles'], {
        apiGroups: ['rbac.authorization.k8s.io'],
        resourceNames: ['pod-fixer'],
      }),
    ];
    const whole = { access: { role: 'pod-fixer', namespaces: ['shop'] } };
    expect(outcome(whole, { ceiling })).toBe('accepted');
    // By `bind` nobody makes a Role of a part of it, whoever the ceiling lets bind it whole.
    const any = [rule(['bind'], ['clusterroles'], { apiGroups: ['rbac.authorization.k8s.io'] })];
    for (const rules of [ceiling, any])
      for (const cutOf of [spec({}), spec({ role: 'pod-fixer' })])
        expect(outcome(cutOf, { ceiling: rules })).toBe('ceiling');
  });
});

const TEN_YEARS = 315_360_000;
const REFUSED: readonly (readonly [string, Json, string, readonly string[]])[] = [
  ['no object', 'access', 'malformed', []],
  ['no access', {}, 'malformed', []],
  ['a requester', spec({}, { requester: { username: 'alice' } }), 'not-yours', []],
  ['a change', spec({}, { change: {} }), 'not-yours', []],
  ['a seal', spec({}, { seal: {} }), 'not-yours', []],
  ['subjects', spec({ subjects: [] }), 'not-yours', []],
  ['a URL', cut({ nonResourceURLs: ['/metrics'] }), 'not-yours', []],
  ['neither rules nor role', { access: { namespaces: ['shop'] } }, 'malformed', []],
  ['a whole one without a name', { access: { whole: true, namespaces: ['shop'] } }, 'malformed', []],
  ['a whole one with rules', spec({ whole: true, role: 'pod-fixer' }), 'malformed', []],
  [
    'a cut of nothing',
    { access: { whole: false, role: 'pod-fixer', namespaces: ['shop'] } },
    'malformed',
    [],
  ],
  ['no namespaces', spec({ namespaces: [] }), 'malformed', []],
  ['a reason that is none', spec({}, { reason: 7 }), 'malformed', []],
  ['no time', spec({ seconds: 0 }), 'malformed', []],
  ['negative time', spec({ seconds: -60 }), 'malformed', []],
  ['half a second', spec({ seconds: 0.5 }), 'malformed', []],
  ['time as text', spec({ seconds: '10m' }), 'malformed', []],
  [
    'ten years',
    spec({ seconds: TEN_YEARS }),
    'too-long',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 30m'],
  ],
  ['upper case', cut({ resources: ['Pods'] }), 'malformed', []],
  ['an upper-case verb', cut({ verbs: ['DELETE'] }), 'malformed', []],
  ['a slash behind', cut({ resources: ['pods/'] }), 'malformed', []],
  ['two slashes', cut({ resources: ['pods/exec/x'] }), 'malformed', []],
  ['an empty resource', cut({ resources: [''] }), 'malformed', []],
  ['a name that turns text round', cut({ resourceNames: ['web\u202e7'] }), 'malformed', []],
  ['a name with a line break', cut({ resourceNames: ['web\n7'] }), 'malformed', []],
  ['a long name', cut({ resourceNames: ['x'.repeat(254)] }), 'malformed', []],
  ['seventeen names', cut({ resourceNames: Array.from({ length: 17 }, (_, n) => `n${n}`) }), 'too-much', []],
  ['nine namespaces', spec({ namespaces: Array.from({ length: 9 }, (_, n) => `n${n}`) }), 'too-much', []],
  [
    'every verb',
    cut({ verbs: ['*'] }),
    'wildcard',
    ['kubectl assent ask --verb delete,get,list --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'every resource',
    spec({ rules: [rule(['get'], ['*'])] }),
    'wildcard',
    ['kubectl assent ask --verb get --resource pods,pods/log -n shop --for 10m'],
  ],
  [
    'every group',
    cut({ apiGroups: ['*'] }),
    'wildcard',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  ['every name', cut({ resourceNames: ['*'] }), 'wildcard', []],
  ['every scale', spec({ rules: [rule(['get'], ['*/scale'], { apiGroups: ['apps'] })] }), 'wildcard', []],
  [
    'every namespace',
    spec({ namespaces: ['*'] }),
    'wildcard',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'escalate',
    spec({ rules: [rule(['escalate'], ['roles'], { apiGroups: ['rbac.authorization.k8s.io'] })] }),
    'verb',
    [],
  ],
  ['impersonate', spec({ rules: [rule(['impersonate'], ['serviceaccounts'])] }), 'verb', []],
  [
    'deletecollection',
    spec({ rules: [rule(['deletecollection', 'delete'], ['pods'])] }),
    'verb',
    ['kubectl assent ask --verb delete --resource pods -n shop --for 10m'],
  ],
  [
    'roles',
    spec({ rules: [rule(['create'], ['roles'], { apiGroups: ['rbac.authorization.k8s.io'] })] }),
    'group',
    [],
  ],
  [
    'requests of Assent',
    spec({ rules: [rule(['create'], ['approvalrequests'], { apiGroups: ['assent.dev'] })] }),
    'group',
    [],
  ],
  ['tokens', spec({ rules: [rule(['create'], ['serviceaccounts/token'])] }), 'token', []],
  ['an unknown resource', spec({ rules: [rule(['get'], ['pod'])] }), 'unknown-resource', []],
  ['an unknown subresource', spec({ rules: [rule(['get'], ['pods/shell'])] }), 'unknown-resource', []],
  [
    'a group that is away',
    spec({ rules: [rule(['get'], ['things'], { apiGroups: ['away.example.com'] })] }),
    'unclear-resource',
    [],
  ],
  ['nodes', spec({ rules: [rule(['get'], ['nodes'])] }), 'cluster-scoped', []],
  ['namespaces', spec({ rules: [rule(['delete'], ['namespaces'])] }), 'cluster-scoped', []],
  [
    'all secrets',
    spec({ rules: [rule(['get'], ['secrets'])] }),
    'secrets-unnamed',
    ['kubectl assent ask --verb get --resource secrets --name db -n shop --for 10m'],
  ],
  [
    'another secret',
    spec({ rules: [rule(['get'], ['secrets'], { resourceNames: ['seal'] })] }),
    'not-offered',
    [],
  ],
  [
    'creation by name',
    spec({ rules: [rule(['create'], ['configmaps'], { resourceNames: ['one'] })] }),
    'create-named',
    [],
  ],
  [
    'where Assent runs',
    spec({ namespaces: ['assent-system', 'shop'] }),
    'own-namespace',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  ['a verb that is not offered', cut({ verbs: ['patch'] }), 'not-offered', []],
  [
    'more verbs than offered',
    cut({ verbs: ['patch', 'delete'] }),
    'not-offered',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  ['another namespace', spec({ namespaces: ['prod'] }), 'namespace', []],
  [
    'one namespace too many',
    spec({ namespaces: ['shop', 'prod'] }),
    'namespace',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  ['a namespace that is not there', spec({ namespaces: ['shop-missing'] }), 'no-namespace', []],
  [
    'one namespace of two that is not there',
    spec({ namespaces: ['shop', 'shop-missing'] }),
    'no-namespace',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'too much where it is not offered, and in a namespace that is not there',
    spec({ namespaces: ['prod', 'shop', 'shop-missing'] }),
    'namespace',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'a ClusterRole that nobody offers',
    spec({ role: 'cluster-admin' }),
    'role-not-offered',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'a ClusterRole that is gone',
    spec({ role: 'lost' }),
    'role-gone',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'an aggregated ClusterRole',
    spec({ role: 'gathered' }),
    'aggregated',
    ['kubectl assent ask --verb delete --resource pods --name web-7 -n shop --for 10m'],
  ],
  [
    'a ClusterRole that reaches out of namespaces',
    { access: { role: 'deployer', namespaces: ['shop'] } },
    'cluster-scoped',
    ['kubectl assent ask --role deployer --verb get,patch --resource deployments.apps -n shop --for 10m'],
  ],
  [
    'more than the ceiling',
    spec({ rules: [rule(['patch'], ['deployments', 'deployments/scale'], { apiGroups: ['apps'] })] }),
    'ceiling',
    ['kubectl assent ask --verb patch --resource deployments.apps -n shop --for 10m'],
  ],
  [
    'once for what is never seen',
    spec({ once: true, rules: [rule(['get'], ['pods'])] }),
    'once-unseen',
    ['kubectl assent ask --verb get --resource pods -n shop --for 10m'],
  ],
];

describe('an ask that is refused', () => {
  it.each(REFUSED)('%s', (_, submitted, code, commands) => {
    expect(outcome(submitted)).toBe(code);
    expect(advice(submitted)).toEqual(commands);
  });

  it('is a whole ClusterRole with wildcards', () => {
    const policies = [offering('lab', [{ role: 'wild', namespaces: ['lab'] }])];
    expect(outcome({ access: { role: 'wild', namespaces: ['lab'] } }, { policies })).toBe('wildcard');
    expect(outcome(spec({ namespaces: ['lab'] }), { policies })).toBe('accepted');
  });

  it('names what an agent may not set, spelt out', () => {
    const read = readAsk({ access: {}, 'x\u202ey': 1 });
    expect(read).toMatchObject({ refusal: { code: 'not-yours', about: 'spec.x\\u{202e}y' } });
  });

  it('is one of somebody whom no policy names', () => {
    expect(outcome(spec({}), { requester: aUser({ username: 'alice', groups: [] }) })).toBe('no-offer');
  });

  it('INV-2: is one of an agent that is named by its group alone, which it could leave at home', () => {
    const grouped = offering('grouped', [{ role: 'pod-fixer', namespaces: ['*'] }], {
      agents: [{ group: 'bots' }],
    });
    const requester = aUser({ username: 'robot', groups: ['bots'] });
    expect(outcome(spec({}), { requester, policies: [grouped] })).toBe('no-offer');
  });

  it('is every one without a ceiling', () => {
    expect(outcome(spec({}), { ceiling: [] })).toBe('ceiling');
    expect(advice(spec({}), { ceiling: [] })).toEqual([]);
  });

  it('has a sentence for each code', () => {
    for (const code of ASK_REFUSAL_CODES)
      expect(askRefusalWords({ code, about: 'ABOUT' })).toMatch(/^[a-z].*[^.]$/i);
  });
});
