import { PassThrough } from 'node:stream';
import { expect, it } from 'vitest';
import { askOn } from './prompt.ts';

const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/** What comes of the question when the person types that. */
async function answered(typed: string): Promise<string> {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = askOn({ input, output }, 'Type yes: ');
  input.write(typed);
  return answer;
}

it.each([
  ['yes', 'yes\r', 'yes'],
  ['Ctrl-C', CTRL_C, ''],
  ['Ctrl-D', CTRL_D, ''],
  ['half a yes and Ctrl-C', `ye${CTRL_C}`, ''],
])('%s', async (_what, typed, answer) => expect(await answered(typed)).toBe(answer));

it('a terminal that goes away', async () => {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const answer = askOn({ input, output }, 'Type yes: ');
  input.end();
  expect(await answer).toBe('');
});
