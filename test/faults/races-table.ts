// What `make races` prints: rows of sums by fault, by number of gates, by number of submissions and by change.
import { FAULT_NAMES, KINDS } from './races-plan.ts';
import type { Score } from './races-judge.ts';

const CROWDS: readonly (readonly [label: string, from: number])[] = [
  ['2-8', 0],
  ['9-30', 9],
  ['31-99', 31],
  ['100', 100],
];

/** Numbers that are summed, in the order of their columns. */
const COLUMNS = [
  'submissions',
  'conflict',
  'overtaken',
  'swapped',
  'used',
  'readmitted',
  'released',
  'burnt',
  'double',
  'lost',
  'unapproved',
] as const;
type Column = (typeof COLUMNS)[number];

/** Sum of one number over races. */
export const total = (scores: readonly Score[], column: Column): number =>
  scores.reduce((sum, score) => sum + score[column], 0);

/** A share in whole percent, such as `54 %`. */
export const percent = (part: number, whole: number): string =>
  `${whole === 0 ? 0 : Math.floor((part / whole) * 1_000) / 10} %`;

const crowdOf = ({ submissions }: Score): string =>
  CROWDS.findLast(([, from]) => submissions >= from)?.[0] ?? '';

const GROUPS: readonly (readonly [title: string, rows: readonly string[], of: (score: Score) => string])[] = [
  ['fault', FAULT_NAMES, ({ fault }) => fault],
  ['gates', ['1', '2', '3'], ({ gates }) => String(gates)],
  ['sent', CROWDS.map(([label]) => label), crowdOf],
  ['change', KINDS, ({ kind }) => kind],
];

const line = (words: readonly string[]): string =>
  words.map((word, index) => (index === 0 ? word.padEnd(14) : word.padStart(11))).join(' ');

/** Faults that struck in no race. */
export const faultsWithout = (scores: readonly Score[]): readonly string[] =>
  FAULT_NAMES.filter((name) => name !== 'none' && !scores.some(({ fault }) => fault === name));

/** Lines of the table. */
export function table(scores: readonly Score[]): string[] {
  return GROUPS.flatMap(([title, rows, of]) => {
    const members = Map.groupBy(scores, of);
    return [
      line([title, 'races', 'share', ...COLUMNS]),
      ...rows.map((row) => {
        const own = members.get(row) ?? [];
        const sums = COLUMNS.map((column) => String(total(own, column)));
        return line([row, String(own.length), percent(own.length, scores.length), ...sums]);
      }),
    ];
  });
}
