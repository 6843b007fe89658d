// The engine's syntax tree as we rely on it: the fields below are internals of @marcbachmann/cel-js 8.0.0, pinned
// exactly. Everything that touches them is in this folder and is tested against the real engine.

/** Called by the engine with evaluated operands; the first one or two arguments are the operands. */
export type Handle = (...operands: unknown[]) => unknown;

/** Loop variable and accumulator of a comprehension; they keep the last input alive until {@link forget}. */
export interface LoopContext {
  reuse(parent: unknown): LoopContext;
  iterValue?: unknown;
  accuValue?: unknown;
}

/** What a comprehension node carries in `args`. */
export interface Comprehension {
  readonly iterable: Node;
  readonly init: Node;
  step: Pick<Node, 'evaluate'>;
  readonly iterCtx: LoopContext;
}

/** A macro that checks and evaluates its arguments by itself. */
export interface Macro {
  typeCheck: (checker: Checker, macro: Macro, context: unknown) => unknown;
  evaluate: (evaluator: unknown, macro: Macro, context: unknown) => unknown;
}

/** The engine's type checker. */
export interface Checker {
  check(node: Node, context: unknown): unknown;
  getType(name: string): unknown;
}

/** One node of the parsed expression. */
export interface Node {
  readonly op: string;
  args: unknown;
  readonly pos: number;
  readonly end: number;
  /** The whole expression. */
  readonly input: string;
  readonly meta: { readonly alternate?: Node; readonly macro?: Macro };
  /** Set by the type check for nodes that combine evaluated operands. */
  handle?: Handle;
  evaluate(evaluator: unknown, node: Node, context: unknown): unknown;
}

/** The node that is evaluated in place of this one: macros such as `exists` are expanded into a comprehension. */
export function effective(node: Node): Node {
  return node.meta.alternate ?? node;
}

/** Name, receiver and arguments of a call; undefined for every other node. */
export function asCall(
  node: Node,
): { name: string; receiver: Node | undefined; args: readonly Node[] } | undefined {
  if (node.op === 'call') {
    const [name, args] = node.args as [string, Node[]];
    return { name, receiver: undefined, args };
  }
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args as [string, Node, Node[]];
    return { name, receiver, args };
  }
  return undefined;
}

const LEAVES = new Set(['value', 'id', 'accuValue', 'accuInc']);

/** Direct children as written, before macros are expanded. */
export function children(node: Node): readonly Node[] {
  if (LEAVES.has(node.op)) return [];
  const call = asCall(node);
  if (call !== undefined) return call.receiver === undefined ? call.args : [call.receiver, ...call.args];
  switch (node.op) {
    case '.':
    case '.?':
      return [(node.args as [Node, string])[0]];
    case 'map':
      return (node.args as [Node, Node][]).flat();
    case 'comprehension': {
      const { iterable, init, step } = node.args as Comprehension;
      return [iterable, init, step as Node];
    }
    case '!_':
    case '-_':
    case 'accuPush':
      return [node.args as Node];
    default:
      return node.args as Node[];
  }
}

/** Calls `visit` for every node as written, parents first, with the depth (the root has 1). */
export function walk(root: Node, visit: (node: Node, depth: number, parent: Node | undefined) => void): void {
  const open: { node: Node; depth: number; parent: Node | undefined }[] = [
    { node: root, depth: 1, parent: undefined },
  ];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    visit(next.node, next.depth, next.parent);
    for (const child of children(next.node)) {
      open.push({ node: child, depth: next.depth + 1, parent: next.node });
    }
  }
}
