// `make model`: explores the protocol for every kind of change, then shows that broken protocols are caught. Ends with
// `model: S states, 0 violations, 5 of 5 mutations caught`. Arguments choose kinds: `make model ARGS="update token"`.
import { CHANGE_KINDS, type ChangeKind } from '../../src/domain/change/change.ts';
import { MODEL } from '../../tools/proofs/catalogue.ts';
import { wordsOrEnd } from '../../tools/proofs/proof.ts';
import type { Explored } from './explore.ts';
import { MUTATIONS } from './mutations.ts';
import { mutate, run } from './run.ts';
import { fullScopes } from './scopes.ts';
import { STEPS } from './step.ts';

/** Columns of the table: what was seen, and how often. */
const COLUMNS = {
  allowed: 'allowed',
  again: 'allowed again',
  released: 'Reserved again',
  spent: 'denied: spent',
  conflicts: 'conflict',
  effects: 'effect',
  'same effect': 'same effect again',
} as const;

const inGroups = (value: number): string => value.toLocaleString('en').replaceAll(',', ' ');
const print = (...cells: readonly (string | number)[]): void => {
  const padded = cells.map((cell, index) => (index === 0 ? `${cell}`.padEnd(12) : `${cell}`.padStart(12)));
  console.log(padded.join(''));
};

const seen = new Map<string, number>();
let [states, violations] = [0, 0];

async function exploreKind(kind: ChangeKind): Promise<void> {
  const done = await run({ scopes: fullScopes(kind), edits: [] });
  states += done.states;
  const total = new Map<string, number>();
  for (const [what, count] of done.scopes.flatMap((scope) => [...scope.seen])) {
    total.set(what, (total.get(what) ?? 0) + count);
    seen.set(what, (seen.get(what) ?? 0) + count);
  }
  const depth = Math.max(...done.scopes.map((scope) => scope.depth));
  const steps = done.scopes.reduce((sum, scope) => sum + scope.steps, 0);
  const counts = Object.values(COLUMNS).map((what) => inGroups(total.get(what) ?? 0));
  print(kind, inGroups(done.states), inGroups(steps), depth, ...counts);
  for (const { broken } of done.scopes) {
    if (!broken) continue;
    violations += 1;
    printTrace(broken);
  }
}

function printTrace({ rule, trace }: NonNullable<Explored['broken']>): void {
  console.log(`  ${rule}`);
  for (const [index, text] of trace.entries()) console.log(`  ${`${index}`.padStart(4)}  ${text}`);
}

const { words } = wordsOrEnd(MODEL);
const chosen = CHANGE_KINDS.filter((kind) => words.length === 0 || words.includes(kind));
for (const line of MODEL.legend) console.log(line);
console.log('\nEverything that can happen, within the bounds of test/model/scopes.ts, to one change:\n');
print('change', 'states', 'steps', 'depth', ...Object.keys(COLUMNS));
await Promise.all(chosen.map(exploreKind));

const missing = Object.keys(STEPS).filter((name) => !seen.has(name));
if (missing.length > 0) console.log(`\nNever seen: ${missing.join(', ')}`);

console.log('\nBroken on purpose, each with the shortest way to the harm:');
let caught = 0;
const mutated = MUTATIONS.map(async (mutation) => ({ mutation, broken: (await mutate(mutation)).broken }));
for (const { mutation, broken } of await Promise.all(mutated)) {
  const isCaught = broken?.rule.includes(mutation.breaks) === true;
  console.log(`\n${mutation.name}: ${isCaught ? 'caught' : 'NOT CAUGHT'}`);
  if (isCaught) caught += 1;
  if (broken) printTrace(broken);
}

const isComplete = missing.length === 0 || chosen.length < CHANGE_KINDS.length;
process.exitCode = violations === 0 && caught === MUTATIONS.length && isComplete ? 0 : 1;
console.log(
  `\nmodel: ${states} states, ${violations} violations, ${caught} of ${MUTATIONS.length} mutations caught`,
);
