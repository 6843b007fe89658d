import { describe, expect, it } from 'vitest';
import { aFakeApi, aFakeScreen } from '../../../test/builders/cli.ts';
import type { AgentFreeze } from '../../api/agent-freeze.ts';
import { ApiError } from '../../kube/errors.ts';
import { agentText } from '../../domain/message/agent-text.ts';
import { parseCommand } from '../arguments.ts';
import { EXIT } from '../screen.ts';
import { freeze, unfreeze } from './freeze.ts';

const typed = (words: string) => {
  const parsed = parseCommand(words.split(' '));
  if (!parsed.ok) throw new Error(parsed.message);
  if (parsed.command.verb !== 'freeze' && parsed.command.verb !== 'unfreeze') throw new Error('another verb');
  return parsed.command;
};
const stored = (name: string, spec: AgentFreeze['spec']) =>
  ({ kind: 'AgentFreeze', metadata: { name }, spec }) as unknown as AgentFreeze;

describe('freeze', () => {
  it.each([
    ['agents/deploy-bot', { serviceAccount: 'agents/deploy-bot' }],
    ['user:bot@example.com', { user: 'bot@example.com' }],
    ['group:bots', { group: 'bots' }],
  ])('takes %s, and the same name for the same agent', async (agent, spec) => {
    const made: [string, AgentFreeze['spec']][] = [];
    const api = { ...aFakeApi([]) };
    api.freeze = (name, given) => {
      made.push([name, given]);
      return Promise.resolve(stored(name, given));
    };
    const screen = aFakeScreen();
    for (const reason of ['', ' --reason stop'])
      expect(await freeze(typed(`freeze ${agent}${reason}`), api, screen)).toBe(EXIT.ok);
    expect(made.map(([, given]) => given)).toEqual([spec, { ...spec, reason: 'stop' }]);
    expect(made[0]?.[0]).toBe(made[1]?.[0]);
    expect(made[0]?.[0]).toMatch(/^[a-z0-9][-a-z0-9]*$/);
    expect(screen.lines[0]).toContain(
      `frozen: ${agent}; what policies name is refused at once, all else that it sends within a few seconds`,
    );
    expect(screen.lines[0]).toContain(`an administrator lets it go on: kubectl assent unfreeze ${agent}`);
    expect(agentText(spec)).toBe(agent);
  });

  it('is content with an agent that is frozen already, and tells a refusal in its own words', async () => {
    const answers = [
      [409, { reason: 'AlreadyExists' }, EXIT.ok, 'frozen already: agents/a'],
      [403, { message: 'denied the request: refused: only people (agent)' }, EXIT.failed, 'refused: only'],
    ] as const;
    for (const [code, status, exit, words] of answers) {
      const api = { ...aFakeApi([]), freeze: () => Promise.reject(new ApiError(code, status)) };
      const screen = aFakeScreen();
      expect(await freeze(typed('freeze agents/a'), api, screen)).toBe(exit);
      expect([...screen.lines, ...screen.errors].join()).toContain(words);
    }
  });

  it.each(['freeze', 'freeze deploy-bot', 'freeze user:', 'unfreeze a/b/c'])('refuses: %s', (words) => {
    expect(parseCommand(words.split(' '))).toMatchObject({
      ok: false,
      message: expect.stringContaining('needs the name of an agent'),
    });
  });
});

describe('unfreeze', () => {
  it('takes away every freeze of exactly this agent, and says when there is none', async () => {
    const gone: string[] = [];
    const api = {
      ...aFakeApi([]),
      freezes: () =>
        Promise.resolve([
          stored('one', { serviceAccount: 'agents/a' }),
          stored('two', { serviceAccount: 'agents/*' }),
          stored('three', { serviceAccount: 'agents/a' }),
        ]),
      unfreeze: (name: string) => Promise.resolve(void gone.push(name)),
    };
    const screen = aFakeScreen();
    expect(await unfreeze(typed('unfreeze agents/a'), api, screen)).toBe(EXIT.ok);
    expect(gone).toEqual(['one', 'three']);
    expect(await unfreeze(typed('unfreeze agents/b'), api, screen)).toBe(EXIT.failed);
    expect(screen.errors).toEqual([
      'no freeze names agents/b; kubectl get agentfreezes lists those that there are',
    ]);
  });
});
