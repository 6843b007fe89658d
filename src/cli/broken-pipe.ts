// A reader that went away (`| head -1`) is no error of ours. Verbs that only read end at once and quietly; the others go on
// without a reader, so that a decision is sent and the exit code still says what became of it.
import type { EventEmitter } from 'node:events';
import type { Command } from './arguments.ts';

const ONLY_READ: ReadonlySet<Command['verb'] | undefined> = new Set([
  'help',
  'version',
  'list',
  'show',
] as const);

/**
 * Handles the loss of a reader on `stream`. Any other error of the stream is thrown.
 * @param verb undefined when the command line could not be read
 * @param end ends the process with exit code 0
 */
export function onBrokenPipe(stream: EventEmitter, verb: Command['verb'] | undefined, end: () => void): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    if (ONLY_READ.has(verb)) end();
  });
}
