import { describe, expect, it } from 'vitest';
import { judged, offering, outcome, rule, spec } from '../../../test/builders/asks.ts';
import { aUser } from '../../../test/builders/policies.ts';
import type { Json } from '../change/json.ts';

describe('INV-1: an ask is asked of every policy by which the gate would hold its writes', () => {
  const roleOf = (verbs: string[], over: object = {}) => ({
    rules: [rule(verbs, ['deployments'], { apiGroups: ['apps'], ...over })],
    isAggregated: false,
  });
  const roles = new Map([
    ['patcher', roleOf(['get', 'patch'])],
    ['updater', roleOf(['update'])],
    ['one-updater', roleOf(['update'], { resourceNames: ['api'] })],
    ['deleter', roleOf(['get', 'delete'])],
    ['reader', roleOf(['get'])],
  ]);
  const patcher = offering('patcher', [{ role: 'patcher', namespaces: ['*'], maxDuration: '1h' }]);
  const patch = (names?: string[], over: object = {}) =>
    spec({
      rules: [
        rule(['get', 'patch'], ['deployments'], {
          apiGroups: ['apps'],
          ...(names && { resourceNames: names }),
        }),
      ],
      ...over,
    });
  const other = (role: string, namespaces = ['shop'], over: object = {}) =>
    offering('other', [{ role, namespaces, maxDuration: '20m' }], over);
  const both = ['other', 'patcher'];

  it.each<[string, ReturnType<typeof offering>, Json, string[]]>([
    ['an update there is the same write', other('updater'), patch(), both],
    ['in one of its namespaces', other('updater'), patch(undefined, { namespaces: ['a', 'shop'] }), both],
    ['nowhere near', other('updater', ['prod']), patch(), ['patcher']],
    ['of some name', other('one-updater'), patch(), both],
    ['of that name', other('one-updater'), patch(['api', 'web']), both],
    ['of another name', other('one-updater'), patch(['web']), ['patcher']],
    ['another write', other('deleter'), patch(), ['patcher']],
    ['a read, which nobody holds', other('reader'), patch(), ['patcher']],
    ['a policy that enforces nothing', other('updater', ['shop'], { mode: 'Warn' }), patch(), ['patcher']],
    ['of somebody else', other('updater', ['shop'], { agents: [{ user: 'x' }] }), patch(), ['patcher']],
  ])('%s', (_, policy, submitted, names) => {
    const judgement = judged(submitted, { policies: [patcher, policy], roles });
    expect(judgement.kind === 'accepted' && judgement.policies.map((one) => one.policy.name)).toEqual(names);
  });

  it('also of one that names the agent by its group, which lets nobody ask', () => {
    const requester = aUser({ groups: ['bots'] });
    const grouped = other('updater', ['shop'], { agents: [{ group: 'bots' }] });
    expect(judged(patch(), { requester, policies: [patcher, grouped], roles })).toMatchObject({
      access: { role: 'patcher' },
      policies: [{ policy: { name: 'other' } }, { policy: { name: 'patcher' } }],
    });
    expect(outcome(patch(), { requester, policies: [grouped], roles })).toBe('no-offer');
  });

  it('for no longer than any of them offers', () => {
    const over = { policies: [patcher, other('updater')], roles };
    expect(outcome(patch(undefined, { seconds: 1_200 }), over)).toBe('accepted');
    expect(outcome(patch(undefined, { seconds: 1_201 }), over)).toBe('too-long');
    // An offer of a part of it makes nothing longer in the policy that offers it whole.
    const access = [
      { role: 'patcher', namespaces: ['*'], maxDuration: '5m' },
      { role: 'updater', namespaces: ['*'], maxDuration: '2h' },
    ];
    const policies = [offering('patcher', access)];
    expect(outcome(patch(undefined, { seconds: 300 }), { policies, roles })).toBe('accepted');
    expect(outcome(patch(undefined, { seconds: 301 }), { policies, roles })).toBe('too-long');
  });
});
