// One line that says what is being made and for how long. On a terminal it is rewritten in place; in a log it is repeated rarely.

/** A running progress line. */
export interface Progress {
  /** Ends the line. */
  done(): void;
}

const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 20_000;

/** Shows `what` with the seconds elapsed on stderr until `done` is called. */
export function startProgress(what: string, stream: NodeJS.WriteStream = process.stderr): Progress {
  const started = performance.now();
  const line = () => `control plane: ${what} (${Math.round((performance.now() - started) / 1000)} s)`;
  const show = () => stream.write(stream.isTTY ? `\r${line()}` : `${line()}\n`);
  show();
  const timer = setInterval(show, stream.isTTY ? TERMINAL_EVERY_MS : LOG_EVERY_MS);
  timer.unref();
  return {
    done() {
      clearInterval(timer);
      stream.write(stream.isTTY ? `\r${line()}\n` : `${line()}, done\n`);
    },
  };
}

/** One sentence on stderr. */
export function say(sentence: string): void {
  process.stderr.write(`control plane: ${sentence}\n`);
}
