// docs/reference/proofs.md, from the descriptions of the targets.
import { ORACLE_LEGEND, PROOFS } from './catalogue.ts';
import { sentenceOf, spelt, typed, type Proof } from './proof.ts';

const joined = (lines: readonly string[]): string => lines.map((line) => line.trim()).join(' ');

function section(proof: Proof): string {
  const { name, proves, flags, words, examples, legend, page } = proof;
  const rows = Object.entries(flags).map(([flag, one]) => `| \`${spelt(flag, one)}\` | ${sentenceOf(one)} |`);
  if (words) rows.unshift(`| \`${words.label} ...\` | ${words.what}: ${words.choices.join(', ')} |`);
  const table = rows.length === 0 ? [] : ['', '| word | what it does |', '| --- | --- |', ...rows];
  return [
    `## make ${name}`,
    '',
    proves,
    '',
    `- What it tries: ${page.tries}`,
    `- What counts: ${page.counts}`,
    `- A violation: ${page.violation}`,
    `- How long: ${page.takes}`,
    `- Closing line: \`${page.closing}\``,
    ...table,
    '',
    '```',
    ...[[`make ${name}`, ''], ...examples.map(([args, what]) => [typed(proof, args), what])].map(
      ([command = '', what = '']) => (what === '' ? command : `${command.padEnd(48)} # ${what}`),
    ),
    '```',
    '',
    `Words of its table: ${joined(legend)}`,
    '',
  ].join('\n');
}

/** The page, as Markdown. */
export function proofsMarkdown(): string {
  return [
    '<!-- Generated from tools/proofs by `npm run generate`. Do not edit. -->',
    '',
    '# Proofs',
    '',
    'What `make test` shows in a few minutes, these targets show at length. Each runs on your own machine, against the code in',
    'your checkout, prints what it saw, and ends with one closing line; its exit code is 0 only if nothing was violated and all',
    'that was asked for was done. A word that a target does not know ends it with 2. `ARGS=--help` explains each. Times are those',
    'of two cores.',
    '',
    ...PROOFS.map(section),
    '## The audit oracle',
    '',
    'Wherever a control plane runs, the log that the API server itself writes is judged at the end, by code that shares nothing',
    `with Assent (\`tools/audit\`). Words of its line: ${joined(ORACLE_LEGEND).replace(/^audit oracle: /, '')}`,
    '',
  ].join('\n');
}
