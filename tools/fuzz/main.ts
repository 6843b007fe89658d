// `make fuzz`: searches every target for inputs that break a property, guided by coverage, for as long as one likes
// (SECONDS=60 by default, shared by all targets). Same seed and same number of runs, same search.
// Options: --seconds=N --seed=N --target=NAME --keep (writes the minimised corpus back) --runs=N (instead of seconds).
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Coverage } from './coverage.ts';

// first of all, so that the code under test is counted from its first call
const coverage = new Coverage();
const [{ minimised, readCorpus, spelt, writeCorpus }, { fuzz }, { TARGETS }] = await Promise.all([
  import('./corpus.ts'),
  import('./loop.ts'),
  import('./targets/all.ts'),
]);

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: process.env['SECONDS'] ?? '60' },
    runs: { type: 'string' },
    seed: { type: 'string', default: process.env['SEED'] ?? String(Date.now() % 1_000_000) },
    target: { type: 'string', multiple: true },
    keep: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const chosen = TARGETS.filter((target) => values.target?.includes(target.name) ?? true);
const share = (Number(values.seconds) * 1_000) / chosen.length;
const folder = join(import.meta.dirname, '../../.run/fuzz');

console.log(`fuzz: seed ${seed}, ${chosen.length} targets, ${values.runs ?? `${values.seconds} s`}`);
let [executions, findings] = [0, 0];
for (const target of chosen) {
  const end = performance.now() + share;
  const goesOn = (runs: number): boolean =>
    values.runs === undefined ? performance.now() < end : runs < Number(values.runs);
  const kept = readCorpus(target);
  const round = fuzz(target, kept, { seed, goesOn, coverage });
  executions += round.executions;
  findings += round.found.length;
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
