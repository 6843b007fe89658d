import { describe, expect, it } from 'vitest';
import type { AgentFreeze, AgentFreezeSpec } from '../../api/agent-freeze.ts';
import { aPolicySpec } from '../../../test/builders/policies.ts';
import { freezeOf, frozenTest } from './frozen.ts';

const freeze = (spec: AgentFreezeSpec) => ({ metadata: { name: 'f' }, spec }) as unknown as AgentFreeze;
const BOT = { username: 'system:serviceaccount:agents:bot', groups: ['bots'] };

describe('a freeze', () => {
  it.each<[AgentFreezeSpec, boolean]>([
    [{ serviceAccount: 'agents/bot' }, true],
    [{ serviceAccount: 'agents/*' }, true],
    [{ serviceAccount: 'agents/other' }, false],
    [{ serviceAccount: 'bot' }, false],
    [{ group: 'bots' }, true],
    [{ group: '' }, false],
    [{ user: 'system:serviceaccount:agents:bot' }, true],
    [{ user: ' ' }, false],
    [{}, false],
  ])('%j names the bot: %s', (spec, isNamed) => {
    expect(freezeOf([freeze({ user: 'nobody' }), freeze(spec)], BOT) !== undefined).toBe(isNamed);
  });

  it('INV-6: is compiled for agents alone, and for nobody where there is no freeze or no agent', () => {
    const policies = [{ spec: aPolicySpec() }];
    expect(frozenTest([], policies)).toBeUndefined();
    expect(frozenTest([freeze({ user: '*' })], [])).toBeUndefined();
    const test = frozenTest([freeze({ user: '*' })], policies) ?? '';
    const [agents, frozen] = test.split(' && ');
    expect(frozen).toBe('(true)');
    expect(agents).toContain('"system:serviceaccount:agents:bot"');
  });
});
