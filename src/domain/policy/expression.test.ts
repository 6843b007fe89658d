// The expression is evaluated with our own engine here, and by a real API server in test/controlplane.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aLoadedPolicy, aPolicySpec } from '../../../test/builders/policies.ts';
import { randomSpec } from '../../../test/builders/random-policies.ts';
import { compileCel } from '../../cel/program.ts';
import { toCel } from '../../cel/value.ts';
import { isAgent } from './agents.ts';
import { agentTest } from './expression.ts';

function evaluate(expression: string, userInfo: unknown): unknown {
  const compiled = compileCel(expression, { variables: ['request'], maxLength: 100_000 });
  if (!compiled.ok) throw new Error(`${compiled.message} in ${expression}`);
  const result = compiled.program.evaluate({ request: toCel({ userInfo }) });
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

const text = fc.string({
  unit: fc.constantFrom('a', 'b', '*', '.', '(', '[', '\\', '"', "'", '$', ':', '/', '\n', 'é', '😀'),
  maxLength: 6,
});
const blank = (one: string) => one.trim() === '';

describe('agentTest', () => {
  it('says nothing where nobody is named', () => {
    expect(agentTest([])).toBeUndefined();
  });

  it('is short, sorted and without repetition', () => {
    const policies = [
      aPolicySpec({ agents: [{ user: 'zoe' }, { serviceAccount: 'agents/*' }, { group: 'b' }] }),
      aPolicySpec({
        agents: [{ user: 'bot-*' }, { user: 'bot-1' }, { user: 'zoe' }, { group: 'a' }, { group: 'x:*' }],
      }),
    ].map((spec, at) => aLoadedPolicy(`p${at}`, spec));
    const expected = [
      `u.?username.orValue('') in ["zoe"]`,
      `u.?username.orValue('').startsWith("bot-")`,
      `u.?username.orValue('').matches("(?s)^system:serviceaccount:(?:agents:[^/:]+)$")`,
      `(u.?username.orValue('') != "system:apiserver" && u.?groups.orValue([]).exists(g, g in ["a", "b"] || g.startsWith("x:")))`,
    ].join(' || ');
    expect(agentTest(policies, 'u')?.expression).toBe(expected);
    expect(agentTest(policies.toReversed(), 'u')?.expression).toBe(expected);
  });

  it.each([{}, { username: 'amy' }, { groups: ['g'] }, { username: '', groups: [] }])(
    'is total: %j is no agent and no error',
    (userInfo) => {
      const spec = aPolicySpec({
        agents: [{ user: 'a*', owners: [] }, { serviceAccount: 'a/*' }, { group: 'x*' }],
      });
      const agents = aPolicySpec({ agents: [{ user: 'b' }] });
      const test = agentTest([
        aLoadedPolicy('p', agents),
        aLoadedPolicy('q', { ...spec, agents: spec.agents.slice(1) }),
      ]);
      expect(evaluate(test?.expression ?? '', userInfo)).toBe(false);
    },
  );

  it('INV-1, INV-6: is true for agents and for nobody else, whatever characters the names have', () => {
    const agent = fc.oneof(
      text.filter((one) => !blank(one)).map((user) => ({ user })),
      text.filter((one) => !blank(one)).map((group) => ({ group })),
      fc
        .tuple(fc.constantFrom('a', 'a*', '*', 'b-*'), fc.constantFrom('x', '*', 'x*y'))
        .map((halves) => ({ serviceAccount: halves.join('/') })),
    );
    const username = fc.oneof(
      text.filter((one) => !blank(one)),
      fc.constantFrom(
        'system:serviceaccount:a:x',
        'system:serviceaccount:b-c:xzy',
        'system:serviceaccount:c:x',
        'system:serviceaccount:a:x:y',
        'system:serviceaccount:a:x/y',
        'system:apiserver',
      ),
    );
    const groups = fc.array(
      text.filter((one) => !blank(one)),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(fc.array(agent, { minLength: 1, maxLength: 5 }), username, groups, (agents, name, all) => {
        const spec = { ...aPolicySpec(), agents };
        const expression = agentTest([{ spec }])?.expression ?? 'false';
        const user = { username: name, groups: all };
        expect(evaluate(expression, user)).toBe(isAgent(spec, user) !== undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it('INV-1: takes the agents of every policy, whatever its mode and action', () => {
    fc.assert(
      fc.property(fc.array(randomSpec, { minLength: 1, maxLength: 6 }), (specs) => {
        const expression = agentTest(specs.map((spec) => ({ spec })))?.expression ?? 'false';
        for (const username of ['system:serviceaccount:agents:bot', 'bot@example.com', 'amy']) {
          const user = { username, groups: ['agents:ci'] };
          expect(evaluate(expression, user)).toBe(specs.some((spec) => isAgent(spec, user) !== undefined));
        }
      }),
    );
  });
});
