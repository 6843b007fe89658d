// One line that says what is being made and for how long. On a terminal it is rewritten in place; in a log it is repeated rarely.

const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 20_000;

/** One sentence on stderr. */
export function say(sentence: string): void {
  process.stderr.write(`control plane: ${sentence}\n`);
}

/** Shows `what` with the seconds elapsed on stderr while `work` runs, then how it ended. */
export async function withProgress<T>(what: string, work: () => Promise<T>): Promise<T> {
  const { isTTY } = process.stderr;
  const started = performance.now();
  const show = (end = '') => {
    const line = `control plane: ${what} (${Math.round((performance.now() - started) / 1000)} s)${end}`;
    process.stderr.write(isTTY ? `\r${line}${end === '' ? '' : '\n'}` : `${line}\n`);
  };
  show();
  const timer = setInterval(() => show(), isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
  timer.unref();
  let end = ', failed';
  try {
    const result = await work();
    end = ', done';
    return result;
  } finally {
    clearInterval(timer);
    show(end);
  }
}
