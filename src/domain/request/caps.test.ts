import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { claimSlot, LEDGER_WINDOW_MS, type CapFacts, type LedgerEntry } from './caps.ts';

const facts = (over: Partial<CapFacts> = {}): CapFacts => ({
  ledger: [],
  pending: new Set(),
  finished: () => false,
  name: 'new',
  limits: { pending: 10, newPerMinute: 6 },
  ...over,
});
const entries = (n: number, at = 1_000): LedgerEntry[] =>
  Array.from({ length: n }, (_, i) => ({ name: `r${i}`, at }));

describe('claimSlot', () => {
  it('opens the first request and writes it down', () => {
    expect(claimSlot(facts(), 5_000)).toEqual({ kind: 'open', ledger: [{ name: 'new', at: 5_000 }] });
  });

  it('gives no second slot to a request that another replica is opening', () => {
    expect(claimSlot(facts({ ledger: [{ name: 'new', at: 4_000 }] }), 5_000)).toEqual({ kind: 'known' });
  });

  it('counts what the cache shows and what the ledger knows, each once', () => {
    const pending = new Set(['r0', 'r1', 'old1', 'old2', 'old3', 'old4', 'old5', 'old6']);
    expect(claimSlot(facts({ ledger: entries(4), pending }), 5_000)).toMatchObject({
      kind: 'too-many-pending',
    });
    expect(claimSlot(facts({ ledger: entries(2), pending }), 5_000)).toMatchObject({ kind: 'open' });
  });

  it('does not count a request of the last minute that is already answered as pending, but as new', () => {
    const decided = facts({ ledger: entries(6), finished: () => true });
    expect(claimSlot(decided, 5_000)).toEqual({
      kind: 'too-many-new',
      limit: 6,
      retryAt: 1_000 + LEDGER_WINDOW_MS,
    });
    expect(claimSlot(decided, 1_000 + LEDGER_WINDOW_MS)).toMatchObject({ kind: 'open' });
  });

  it.each([
    ['keeps entries of the near future: the clocks of replicas differ', 59_000, 'too-many-new'],
    ['forgets entries of a clock that was far ahead, which would lock the agent out', 3_600_000, 'open'],
  ])('%s', (_, ahead, kind) => {
    const ledger = entries(6, 5_000 + ahead);
    expect(claimSlot(facts({ ledger, finished: () => true }), 5_000)).toMatchObject({ kind });
  });

  it('never has more than the limits, whatever the order of claims and replicas', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 4_000 }), { minLength: 1, maxLength: 80 }), (gaps) => {
        let ledger: readonly LedgerEntry[] = [];
        let now = 0;
        const opened: number[] = [];
        gaps.forEach((gap, i) => {
          now += gap;
          const decision = claimSlot(facts({ ledger, name: `n${i}`, finished: () => true }), now);
          if (decision.kind === 'open') {
            ledger = decision.ledger;
            opened.push(now);
          }
        });
        for (const at of opened) {
          expect(
            opened.filter((other) => other <= at && at - other < LEDGER_WINDOW_MS).length,
          ).toBeLessThanOrEqual(6);
        }
      }),
    );
  });
});
