// First act of `make access`: every ask of the table, and what comes of those that are accepted (INV-4).
import { askLine, CELLS, goldenAsks } from '../controlplane/asks-cells.ts';
import { granted, noted, takenBack, type Accepted } from '../controlplane/asks-granted.ts';
import { startAsksStage, type AsksStage } from '../controlplane/asks-stage.ts';
import { leftovers } from '../controlplane/grants-stage.ts';

/** What came of the asks. */
export interface Asked {
  readonly asks: number;
  readonly surprises: readonly string[];
  readonly auditLog: string;
}

/** Names of the cells that have this text in them. */
export const chosenAsks = (text: string): readonly string[] =>
  Object.keys(CELLS).filter((name) => name.includes(text));

/** Sends all asks, and judges those that were chosen. The audit log is whole when this is done. */
export async function askAll(chosen: readonly string[]): Promise<Asked> {
  const stage = await startAsksStage('access-asks');
  const { auditLog } = stage.assent.plane;
  try {
    return { asks: chosen.length, surprises: await surprisesOf(stage, new Set(chosen)), auditLog };
  } finally {
    await stage.assent.stop();
  }
}

/** An accepted ask, and the cell that sent it. */
type FromCell = Accepted & { readonly cell: string };

async function surprisesOf(stage: AsksStage, chosen: ReadonlySet<string>): Promise<string[]> {
  const { accepted, surprises } = await answersOf(stage, chosen);
  const states = new Map(
    (await stage.assent.requests()).map(({ metadata, status }) => [metadata.uid, status?.state]),
  );
  const stateOf = ({ request }: Accepted) => states.get(request.metadata.uid);
  const standing = accepted.filter((one) => stateOf(one) === 'Approved');
  const waiting = accepted.filter((one) => chosen.has(one.cell) && stateOf(one) === 'Pending');
  // What stands already is taken back first, chosen or not, so that each comparison is about one ask.
  for (const one of standing) surprises.push(...told(one, await takenBack(stage, one)));
  for (const one of waiting) surprises.push(...told(one, await granted(stage, one)));
  const left = await leftovers(stage);
  if (left.length > 0) surprises.push(`left at the end: ${left.join(', ')}`);
  console.log(
    `${chosen.size} asked, ${standing.length + waiting.length} requests for access granted and taken back`,
  );
  return surprises;
}

/** Sends every cell, since they build on each other, and compares the chosen ones with the golden table. */
async function answersOf(stage: AsksStage, chosen: ReadonlySet<string>) {
  const golden = await goldenAsks();
  const accepted: FromCell[] = [];
  const surprises = [...golden.keys()]
    .filter((cell) => CELLS[cell] === undefined)
    .map((cell) => `${cell}: in the golden table, and nobody asks it`);
  for (const [cell, ask] of Object.entries(CELLS)) {
    const taken: Accepted[] = [];
    const line = await ask(noted(stage, taken)).then(
      (answer) => askLine(cell, answer),
      (error: unknown) => `${cell}\t${String(error)}`,
    );
    // What should have been refused is a surprise already, and is granted nothing here.
    if (line === golden.get(cell)) accepted.push(...taken.map((one) => ({ ...one, cell })));
    else if (chosen.has(cell)) surprises.push(`${line}, and not ${golden.get(cell)}`);
  }
  return { accepted, surprises };
}

/** Prints what came of an ask. @returns the surprise in it */
function told({ cell }: FromCell, words: string | undefined): string[] {
  console.log(`${cell.padEnd(58)} ${words === undefined ? 'granted to the letter, and gone' : 'SURPRISE'}`);
  return words === undefined ? [] : [`${cell}: ${words}`];
}
