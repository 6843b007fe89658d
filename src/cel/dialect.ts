// What an expression may use: the part of Kubernetes' CEL that this engine gets right. Everything else is refused when
// the expression is compiled, with its position; nothing is left to fail, or to differ silently, at evaluation.
import { asCall, walk, type Node } from './nodes.ts';
import { compilePattern } from './regex.ts';

/** Why an expression is refused, and at which offset of the source. */
export interface Refusal {
  readonly message: string;
  readonly offset: number;
}

/** Deepest tree evaluated: evaluation is recursive. A chain of 300 `||` is better written as `in [...]`. */
const MAX_TREE_DEPTH = 300;
const INT64_LIMIT = 2n ** 63n;

const FUNCTIONS = new Set(
  (
    'has size type dyn int uint double string bytes bool timestamp duration matches ' +
    'startsWith endsWith contains lowerAscii upperAscii trim indexOf lastIndexOf substring split join ' +
    'all exists exists_one map filter ' +
    'of none or orValue hasValue value ' +
    'getDate getDayOfMonth getDayOfWeek getDayOfYear getFullYear getHours getMilliseconds getMinutes getMonth getSeconds'
  ).split(' '),
);

/** Functions of Kubernetes 1.36 that are not offered yet; named so that the message can say so. */
const KUBERNETES_ONLY = new Set(
  (
    'quantity isQuantity isInteger asInteger asApproximateFloat sign add sub isLessThan isGreaterThan compareTo ' +
    'ip isIP family isCanonical isLoopback isUnspecified isGlobalUnicast isLinkLocalMulticast isLinkLocalUnicast ' +
    'cidr isCIDR containsIP containsCIDR masked prefixLength ' +
    'url isURL getScheme getHost getHostname getPort getEscapedPath getQuery ' +
    'semver isSemver major minor patch find findAll charAt replace format quote reverse ' +
    'isSorted sum min max slice flatten sort sortBy range distinct equivalent intersects ' +
    'optMap optFlatMap ofNonZeroValue unwrapOpt first last existsOne transformList transformMap transformMapEntry ' +
    'named validate dns1123Label dns1123Subdomain dns1035Label qualifiedName labelValue uri uuid byte date datetime ' +
    'group resource subresource namespace name check serviceAccount path fieldSelector labelSelector ' +
    'allowed denied reason error errored'
  ).split(' '),
);

/** Names that Kubernetes offers as variables somewhere, and why they are not offered here. */
const UNOFFERED_NAMES: ReadonlyMap<string, string> = new Map([
  ['authorizer', 'authorizer is not offered: a decision must not depend on a live access check'],
  ['cel', 'cel.bind is not part of Kubernetes’ CEL'],
  ['sets', 'the sets functions are not offered yet'],
  ['lists', 'the lists functions are not offered yet'],
  ['format', 'the format functions are not offered yet'],
]);

/** The first thing in the expression, as written, that is not offered. */
export function findRefusal(root: Node, variables: ReadonlySet<string>): Refusal | undefined {
  let first: Refusal | undefined;
  walk(root, (node, depth, parent) => {
    const message =
      depth > MAX_TREE_DEPTH ? 'the expression is too deeply nested' : refuse(node, parent, variables);
    if (message === undefined) return;
    const offset = offsetOf(node);
    if (first === undefined || offset < first.offset) first = { message, offset };
  });
  return first;
}

/** Where the name of a method stands; the engine only knows where the receiver begins. */
function offsetOf(node: Node): number {
  const call = asCall(node);
  return call?.receiver === undefined ? node.pos : node.input.indexOf(call.name, call.receiver.end);
}

function refuse(node: Node, parent: Node | undefined, variables: ReadonlySet<string>): string | undefined {
  switch (node.op) {
    case 'id':
      return variables.has(node.args as string) ? undefined : UNOFFERED_NAMES.get(node.args as string);
    case 'value':
      return refuseLiteral(node.args, parent);
    case 'call':
    case 'rcall':
      return refuseCall(node);
    default:
      return undefined;
  }
}

/** The engine accepts integers of any size; CEL has 64 bits. */
function refuseLiteral(value: unknown, parent: Node | undefined): string | undefined {
  if (typeof value !== 'bigint') return undefined;
  const limit = parent?.op === '-_' ? INT64_LIMIT : INT64_LIMIT - 1n;
  return value > limit ? 'the number does not fit 64 bits' : undefined;
}

function refuseCall(node: Node): string | undefined {
  const call = asCall(node);
  if (call === undefined) return undefined;
  if (!FUNCTIONS.has(call.name)) {
    return KUBERNETES_ONLY.has(call.name)
      ? `${call.name}() is part of Kubernetes’ CEL but not offered here yet`
      : `there is no function ${call.name}()`;
  }
  // bytes.string() and the like: the engine's own additions.
  if (call.receiver !== undefined && FUNCTIONS_ONLY.has(call.name))
    return `${call.name} is a function, not a method`;
  if (call.name === 'matches') return refusePattern(call.args.at(-1));
  return call.name === 'has' && call.args[0]?.op !== '.'
    ? 'has() takes a field, as in has(object.spec)'
    : undefined;
}

const FUNCTIONS_ONLY = new Set(
  'has type dyn int uint double string bytes bool timestamp duration'.split(' '),
);

/** A pattern that comes from the object would be compiled for each review, at the agent's expense for us. */
function refusePattern(pattern: Node | undefined): string | undefined {
  if (pattern?.op !== 'value' || typeof pattern.args !== 'string') {
    return 'the pattern of matches() must be a string literal';
  }
  return compilePattern(pattern.args) === undefined
    ? 'the pattern of matches() is not valid RE2, or too large'
    : undefined;
}
