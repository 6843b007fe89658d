// What this folder needs of a logger: any pino logger fits. Fields are names, counts and codes, never bodies or headers.

/** One line: structured fields first, then a plain sentence. */
export type LogLine = (fields: Readonly<Record<string, unknown>>, message: string) => void;

/** The levels used here. */
export interface KubeLog {
  readonly debug: LogLine;
  readonly info: LogLine;
  readonly warn: LogLine;
  readonly error: LogLine;
}

const nothing: LogLine = () => {};

/** Says nothing; the default where no logger is given. */
export const silentLog: KubeLog = { debug: nothing, info: nothing, warn: nothing, error: nothing };
