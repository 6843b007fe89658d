// The sweep in lines of text: a table of resources with the verdicts of each verb, a table of ways, the counts of leaves.
import type { CountedReview } from './leaves/kinds.ts';
import type { Submitted } from './manifests.ts';
import type { Cell } from './play.ts';

const SHORT: ReadonlyMap<string, string> = new Map([['deletecollection', 'collection']]);

/** `asked 7, refused 1`: verdicts without their codes, most frequent first. */
function verdicts(cells: readonly Cell[]): string {
  const counts = Map.groupBy(cells, ({ verdict }) => verdict.replace(/ \d+$/, ''));
  return [...counts]
    .sort(([, one], [, other]) => other.length - one.length)
    .map(([verdict, alike]) => `${verdict} ${alike.length}`)
    .join(', ');
}

/** One line for each resource, with its verbs; then one for each verb and way. */
export function tableLines(cells: readonly Cell[]): readonly string[] {
  const resources = Map.groupBy(cells, ({ resource }) => resource);
  const width = Math.max(...[...resources.keys()].map((resource) => resource.length), 8);
  const lines = [...resources].map(([resource, own]) => {
    const verbs = [...Map.groupBy(own, ({ verb }) => verb)].map(
      ([verb, alike]) => `${SHORT.get(verb) ?? verb}: ${verdicts(alike)}`,
    );
    return `${resource.padEnd(width)}  ${verbs.join(' | ')}`;
  });
  const ways = Map.groupBy(cells, ({ verb, way }) => `${verb} ${way.replace(/@.*$/, '@other version')}`);
  const wayLines = [...ways]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([way, alike]) => `${way.padEnd(width)}  ${verdicts(alike)}`);
  const reviewed = cells.filter((cell) => cell.reviewed).length;
  return [
    ...lines,
    '',
    ...wayLines,
    '',
    `cells: ${reviewed} with a review, ${cells.length - reviewed} with a reason why none comes`,
  ];
}

/** The count of manifests that were sent twice by every client. */
export function manifestLine({ kinds, submissions, fingerprints }: Submitted): string {
  return `manifests: ${kinds} kinds, ${submissions} submissions by kubectl create, apply, server-side apply and a plain client, ${fingerprints} fingerprints`;
}

/** The counts of leaf mutations. */
export function leafLines(counted: readonly CountedReview[]): readonly string[] {
  const sum = (key: 'leaves' | 'mutations' | 'distinct' | 'unbound') =>
    counted.reduce((total, one) => total + one[key], 0);
  const [mutations, distinct] = [sum('mutations'), sum('distinct')];
  const share = mutations === 0 ? 0 : (100 * distinct) / mutations;
  return [
    `leaves: ${counted.length} recorded reviews, ${sum('leaves')} leaves, ${mutations} mutations, ${distinct} with another fingerprint (${share.toFixed(distinct === mutations ? 0 : 3)} %), ${sum('unbound')} of what is unbound with the same`,
  ];
}
