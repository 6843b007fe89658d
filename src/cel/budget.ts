// How much work one evaluation may do. An agent writes the object, so that a harmless policy with two loops would
// otherwise be the agent's way to stop the process.
import { COST_EXCEEDED } from './faults.ts';

/** Work that one evaluation may do; one unit is roughly one node evaluated, a microsecond at most. */
export const BUDGET = 1_000_000;

/** Counts the work of one evaluation. */
export class Meter {
  #left = BUDGET;

  reset(): void {
    this.#left = BUDGET;
  }

  /**
   * Whether the budget is used up. `||`, `&&`, `all` and `exists` absorb errors, so that a result can still come
   * out; it is not to be trusted then.
   */
  get exceeded(): boolean {
    return this.#left < 0;
  }

  /** Counts `units`; throws {@link COST_EXCEEDED} when the budget is used up, and on every call after that. */
  charge(units: number): void {
    this.#left -= units;
    if (this.#left < 0) throw COST_EXCEEDED;
  }
}
