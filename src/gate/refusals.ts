// Remembers how many asks of each account came to nothing, in the memory of this replica: there is nothing to be won by a restart
// that is worth a write for each refusal. Bounded, whoever asks.
import { giveBack, spend, spentBy, type SpendDecision, type Spent } from '../domain/request/refusals.ts';

/** Accounts that are remembered; the ones that asked longest ago are forgotten first. */
const MOST_ACCOUNTS = 4_096;

/** Counts the refusals of each account. */
export class Refusals {
  private readonly buckets = new Map<string, Spent>();

  /** How many accounts are remembered. */
  get size(): number {
    return this.buckets.size;
  }

  /**
   * Takes one of the account before its ask is looked at, so that many at once are not looked at all together.
   * @param now epoch ms
   */
  take(username: string, now: number): SpendDecision {
    const decision = spend(this.buckets.get(username), now);
    if (decision.kind === 'spent') this.remember(username, decision.spent, now);
    return decision;
  }

  /**
   * The ask made a request: it costs nothing here.
   * @param now epoch ms
   */
  giveBack(username: string, now: number): void {
    const spent = this.buckets.get(username);
    if (spent !== undefined) this.remember(username, giveBack(spent, now), now);
  }

  private remember(username: string, spent: Spent, now: number): void {
    this.buckets.delete(username);
    if (spentBy(spent, now) > 0) this.buckets.set(username, spent);
    const [oldest] = this.buckets.keys();
    if (this.buckets.size > MOST_ACCOUNTS && oldest !== undefined) this.buckets.delete(oldest);
  }
}
