// The result of a run, for people (a table) and for programs (latest.json).
import type { Row, Spread } from './row.ts';

const HEADINGS = ['name', 'size', 'value', 'unit', 'ratio', 'min-max', 'goal', ''];

/** What latest.json holds. */
export interface Report {
  readonly rows: readonly Noted[];
  /** Spread of the ratios, and of the values where the goal is a time. */
  readonly noise: readonly (Pick<Row, 'name' | 'size'> & Spread)[];
}

type Noted = Pick<Row, 'name' | 'size' | 'value' | 'unit'> &
  Readonly<Record<'ratio' | 'goal', number | null>>;

/** An aligned table, a line for each row. Ratios are medians of the rounds, with the least and greatest one beside. */
export function table(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const numeric = new Set([1, 2, 4, 5, 6]);
  const pad = (cell: string, column: number): string =>
    numeric.has(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0);
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
}

/** The last line of a run. */
export function summary(rows: readonly Row[]): string {
  return `bench: ${rows.length} rows, ${rows.filter(overGoal).length} over goal`;
}

/** Rows as programs read them. A goal is about the ratio, or about the value where there is none. */
export function report(rows: readonly Row[]): Report {
  const noise = rows.flatMap(({ name, size, ratio, rounds }) => {
    const all = ratio ?? rounds;
    return all === undefined
      ? []
      : [{ name, size, min: round(all.min), median: round(all.median), max: round(all.max) }];
  });
  const plain = rows.map(({ name, size, value, unit, ratio, goal }) => ({
    name,
    size,
    value: round(value),
    unit,
    ratio: ratio === undefined ? null : round(ratio.median),
    goal: goal ?? null,
  }));
  return { rows: plain, noise };
}

/** An older report in which the rows of these names are measured anew: they take the place of the old ones, or come last. */
export function renewed(old: Report, now: Report): Report {
  return { rows: exchanged(old.rows, now.rows), noise: exchanged(old.noise, now.noise) };
}

function exchanged<T extends Pick<Row, 'name' | 'size'>>(old: readonly T[], now: readonly T[]): T[] {
  const fresh = new Set(now.map(keyOf));
  const kept = old.filter((one) => !fresh.has(keyOf(one)));
  const first = old.findIndex((one) => fresh.has(keyOf(one)));
  return kept.toSpliced(first < 0 ? kept.length : first, 0, ...now);
}

const keyOf = ({ name, size }: Pick<Row, 'name' | 'size'>): string => `${name} ${size}`;

function cells(row: Row): string[] {
  const { name, size, value, unit, ratio, rounds, goal } = row;
  return [
    name,
    size,
    inWords(value),
    unit,
    ratio === undefined ? '' : ratio.median.toFixed(2),
    rangeOf(ratio, (one) => one.toFixed(2)) || rangeOf(rounds, inWords),
    goal === undefined ? '' : ratio === undefined ? `<= ${goal} ${unit}` : `<= ${goal}`,
    overGoal(row) ? 'over' : '',
  ];
}

const inWords = (value: number): string => value.toFixed(value < 10 ? 2 : 1);

const rangeOf = (all: Spread | undefined, words: (value: number) => string): string =>
  all === undefined ? '' : `${words(all.min)}-${words(all.max)}`;

function overGoal({ value, ratio, goal }: Row): boolean {
  return goal !== undefined && (ratio?.median ?? value) > goal;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
