// has() on any field: the engine takes paths of names only, so that has(spec.containers[0].image) would not compile.
import { Optional } from '@marcbachmann/cel-js';
import { asCall, walk, type Node } from './nodes.ts';

/** Gives every has() of the expression that is not a path of names an evaluation of our own. Call before the check. */
export function supportHas(root: Node): void {
  walk(root, (node) => {
    const call = asCall(node);
    const path = call?.name === 'has' ? call.args[0] : undefined;
    if (path?.op === '.' && !isPathOfNames(path)) replaceHas(node, path);
  });
}

function isPathOfNames(path: Node): boolean {
  let at = path;
  while (at.op === '.' || at.op === '.?') [at] = at.args as [Node, string];
  return at.op === 'id';
}

function replaceHas(node: Node, path: Node): void {
  const { macro } = node.meta;
  if (macro === undefined) return;
  const [receiver, field] = path.args as [Node, string];
  macro.typeCheck = (checker, _macro, context) => {
    checker.check(receiver, context);
    return checker.getType('bool');
  };
  macro.evaluate = (evaluator, _macro, context) => {
    const value: unknown = receiver.evaluate(evaluator, receiver, context);
    const holder: unknown = value instanceof Optional ? value.orValue(undefined) : value;
    return holder instanceof Map && holder.has(field);
  };
}
