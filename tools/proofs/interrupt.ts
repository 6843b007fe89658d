// Ctrl-C on a target that takes minutes: one line of what was done and how to go on, everything that was started is
// stopped, and the process ends with 130, as shells expect.
import { endPrograms } from '../controlplane/process.ts';

/** The exit code of a process that SIGINT ended. */
export const INTERRUPTED = 130;
/** How long stopping may take. ms. */
const PATIENCE_MS = 10_000;

/**
 * Takes over SIGINT and SIGTERM. npm and a terminal may both send one, so a second one changes nothing.
 * @param told one line, asked for when it comes
 */
export function onInterrupt(told: () => string): void {
  let isEnding = false;
  const end = () => {
    if (isEnding) return;
    isEnding = true;
    console.log(`interrupted: ${told()}`);
    // What goes on meanwhile fails, since its control plane is gone.
    process.removeAllListeners('warning');
    process.on('uncaughtException', () => undefined);
    process.on('unhandledRejection', () => undefined);
    const exit = () => process.exit(INTERRUPTED);
    setTimeout(exit, PATIENCE_MS);
    void endPrograms().then(exit, exit);
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}
