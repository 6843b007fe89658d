// Reads and parses the TypeScript sources for the architecture test. Nothing here decides.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync, visitorKeys, type Comment } from 'oxc-parser';

/** A syntax node, read without its static type: rules look at a handful of fields. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** One parsed file. */
export interface Source {
  /** From the root of the repository, with slashes: `src/gate/find.ts`. */
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly comments: readonly Comment[];
  readonly isTest: boolean;
}

/** Parses one file. @throws when it is not valid TypeScript */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text, { lang: 'ts', sourceType: 'module' });
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  return { path, text, program: program as unknown as Node, comments, isTest: path.endsWith('.test.ts') };
}

/** Parses every `.ts` file below these folders. */
export function readSources(root: string, folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
      .map((file) =>
        parse(file.slice(root.length).replaceAll('\\', '/').replace(/^\//, ''), readFileSync(file, 'utf8')),
      ),
  );
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';

/** Calls `visit` for every node, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void {
  visit(node, parent);
  for (const key of visitorKeys[node.type] ?? []) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) walk(child, visit, node);
  }
}

/** All nodes of these types. */
export function nodesOf(source: Source, ...types: readonly string[]): Node[] {
  const found: Node[] = [];
  walk(source.program, (node) => {
    if (types.includes(node.type)) found.push(node);
  });
  return found;
}

/** A field that holds a node. */
export const child = (node: Node | undefined, field: string): Node | undefined => {
  const value = node?.[field];
  return isNode(value) ? value : undefined;
};

/** The name of an identifier, or the text of a string literal. */
export const nameOf = (node: Node | undefined): string | undefined => {
  const value = node?.type === 'Literal' ? node['value'] : node?.['name'];
  return typeof value === 'string' ? value : undefined;
};

/** Line of an offset, from 1. */
export const lineOf = (source: Source, offset: number): number =>
  source.text.slice(0, offset).split('\n').length;

/** A finding with the place it was made at. */
export const at = (source: Source, offset: number, words: string): string =>
  `${source.path}:${lineOf(source, offset)} ${words}`;
