// Claims one of an agent's slots before a request is opened. The ledger is one small object for each agent, written by
// compare-and-swap, so that the caps hold for all replicas together (T85). What it cannot write it does not allow.
import { createHash } from 'node:crypto';
import { claimSlot, type LedgerEntry } from '../domain/request/caps.ts';
import type { GateApi, Ledger } from './ports.ts';

/** What this replica knows about an agent's requests, from its cache. */
export interface AgentView {
  readonly pending: ReadonlySet<string>;
  readonly finished: (name: string) => boolean;
}

/** The answer to a claim. */
export type Claim =
  | { readonly kind: 'open' }
  | { readonly kind: 'too-many-pending'; readonly pending: number; readonly limit: number }
  | { readonly kind: 'too-many-new'; readonly limit: number; readonly retryAt: number };

/** Everything a claim is decided on. */
export interface ClaimInput {
  readonly username: string;
  readonly name: string;
  readonly limits: { readonly pending: number; readonly newPerMinute: number };
  readonly view: AgentView;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** How often a lost race is tried again before the change is denied as undecidable. */
const TRIES = 12;

/** Short stable name of an agent for its ledger object; a user name may hold characters that object names may not. */
export const ledgerKey = (username: string): string =>
  createHash('sha256').update(username).digest('hex').slice(0, 20);

/** Claims slots, remembering each ledger as last written to save a read. */
export class Quota {
  private readonly last = new Map<string, Ledger>();
  private readonly api: GateApi;

  constructor(api: GateApi) {
    this.api = api;
  }

  /**
   * Claims a slot for the request `input.name`, or says which cap is reached.
   * @throws when the ledger cannot be read or written; the caller denies
   */
  async claim(input: ClaimInput): Promise<Claim> {
    const key = ledgerKey(input.username);
    let ledger = this.last.get(key) ?? (await this.api.readLedger(key, input.signal));
    for (let tries = 0; tries < TRIES; tries++) {
      const decision = claimSlot(
        { ...input.view, ledger: parseLedger(ledger.value), name: input.name, limits: input.limits },
        input.now,
      );
      // "known": another replica holds the slot for this very request, and creating it twice ends in AlreadyExists.
      if (decision.kind === 'known') return { kind: 'open' };
      if (decision.kind !== 'open') {
        if (tries > 0 || !this.last.has(key)) return decision;
        // A remembered ledger may be old: before refusing on it, look once.
        this.last.delete(key);
        ledger = await this.api.readLedger(key, input.signal);
        continue;
      }
      const written = await this.api.writeLedger(
        key,
        { value: JSON.stringify(decision.ledger), version: ledger.version },
        input.signal,
      );
      if (written) {
        this.last.set(key, written);
        return { kind: 'open' };
      }
      this.last.delete(key);
      ledger = await this.api.readLedger(key, input.signal);
    }
    throw new Error(`the ledger of ${input.username} stayed contended`);
  }
}

/** Reads a stored ledger. One that cannot be read throws: an agent must not gain slots by damaging it. */
function parseLedger(value: string): LedgerEntry[] {
  if (value === '') return [];
  const parsed: unknown = JSON.parse(value);
  if (!Array.isArray(parsed)) throw new Error('the ledger is not a list');
  return parsed.map((entry: unknown) => {
    const { name, at } = entry as Partial<LedgerEntry>;
    if (typeof name !== 'string' || typeof at !== 'number')
      throw new Error('the ledger has an entry of another shape');
    return { name, at };
  });
}
