// The search itself: coverage leads it to a mistake that chance does not find, the same way each time, and what it finds
// is made small.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { fuzz } from '../../tools/fuzz/loop.ts';
import { parseLoosely, printLoosely } from '../../tools/fuzz/loose-json.ts';
import { lossesOf } from '../../tools/fuzz/reference-json.ts';
import { shrink } from '../../tools/fuzz/shrink.ts';
import { bytesOf } from '../../tools/fuzz/target.ts';
import { plantedTarget } from './planted.ts';

const SEED = 2;
const RUNS = 12_000;

/** A guided round in a process of its own: here the counters of all of vitest would be looked at, too. */
async function guided(): Promise<{ found: { message: string; text: string }[]; corpus: string[] }> {
  const file = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
  const code = `
    const { Coverage } = await import(${file('../../tools/fuzz/coverage.ts')});
    const coverage = new Coverage();
    const { fuzz } = await import(${file('../../tools/fuzz/loop.ts')});
    const { plantedTarget } = await import(${file('./planted.ts')});
    const round = fuzz(plantedTarget, [], { seed: ${SEED}, goesOn: (runs) => runs < ${RUNS}, coverage });
    const text = (input) => Buffer.from(input).toString('latin1');
    const found = round.found.map(({ message, input }) => ({ message, text: text(input) }));
    console.log(JSON.stringify({ found, corpus: round.corpus.map(text) }));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return JSON.parse(stdout) as Awaited<ReturnType<typeof guided>>;
}

describe('the search', () => {
  it('finds what is behind four comparisons, makes it small, and goes the same way each time', async () => {
    const [one, other] = [await guided(), await guided()];
    expect(one.found).toEqual([
      { message: expect.stringMatching(/^throws Error: planted at .*planted\.ts:\d+$/), text: 'gate' },
    ]);
    expect(one.corpus.length).toBeGreaterThan(3);
    expect(other).toEqual(one);
  });

  it('does not without coverage', () => {
    expect(fuzz(plantedTarget, [], { seed: SEED, goesOn: (runs) => runs < RUNS }).found).toEqual([]);
  });
});

describe('what the search is made of', () => {
  it('leaves out members first, then text', () => {
    const still = (input: Uint8Array): boolean => Buffer.from(input).toString().includes('"b"');
    expect(Buffer.from(shrink(bytesOf('{"a":[1,2,{"c":3}],"x":{"b":4,"d":5}}'), still)).toString()).toBe(
      '"b"',
    );
  });

  it.each(['{"a":1,"a":1.50}', '[1e400,"\\ud800",{"":[]}]', '"x"', 'null'])(
    'keeps the spelling of %s',
    (text) => {
      expect(printLoosely(parseLoosely(bytesOf(text)) ?? { kind: 'scalar', raw: '' })).toBe(text);
    },
  );

  it.each([
    ['{"a":1,"\\u0061":2}', { duplicate: true }],
    ['[{"a":1},{"a":1}]', { duplicate: false }],
    ['"\\ud83d"', { surrogate: true }],
    ['"\\ud83d\\ude00"', { surrogate: false }],
    ['[0.1,1e2,-0.0,9007199254740993]', { inexact: false }],
    ['[0.10000000000000000001]', { inexact: true }],
    ['[1e400]', { inexact: true }],
    ['[[],[[]]]', { depth: 3 }],
  ])('scans %s', (text, losses) => {
    expect(lossesOf(text)).toMatchObject(losses);
  });
});
