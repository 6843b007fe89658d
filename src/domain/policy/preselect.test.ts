import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aHead, aLoadedPolicy, aPolicySpec, aRule, BOT } from '../../../test/builders/policies.ts';
import { randomHead, randomSpec } from '../../../test/builders/random-policies.ts';
import { isAgent } from './agents.ts';
import { matchRules } from './implied.ts';
import { isAboutNamespace, namespaceMatches, namespaceOf, type Labels } from './namespaces.ts';
import type { Policy } from './policy.ts';
import { indexPolicies, preselect } from './preselect.ts';

const none = (): Labels | undefined => undefined;
const names = (policies: readonly Policy[]) => policies.map(({ name }) => name);

describe('preselect', () => {
  it('returns the policies in the order of their names', () => {
    const index = indexPolicies(['c', 'a', 'b'].map((name) => aLoadedPolicy(name)));
    expect(names(preselect(index, aHead(), none))).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, Parameters<typeof aPolicySpec>[0], Parameters<typeof aHead>[0], boolean]>([
    ['everything fits', {}, {}, true],
    ['another user', {}, { userInfo: { username: 'amy' } }, false],
    ['another resource', {}, { resource: 'apps/statefulsets' }, false],
    ['another operation', { rules: [aRule({ operations: ['CREATE'] })] }, {}, false],
    ['an update that may come to a deletion', { rules: [aRule({ operations: ['DELETE'] })] }, {}, true],
    ['an update by a subresource', { rules: [aRule()] }, { resource: 'apps/deployments/status' }, true],
    [
      'the creation of a subresource',
      { rules: [aRule()] },
      { resource: 'apps/deployments/x', operation: 'CREATE' },
      false,
    ],
    [
      'a Namespace object that may be relabelled',
      { namespaces: { selector: {} }, rules: [aRule({ operations: ['CREATE'] })] },
      { resource: '/namespaces/finalize', name: 'prod' },
      true,
    ],
    ['another name', { rules: [aRule({ resourceNames: ['api'] })] }, {}, false],
    ['another namespace', { namespaces: { names: ['dev'] } }, {}, false],
    ['a namespace with the label', { namespaces: { selector: { matchLabels: { env: 'prod' } } } }, {}, true],
    ['a namespace without it', { namespaces: { selector: { matchLabels: { env: 'x' } } } }, {}, false],
    [
      'a namespace whose labels are unknown',
      { namespaces: { selector: { matchLabels: { env: 'x' } } } },
      { namespace: 'new' },
      true,
    ],
    [
      'a Namespace object, whose labels are told later',
      {
        namespaces: { selector: { matchLabels: { env: 'x' } } },
        rules: [aRule({ apiGroups: [''], resources: ['*'] })],
      },
      { resource: '/namespaces', name: 'prod' },
      true,
    ],
    [
      'the deletion of a namespace that is named',
      { namespaces: { names: ['prod'] } },
      { resource: '/namespaces', name: 'prod', operation: 'DELETE' },
      true,
    ],
    [
      'the deletion of another one',
      { namespaces: { names: ['prod'] } },
      { resource: '/namespaces', name: 'dev', namespace: 'dev', operation: 'DELETE' },
      false,
    ],
    [
      'a cluster-scoped object',
      { rules: [aRule({ resources: ['*'], apiGroups: [''] })] },
      { resource: '/nodes', namespace: '' },
      true,
    ],
  ])('%s', (_name, spec, head, expected) => {
    const index = indexPolicies([aLoadedPolicy('p', aPolicySpec(spec))]);
    const labels = (name: string) => (name === 'prod' ? { env: 'prod' } : undefined);
    expect(preselect(index, aHead(head), labels)).toHaveLength(expected ? 1 : 0);
  });

  it('tells users apart whatever characters their names and groups have', () => {
    const index = indexPolicies([aLoadedPolicy('p', aPolicySpec({ agents: [{ group: 'agents' }] }))]);
    const as = (username: string, groups: string[]) =>
      preselect(index, aHead({ userInfo: { username, groups } }), none);
    expect(as('x\nagents', ['a'])).toHaveLength(0);
    expect(as('x', ['agents', 'a'])).toHaveLength(1);
  });

  it('INV-1: finds what looking at each policy by itself finds, in whatever order it is asked', () => {
    const labelsOf = (name: string): Labels | undefined => (name === 'dev' ? { env: 'dev' } : undefined);
    const oneByOne = (policies: readonly Policy[], head: ReturnType<typeof aHead>) => {
      const namespace = namespaceOf(head);
      const labels = isAboutNamespace(head) ? undefined : labelsOf(namespace);
      const facts = { namespace, labelSets: labels ? [labels] : [] };
      return policies.filter(
        (policy) =>
          isAgent(policy.spec, head.userInfo) &&
          matchRules(policy.spec, head) &&
          namespaceMatches(policy, facts),
      );
    };
    fc.assert(
      fc.property(
        fc.array(randomSpec, { maxLength: 40 }),
        fc.array(randomHead, { minLength: 1, maxLength: 6 }),
        (specs, heads) => {
          const policies = specs.map((spec, at) => aLoadedPolicy(`p${String(at).padStart(2, '0')}`, spec));
          const index = indexPolicies(policies.toReversed());
          for (const head of heads) {
            expect(names(preselect(index, head, labelsOf))).toEqual(names(oneByOne(policies, head)));
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('speed', () => {
  /** Policies of many teams: their own agents and namespaces, the same resources. */
  const teams = (count: number) =>
    indexPolicies(
      Array.from({ length: count }, (_, at) =>
        aLoadedPolicy(
          `team-${String(at).padStart(4, '0')}`,
          aPolicySpec({
            agents: [{ serviceAccount: `team-${at}/*` }, { serviceAccount: 'agents/bot' }],
            namespaces: { names: [`team-${at}-*`] },
            rules: [
              aRule({ resources: ['deployments', 'deployments/scale'] }),
              aRule({ apiGroups: [''], resources: ['*'] }),
            ],
          }),
        ),
      ),
    );

  const p99 = (count: number): number => {
    const index = teams(count);
    const heads = Array.from({ length: 200 }, (_, at) =>
      aHead({ namespace: `team-${at % 10}-prod`, uid: String(at) }),
    );
    const rounds = Array.from({ length: 40 }, () => {
      const started = performance.now();
      for (const head of heads) preselect(index, head, none);
      return performance.now() - started;
    }).sort((one, other) => one - other);
    // The fastest rounds: the machine may be busy with other things.
    return (rounds[4] ?? 0) / heads.length;
  };

  it('a thousand policies take a few microseconds more than ten', () => {
    p99(10);
    const [few, many] = [p99(10), p99(1_000)];
    // A review takes a millisecond: 1.5x of that is far above what is allowed here.
    expect(many - few).toBeLessThan(0.03);
  });

  it('remembers no more identities than its bound', () => {
    const index = teams(1);
    for (let at = 0; at < 5_000; at += 1) {
      preselect(index, aHead({ userInfo: { username: `${BOT}-${at}` }, namespace: 'team-0-a' }), none);
      preselect(index, aHead({ namespace: `n${at}` }), none);
    }
    expect(index.byUser.size).toBe(4_096);
    expect(index.byNamespace.size).toBe(4_096);
  });
});
