// Kills the process at a chosen API write, so that tests can show that any write may be the last (INV-1, INV-2, INV-5).
// Off unless ASSENT_FAILPOINT is set.

/** A write as the client tells it. */
export interface FailpointNotice {
  readonly stage: 'before' | 'after';
  readonly method: string;
  readonly path: string;
  readonly n: number;
}

/**
 * Reads `ASSENT_FAILPOINT`, such as `gate:before:3`: the process is killed just before the gate's third write is sent, or
 * with `after`, once its answer has come.
 * @returns undefined when it is not set, or names another part
 * @throws when it is set to something else
 */
export function failpoint(
  setting: string | undefined,
  part: string,
): ((notice: FailpointNotice) => void) | undefined {
  if (setting === undefined || setting === '') return undefined;
  const [, wanted, stage, n] = /^(gate|controller):(before|after):([1-9][0-9]*)$/.exec(setting) ?? [];
  if (wanted === undefined) throw new Error('ASSENT_FAILPOINT is not of the form gate:before:3');
  if (wanted !== part) return undefined;
  return (notice) => {
    if (notice.stage === stage && notice.n === Number(n)) process.kill(process.pid, 'SIGKILL');
  };
}
