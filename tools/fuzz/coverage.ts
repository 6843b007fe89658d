// Which parts of the code under test have been run, from V8's own counters (node:inspector, precise block coverage).
// Start it before the code is loaded, so that every function is counted from its first call.
import { Session, type Profiler } from 'node:inspector';

/** What one look at the counters shows: for each script, which characters belong to blocks that ran. */
export type Look = ReadonlyMap<string, Uint8Array>;

/** Collects coverage of the files whose paths end in one of the names. */
export class Coverage {
  private readonly session = new Session();
  private readonly seen = new Map<string, Uint8Array>();
  private readonly blocks = new Set<string>();
  private files: readonly string[] = [];

  constructor() {
    this.session.connect();
    this.post('Profiler.enable');
    this.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Begins anew with other files. */
  watch(files: readonly string[]): void {
    this.files = files;
    this.seen.clear();
    this.blocks.clear();
    this.look();
  }

  /** Blocks that have run since `watch`. */
  get edges(): number {
    return this.blocks.size;
  }

  /** What ran since the last look. */
  look(): Look {
    const { result } = this.post('Profiler.takePreciseCoverage') as Profiler.TakePreciseCoverageReturnType;
    const look = new Map<string, Uint8Array>();
    for (const { url, functions } of result) {
      if (this.files.some((file) => url.endsWith(file))) look.set(url, painted(functions));
    }
    return look;
  }

  /** Whether a look shows anything that never ran before. */
  isNew(look: Look): boolean {
    return [...look].some(([url, ran]) => {
      const seen = this.seen.get(url);
      return ran.some((count, at) => count !== 0 && seen?.[at] !== 1);
    });
  }

  /** Remembers a look. */
  add(look: Look): void {
    for (const [url, ran] of look) {
      const seen = this.seen.get(url);
      const wider = new Uint8Array(Math.max(ran.length, seen?.length ?? 0));
      if (seen !== undefined) wider.set(seen);
      for (const [at, count] of ran.entries()) {
        if (count === 0) continue;
        wider[at] = 1;
        // a block is told apart from the one around it by the character at which it begins
        if (count === 2) this.blocks.add(`${url}:${at}`);
      }
      this.seen.set(url, wider);
    }
  }

  close(): void {
    this.post('Profiler.stopPreciseCoverage');
    this.session.disconnect();
  }

  /** The inspector answers synchronously when it looks at its own thread. */
  private post(method: string, parameters: object = {}): unknown {
    let answer: unknown;
    this.session.post(method, parameters, (error, result) => {
      if (error) throw error;
      answer = result;
    });
    return answer;
  }
}

/** Outer blocks come before inner ones, so that the last word about a character is the innermost one. 2 begins a block. */
function painted(functions: readonly Profiler.FunctionCoverage[]): Uint8Array {
  const ranges = functions.flatMap((one) => one.ranges);
  const ran = new Uint8Array(Math.max(0, ...ranges.map((range) => range.endOffset)));
  for (const { startOffset, endOffset, count } of ranges) {
    ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    if (count > 0 && startOffset < endOffset) ran[startOffset] = 2;
  }
  return ran;
}
