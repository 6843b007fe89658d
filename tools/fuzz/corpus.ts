// The kept corpus: for each target a file of JSON strings, one input a line, one character a byte, so that a reviewer can
// read what was added. Small on purpose: an input stays only if it reaches code or an outcome that no smaller one does.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Coverage } from './coverage.ts';
import { outcome } from './loop.ts';
import { trimmed } from './shrink.ts';
import type { Target } from './target.ts';

/** Where the kept inputs are. */
export const CORPUS = join(import.meta.dirname, '../../test/fuzz/corpus');

const file = (target: Target): string => join(CORPUS, `${target.name}.jsonl`);

/** The kept inputs of a target. */
export function readCorpus(target: Target): Uint8Array[] {
  if (!existsSync(file(target))) return [];
  const lines = readFileSync(file(target), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line) => Buffer.from(JSON.parse(line) as string, 'latin1'));
}

/** Writes the inputs of a target, smallest first. */
export function writeCorpus(target: Target, inputs: readonly Uint8Array[]): void {
  const lines = inputs.map((input) => `${spelt(input)}\n`);
  writeFileSync(file(target), lines.join(''));
}

/** An input as it stands in its file. */
export function spelt(input: Uint8Array): string {
  const text = JSON.stringify(Buffer.from(input).toString('latin1'));
  return text.replace(
    /[\x7f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Small inputs that together reach the same code and outcomes, each trimmed to what it is kept for. */
export function minimised(target: Target, inputs: readonly Uint8Array[], coverage: Coverage): Uint8Array[] {
  coverage.watch(target.code);
  // what the seeds show is shown without keeping anything
  const shapes = new Set(target.seeds().map((seed) => outcome(target, seed).shape));
  coverage.add(coverage.look());
  const kept: Uint8Array[] = [];
  for (const input of inputs.toSorted((a, b) => a.length - b.length)) {
    const first = newsOf(target, input, { shapes, coverage });
    if (first === undefined) continue;
    const small = trimmed(input, (smaller) => newsOf(target, smaller, { shapes, coverage }) === first);
    shapes.add(outcome(target, small).shape);
    coverage.add(coverage.look());
    kept.push(small);
  }
  return kept.toSorted((a, b) => a.length - b.length);
}

/** What is new about an input: its outcome, new code, or both; undefined when nothing is. */
function newsOf(
  target: Target,
  input: Uint8Array,
  { shapes, coverage }: { readonly shapes: ReadonlySet<string>; readonly coverage: Coverage },
): string | undefined {
  const { shape, message } = outcome(target, input);
  const reachesNew = coverage.isNew(coverage.look());
  if (message !== undefined || (!reachesNew && shapes.has(shape))) return undefined;
  return `${shape} ${reachesNew ? 'new code' : ''}`;
}
