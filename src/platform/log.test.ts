import { describe, expect, it } from 'vitest';
import { createLogger, LOG_LEVELS, type LogLevel } from './log.ts';

const CANARY = 'canary-7f3a9c';
const capture = (level: LogLevel) => {
  const lines: string[] = [];
  const log = createLogger({ level, stream: { write: (line) => lines.push(line) } });
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') as unknown };
};

describe('createLogger', () => {
  it('writes one JSON line with time, level, fields and message', () => {
    const { log, lines, last } = capture('info');
    log.info({ request: 'r1' }, 'denied');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as unknown,
      request: 'r1',
      message: 'denied',
    });
  });

  it('writes a message alone', () => {
    const { log, last } = capture('info');
    log.warn('late');
    expect(last()).toMatchObject({ level: 'warn', message: 'late' });
  });

  it.each([
    ['debug', 5],
    ['info', 4],
    ['warn', 3],
    ['error', 2],
    ['silent', 0],
  ] as const)('writes from level %s on: %i of 5 lines', (level, count) => {
    const { log, lines } = capture(level);
    for (const name of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[name]('x');
    expect(lines).toHaveLength(count);
  });

  it('gives fields to children', () => {
    const { log, last } = capture('info');
    log.child({ part: 'gate' }).child({ attempt: 2, hasOwnProperty: 1 }).info('seen');
    expect(last()).toMatchObject({ part: 'gate', attempt: 2, message: 'seen' });
  });

  it('reads an error in place of fields', () => {
    const { log, last } = capture('info');
    log.error(new RangeError(`too far\n${CANARY}`), 'failed');
    expect(last()).toMatchObject({ message: 'failed', err: { type: 'RangeError', message: 'too far' } });
  });

  it('keeps its own names when fields carry them too', () => {
    const { log, lines, last } = capture('info');
    log.info({ message: 'theirs', level: 9, time: 1 }, 'ours');
    expect(last()).toMatchObject({ message: 'ours', level: 'info', message_: 'theirs', level_: 9, time_: 1 });
    expect(lines[0]?.match(/"message":/g)).toHaveLength(1);
  });

  it.each(LOG_LEVELS)('INV-10: no planted secret is in a line at level %s (T29)', (level) => {
    const { log, lines } = capture(level);
    const error = Object.assign(new Error(`first\nbody: ${CANARY}`), {
      body: CANARY,
      headers: { a: CANARY },
    });
    for (const name of ['debug', 'info', 'warn', 'error', 'fatal'] as const) {
      const child = log.child({ token: CANARY, seen: `Bearer ${CANARY}` });
      child[name]({ err: error, error, secret: CANARY, object: { data: CANARY } }, `xoxb-${CANARY}`);
      child[name](error, `eyJhbGciOi.eyJzdWIiOi.${CANARY}`);
      child[name](`Bearer ${CANARY}`);
    }
    expect(lines.join('')).not.toContain(CANARY);
    expect(lines.length).toBeGreaterThanOrEqual(level === 'silent' ? 0 : 6);
  });
});
