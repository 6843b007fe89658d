// What a benchmark yields, and what it is given.
import type { CertificatePair } from '../src/gate/tls.ts';
import type { ServerProcess } from './server-process.ts';
import type { ServerOptions } from './servers/child.ts';

/** Least, middle and greatest of several rounds. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** One line of the table. */
export interface Row {
  readonly name: string;
  /** Nominal size of the body, or '' where there is none. */
  readonly size: string;
  /** What was measured, in `unit`: the median of the rounds. */
  readonly value: number;
  readonly unit: string;
  /** `value` against the control of the same round; undefined for a control itself, and where the goal is a time. */
  readonly ratio?: Spread | undefined;
  /** All rounds in `unit`, for a row whose goal is a time. */
  readonly rounds?: Spread | undefined;
  /** Largest ratio that DESIGN 12 allows, or largest value in a row without a ratio; undefined where it names none. */
  readonly goal?: number | undefined;
}

/** What a benchmark gets to work with. */
export interface Bench {
  readonly certificate: CertificatePair;
  /** Starts a file of bench/servers in its own process; it is stopped at the end of the benchmark. */
  readonly start: (server: string, options?: ServerOptions) => Promise<ServerProcess>;
}

/** Median and extremes of at least one number. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const half = Math.floor(sorted.length / 2);
  const median = sorted.length % 2 === 1 ? at(half) : (at(half - 1) + at(half)) / 2;
  return { min: at(0), median, max: at(sorted.length - 1) };
}

/** The value below which the share `q` of the sorted numbers lies. */
export function quantile(sorted: Float64Array, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
