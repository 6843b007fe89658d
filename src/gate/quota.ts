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
  /** `isNew`: the slot was not held for this very request before. */
  | { readonly kind: 'open'; readonly isNew: boolean }
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

/** A ledger as last read or written, and when: a tick of the clock of this replica's own. */
interface Known {
  readonly ledger: Ledger;
  readonly asOf: number;
}

/**
 * Claims slots, remembering each ledger as last written to save a read. Claims of one agent take turns within a replica,
 * so that only replicas race for the ledger, and a hundred changes at once do not starve each other.
 */
export class Quota {
  private readonly last = new Map<string, Known>();
  private readonly turns = new Map<string, Promise<unknown>>();
  private ticks = 0;
  private readonly api: GateApi;

  constructor(api: GateApi) {
    this.api = api;
  }

  /**
   * Claims a slot for the request `input.name`, or says which cap is reached.
   * @throws when the ledger cannot be read or written; the caller denies
   */
  claim(input: ClaimInput): Promise<Claim> {
    const key = ledgerKey(input.username);
    const arrival = this.tick();
    const before = this.turns.get(key) ?? Promise.resolve();
    const claim = before.then(() => this.claimNow(key, input, arrival));
    const over: Promise<void> = claim.then(
      () => this.endTurn(key, over),
      () => this.endTurn(key, over),
    );
    this.turns.set(key, over);
    return claim;
  }

  private async claimNow(key: string, input: ClaimInput, arrival: number): Promise<Claim> {
    const { username, name, limits, view, now, signal } = input;
    let known = this.last.get(key) ?? (await this.read(key, signal));
    for (let tries = 0; tries < TRIES; tries++) {
      const { value, version } = known.ledger;
      const decision = claimSlot({ ...view, ledger: parseLedger(value), name, limits }, now);
      // "known": another replica holds the slot for this very request, and creating it twice ends in AlreadyExists.
      if (decision.kind === 'known') return { kind: 'open', isNew: false };
      if (decision.kind === 'open') {
        const asOf = this.tick();
        const next = { value: JSON.stringify(decision.ledger), version };
        const ledger = await this.api.writeLedger(key, next, signal);
        if (ledger) {
          this.last.set(key, { ledger, asOf });
          return { kind: 'open', isNew: true };
        }
      } else if (known.asOf > arrival) return decision;
      // Another replica was first; or the ledger was remembered, and before refusing on it, it is looked at once.
      known = await this.read(key, signal);
    }
    throw new Error(`the ledger of ${username} stayed contended`);
  }

  private async read(key: string, signal: AbortSignal): Promise<Known> {
    this.last.delete(key);
    const asOf = this.tick();
    const known = { ledger: await this.api.readLedger(key, signal), asOf };
    this.last.set(key, known);
    return known;
  }

  private endTurn(key: string, turn: Promise<unknown>): void {
    if (this.turns.get(key) === turn) this.turns.delete(key);
  }

  private tick(): number {
    this.ticks += 1;
    return this.ticks;
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
