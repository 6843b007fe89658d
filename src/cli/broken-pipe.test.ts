import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Command } from './arguments.ts';
import { onBrokenPipe } from './broken-pipe.ts';

/** How often the process would have ended after an error of that code. */
function ended(verb: Command['verb'], code: string): number {
  const stream = new EventEmitter();
  let times = 0;
  onBrokenPipe(stream, verb, () => (times += 1));
  stream.emit('error', Object.assign(new Error(`write ${code}`), { code }));
  return times;
}

describe('a reader that goes away', () => {
  it.each(['help', 'list', 'show'] as const)('ends %s', (verb) => expect(ended(verb, 'EPIPE')).toBe(1));

  it.each(['approve', 'deny', 'wait'] as const)('does not end %s, whose exit code matters', (verb) =>
    expect(ended(verb, 'EPIPE')).toBe(0),
  );

  it('is not confused with another error', () => {
    expect(() => ended('list', 'ENOSPC')).toThrow('ENOSPC');
  });
});
