// No target guesses what a word means, and the help knows every word.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { TARGETS } from '../fuzz/targets/all.ts';
import { BENCH, FUZZ, KILLS, MODEL, PROOFS, RACES, SWEEP } from './catalogue.ts';
import { helpOf, readWords, spelt, type Proof } from './proof.ts';

const ROOT = join(import.meta.dirname, '../..');
const split = (args: string): string[] => args.split(' ').filter((word) => word !== '');
const given = (proof: Proof, args: string) => {
  const asked = readWords(proof, split(args));
  if (asked.kind !== 'go') throw new Error(asked.text);
  return asked;
};

describe('the words of a target', () => {
  it.each<[Proof, string, string]>([
    [MODEL, 'updaet', 'model: there is no kind updaet: one of create, update'],
    [MODEL, 'update tokn', 'model: there is no kind tokn: one of'],
    [MODEL, '--foo', 'model: there is no --foo'],
    [SWEEP, '--only=', 'sweep: --only needs a value, such as --only=NAME,...'],
    [SWEEP, '--only=secrets,', 'sweep: --only=secrets, has an empty name in it'],
    [SWEEP, '--only --write-golden', 'sweep: --only needs a value'],
    [SWEEP, '--write-golden=yes', 'sweep: --write-golden takes no value'],
    [RACES, '--count=0', 'races: --count must be a whole number from 1, not 0'],
    [RACES, '--count=1e3', 'races: --count must be a whole number from 1, not 1e3'],
    [RACES, '--count=5 --count=6', 'races: --count is there twice'],
    [RACES, '500', 'races: it takes flags only, not 500'],
    [RACES, '--no-fresh', 'races: there is no --no-fresh'],
    [RACES, '-c', 'races: there is no -c'],
    [RACES, '--toString=1', 'races: there is no --toString'],
    [KILLS, '--lanes=0', 'kills: --lanes must be a whole number from 1, not 0'],
    [FUZZ, '--seconds=abc', 'fuzz: --seconds must be a whole number from 1, not abc'],
    [FUZZ, '--target=nope', 'fuzz: --target knows no nope: one of json, review'],
    [BENCH, 'fast', 'bench: it takes flags only, not fast'],
  ])('%o stop at %s', (proof, args, sentence) => {
    const asked = readWords(proof, split(args));
    expect(asked.kind).toBe('wrong');
    if (asked.kind !== 'wrong') return;
    expect(asked.text.split('\n')[0]).toContain(sentence);
    expect(asked.text).toContain(helpOf(proof));
  });

  it('are read as what they say', () => {
    expect(given(RACES, '--seed=0 --lanes 4').values).toEqual({
      seed: 0,
      lanes: 4,
      fresh: false,
      count: undefined,
      from: undefined,
      each: undefined,
    });
    expect(given(SWEEP, '--only=secrets --only=pods,apps').values['only']).toEqual([
      'secrets',
      'pods',
      'apps',
    ]);
    expect(readWords(MODEL, ['update token'])).toMatchObject({ words: ['update', 'token'] });
    expect(given(KILLS, '').values).toEqual({ only: undefined, lanes: undefined });
  });

  it('come from the environment where a flag names a variable, and win over it', () => {
    const env = { SECONDS: '7', SEED: '' };
    expect(readWords(FUZZ, [], env)).toMatchObject({ values: { seconds: 7, seed: undefined } });
    expect(readWords(FUZZ, ['--seconds=9'], env)).toMatchObject({ values: { seconds: 9 } });
    expect(readWords(FUZZ, [], { SECONDS: 'soon' })).toMatchObject({ kind: 'wrong' });
  });

  it('are the names of the fuzz targets', () => {
    expect(FUZZ.flags.target.choices).toEqual(TARGETS.map(({ name }) => name));
  });
});

describe('the help of a target', () => {
  it.each(PROOFS.map((proof) => [proof.name, proof] as const))(
    '%s has all words, within a terminal',
    (_, proof) => {
      const asked = readWords(proof, ['--nothing', '--help']);
      expect(asked).toEqual({ kind: 'told', text: helpOf(proof) });
      for (const [flag, one] of Object.entries(proof.flags))
        expect(helpOf(proof)).toContain(`  ${spelt(flag, one)} `);
      expect(
        Math.max(
          ...helpOf(proof)
            .split('\n')
            .map((line) => line.length),
        ),
      ).toBeLessThanOrEqual(120);
      for (const [args] of proof.examples) expect(readWords(proof, split(args)).kind).toBe('go');
    },
  );

  it.each(PROOFS.map((proof) => [proof.name, proof] as const))(
    '%s: what `make help` tells is understood',
    (name, proof) => {
      const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
      expect(makefile).toContain(`$(RUN) ${name} -- `);
      const line = makefile.split('\n').find((one) => one.includes(`'  make ${name} `)) ?? '';
      expect(line).not.toBe('');
      for (const [, quoted, bare] of line.matchAll(/ARGS=(?:"([^"]*)"|([^\s',;]+))/g)) {
        expect(readWords(proof, split(quoted ?? bare ?? '')).kind).not.toBe('wrong');
      }
    },
  );
});
