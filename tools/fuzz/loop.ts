// The search: change an input that is known, run it, and keep it when it reached code or an outcome that is new.
// Coverage is looked at once for a batch, since a look costs as much as a hundred runs; a batch that shows something new
// is halved until the inputs are found that did it.
import type { Coverage } from './coverage.ts';
import { Mutator } from './mutate.ts';
import { Random } from './random.ts';
import { shrink } from './shrink.ts';
import type { Target } from './target.ts';

/** An input that broke a property, made as small as it would go. */
export interface Found {
  readonly target: string;
  readonly message: string;
  readonly input: Uint8Array;
}

/** How a round is run. */
export interface Round {
  readonly seed: number;
  /** Asked before each batch: how many runs there were so far. */
  readonly goesOn: (executions: number) => boolean;
  /** Left out: only outcomes guide the search. */
  readonly coverage?: Coverage | undefined;
}

/** What came of a round. */
export interface Outcome {
  readonly executions: number;
  readonly edges: number;
  /** Every input that showed something new, in the order in which they were found, the given ones first. */
  readonly corpus: readonly Uint8Array[];
  readonly found: readonly Found[];
  /** What the slowest run cost. Milliseconds of CPU; for people only. */
  readonly slowest: number;
}

const BATCH = 128;
/** Longer inputs are not kept: they make everything slower and show little. Bytes. */
const LONGEST = 8_192;
/** After so many different findings a target has to be mended first. */
const MOST_FOUND = 8;

/** Fuzzes one target, from its seeds and the kept corpus. */
export function fuzz(target: Target, kept: readonly Uint8Array[], round: Round): Outcome {
  const search = new Fuzzing(target, kept, round);
  while (search.step());
  return search.outcome();
}

/** The same in steps, so that whoever runs it can listen in between. */
export class Fuzzing {
  private readonly target: Target;
  private readonly round: Round;
  private readonly random: Random;
  private readonly mutator: Mutator;
  private readonly pool: Uint8Array[] = [];
  private readonly shapes = new Set<string>();
  private readonly found = new Map<string, Found>();
  private executions = 0;
  private slowest = 0;

  constructor(target: Target, kept: readonly Uint8Array[], round: Round) {
    this.target = target;
    this.round = round;
    this.random = new Random(round.seed);
    this.mutator = new Mutator(this.random, target);
    round.coverage?.watch(target.code);
    const start = [...kept, ...target.seeds()];
    for (const input of start) this.tryAll([input]);
    // whatever they show, what was given is worth changing
    if (this.pool.length === 0) this.pool.push(...start, new Uint8Array());
  }

  /** Runs one batch. @returns false when the search is over */
  step(): boolean {
    if (!this.round.goesOn(this.executions) || this.found.size >= MOST_FOUND) return false;
    this.tryAll(Array.from({ length: BATCH }, () => this.next()));
    return true;
  }

  /** What came of it so far. */
  outcome(): Outcome {
    return {
      executions: this.executions,
      edges: this.round.coverage?.edges ?? 0,
      corpus: this.pool,
      found: [...this.found.values()],
      slowest: this.slowest,
    };
  }

  /** A changed input; what was found last is changed most. */
  private next(): Uint8Array {
    const recent = this.pool.slice(-16);
    const base = this.random.pick(this.random.oneIn(2) ? recent : this.pool);
    return this.mutator.change(base, this.random.pick(this.pool));
  }

  private tryAll(inputs: readonly Uint8Array[]): void {
    for (const input of inputs) this.try(input);
    const { coverage } = this.round;
    if (coverage === undefined) return;
    const look = coverage.look();
    if (!coverage.isNew(look)) return;
    this.locate(inputs, coverage);
    // what the second run did not reach, since something was remembered, is not looked for again
    coverage.add(look);
  }

  /** Finds the inputs that reach new code, by running them again. */
  private locate(inputs: readonly Uint8Array[], coverage: Coverage): void {
    if (inputs.length > 1) {
      const half = inputs.length >> 1;
      for (const part of [inputs.slice(0, half), inputs.slice(half)]) {
        for (const input of part) this.try(input);
        if (coverage.isNew(coverage.look())) this.locate(part, coverage);
      }
      return;
    }
    const [input = new Uint8Array()] = inputs;
    this.try(input);
    const look = coverage.look();
    if (coverage.isNew(look)) this.keep(input);
    coverage.add(look);
  }

  private keep(input: Uint8Array): void {
    if (input.length <= LONGEST) this.pool.push(input);
  }

  private try(input: Uint8Array): void {
    this.executions += 1;
    const before = process.cpuUsage();
    const { shape, message } = outcome(this.target, input);
    const { user, system } = process.cpuUsage(before);
    this.slowest = Math.max(this.slowest, (user + system) / 1_000);
    if (message !== undefined) this.note(message, input);
    else if (!this.shapes.has(shape)) {
      this.shapes.add(shape);
      this.keep(input);
    }
  }

  private note(message: string, input: Uint8Array): void {
    if (this.found.has(message)) return;
    const small = shrink(input, (smaller) => outcome(this.target, smaller, true).message === message);
    this.found.set(message, { target: this.target.name, message, input: small });
  }
}

/** Runs one input: the word for what came of it, or what did not hold. */
export function outcome(
  target: Target,
  input: Uint8Array,
  thorough = false,
): { readonly shape: string; readonly message?: string } {
  try {
    return { shape: target.run(input, thorough) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { shape: '', message: firstLine(error, message) };
  }
}

/** Where an unexpected exception came from tells two of them apart better than its words. */
function firstLine(error: unknown, message: string): string {
  const isOurs = error instanceof Error && error.constructor.name === 'Finding';
  if (isOurs || !(error instanceof Error)) return message;
  const place =
    /\(?([^\s(]+:\d+):\d+\)?$/m.exec(error.stack?.split('\n').slice(1).join('\n') ?? '')?.[1] ?? '';
  return `throws ${error.name}: ${message.slice(0, 120)} at ${place.split('/').slice(-3).join('/')}`;
}
