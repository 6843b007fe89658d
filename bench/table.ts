// The result of a run, for people (a table) and for programs (latest.json).
import type { Row } from './row.ts';

const HEADINGS = ['name', 'size', 'value', 'unit', 'ratio', 'min-max', 'goal', ''];

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

/** `{"rows":[{"name","size","value","unit","ratio","goal"}]}` and, apart from it, the spread of every ratio. */
export function toJson(rows: readonly Row[]): string {
  const noise = rows.flatMap(({ name, size, ratio }) =>
    ratio === undefined
      ? []
      : [{ name, size, min: round(ratio.min), median: round(ratio.median), max: round(ratio.max) }],
  );
  const plain = rows.map(({ name, size, value, unit, ratio, goal }) => ({
    name,
    size,
    value: round(value),
    unit,
    ratio: ratio === undefined ? null : round(ratio.median),
    goal: goal ?? null,
  }));
  return `${JSON.stringify({ rows: plain, noise }, null, 2)}\n`;
}

function cells({ name, size, value, unit, ratio, goal }: Row): string[] {
  const range = ratio === undefined ? '' : `${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)}`;
  return [
    name,
    size,
    value.toFixed(value < 10 ? 2 : 1),
    unit,
    ratio === undefined ? '' : ratio.median.toFixed(2),
    range,
    goal === undefined ? '' : `<= ${goal}`,
    overGoal({ name, size, value, unit, ratio, goal }) ? 'over' : '',
  ];
}

function overGoal({ ratio, goal }: Row): boolean {
  return ratio !== undefined && goal !== undefined && ratio.median > goal;
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
