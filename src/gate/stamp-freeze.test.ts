// What whoever freezes an agent is told; that the stamp tells who did it is shown on a real API server (freeze.test.ts there).
import { describe, expect, it } from 'vitest';
import { aSealer, GateWorld } from '../../test/builders/gate-world.ts';
import { aPolicySpec, aUser } from '../../test/builders/policies.ts';
import { T0 } from '../../test/builders/request-facts.ts';
import { reviewOf } from '../../test/builders/reviews.ts';
import { stampFreeze } from './stamp-freeze.ts';

const POLICIES = [{ spec: aPolicySpec({ agents: [{ serviceAccount: 'agents/fixer-bot' }] }) }];

/** Somebody freezes this. */
function frozen(spec: Record<string, string>, policies = POLICIES, dryRun = false) {
  const review = reviewOf({
    operation: 'CREATE',
    name: 'stop',
    dryRun,
    object: { spec },
    userInfo: aUser({ username: 'alice', groups: [] }),
  });
  const ports = {
    api: new GateWorld(),
    sealer: aSealer(),
    own: { gate: 'g', controller: 'c' },
    isAgent: () => false,
    areAgentsGroups: () => false,
    policies,
  };
  return stampFreeze(review, ports, T0);
}

describe('a freeze', () => {
  it.each([false, true])(
    'of somebody whom no policy names is taken, with a warning (dry-run: %s)',
    (dryRun) => {
      expect(frozen({ serviceAccount: 'agents/nobody-bot' }, POLICIES, dryRun)).toMatchObject({
        kind: 'patch',
        warnings: [
          'assent: no policy names agents/nobody-bot as an agent, so this stops nobody now',
          'assent: agents that policies name: agents/fixer-bot',
        ],
      });
    },
  );

  it('keeps its warning short, whatever the name, and says where no policy names anybody', () => {
    const outcome = frozen({ user: 'x'.repeat(200) }, []);
    const [nobody = '', named] = outcome.kind === 'patch' ? (outcome.warnings ?? []) : [];
    expect(nobody).toMatch(/^assent: no policy names user:x+.* as an agent, so this stops nobody now$/);
    expect(nobody.length).toBeLessThanOrEqual(120);
    expect(named).toBe('assent: agents that policies name: none');
  });

  it('of an agent warns of nothing', () => {
    expect(frozen({ serviceAccount: 'agents/*' })).toMatchObject({ kind: 'patch', warnings: [] });
  });
});
