import { describe, expect, it } from 'vitest';
import type { GateApi, Ledger } from './ports.ts';
import { Quota } from './quota.ts';

/** A store of ledgers with compare-and-swap, shared by replicas. */
class Ledgers {
  readonly stored = new Map<string, Ledger>();
  reads = 0;
  writes = 0;
  lost = 0;

  readonly api = {
    readLedger: async (agent: string) => {
      this.reads += 1;
      await Promise.resolve();
      return this.stored.get(agent) ?? { value: '', version: '' };
    },
    writeLedger: async (agent: string, ledger: Ledger) => {
      await Promise.resolve();
      if ((this.stored.get(agent)?.version ?? '') !== ledger.version) {
        this.lost += 1;
        return undefined;
      }
      this.writes += 1;
      const written = { value: ledger.value, version: `${this.writes}` };
      this.stored.set(agent, written);
      return written;
    },
  } as unknown as GateApi;
}

const NOW = Date.UTC(2026, 10, 22);
const claim = (quota: Quota, name: string, limits = { pending: 10, newPerMinute: 6 }) =>
  quota.claim({
    username: 'bot',
    name,
    limits,
    view: { pending: new Set(), finished: () => false },
    now: NOW,
    signal: AbortSignal.timeout(60_000),
  });
const many = (count: number, of: (n: number) => ReturnType<typeof claim>) =>
  Promise.all(Array.from({ length: count }, (_, n) => of(n)));

describe('Quota', () => {
  it('lets a hundred claims of the same request through with one write', async () => {
    const ledgers = new Ledgers();
    const quota = new Quota(ledgers.api);
    const claims = await many(100, () => claim(quota, 'same'));
    expect(new Set(claims.map((one) => one.kind))).toEqual(new Set(['open']));
    expect(ledgers).toMatchObject({ reads: 1, writes: 1, lost: 0 });
  });

  it.each([
    ['newPerMinute', { pending: 10, newPerMinute: 6 }, 6, 'too-many-new'],
    ['pending', { pending: 4, newPerMinute: 60 }, 4, 'too-many-pending'],
  ])('keeps %s over two replicas that claim at once', async (_, limits, most, refusal) => {
    const ledgers = new Ledgers();
    const [left, right] = [new Quota(ledgers.api), new Quota(ledgers.api)];
    const claims = await many(200, (n) => claim(n % 2 === 0 ? left : right, `flood-${n}`, limits));
    expect(claims.filter((one) => one.kind === 'open')).toHaveLength(most);
    expect(claims.filter((one) => one.kind === refusal)).toHaveLength(200 - most);
  });

  it('does not look anew for each refusal of a flood', async () => {
    const ledgers = new Ledgers();
    const quota = new Quota(ledgers.api);
    await many(200, (n) => claim(quota, `flood-${n}`));
    expect(ledgers.reads).toBeLessThan(4);
  });

  it('looks once before it refuses on what it remembers', async () => {
    const ledgers = new Ledgers();
    const quota = new Quota(ledgers.api);
    await many(6, (n) => claim(quota, `flood-${n}`));
    ledgers.stored.clear();
    expect(await claim(quota, 'later')).toEqual({ kind: 'open', isNew: true });
  });

  it('goes on after a claim that failed (INV-7)', async () => {
    const ledgers = new Ledgers();
    const readLedger = ledgers.api.readLedger.bind(ledgers.api);
    const quota = new Quota(ledgers.api);
    ledgers.api.readLedger = () => Promise.reject(new Error('away'));
    const [first, second] = await Promise.allSettled([claim(quota, 'a'), claim(quota, 'b')]);
    expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
    ledgers.api.readLedger = readLedger;
    expect(await claim(quota, 'c')).toEqual({ kind: 'open', isNew: true });
  });

  it('gives no slot on a damaged ledger', async () => {
    const ledgers = new Ledgers();
    const quota = new Quota(ledgers.api);
    await claim(quota, 'a');
    for (const key of ledgers.stored.keys()) ledgers.stored.set(key, { value: '{"x":1}', version: '1' });
    await expect(claim(new Quota(ledgers.api), 'b')).rejects.toThrow('not a list');
  });
});
