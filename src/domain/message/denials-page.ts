// The reference page of all denials and refusals, as Markdown in the form that prettier leaves alone.
import { ASK_REFUSAL_CODES, askRefusalWords } from './ask-refusal.ts';
import { CATALOG } from './denial-catalog.ts';
import { CHAT_REFUSAL_CODES, REFUSAL_CODES, refusalWords } from './refusal.ts';

const INTRO = `# Denials

Every change that Assent refuses is answered with code 403, reason \`Forbidden\`; only \`ASSENT-D013\`, when nothing can be
decided, is 500, \`InternalError\`. The first line says what happened, the \`key: value\` lines below say what to do, and
\`status.details.causes[]\` carries the same for programs: the field \`reason\` of each cause is the key in CamelCase
(\`Code\`, \`Request\`, \`State\`, \`Expires\`, \`Wait\`, \`Then\`, ...), \`message\` is the value. Codes never change their meaning.
`;

const REFUSALS = `## Refused decisions

A decision that does not count is answered with \`ASSENT-D017\` and one sentence; the code in brackets is stable.
`;

const ASKS = `## Refused asks for access

An ask that is not granted in its form is answered with \`ASSENT-D020\`: one sentence, the code under \`refusal\`, and under
\`instead\` the narrower ask that would be accepted, where there is one.
`;

/** The page docs/reference/denials.md. */
export function denialsMarkdown(): string {
  const denials = Object.values(CATALOG).map((entry) => {
    const first = entry.title === 'refused' ? 'refused: ...' : `${entry.title}: ...`;
    return [`\`${entry.code}\``, first, entry.meaning, entry.advice];
  });
  const sample = { request: 'NAME', about: 'NAME' };
  const refusals = [...REFUSAL_CODES, ...CHAT_REFUSAL_CODES].flatMap((code) => {
    // The one sentence that depends on the state: an approval may still be stopped.
    const states = code === 'already-decided' ? ['denied', 'approved'] : ['denied'];
    return states.map((state) => [`\`${code}\``, refusalWords(code, { ...sample, state })]);
  });
  const asks = ASK_REFUSAL_CODES.map((code) => [`\`${code}\``, askRefusalWords({ code, about: 'NAME' })]);
  return [
    INTRO,
    table(['code', 'first line', 'meaning', 'what to do'], denials),
    REFUSALS,
    table(['code', 'sentence'], refusals),
    ASKS,
    table(['refusal', 'sentence'], asks),
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)));
  const lineOf = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const rule = lineOf(widths.map((width) => '-'.repeat(width)));
  return `${[lineOf(head), rule, ...rows.map(lineOf)].join('\n')}\n`;
}
