// The log of the process: JSON lines on standard error, since standard output carries the record. Everything passes
// through scrub.ts, so that no secret, payload or error body is in a line at any level (INV-10).
import { pino } from 'pino';
import { scrub, scrubText } from './scrub.ts';

/** From which level on lines are written; `silent` writes none. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
/** One of {@link LOG_LEVELS}. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Writes one line: a message, optionally with fields before it. An error goes in as `{ err }` or in place of the fields. */
export interface LogMethod {
  (message: string): void;
  (fields: object, message: string): void;
}

/** What the rest of the program may do with the log. */
export interface Logger {
  readonly debug: LogMethod;
  readonly info: LogMethod;
  readonly warn: LogMethod;
  readonly error: LogMethod;
  /** The process is about to end because of this. */
  readonly fatal: LogMethod;
  /** A logger whose lines carry these fields too. */
  child(fields: object): Logger;
}

/** Where lines go; each call is one complete line. */
export interface LogStream {
  write(line: string): unknown;
}

/**
 * Makes the logger of a process.
 * @param options.stream where lines go; standard error, written synchronously so that a crash loses none, by default
 */
export function createLogger(options: { readonly level: LogLevel; readonly stream?: LogStream }): Logger {
  const stream = options.stream ?? pino.destination({ dest: 2, sync: true });
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        messageKey: 'message',
        formatters: { level: (level) => ({ level }) },
        // Errors arrive reduced already; pino's own way would take them for something else.
        serializers: { err: (facts: unknown) => facts },
      },
      { write: (line: string) => void stream.write(line) },
    ),
  );
}

// pino skips its own formatters for the fields of children, so the scrubbing is done here, before pino sees anything.
function wrap(base: pino.Logger): Logger {
  return {
    debug: method(base, 'debug'),
    info: method(base, 'info'),
    warn: method(base, 'warn'),
    error: method(base, 'error'),
    fatal: method(base, 'fatal'),
    child: (fields) => wrap(base.child(scrubFields(fields))),
  };
}

function method(base: pino.Logger, level: 'debug' | 'info' | 'warn' | 'error' | 'fatal'): LogMethod {
  return (first: object | string, message?: string): void => {
    if (!base.isLevelEnabled(level)) return;
    if (typeof first === 'string') base[level](scrubText(first));
    else base[level](scrubFields(first), scrubText(message ?? ''));
  };
}

/** Names that every line has already (JSON with a name twice is read differently by different readers), or that pino calls. */
const TAKEN = ['level', 'time', 'message', 'hasOwnProperty'];

function scrubFields(fields: object): Record<string, unknown> {
  const clean = scrub(fields instanceof Error ? { err: fields } : fields);
  if (typeof clean !== 'object' || clean === null || Array.isArray(clean)) return { fields: clean };
  const result: Record<string, unknown> = { ...clean };
  for (const name of TAKEN) {
    if (!Object.hasOwn(result, name)) continue;
    result[`${name}_`] = result[name];
    delete result[name];
  }
  return result;
}
