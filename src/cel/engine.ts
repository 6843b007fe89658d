// The one place that makes the engine: @marcbachmann/cel-js 8.0.0, exactly pinned, optionals on, limits on.
// reference: cel.md section 6.1 of the design's evidence lists its traps.
import { Environment, type ParseResult } from '@marcbachmann/cel-js';

/** Bounds while parsing; the expression itself is at most 4,096 characters. */
const LIMITS = { maxAstNodes: 2_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 200 };

/** A type of the engine. */
interface TypeDeclaration {
  readonly kind: string;
}

/** The engine's evaluator: an internal object that every node receives. */
interface Evaluator {
  readonly registry: {
    getListType(item: TypeDeclaration): TypeDeclaration;
    getMapType(key: TypeDeclaration, item: TypeDeclaration): TypeDeclaration;
  };
  debugType(value: unknown): TypeDeclaration;
  debugTypeDeep(value: unknown): TypeDeclaration;
}

const environments = new Map<string, Environment>();

/** The environment with these variables, all of any type; made once for each set of names. */
export function environmentFor(variables: readonly string[]): Environment {
  const key = [...variables].sort().join(' ');
  const known = environments.get(key);
  if (known !== undefined) return known;
  const environment = new Environment({ enableOptionalTypes: true, limits: LIMITS });
  for (const name of variables) environment.registerVariable(name, 'dyn');
  // The function form. Its handler is never called: every call of `matches` gets RE2 instead (instrument.ts).
  environment.registerFunction('matches(string, string): bool', neverCalled, { async: false });
  boundTypes(environment);
  environments.set(key, environment);
  return environment;
}

function neverCalled(): never {
  throw new Error('matches was evaluated without RE2');
}

/**
 * Looks one level into containers when the engine asks for the type of a value. Its own answer describes all levels,
 * and each distinct shape stays in memory for ever: a leak that an agent could drive (see equality.ts).
 */
function boundTypes(environment: Environment): void {
  const evaluator = evaluatorOf(environment);
  evaluator.debugTypeDeep = (value) => {
    if (Array.isArray(value) && value.length > 0) {
      return evaluator.registry.getListType(evaluator.debugType(value[0]));
    }
    const [first] = value instanceof Map ? value : [];
    if (first === undefined) return evaluator.debugType(value);
    return evaluator.registry.getMapType(evaluator.debugType(first[0]), evaluator.debugType(first[1]));
  };
}

/** Nodes receive the evaluator when they are evaluated, so a node of ours gets hold of it. */
function evaluatorOf(environment: Environment): Evaluator {
  const probe: ParseResult = environment.parse('true');
  let evaluator: Evaluator | undefined;
  Object.assign(probe.ast, { evaluate: (received: Evaluator) => (evaluator = received) });
  probe();
  if (evaluator === undefined) throw new Error('the CEL engine works differently than expected');
  return evaluator;
}
