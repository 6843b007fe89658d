// JSON as a tree that keeps what a parser would lose: duplicate keys, the spelling of numbers and strings, lone
// surrogates. For mutations only; whether the text is JSON at all is for the code under test to say.
import type { Random } from './random.ts';

/** A scalar as it is spelt, or a list or object with its members in order. Keys are spelt with their quotes. */
export type Loose =
  { kind: 'scalar'; raw: string } | { kind: 'list' | 'object'; members: { key: string; value: Loose }[] };

const TOKEN = /[\s]*("(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+)/gy;
/** Deeper trees are left to changes of bytes. */
const DEEPEST = 256;

/** Reads a text that is roughly JSON; undefined when it is not. */
export function parseLoosely(bytes: Uint8Array): Loose | undefined {
  const tokens = [...new TextDecoder().decode(bytes).matchAll(TOKEN)].map((match) => match[1] ?? '');
  let at = 0;
  const value = (depth: number): Loose | undefined => {
    const token = tokens[at];
    at += 1;
    if (token === undefined || depth > DEEPEST || /^[}\],:]$/.test(token)) return undefined;
    if (token !== '{' && token !== '[') return { kind: 'scalar', raw: token };
    return token === '{' ? members('object', '}', depth) : members('list', ']', depth);
  };
  const members = (kind: 'list' | 'object', end: string, depth: number): Loose | undefined => {
    const node: Loose = { kind, members: [] };
    while (tokens[at] !== end) {
      if (tokens[at] === ',') at += 1;
      const key = kind === 'object' ? (tokens[at] ?? '') : '';
      if (kind === 'object') at += 2;
      const inner = value(depth + 1);
      if (inner === undefined) return undefined;
      node.members.push({ key, value: inner });
    }
    at += 1;
    return node;
  };
  return value(0);
}

/** Prints a tree: compact, or, given choices, with white space and escapes that mean nothing. */
export function printLoosely(node: Loose, choices?: Random): string {
  const space = (): string => (choices?.oneIn(4) === true ? choices.pick([' ', '\n', '\t', '  ']) : '');
  const escaped = (raw: string): string =>
    choices?.oneIn(6) === true
      ? raw.replace(/[a-z](?=[a-z]*"$)/, (letter) => `\\u00${letter.charCodeAt(0).toString(16)}`)
      : raw;
  if (node.kind === 'scalar') return `${space()}${escaped(node.raw)}${space()}`;
  const inner = node.members.map(({ key, value }) =>
    node.kind === 'object'
      ? `${space()}${escaped(key === '' ? '""' : key)}${space()}:${printLoosely(value, choices)}`
      : printLoosely(value, choices),
  );
  return node.kind === 'object' ? `{${inner.join(',')}}` : `[${inner.join(',')}]`;
}
