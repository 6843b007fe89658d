// Writes lines to a stream one after the other and says when each one is out: a line of the record counts as recorded
// only then (INV-5).
import type { Writable } from 'node:stream';

/** A function that writes one line and resolves when the stream has taken it. */
export function lineWriter(stream: Writable): (line: string) => Promise<void> {
  return (line) =>
    new Promise((resolve, reject) => {
      stream.write(`${line}\n`, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
}
