// What a proof target is to whoever starts it: the words it takes, its help, and its section of docs/reference/proofs.md,
// all from one description. A word that no target knows stops it: nothing is guessed, and nothing green is said of nothing.
import { parseArgs } from 'node:util';

/** One flag. A number is whole and at least `least` (default 1); names are parted by commas, and may be given again. */
export type Flag =
  | { readonly kind: 'switch'; readonly what: string }
  | {
      readonly kind: 'number';
      readonly what: string;
      readonly least?: number;
      /** Environment variable that holds it when the flag is not given. */
      readonly env?: string;
    }
  | { readonly kind: 'text'; readonly what: string }
  | { readonly kind: 'names'; readonly what: string; readonly choices?: readonly string[] };

/** Flags by their names, without the dashes. */
export type Flags = Readonly<Record<string, Flag>>;

/** A target: `make NAME`. */
export interface Proof<F extends Flags = Flags> {
  readonly name: string;
  /** What it proves, in one or two sentences. */
  readonly proves: string;
  readonly flags: F;
  /** Words beside the flags, if it takes any. */
  readonly words?: { readonly label: string; readonly choices: readonly string[]; readonly what: string };
  /** What stands behind `ARGS=`, and what that does. The last one is small. */
  readonly examples: readonly (readonly [args: string, what: string])[];
  /** Lines above its table, which explain the words in it. */
  readonly legend: readonly string[];
  /** For the page: what is tried, what counts as what, what a violation looks like, how long it takes, the closing line. */
  readonly page: Readonly<Record<'tries' | 'counts' | 'violation' | 'takes' | 'closing', string>>;
}

type ValueOf<One extends Flag> = One extends { kind: 'switch' }
  ? boolean
  : One extends { kind: 'number' }
    ? number | undefined
    : One extends { kind: 'names' }
      ? readonly string[] | undefined
      : string | undefined;

/** What was given. Undefined is a flag that was not. */
export interface Given<F extends Flags> {
  readonly values: { readonly [Name in keyof F]: ValueOf<F[Name]> };
  readonly words: readonly string[];
}

/** What is to be done: go on, or print a text and end. */
export type Asked<F extends Flags> =
  | ({ readonly kind: 'go' } & Given<F>)
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string };

class Wrong extends Error {}

/** Reads the words behind `make NAME ARGS=`. `env` is for flags that name a variable. */
export function readWords<F extends Flags>(
  proof: Proof<F>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Asked<F> {
  if (args.some((word) => word === '--help' || word === '-h')) return { kind: 'told', text: helpOf(proof) };
  try {
    return { kind: 'go', ...given(proof, args, env) };
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    return { kind: 'wrong', text: `${proof.name}: ${error.message}\n\n${helpOf(proof)}` };
  }
}

/**
 * The same for a main file: prints what is to be told and ends the process, with 2 where a word is wrong.
 * @param args words of the command line
 */
export function wordsOrEnd<F extends Flags>(
  proof: Proof<F>,
  args: readonly string[] = process.argv.slice(2),
): Given<F> {
  const asked = readWords(proof, args, process.env);
  if (asked.kind === 'go') return asked;
  if (asked.kind === 'told') console.log(asked.text);
  else console.error(asked.text);
  return process.exit(asked.kind === 'told' ? 0 : 2);
}

/** Ends the process as for a wrong word: for what only the target itself can tell. */
export function endAsWrong(proof: Proof, sentence: string): never {
  console.error(`${proof.name}: ${sentence}\n\n${helpOf(proof)}`);
  return process.exit(2);
}

function given<F extends Flags>(
  proof: Proof<F>,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Given<F> {
  const { flags } = proof;
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]): [string, { type: 'boolean' | 'string' }] => [
      name,
      { type: kind === 'switch' ? 'boolean' : 'string' },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const texts = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(...token.value.split(/\s+/).filter((word) => word !== ''));
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (!flag || !token.rawName.startsWith('--')) throw new Wrong(`there is no ${token.rawName}`);
    const before = texts.get(token.name) ?? [];
    if (before.length > 0 && flag.kind !== 'names') throw new Wrong(`${token.rawName} is there twice`);
    texts.set(token.name, [...before, textOf(token.rawName, flag, token)]);
  }
  const values = Object.entries(flags).map(([name, flag]): [string, unknown] => {
    const fromEnv = flag.kind === 'number' && flag.env !== undefined ? env[flag.env] : undefined;
    return [name, valueOf(`--${name}`, flag, texts.get(name) ?? (fromEnv ? [fromEnv] : undefined))];
  });
  return {
    // each value was made by its flag
    values: Object.fromEntries(values) as Given<F>['values'],
    words: knownWords(proof, words),
  };
}

