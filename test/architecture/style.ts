// House style as far as a program can see it: sizes, headers, names, documentation of exports, and what nobody may use
// to get around the checks.
import { posix } from 'node:path';
import { at, child, lineOf, nameOf, nodesOf, walk, type Node, type Source } from './source.ts';

const LONGEST_FILE = 400;
const LONGEST_FUNCTION = 50;
const LONGEST_HEADER = 5;

/** `any`, wherever it stands. */
export const anyTypes = (source: Source): string[] =>
  nodesOf(source, 'TSAnyKeyword').map((node) => at(source, node.start, 'any'));

/** Lines (from 1) that hold neither code nor anything but a comment. */
function emptyLines(source: Source): Set<number> {
  let code = source.text;
  for (const { start, end } of source.comments) {
    code = code.slice(0, start) + code.slice(start, end).replaceAll(/[^\n]/g, ' ') + code.slice(end);
  }
  return new Set(code.split('\n').flatMap((line, index) => (line.trim() === '' ? [index + 1] : [])));
}

/** Files and functions that are too long. Blank lines and comments do not count in functions. */
export function tooLong(source: Source): string[] {
  if (source.isTest) return [];
  const lines = source.text.trimEnd().split('\n').length;
  const empty = emptyLines(source);
  const functions = nodesOf(source, 'FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression');
  return [
    ...(lines > LONGEST_FILE ? [`${source.path} has ${lines} lines, more than ${LONGEST_FILE}`] : []),
    ...functions.flatMap((node) => {
      const [first, last] = [lineOf(source, node.start), lineOf(source, node.end)];
      const count = Array.from({ length: last - first + 1 }, (_, index) => first + index).filter(
        (line) => !empty.has(line),
      ).length;
      return count > LONGEST_FUNCTION
        ? [at(source, node.start, `a function of ${count} lines, more than ${LONGEST_FUNCTION}`)]
        : [];
    }),
  ];
}

/** A file begins with a comment of one to five lines: what it decides, which invariant it holds. */
export function missingHeader(source: Source): string[] {
  if (source.isTest) return [];
  const lines = source.text.replace(/^#!.*\n/, '').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  const count = end === -1 ? lines.length : end;
  if (count === 0) return [`${source.path} does not begin with a comment that says what it decides`];
  return count > LONGEST_HEADER
    ? [`${source.path} has a header of ${count} lines, more than ${LONGEST_HEADER}`]
    : [];
}

const VAGUE = new Set(['util', 'utils', 'helper', 'helpers', 'common', 'manager', 'managers', 'misc']);

/** Names that say nothing, and names that are not kebab-case. */
export function badNames(source: Source): string[] {
  return source.path.split('/').flatMap((part) => {
    const stem = part.replace(/(?:\.test|\.bench|\.config)?\.ts$/, '');
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(stem)) return [`${source.path} ${part} is not kebab-case`];
    return stem.split('-').some((word) => VAGUE.has(word)) ? [`${source.path} ${part} says nothing`] : [];
  });
}

/** Exports of src without a TSDoc comment. Types inferred from the schemas of src/api carry the schema's words. */
export function undocumentedExports(source: Source): string[] {
  if (source.isTest || !source.path.startsWith('src/')) return [];
  const docs = source.comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'));
  return nodesOf(source, 'ExportNamedDeclaration', 'ExportDefaultDeclaration').flatMap((node) => {
    const declaration = child(node, 'declaration');
    if (!declaration || (source.path.startsWith('src/api/') && isInferred(declaration))) return [];
    const documented = docs.some(
      ({ end }) => end <= node.start && /^\s*$/.test(source.text.slice(end, node.start)),
    );
    return documented
      ? []
      : [at(source, node.start, `exports ${exportedName(declaration)} without a TSDoc comment`)];
  });
}

const isInferred = (declaration: Node): boolean =>
  declaration.type === 'TSTypeAliasDeclaration' &&
  /^(?:TSTypeReference|TSIndexedAccessType)$/.test(child(declaration, 'typeAnnotation')?.type ?? '');

function exportedName(declaration: Node): string {
  const declared = (declaration['declarations'] as Node[] | undefined)?.[0] ?? declaration;
  return nameOf(child(declared, 'id')) ?? 'something';
}

/** Test files of src that do not lie beside code. */
export function strayTests(source: Source, paths: ReadonlySet<string>): string[] {
  if (!source.isTest || !source.path.startsWith('src/')) return [];
  const folder = posix.dirname(source.path);
  const beside = [...paths].some((path) => posix.dirname(path) === folder && !path.endsWith('.test.ts'));
  return beside ? [] : [`${source.path} lies beside no code`];
}

/** Comments that switch a check off. Only comments are looked at, so this line does not find itself. */
const SWITCHES = /@ts-(?:ignore|expect-error|nocheck)|(?:ox|es)lint-disable|prettier-ignore/;

/** Checks that are switched off, and tests that do not run. */
export function evasions(source: Source): string[] {
  const found = source.comments
    .filter(({ value }) => SWITCHES.test(value))
    .map(({ start }) => at(source, start, 'a comment that switches a check off'));
  walk(source.program, (node) => {
    if (node.type !== 'MemberExpression') return;
    const [object, property] = [nameOf(child(node, 'object')), nameOf(child(node, 'property'))];
    const isTest = object === 'it' || object === 'test' || object === 'describe';
    if (isTest && /^(?:skip|skipIf|runIf|only|todo|fails)$/.test(property ?? '')) {
      found.push(at(source, node.start, `${object}.${property}: every test runs and passes`));
    }
  });
  return found;
}
