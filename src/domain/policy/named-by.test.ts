import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayStop } from './named-by.ts';
import { freezeOf } from './frozen.ts';
import { isAgent } from './agents.ts';
import type { AgentFreeze } from '../../api/agent-freeze.ts';

const account = (serviceAccount: string) => ({ serviceAccount });

describe('a freeze', () => {
  it.each([
    [account('agents/nobody-bot'), [account('agents/fixer-bot')], false],
    [account('agents/fixer-bot'), [account('agents/fixer-bot')], true],
    [account('agents/fixer-bot'), [account('agents/*')], true],
    [account('agents/*'), [account('agents/fixer-bot')], true],
    [account('other/*'), [account('agents/fixer-bot')], false],
    // Nobody looks for what two patterns have in common.
    [account('a*/x'), [account('*b/x')], true],
    [account('agents/bot'), [{ user: 'system:serviceaccount:agents:bot' }], true],
    [account('agents/bot'), [{ user: 'alice' }], false],
    [account('agents/bot'), [{ group: 'system:serviceaccounts:agents' }], true],
    [account('agents/bot'), [{ group: 'bots' }], false],
    [{ user: 'alice' }, [{ user: 'bob' }], false],
    [{ user: 'alice' }, [{ user: 'ali*' }], true],
    // Nobody knows who is in a group.
    [{ user: 'alice' }, [{ group: 'bots' }], true],
    [{ group: 'bots' }, [{ user: 'alice' }], true],
    [{ group: 'bots' }, [], false],
    [account('agents/bot'), [], false],
  ])('%j may stop an agent of %j: %s', (freeze, agents, may) => expect(mayStop(freeze, agents)).toBe(may));

  it('is never said to stop nobody where it stops a ServiceAccount that a policy names', () => {
    const half = fc.constantFrom('a', 'b', 'ab', 'a*', '*b', '*');
    const named = fc.tuple(half, half).map(([namespace, name]) => account(`${namespace}/${name}`));
    fc.assert(
      fc.property(named, named, half, half, (freeze, agent, namespace, name) => {
        const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
        const user = { username: `system:serviceaccount:${namespace}:${name}`, groups };
        const stops = freezeOf([{ spec: freeze } as unknown as AgentFreeze], user) !== undefined;
        fc.pre(stops && isAgent({ agents: [agent] }, user) !== undefined);
        expect(mayStop(freeze, [agent])).toBe(true);
      }),
    );
  });
});
