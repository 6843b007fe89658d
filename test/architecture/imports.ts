// Who may import whom, and which folder owns which dependency. This is the table of the design, and the only copy that
// is checked. Tests are free: they may bring any parts together.
import { builtinModules } from 'node:module';
import { posix } from 'node:path';
import { at, child, nameOf, nodesOf, walk, type Node, type Source } from './source.ts';

/** Folders of src and what they may import besides themselves. `main.ts` may import all. */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  api: [],
  domain: ['api'],
  cel: [],
  platform: [],
  kube: ['platform'],
  gate: ['api', 'domain', 'kube', 'cel', 'platform'],
  controllers: ['api', 'domain', 'kube', 'cel', 'platform', 'channels'],
  cli: ['api', 'domain', 'kube', 'cel', 'platform', 'channels'],
  channels: ['api', 'domain', 'platform'],
  connector: ['api', 'domain', 'kube', 'platform', 'channels'],
};

/** Dependencies and the folders that own them: replacing one touches its owner alone. */
export const OWNERS: Readonly<Record<string, readonly string[]>> = {
  undici: ['kube'],
  '@marcbachmann/cel-js': ['cel'],
  re2js: ['cel'],
  zod: ['api', 'platform'],
  pino: ['platform'],
  'prom-client': ['platform'],
  '@peculiar/x509': ['platform'],
  'reflect-metadata': ['platform'],
  yaml: ['platform', 'cli', 'kube'],
  '@slack/web-api': ['channels'],
  '@slack/socket-mode': ['channels'],
};

/** What the domain may take from Node: hashing and keyed hashing. */
const DOMAIN_CRYPTO = new Set(['createHash', 'createHmac', 'hash', 'timingSafeEqual']);

interface Import {
  readonly specifier: string | undefined;
  readonly node: Node;
}

/** Every way in which a file can reach another one: imports, re-exports, dynamic imports, import types, require. */
export function importsOf(source: Source): Import[] {
  const found: Import[] = [];
  walk(source.program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ImportExpression':
      case 'TSImportType': {
        const from = child(node, 'source') ?? child(node, 'argument');
        if (from || node.type === 'ImportExpression') found.push({ specifier: nameOf(from), node });
        break;
      }
      case 'TSExternalModuleReference':
        found.push({ specifier: nameOf(child(node, 'expression')), node });
        break;
      default:
        break;
    }
  });
  return found;
}

const folderOf = (path: string): string => {
  const [root, folder, ...rest] = path.split('/');
  if (root !== 'src') return '..';
  return rest.length === 0 ? '.' : (folder ?? '.');
};

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Imports that the table or the owners do not allow. */
export function forbiddenImports(source: Source): string[] {
  if (source.isTest) return [];
  const from = folderOf(source.path);
  if (from === '.' && source.path !== 'src/main.ts')
    return [`${source.path} only main.ts lies directly in src`];
  if (from !== '.' && !(from in MAY_IMPORT))
    return [`${source.path} the folder src/${from} is not in the table`];
  return [
    ...hiddenImports(source),
    ...importsOf(source).flatMap(({ specifier, node }) => {
      const words =
        specifier === undefined
          ? 'imports something that only running it would tell'
          : judge(source, from, specifier);
      return words === undefined ? [] : [at(source, node.start, words)];
    }),
  ];
}

function judge(source: Source, from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return judgeOurs(source, from, specifier);
  if (specifier.startsWith('node:')) {
    const forbidden = from === 'domain' && specifier !== 'node:crypto';
    return forbidden ? `imports ${specifier} into the domain` : undefined;
  }
  if (builtinModules.includes(specifier)) return `imports ${specifier} without node: before it`;
  const name = packageOf(specifier);
  const owners = OWNERS[name];
  if (!owners) return `imports ${name}, which has no owner folder`;
  return owners.includes(from) ? undefined : `imports ${name}, which belongs to ${owners.join(' and ')}`;
}

function judgeOurs(source: Source, from: string, specifier: string): string | undefined {
  const to = folderOf(posix.join(posix.dirname(source.path), specifier));
  const allowed = MAY_IMPORT[from] ?? [];
  // main.ts (folder `.`) may import everything of src, and nothing outside of it.
  if (to === from || allowed.includes(to) || (from === '.' && to !== '..')) return undefined;
  return `imports ${specifier}, but ${from} may import ${allowed.join(', ') || 'nothing of ours'}`;
}

/** Ways around import declarations. */
function hiddenImports(source: Source): string[] {
  return nodesOf(source, 'Identifier')
    .filter((node) => ['require', 'createRequire', 'getBuiltinModule'].includes(nameOf(node) ?? ''))
    .map((node) => at(source, node.start, `uses ${nameOf(node)}: everything is imported by import`));
}

/** Names taken from node:crypto into the domain that are no hashing. */
export function domainCrypto(source: Source): string[] {
  if (source.isTest || folderOf(source.path) !== 'domain') return [];
  return nodesOf(source, 'ImportDeclaration')
    .filter((node) => nameOf(child(node, 'source')) === 'node:crypto' && node['importKind'] !== 'type')
    .flatMap((node) => (node['specifiers'] ?? []) as Node[])
    .filter((specifier) => specifier['importKind'] !== 'type')
    .filter((specifier) => !DOMAIN_CRYPTO.has(nameOf(child(specifier, 'imported')) ?? '*'))
    .map((specifier) =>
      at(source, specifier.start, 'takes more than hashing from node:crypto into the domain'),
    );
}

/** Production dependencies without an owner, and owners of what is no dependency. */
export function ownerless(dependencies: readonly string[]): string[] {
  return [
    ...dependencies.filter((name) => !(name in OWNERS)).map((name) => `${name} has no owner folder`),
    ...Object.keys(OWNERS)
      .filter((name) => !dependencies.includes(name))
      .map((name) => `${name} has an owner folder but is no dependency`),
  ];
}
