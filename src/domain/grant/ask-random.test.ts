import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cut,
  facts,
  judged,
  offering,
  outcome,
  POLICY,
  ROLES,
  rule,
  spec,
} from '../../../test/builders/asks.ts';
import { aHead } from '../../../test/builders/policies.ts';
import { access as accessSchema } from '../../api/access.ts';
import type { Json } from '../change/json.ts';
import { askCommands } from '../message/ask-command.ts';
import { indexPolicies, offering as offeringNow } from '../policy/preselect.ts';
import { allows, deedsOf, isWithin, type PolicyRule } from './rules.ts';
import { operationOf } from './verbs.ts';

const some = (...of: string[]) => fc.uniqueArray(fc.constantFrom(...of), { minLength: 1, maxLength: 4 });
const anAsk = fc.record({
  rules: fc.array(
    fc.record(
      {
        verbs: some('get', 'list', 'delete', 'patch', 'create', '*', 'escalate', 'deletecollection'),
        apiGroups: some('', 'apps', '*', 'rbac.authorization.k8s.io'),
        resources: some(
          'pods',
          'pods/log',
          'pods/exec',
          'secrets',
          'deployments',
          'nodes',
          '*',
          'deployments/scale',
        ),
        resourceNames: some('web-7', 'db', '*'),
      },
      { requiredKeys: ['verbs', 'apiGroups', 'resources'] },
    ),
    { minLength: 1, maxLength: 3 },
  ),
  namespaces: some('shop', 'shop-a', 'prod', 'lab', '*', 'assent-system'),
  seconds: fc.integer({ min: -1, max: 100_000 }),
  once: fc.boolean(),
});

describe('INV-4: whatever is asked', () => {
  const strict = offering('strict', [{ role: 'pod-fixer', namespaces: ['shop'], maxDuration: '7m' }]);
  const policies = [POLICY, strict];

  it('what is accepted is storable, offered, and within the ceiling', () => {
    fc.assert(
      fc.property(anAsk, (access) => {
        const judgement = judged(spec(access), { policies });
        if (judgement.kind === 'refused') return;
        const { rules, role } = accessSchema.parse(judgement.access);
        const offered = ROLES.get(role) as { rules: PolicyRule[] };
        expect(isWithin(rules, offered.rules) && isWithin(rules, facts().ceiling)).toBe(true);
        expect(JSON.stringify(judgement.access)).not.toMatch(
          /\*|escalate|collection|rbac|nodes|assent-system/,
        );
      }),
      { numRuns: 600 },
    );
  });

  it('INV-1: what is accepted is asked of every policy by which the gate would hold a write under it', () => {
    const other = some('get', 'delete', 'patch', 'update', 'create', '*');
    const twins = fc.constantFrom('pods', 'pods/exec', 'deployments', 'pods/binding', 'bindings');
    const verb = fc.constantFrom('get', 'delete', 'patch', 'update', 'create');
    const name = fc.constantFrom('', 'web-7');
    let held = 0;
    fc.assert(
      fc.property(other, verb, twins, name, twins, (verbs, asked, path, only, offered) => {
        const roles = new Map([
          ['all', { rules: [rule(['*'], ['*'], { apiGroups: ['*'] })], isAggregated: false }],
          [
            'some',
            {
              rules: [rule(verbs, [offered], only === '' ? {} : { resourceNames: [only] })],
              isAggregated: false,
            },
          ],
        ]);
        const both = [
          offering('all', [{ role: 'all', namespaces: ['shop'] }]),
          offering('some', [{ role: 'some', namespaces: ['shop'] }]),
        ];
        const given = {
          policies: both,
          roles,
          ceiling: roles.get('all')!.rules,
          lookup: () => ({ namespaced: true }),
        };
        const judgement = judged(spec({ rules: [rule([asked], [path])] }), given);
        const operation = operationOf(asked, path);
        if (judgement.kind === 'refused' || operation === undefined) return;
        const head = aHead({
          operation,
          resource: `/${path}`,
          namespace: 'shop',
          name: 'web-7',
        });
        const holding = offeringNow(
          indexPolicies(both, (role) => roles.get(role)),
          head,
          // A change of what an object lives by needs a grant that holds `delete`, which is asked for as that.
          { labels: true, lifetime: false },
        );
        held += holding.length;
        const names = judgement.policies.map(({ policy }) => policy.name);
        expect(names).toEqual(expect.arrayContaining(holding.map((one) => one.name)));
      }),
      { numRuns: 600 },
    );
    expect(held).toBeGreaterThan(300);
  });

  it('what is advised is accepted as it stands, and is no more than was asked for', () => {
    let advised = 0;
    fc.assert(
      fc.property(anAsk, (access) => {
        const judgement = judged(spec(access), { policies });
        if (judgement.kind === 'accepted') return;
        for (const one of judgement.instead) {
          advised += 1;
          expect(askCommands(one)).toHaveLength(1);
          const given = JSON.parse(JSON.stringify({ access: one })) as Json;
          const again = judged(given, { policies });
          expect(again).toMatchObject({ kind: 'accepted' });
          expect(one.seconds).toBeLessThanOrEqual(access.seconds);
          expect(deedsOf(one.rules).every((deed) => allows(access.rules, deed))).toBe(true);
        }
      }),
      { numRuns: 600 },
    );
    expect(advised).toBeGreaterThan(100);
  });

  it('any JSON is judged without failing', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        for (const submitted of [
          one,
          { access: one },
          { access: { rules: [one], namespaces: other } },
          cut({ verbs: one, resources: other }),
        ])
          expect(typeof outcome(submitted as Json)).toBe('string');
      }),
    );
  });
});
