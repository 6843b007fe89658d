// The golden table: which verdict every cell has, one line for each resource, verb and verdict. It is reviewed by people
// when a Kubernetes minor is added, and written only when asked for.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cell } from './play.ts';
import { reasonOf } from './reasons.ts';
import { stubName, type Stub } from './stub.ts';
import { STUBS } from './stubs/index.ts';

const FOLDER = join(import.meta.dirname, '../golden/sweep');

/** What each verdict means; stands at the head of every table. */
const WORDS = `# What came of every resource x verb x way on this minor of Kubernetes, with a policy that names everything.
# asked N      a dry-run left nothing; denied, and nothing was touched; the same change in any other of these ways is the
#              same request; approved it was admitted with HTTP code N (CONNECT: nothing stands behind the API server),
#              once: the next attempt was denied
# collection   denied with advice: a deletion of a whole collection cannot be bound
# closed       our own kinds are closed to agents, whatever a policy names
# ungated N    the API server sends reviews of it, but no policy holds it; answered N
# unsent N     the API server sends no review of it; answered N
# refused N    the API server refuses it before it asks any webhook
# resource\tverb\tverdict\tways\treason where no review is held
`;

/** Verdict by `resource\tverb\tway`. */
export type Golden = ReadonlyMap<string, string>;

/** The key of a cell in a table. */
export const keyOf = ({ resource, verb, way }: Pick<Cell, 'resource' | 'verb' | 'way'>): string =>
  `${resource}\t${verb}\t${way}`;

const pathOf = (minor: string): string => join(FOLDER, `${minor}.tsv`);

/** Reads the table of a minor. @throws when there is none */
export async function readGolden(minor: string): Promise<Golden> {
  const text = await readFile(pathOf(minor), 'utf8');
  const golden = new Map<string, string>();
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [resource = '', verb = '', verdict = '', ways = ''] = line.split('\t');
    for (const way of ways.split(', ')) golden.set(`${resource}\t${verb}\t${way}`, verdict);
  }
  return golden;
}

/** Writes the table of a minor. Lines about objects that were not played stay as they are. @returns its path */
export async function writeGolden(minor: string, cells: readonly Cell[]): Promise<string> {
  const path = pathOf(minor);
  const played = new Set(cells.map(({ resource }) => objectOf(resource)));
  const old = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  const kept = old.filter((line) => line !== '' && !line.startsWith('#') && !played.has(objectOf(line)));
  const order = new Map(STUBS.map((stub, index) => [stubName(stub), index]));
  const place = (line: string) => order.get(objectOf(line)) ?? STUBS.length;
  const lines = [...kept, ...linesOf(cells)].sort((one, other) => place(one) - place(other));
  await writeFile(path, `${WORDS}${lines.join('\n')}\n`);
  return path;
}

/** `deployments.apps` in `deployments.apps/scale` and in a line of a table. */
const objectOf = (text: string): string => /^[^/\t]*/.exec(text)?.[0] ?? '';

function linesOf(cells: readonly Cell[]): readonly string[] {
  const lines = Map.groupBy(cells, (cell) =>
    [cell.resource, cell.verb, cell.verdict, reasonOf(cell) ?? ''].join('\t'),
  );
  return [...lines.values()].map((alike) => {
    const [first] = alike as [Cell];
    const ways = alike.map(({ way }) => way).join(', ');
    return [first.resource, first.verb, first.verdict, ways, reasonOf(first)].join('\t').trimEnd();
  });
}

/** What is wrong with the cells: complaints of their own, other verdicts than the table has, and reasons that nobody knows. */
export function surprisesOf(cells: readonly Cell[], golden: Golden): readonly string[] {
  return cells.flatMap((cell) => {
    const where = `${cell.resource} ${cell.verb} ${cell.way}`;
    const expected = golden.get(keyOf(cell));
    const isExplained =
      cell.verdict.startsWith('asked ') || cell.verdict === 'collection' || reasonOf(cell) !== undefined;
    return [
      ...cell.complaints.map((complaint) => `${where}: ${complaint}`),
      ...(expected === cell.verdict ? [] : [`${where}: ${cell.verdict}, not ${expected ?? 'in the table'}`]),
      ...(isExplained ? [] : [`${where}: ${cell.verdict}, and nobody knows why: ${cell.words}`]),
    ];
  });
}

/** Cells of the table that were not played, for a run that should have played all of these stubs. */
export function missingOf(cells: readonly Cell[], golden: Golden, stubs: readonly Stub[]): readonly string[] {
  const played = new Set(cells.map(keyOf));
  const names = new Set(stubs.map(stubName));
  // Lines about objects that nobody plays any more belong to the whole.
  const isWanted = (key: string) => stubs.length === STUBS.length || names.has(objectOf(key));
  return [...golden.keys()]
    .filter((key) => !played.has(key) && isWanted(key))
    .map((key) => `${key}: in the table, not played`);
}
