// `make fuzz`: searches every target for inputs that break a property, guided by coverage, for as long as one likes
// (SECONDS=60 by default, shared by all targets). Same seed and same number of runs, same search.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Coverage } from './coverage.ts';

// first of all, so that the code under test is counted from its first call
const coverage = new Coverage();
const [
  { minimised, readCorpus, spelt, writeCorpus },
  { Fuzzing },
  { TARGETS },
  { FUZZ },
  { wordsOrEnd },
  { onInterrupt },
] = await Promise.all([
  import('./corpus.ts'),
  import('./loop.ts'),
  import('./targets/all.ts'),
  import('../proofs/catalogue.ts'),
  import('../proofs/proof.ts'),
  import('../proofs/interrupt.ts'),
]);

const { values } = wordsOrEnd(FUZZ);
const seed = values.seed ?? Date.now() % 1_000_000;
const seconds = values.seconds ?? 60;
const chosen = TARGETS.filter((target) => values.target?.includes(target.name) ?? true);
const share = (seconds * 1_000) / chosen.length;
const folder = join(import.meta.dirname, '../../.run/fuzz');

for (const line of FUZZ.legend) console.log(line);
console.log(
  `fuzz: seed ${seed}, ${chosen.length} targets, ${values.runs === undefined ? `${seconds} s` : `${values.runs} runs each`}`,
);
let [executions, findings, done] = [0, 0, 0];
onInterrupt(() => {
  const what = `${done} of ${chosen.length} targets done, ${executions} executions, ${findings} findings`;
  return `${what}${findings > 0 ? `, kept in ${folder}` : ''}; --seed=${seed} begins the same search again`;
});
for (const target of chosen) {
  const end = performance.now() + share;
  const goesOn = (runs: number): boolean =>
    values.runs === undefined ? performance.now() < end : runs < values.runs;
  const kept = readCorpus(target);
  const search = new Fuzzing(target, kept, { seed, goesOn, coverage });
  // Signals are heard between two steps.
  while (search.step()) await setImmediate();
  const round = search.outcome();
  executions += round.executions;
  findings += round.found.length;
  done += 1;
  const figures = `${round.executions} executions, ${round.edges} edges, corpus ${kept.length} -> ${round.corpus.length}`;
  console.log(
    `  ${target.name.padEnd(12)} ${figures}, slowest ${round.slowest.toFixed(0)} ms, ${round.found.length} findings`,
  );
  for (const [index, found] of round.found.entries()) {
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${target.name}-${seed}-${index + 1}.json`);
    writeFileSync(path, `${spelt(found.input)}\n`);
    console.log(
      `    FINDING ${found.message}\n      ${spelt(found.input).slice(0, 400)}\n      kept as ${path}`,
    );
  }
  if (values.keep) writeCorpus(target, minimised(target, [...kept, ...round.corpus], coverage));
}
coverage.close();
console.log(`fuzz: ${chosen.length} targets, ${executions} executions, ${findings} findings`);
process.exitCode = findings > 0 || executions === 0 ? 1 : 0;