function textOf(
  name: string,
  flag: Flag,
  { value, inlineValue }: { readonly value: string | undefined; readonly inlineValue: boolean | undefined },
): string {
  if (flag.kind === 'switch') {
    if (value !== undefined) throw new Wrong(`${name} takes no value`);
    return '';
  }
  const isMissing = value === undefined || value.trim() === '' || (!inlineValue && value.startsWith('-'));
  if (isMissing) throw new Wrong(`${name} needs a value, such as ${name}=${LABELS[flag.kind]}`);
  return value;
}

function valueOf(name: string, flag: Flag, texts: readonly string[] | undefined): unknown {
  if (flag.kind === 'switch') return texts !== undefined;
  if (texts === undefined) return undefined;
  const [text = ''] = texts;
  switch (flag.kind) {
    case 'text':
      return text;
    case 'number': {
      const [number, least] = [Number(text), flag.least ?? 1];
      if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < least)
        throw new Wrong(`${name} must be a whole number from ${least}, not ${text}`);
      return number;
    }
    case 'names': {
      const names = texts.flatMap((one) => one.split(',')).map((one) => one.trim());
      if (names.includes('')) throw new Wrong(`${name}=${texts.join(',')} has an empty name in it`);
      const unknown = names.find((one) => flag.choices?.includes(one) === false);
      if (unknown !== undefined)
        throw new Wrong(`${name} knows no ${unknown}: one of ${flag.choices?.join(', ')}`);
      return [...new Set(names)];
    }
    default:
      return flag satisfies never;
  }
}

function knownWords({ words }: Proof, found: readonly string[]): readonly string[] {
  const stray = found.find((word) => words?.choices.includes(word) !== true);
  if (stray === undefined) return [...new Set(found)];
  throw new Wrong(
    words === undefined
      ? `it takes flags only, not ${stray}`
      : `there is no ${words.label.toLowerCase()} ${stray}: one of ${words.choices.join(', ')}`,
  );
}

const LABELS: Readonly<Record<Exclude<Flag['kind'], 'switch'>, string>> = {
  number: 'N',
  text: 'TEXT',
  names: 'NAME,...',
};

/** How a flag is written, such as `--count=N`. */
export const spelt = (name: string, { kind }: Flag): string =>
  kind === 'switch' ? `--${name}` : `--${name}=${LABELS[kind]}`;

/** How an example is typed. */
export const typed = ({ name }: Pick<Proof, 'name'>, args: string): string =>
  `make ${name} ARGS=${args.includes(' ') ? `"${args}"` : args}`;

/** The help of a target. */
export function helpOf(proof: Proof): string {
  const { name, proves, flags, words, examples } = proof;
  const rows = [
    ...(words === undefined ? [] : [[`${words.label} ...`, `${words.what}: ${words.choices.join(', ')}`]]),
    ...Object.entries(flags).map(([flag, one]) => [spelt(flag, one), sentenceOf(one)]),
    ['--help', 'this page'],
  ];
  return [
    ...folded(proves, ''),
    '',
    `  make ${name}`,
    ...examples.map(([args, what]) => `  ${typed(proof, args).padEnd(54)} ${what}`),
    '',
    ...rows.flatMap(([left = '', right = '']) => {
      const [first = '', ...rest] = folded(right, ' '.repeat(23));
      return left.length > 20
        ? [`  ${left}`, first, ...rest]
        : [`  ${left.padEnd(20)} ${first.trim()}`, ...rest];
    }),
  ].join('\n');
}

/** What a flag does, with its choices. */
export const sentenceOf = (flag: Flag): string =>
  flag.kind === 'names' && flag.choices ? `${flag.what}: ${flag.choices.join(', ')}` : flag.what;

function folded(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    if (line.length + word.length > 118 && line.trim() !== '') {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += `${word} `;
  }
  return [...lines, line.trimEnd()];
}
