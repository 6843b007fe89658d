// A page of the guide as its reader takes it: blocks to type, words in a sentence, tables; so that a test does what the page
// says, and an edit that breaks it turns the test red. What is not found is an error: the page does not say it any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const GUIDE = join(import.meta.dirname, '../../docs/guide');
const FENCED = /^( *)```([a-z]*)\n([\s\S]*?)^ *```$/gm;

/** A page. */
export class GuidePage {
  /** Its text, with each run of blanks as one: sentences are found across line ends. */
  readonly prose: string;
  private readonly name: string;
  private readonly blocks: readonly { readonly language: string; readonly text: string }[];
  private readonly text: string;

  /** @param name such as `slack.md` */
  constructor(name: string) {
    this.name = name;
    this.text = readFileSync(join(GUIDE, name), 'utf8');
    this.blocks = [...this.text.matchAll(FENCED)].map(([, , language = '', text = '']) => ({
      language,
      text,
    }));
    this.prose = this.text.replaceAll(FENCED, '').replaceAll(/\s+/g, ' ');
  }

  /** The one block that begins with this; the language is empty for what is typed. @throws where there is not just one */
  block(begins: string, language = ''): string {
    const found = this.blocks.filter((one) => one.language === language && one.text.startsWith(begins));
    const [only] = found;
    if (only === undefined || found.length > 1)
      throw new Error(`${this.name} has ${found.length} blocks that begin with ${begins}`);
    return only.text;
  }

  /** All blocks of a language, in their order. @throws where there is none */
  inOrder(language: string): string[] {
    const found = this.blocks.filter((one) => one.language === language).map(({ text }) => text);
    if (found.length === 0) throw new Error(`${this.name} has no block of ${language}`);
    return found;
  }

  /** What the first group of a pattern stands for in a sentence. @throws where no sentence is like it */
  says(pattern: RegExp): string {
    const found = pattern.exec(this.prose)?.[1];
    if (found === undefined) throw new Error(`${this.name} says nothing like ${pattern.source}`);
    return found;
  }

  /** The cells of the table whose head begins with this, without back-ticks. */
  table(head: string): readonly (readonly string[])[] {
    const lines = this.text.split('\n');
    const at = lines.findIndex((line) => line.startsWith(`| ${head} `));
    if (at < 0) throw new Error(`${this.name} has no table of ${head}`);
    const end = lines.findIndex((line, index) => index > at && !line.startsWith('|'));
    return lines.slice(at + 2, end).map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  }
}
