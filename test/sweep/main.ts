// `make sweep`: every resource x verb x way against a real API server with Assent in it. Prints the table, the counts of
// leaf mutations, and as its last line `sweep: K kinds, C cells, 0 surprises`.
import { checkAuditLog, describeVerdict } from '../../tools/audit/check.ts';
import { dropRunsWhenWell } from '../../tools/controlplane/start.ts';
import { ORACLE_LEGEND, SWEEP } from '../../tools/proofs/catalogue.ts';
import { onInterrupt } from '../../tools/proofs/interrupt.ts';
import { endAsWrong, wordsOrEnd } from '../../tools/proofs/proof.ts';
import { chosenStubs } from './chosen.ts';
import { missingOf, readGolden, surprisesOf, writeGolden } from './golden.ts';
import { countAll } from './leaves/kinds.ts';
import { submitTwice, type Submitted } from './manifests.ts';
import type { Cell } from './play.ts';
import { leafLines, manifestLine, tableLines } from './report.ts';
import { holdable, run, unknownKinds } from './run.ts';
import { setStage, type Stage } from './stage.ts';

const LANES = 6;
const { values } = wordsOrEnd(SWEEP);
const chosen = chosenStubs(values.only);
if (!chosen.ok) endAsWrong(SWEEP, chosen.why);
const { stubs } = chosen;
dropRunsWhenWell();

/** What the whole sweep promises. */
const LEAST = { kinds: 60, cells: 1_500 };

const began = performance.now();
const surprises: string[] = [];
const cells: Cell[] = [];
/** The same as they come, in no order. */
const seen: Cell[] = [];
const kinds = new Set(stubs.map(({ group, resource }) => `${group}/${resource}`)).size;

async function sweep(stage: Stage): Promise<void> {
  const played = await run(stage, {
    stubs,
    lanes: LANES,
    onDone: ({ name }, done, seconds) => {
      seen.push(...done);
      console.error(`${done.length.toString().padStart(4)} cells of ${name} in ${seconds.toFixed(1)} s`);
    },
  });
  cells.push(...played.cells);
  if (values['write-golden']) console.log(`written: ${await writeGolden(stage.minor, cells)}`);
  const submitted = await submitTwice(stage, holdable(played.subjects));
  const counted = await countAll(stage);
  const golden = await readGolden(stage.minor);
  surprises.push(
    ...unknownKinds(stage),
    ...played.broken,
    ...stage.recorder.unreadable.map((why) => `a review that cannot be read: ${why}`),
    ...surprisesOf(cells, golden),
    ...missingOf(cells, golden, stubs),
    ...(values.only === undefined ? tooFew(submitted) : []),
    ...submitted.complaints,
    ...counted.flatMap(({ what, complaints }) => complaints.map((complaint) => `${what}: ${complaint}`)),
  );
  for (const line of [
    ...SWEEP.legend,
    ...tableLines(cells),
    manifestLine(submitted),
    ...leafLines(counted),
  ]) {
    console.log(line);
  }
  console.log(`Kubernetes ${stage.minor}, ${stage.recorder.total()} reviews`);
}

function tooFew(submitted: Submitted): readonly string[] {
  const few = (what: string, count: number, least: number) =>
    count < least ? [`${count} ${what} instead of at least ${least}`] : [];
  return [
    ...few('kinds', kinds, LEAST.kinds),
    ...few('cells', cells.length, LEAST.cells),
    ...few('kinds submitted twice', submitted.fingerprints, LEAST.kinds),
  ];
}

onInterrupt(
  () =>
    `${seen.length} cells of ${new Set(seen.map(({ resource }) => resource)).size} resources done, not yet compared with the golden ` +
    'table; nothing is kept, and --only=NAME,... plays some kinds',
);
const stage = await setStage();
try {
  await sweep(stage);
} finally {
  await stage.stop();
}
const verdict = await checkAuditLog(stage.plane.auditLog);
for (const line of ORACLE_LEGEND) console.log(line);
console.log(describeVerdict('audit oracle', verdict));
// An oracle that had nothing to judge proves nothing.
if (values.only === undefined && verdict.counts.gated < LEAST.cells)
  surprises.push(
    `${verdict.counts.gated} writes judged by the audit oracle instead of at least ${LEAST.cells}`,
  );
surprises.push(
  ...verdict.violations.map(({ invariant, sentence }) => `${invariant} in the audit log: ${sentence}`),
);
for (const line of surprises) console.log(`surprise: ${line}`);
console.log(`${((performance.now() - began) / 60_000).toFixed(1)} minutes`);
console.log(`sweep: ${kinds} kinds, ${cells.length} cells, ${surprises.length} surprises`);
process.exitCode = surprises.length === 0 ? 0 : 1;
