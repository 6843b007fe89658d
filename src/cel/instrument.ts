// Rewires a checked expression before its first evaluation: every loop, call and comparison is charged to the meter,
// and the parts that the engine gets wrong (regular expressions, equality, text, map literals) are replaced.
import type { Meter } from './budget.ts';
import { equal, isContainer, member } from './equality.ts';
import { CelFault } from './faults.ts';
import {
  asCall,
  children,
  effective,
  type Comprehension,
  type Handle,
  type LoopContext,
  type Node,
} from './nodes.ts';
import { compilePattern } from './regex.ts';
import { string, TEXT_METHODS } from './text.ts';

/** Characters that cost as much as one node. */
const CHARACTERS_PER_UNIT = 16;

/** Rewires the tree and returns its loops, whose contexts must be emptied after each evaluation. */
export function instrument(root: Node, meter: Meter): readonly LoopContext[] {
  const loops: LoopContext[] = [];
  const seen = new Set<Node>();
  const open = [effective(root)];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    for (const child of children(node)) open.push(effective(child));
    if (node.op === 'comprehension') loops.push((node.args as Comprehension).iterCtx);
    rewire(node, meter);
  }
  return loops;
}

function rewire(node: Node, meter: Meter): void {
  switch (node.op) {
    case 'comprehension':
      return chargeLoop(node, meter);
    case 'map':
      return replaceMapLiteral(node);
    case 'call':
    case 'rcall':
      return rewireCall(node, meter);
    case '==':
      return replace(node, (original, left, right, ...rest) =>
        isContainer(left) || isContainer(right) ? equal(left, right, meter) : original(left, right, ...rest),
      );
    case '!=':
      return replace(node, (original, left, right, ...rest) =>
        isContainer(left) || isContainer(right) ? !equal(left, right, meter) : original(left, right, ...rest),
      );
    case 'in':
      return replace(node, (original, left, right, ...rest) =>
        isContainer(right) ? member(left, right, meter) : original(left, right, ...rest),
      );
    case '+':
      return replace(node, (original, left, right, ...rest) => add(meter, original, left, right, ...rest));
    default:
      return undefined;
  }
}

function replace(node: Node, handle: (original: Handle, ...operands: unknown[]) => unknown): void {
  const original = node.handle;
  if (original !== undefined) node.handle = (...operands) => handle(original, ...operands);
}

/** Every step is charged with the nodes it evaluates; a loop inside it charges its own. */
function chargeLoop(node: Node, meter: Meter): void {
  const loop = node.args as Comprehension;
  const original = loop.step as Node;
  const units = 1 + weight(original);
  loop.step = {
    evaluate: (evaluator, _step, context) => {
      meter.charge(units);
      return original.evaluate(evaluator, original, context);
    },
  };
  replace(node, (handle, ...operands) => {
    // Throws at once when the budget is gone: quantifiers absorb the error and would go on with the next item.
    meter.charge(1);
    return handle(...operands);
  });
}

function weight(node: Node): number {
  if (node.op === 'comprehension') return 1;
  return children(node).reduce((sum, child) => sum + weight(effective(child)), 1);
}

/** The engine's map literals are plain objects: they lose the key `constructor` and turn integer keys into text. */
function replaceMapLiteral(node: Node): void {
  const entries = node.args as readonly [Node, Node][];
  node.evaluate = (evaluator, _node, context) => {
    const map = new Map<unknown, unknown>();
    for (const [key, item] of entries) {
      const name = key.evaluate(evaluator, key, context);
      if (map.has(name)) throw new CelFault('a map literal has the same key twice');
      map.set(name, item.evaluate(evaluator, item, context));
    }
    return map;
  };
}

function add(meter: Meter, original: Handle, left: unknown, right: unknown, ...rest: unknown[]): unknown {
  if (Array.isArray(left) && Array.isArray(right)) {
    meter.charge(left.length + right.length);
    return [...(left as unknown[]), ...(right as unknown[])];
  }
  meter.charge(textUnits([left, right]));
  return original(left, right, ...rest);
}

function rewireCall(node: Node, meter: Meter): void {
  const call = asCall(node);
  if (call?.name === 'matches') return replaceMatches(node, call.args.at(-1)?.args, meter);
  const method = call?.receiver === undefined ? undefined : TEXT_METHODS.get(call.name);
  replace(node, (original, operands, ...rest) => {
    meter.charge(1 + textUnits(operands as readonly unknown[]));
    return method === undefined ? original(operands, ...rest) : method(operands as readonly unknown[]);
  });
}

/** The pattern is a literal that compiles; dialect.ts has made sure of that. */
function replaceMatches(node: Node, source: unknown, meter: Meter): void {
  const pattern = compilePattern(string(source));
  replace(node, (_original, operands) => {
    const text = string((operands as readonly unknown[])[0]);
    meter.charge(1 + text.length * (pattern?.costPerCharacter ?? Infinity));
    return pattern?.found(text);
  });
}

function textUnits(operands: readonly unknown[]): number {
  let characters = 0;
  for (const operand of operands) if (typeof operand === 'string') characters += operand.length;
  return characters / CHARACTERS_PER_UNIT;
}
