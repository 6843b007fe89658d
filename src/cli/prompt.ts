// One question on a terminal. Ctrl-C and Ctrl-D are answers too: nobody said yes.
import { createInterface } from 'node:readline/promises';

/** A terminal. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Asks; '' when the person leaves with Ctrl-C or Ctrl-D, or the terminal goes away. */
export async function askOn({ input, output }: Terminal, question: string): Promise<string> {
  const reader = createInterface({ input, output, terminal: true });
  const left = new Promise<undefined>((resolve) => {
    reader.once('close', () => resolve(undefined));
  });
  try {
    // After Ctrl-C the question is rejected; after Ctrl-D it never ends.
    const answer = await Promise.race([reader.question(question).catch(() => undefined), left]);
    // What comes next does not belong on the line of the question.
    if (answer === undefined) output.write('\n');
    return answer ?? '';
  } finally {
    reader.close();
  }
}
