// The bans inside src/domain: no clock, randomness, environment, input, output or asynchrony. A decision is a function of
// facts and `now`, so that it can be replayed, tested by properties and explained.
import { at, child, nameOf, walk, type Node, type Source } from './source.ts';

/** Globals that reach outside, or whose result depends on where and when it is asked for. */
const BANNED = new Set(
  (
    'Date performance process globalThis global crypto console Intl fetch Promise setTimeout setInterval ' +
    'setImmediate queueMicrotask eval Function WeakRef FinalizationRegistry Worker navigator'
  ).split(' '),
);

/** Methods whose result depends on the language of the machine. */
const LOCAL = /^(?:localeCompare|toLocale[A-Za-z]*)$/;

/** Whether an identifier is the name of a member, key or specifier, and not a reference to a variable. */
function isLabel(node: Node, parent: Node | undefined): boolean {
  if (!parent) return false;
  const own = (field: string): boolean => parent[field] === node;
  if (parent.type === 'MemberExpression') return own('property') && parent['computed'] !== true;
  if (parent.type === 'TSQualifiedName') return own('right');
  if (parent.type === 'Property')
    return own('key') && parent['shorthand'] !== true && parent['computed'] !== true;
  if (/^(?:ImportSpecifier|ExportSpecifier)$/.test(parent.type)) return own('imported') || own('exported');
  return own('key') && parent['computed'] !== true;
}

/** Everything in a file of the domain that makes it impure. */
export function impurities(source: Source): string[] {
  if (source.isTest || !source.path.startsWith('src/domain/')) return [];
  const found: string[] = [];
  walk(source.program, (node, parent) => {
    const words = impurity(node, parent);
    if (words !== undefined) found.push(at(source, node.start, `${words} in the domain`));
  });
  return found;
}

function impurity(node: Node, parent: Node | undefined): string | undefined {
  if (node['async'] === true) return 'an async function';
  switch (node.type) {
    case 'AwaitExpression':
      return 'await';
    case 'ForOfStatement':
      return node['await'] === true ? 'for await' : undefined;
    case 'ImportExpression':
      return 'a dynamic import';
    case 'Identifier': {
      const name = nameOf(node) ?? '';
      return BANNED.has(name) && !isLabel(node, parent) ? name : undefined;
    }
    case 'MemberExpression':
      return memberImpurity(node);
    default:
      return undefined;
  }
}

function memberImpurity(node: Node): string | undefined {
  const property = nameOf(child(node, 'property')) ?? '';
  if (nameOf(child(node, 'object')) === 'Math' && property === 'random') return 'Math.random';
  return LOCAL.test(property) ? property : undefined;
}
