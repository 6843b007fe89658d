// What the words of the command line ask of the process: to start a part, or to be told something. The help is made from
// the same settings as the checks and the reference page.
import { SETTINGS } from './config.ts';
import type { Setting } from './settings.ts';

/** The parts, as they are started. */
export const PARTS = {
  run: 'both in one process, for trying out and outside of a cluster',
  gate: 'the admission server: asks, holds, lets approved changes through',
  controller: 'compiles policies, counts decisions, ends requests, writes the record',
} as const;

/** What is done once, and ends. */
export const COMMANDS = {
  check: 'waits until the installation works, end to end, and says so; with --once it looks once',
  uninstall:
    'stops the controllers, ends all access, removes the webhook configurations; with --keys the keys, too',
} as const;

/** A command. */
export type Command = keyof typeof COMMANDS;

/** A part that can be started. */
export type Part = keyof typeof PARTS;

/** What is to be done: start a part with the words of its flags, or print a text and end. */
export type Asked =
  | { readonly kind: 'start'; readonly part: Part; readonly argv: readonly string[] }
  | { readonly kind: 'command'; readonly command: Command; readonly argv: readonly string[] }
  | { readonly kind: 'told'; readonly text: string }
  | { readonly kind: 'wrong'; readonly text: string };

const HELP: ReadonlySet<string> = new Set(['--help', '-h', 'help']);
const isPart = (word: string): word is Part => Object.hasOwn(PARTS, word);
const isCommand = (word: string): word is Command => Object.hasOwn(COMMANDS, word);

/** Reads the words after `assent`. `version` is what `--version` says. */
export function askedOf(words: readonly string[], version: string): Asked {
  const [word = '', ...argv] = words;
  if (HELP.has(word)) {
    const [about = ''] = argv;
    return { kind: 'told', text: isPart(about) ? partPage(about) : helpPage() };
  }
  if (word === '--version') return { kind: 'told', text: `assent ${version}` };
  if (isCommand(word)) return { kind: 'command', command: word, argv };
  if (!isPart(word)) {
    const what = word === '' ? 'assent needs to know what to start' : `assent has nothing called ${word}`;
    return {
      kind: 'wrong',
      text: `${what}: one of ${[...Object.keys(PARTS), ...Object.keys(COMMANDS)].join(', ')}\nsee: assent --help`,
    };
  }
  return argv.some((one) => one === '--help' || one === '-h')
    ? { kind: 'told', text: partPage(word) }
    : { kind: 'start', part: word, argv };
}

function helpPage(): string {
  return [
    "Assent holds agents' changes at the API server until a person has approved them.",
    '',
    ...Object.entries({ ...PARTS, ...COMMANDS }).map(([word, what]) => `  assent ${word.padEnd(12)}${what}`),
    '',
    'assent run --help lists the flags, which are the same for all. assent --version says which version this is.',
  ].join('\n');
}

function partPage(part: Part): string {
  return [
    `assent ${part} [flags]: ${PARTS[part]}.`,
    '',
    'Each flag may also be given as the variable beside it or in the file of --config; a flag wins over a variable, that',
    'over the file. An unknown one stops the start.',
    '',
    ...SETTINGS.flatMap(flagLines),
    '  -h, --help',
    '      This page.',
  ].join('\n');
}

const TYPED: Readonly<Record<Setting['kind'], string>> = {
  text: ' TEXT',
  number: ' NUMBER',
  boolean: '[=false]',
};

function flagLines({ flag, env, kind, description, fallback, choices }: Setting): string[] {
  const typed = choices.length > 0 ? ` ${choices.join('|')}` : TYPED[kind];
  const byDefault = fallback === undefined ? '' : ` Default: ${fallback}.`;
  return [`  ${flag}${typed}   ${env}`, `      ${description.replaceAll('`', '')}${byDefault}`];
}
