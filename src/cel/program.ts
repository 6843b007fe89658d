// Compiles and evaluates expressions. Evaluation never throws, is bounded in work, and keeps nothing of its input;
// whatever goes wrong is an answer of its own, so that the caller can fail closed (INV-7).
import { Meter } from './budget.ts';
import { findRefusal } from './dialect.ts';
import { environmentFor } from './engine.ts';
import { COST_EXCEEDED, NOT_EVALUATED, describeFault, describeRefusal, position } from './faults.ts';
import { instrument } from './instrument.ts';
import type { LoopContext, Node } from './nodes.ts';
import { supportHas } from './presence.ts';
import type { CelInput } from './value.ts';

/** Longest expression that people may write, in UTF-16 units. */
export const MAX_SOURCE = 4_096;

/** A compiled expression. Evaluation is synchronous and not re-entrant. */
export interface CelProgram {
  readonly source: string;
  /** Type of the result where it is known before evaluation, for example `bool` or `string`; otherwise `dyn`. */
  readonly type: string;
  /**
   * Evaluates on the variables, converted by `toCel`. The value may be of any type: check it. The message is one line
   * of at most 300 characters and quotes no value of the input.
   */
  evaluate(variables: CelInput): CelResult;
}

/** Result of one evaluation. */
export type CelResult = { ok: true; value: unknown } | { ok: false; message: string };

/** Result of {@link compileCel}; line and column start at 1. */
export type CelCompilation =
  { ok: true; program: CelProgram } | { ok: false; message: string; line: number; column: number };

/**
 * Compiles an expression that may use the given variables (of any type) and no others.
 *
 * @param options.maxLength bound on the source; default {@link MAX_SOURCE}. Only generated expressions are longer.
 */
export function compileCel(
  source: string,
  options: { readonly variables: readonly string[]; readonly maxLength?: number },
): CelCompilation {
  const longest = options.maxLength ?? MAX_SOURCE;
  if (source.length > longest) {
    return { ok: false, message: `the expression is longer than ${longest} characters`, line: 1, column: 1 };
  }
  try {
    const parsed = environmentFor(options.variables).parse(source);
    // The public type describes a part of the node; nodes.ts describes what we use.
    const root = parsed.ast as unknown as Node;
    const refusal = findRefusal(root, new Set(options.variables));
    if (refusal !== undefined) {
      return { ok: false, message: refusal.message, ...position(source, refusal.offset) };
    }
    supportHas(root);
    const checked = parsed.check();
    if (!checked.valid) return { ok: false, ...describeRefusal(checked.error, source) };
    const meter = new Meter();
    const loops = instrument(root, meter);
    const evaluate = (variables: CelInput) => run(parsed, variables, { meter, loops, source });
    return { ok: true, program: { source, type: checked.type ?? 'dyn', evaluate } };
  } catch (error) {
    return { ok: false, ...describeRefusal(error, source) };
  }
}

const NO_CONTEXT = {};

function run(
  parsed: (variables: CelInput) => unknown,
  variables: CelInput,
  { meter, loops, source }: { meter: Meter; loops: readonly LoopContext[]; source: string },
): CelResult {
  meter.reset();
  try {
    const value = parsed(variables);
    if (meter.exceeded) return { ok: false, message: COST_EXCEEDED.message };
    if (value instanceof Promise) return { ok: false, message: NOT_EVALUATED };
    return { ok: true, value };
  } catch (error) {
    const fault = meter.exceeded ? COST_EXCEEDED : error;
    return { ok: false, message: describeFault(fault, source) };
  } finally {
    for (const loop of loops) forget(loop);
  }
}

/** A loop keeps its last input, and with it perhaps a Secret, alive until the next evaluation; this lets go of it. */
function forget(loop: LoopContext): void {
  loop.reuse(NO_CONTEXT);
  loop.iterValue = undefined;
  loop.accuValue = undefined;
}
