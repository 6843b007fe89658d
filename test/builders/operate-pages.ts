// The pages of docs/operate as their reader takes them: what is typed, page by page, line by line.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const OPERATE = join(import.meta.dirname, '../../docs/operate');
const FENCED = /^( *)```([a-z]*)\n([\s\S]*?)^ *```$/gm;

/** Every page, from docs/operate on, such as `alerts/gate-down.md`. */
export const OPERATE_PAGES: readonly string[] = globSync('**/*.md', { cwd: OPERATE }).toSorted();

/** The text of a page. */
export const operatePage = (path: string): string => readFileSync(join(OPERATE, path), 'utf8');

/** One line that is typed. */
export interface TypedLine {
  readonly page: string;
  readonly line: string;
  /** Its words, as a shell makes them, up to a pipe or a redirection. */
  readonly words: readonly string[];
}

/** What a page has its reader type: the blocks without a language. */
export function typedLines(page: string): readonly TypedLine[] {
  const blocks = [...operatePage(page).matchAll(FENCED)].filter(([, , language]) => language === '');
  return blocks
    .flatMap(([, , , text = '']) => text.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => ({ page, line, words: wordsOf(line) }));
}

function wordsOf(line: string): string[] {
  const words = line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  const end = words.findIndex((word) => word === '|' || word === '>');
  return words
    .slice(0, end < 0 ? words.length : end)
    .map((word) => word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_, single, double) => String(single ?? double)));
}
