// Kills the process at a chosen API write, so that tests can show that any write may be the last (INV-1, INV-2, INV-5), or
// tells them which writes there are. Off unless ASSENT_FAILPOINT is set.
import { appendFileSync, readFileSync } from 'node:fs';

/** A write as the client tells it: `before` it is sent, `after` its answer came. */
export interface FailpointNotice {
  readonly stage: 'before' | 'after';
  readonly method: string;
  readonly path: string;
  readonly n: number;
}

/** A write with the lines of our sources that it was made from, the innermost first, such as `gate/reserve.ts:78`. */
export interface Write extends Omit<FailpointNotice, 'stage'> {
  readonly from: readonly string[];
}

interface Order {
  readonly stage: FailpointNotice['stage'];
  /** The write with this number. */
  readonly n: number | undefined;
  /** A write from this line; '' for any. */
  readonly from: string;
  /** A write whose path contains this. */
  readonly path: string;
  /** The how manyth of those. */
  readonly count: number;
}

const FAILPOINT = /^(gate|controller):(?:(tell|order):(?=\/))?(.+)$/;
const FORM =
  /^(before|after):(?:([1-9][0-9]*)|(?=[a-z/])([a-z0-9./-]+\.ts:[0-9]+)?(\/[^#]*)?(?:#([1-9][0-9]*))?)$/;
const FRAME = /^ +at (?!async ).*\/src\/([a-z0-9./-]+\.ts:[0-9]+):[0-9]+\)?$/;

/**
 * Reads `ASSENT_FAILPOINT`, which begins with the part that it is for:
 * - `gate:before:3` kills the process just before the gate's third write is sent; with `after`, once its answer has come.
 * - `gate:before:gate/reserve.ts:78`, `gate:before:/leases/`, or both in a row, optionally with `#2`: the first (second)
 *   write that was made from that line, or whose path contains that text.
 * - `gate:order:/file` takes the words after `gate:` from the lines of that file at each write: a running process gets
 *   its orders.
 * - `gate:tell:/file` kills nothing and appends each {@link Write} to that file, one JSON a line.
 * @returns undefined when it is not set, or names another part
 * @throws when it is set to something else
 */
export function failpoint(
  setting: string | undefined,
  part: string,
): ((notice: FailpointNotice) => void) | undefined {
  if (setting === undefined || setting === '') return undefined;
  const [, wanted, verb, words = ''] = FAILPOINT.exec(setting) ?? [];
  if (wanted === undefined || (verb === undefined && !FORM.test(words))) {
    throw new Error('ASSENT_FAILPOINT is not of the form gate:before:3');
  }
  if (wanted !== part) return undefined;
  if (verb === 'tell') return teller(words);
  return killer(verb === 'order' ? () => readFileSync(words, 'utf8') : () => words);
}

function teller(file: string): (notice: FailpointNotice) => void {
  return ({ stage, ...write }) => {
    if (stage === 'before') appendFileSync(file, `${JSON.stringify({ ...write, from: callers() })}\n`);
  };
}

/** @param words orders, one a line */
function killer(words: () => string): (notice: FailpointNotice) => void {
  const seen = new Map<string, number>();
  /** Writes under way that an order means: the lines they came from are on the stack only before they are sent. */
  const meant = new Set<string>();
  return (notice) => {
    for (const text of words().split('\n')) {
      const order = parse(text);
      if (!order) continue;
      const key = `${notice.n} ${text}`;
      if (notice.stage === 'before' && isMeant(order, notice)) {
        const count = (seen.get(text) ?? 0) + 1;
        seen.set(text, count);
        if (count === order.count) meant.add(key);
      }
      if (notice.stage === order.stage && meant.delete(key)) process.kill(process.pid, 'SIGKILL');
    }
  };
}

function parse(text: string): Order | undefined {
  const [, stage, n, from = '', path = '', count = '1'] = FORM.exec(text) ?? [];
  if (stage !== 'before' && stage !== 'after') return undefined;
  return { stage, n: n === undefined ? undefined : Number(n), from, path, count: Number(count) };
}

function isMeant({ n, from, path }: Order, notice: FailpointNotice): boolean {
  if (n !== undefined) return notice.n === n;
  return notice.path.includes(path) && (from === '' || callers().includes(from));
}

/** Our lines on the stack now. A write is started synchronously from its caller, so they are all there. */
function callers(): string[] {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 50;
  const { stack = '' } = new Error('only its stack is of interest');
  Error.stackTraceLimit = stackTraceLimit;
  const lines = stack.split('\n').flatMap((frame) => FRAME.exec(frame)?.[1] ?? []);
  return lines.filter((line) => !line.startsWith('platform/failpoint.ts:'));
}
