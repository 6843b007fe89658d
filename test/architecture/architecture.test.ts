// The architecture as a test: the import table, the bans inside the domain, the house style. Each rule is also shown a
// small bad source, since a rule that finds nothing may be one that looks at nothing.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { domainCrypto, forbiddenImports, importsOf, MAY_IMPORT, ownerless, OWNERS } from './imports.ts';
import { impurities } from './purity.ts';
import { parse, readSources, type Source } from './source.ts';
import {
  anyTypes,
  badNames,
  evasions,
  missingHeader,
  strayTests,
  tooLong,
  undocumentedExports,
} from './style.ts';

const ROOT = join(import.meta.dirname, '../..');
const folders = ['src', 'test', 'tools', 'bench'].filter((folder) => existsSync(join(ROOT, folder)));
const sources = readSources(ROOT, folders);
const src = sources.filter(({ path }) => path.startsWith('src/'));
const paths = new Set(sources.map(({ path }) => path));
const dependencies = Object.keys(
  (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { dependencies: object }).dependencies,
);

const found = (rule: (source: Source) => string[], from: readonly Source[]): string[] => from.flatMap(rule);
const inSource = (rule: (source: Source) => string[], path: string, text: string): string[] =>
  rule(parse(path, text));

it('finds the sources', () => {
  expect(src.length).toBeGreaterThan(20);
  const missed = Object.keys(MAY_IMPORT)
    .filter((folder) => existsSync(join(ROOT, 'src', folder)))
    .filter((folder) => !src.some(({ path }) => path.startsWith(`src/${folder}/`)));
  expect(missed).toEqual([]);
  expect(src.flatMap(importsOf).length).toBeGreaterThan(src.length);
});

describe('imports', () => {
  it('follow the table', () => {
    expect(found(forbiddenImports, src)).toEqual([]);
  });

  it('of packages are owned by one folder or named ones', () => {
    expect(ownerless(dependencies)).toEqual([]);
  });

  it.each([
    ['src/api/a.ts', "import { b } from '../domain/b.ts';"],
    ['src/domain/a.ts', "import { b } from '../cel/b.ts';"],
    ['src/domain/change/a.ts', "import type { B } from '../../kube/b.ts';"],
    ['src/cel/a.ts', "export { b } from '../platform/b.ts';"],
    ['src/platform/a.ts', "export * from '../api/b.ts';"],
    ['src/kube/a.ts', "const b = await import('../api/b.ts');"],
    ['src/kube/a.ts', "type B = import('../domain/b.ts').B;"],
    ['src/gate/a.ts', "import '../controllers/b.ts';"],
    ['src/gate/a.ts', "import { run } from '../main.ts';"],
    ['src/controllers/policies/a.ts', "import { b } from '../../gate/b.ts';"],
    ['src/cli/a.ts', "import { b } from '../../test/builders/b.ts';"],
    ['src/gate/a.ts', 'const b = await import(name);'],
    ['src/gate/a.ts', "import b = require('../controllers/b.ts');"],
    ['src/gate/a.ts', "const b = createRequire(import.meta.url)('../controllers/b.ts');"],
    ['src/gate/a.ts', "const b = process.getBuiltinModule('fs');"],
    ['src/gate/a.ts', "import { Agent } from 'undici';"],
    ['src/controllers/a.ts', "import type { WebClient } from '@slack/web-api';"],
    ['src/domain/a.ts', "import { z } from 'zod';"],
    ['src/kube/a.ts', "import { parse } from '@marcbachmann/cel-js/parser';"],
    ['src/gate/a.ts', "import lodash from 'lodash';"],
    ['src/gate/a.ts', "import { readFile } from 'fs';"],
    ['src/domain/a.ts', "import { readFile } from 'node:fs';"],
    ['src/wiring/a.ts', ''],
    ['src/helper.ts', ''],
  ])('would be found: %s %s', (path, text) => {
    expect(inSource(forbiddenImports, path, text)).toHaveLength(1);
  });

  it.each([
    ['src/main.ts', "import './gate/a.ts'; import './controllers/b.ts';"],
    ['src/gate/a.ts', "import { b } from '../domain/b.ts'; import { c } from './c.ts'; import 'node:https';"],
    ['src/kube/a.ts', "import { Agent } from 'undici'; import { b } from '../platform/b.ts';"],
    ['src/gate/a.test.ts', "import { b } from '../controllers/b.ts';"],
  ])('are allowed: %s %s', (path, text) => {
    expect(inSource(forbiddenImports, path, text)).toEqual([]);
  });

  it('of a package without an owner would be found, and an owner without a package', () => {
    expect(ownerless([...Object.keys(OWNERS), 'lodash'])).toEqual(['lodash has no owner folder']);
    expect(ownerless(Object.keys(OWNERS).slice(1))).toHaveLength(1);
  });
});

describe('the domain', () => {
  it('is pure and synchronous', () => {
    expect(found(impurities, src)).toEqual([]);
    expect(found(domainCrypto, src)).toEqual([]);
  });

  it.each([
    'const now = Date.now();',
    'const at = new Date(0);',
    'const one = Math.random();',
    "const one = Math['random']();",
    'const home = process.env.HOME;',
    "fetch('https://example.com');",
    'async function f() {}',
    'const f = async () => 1;',
    'class A { async m() {} }',
    'await f();',
    'for await (const a of b) {}',
    'const p: Promise<string> = f();',
    'setTimeout(f, 1);',
    'queueMicrotask(f);',
    'const x = globalThis.Date;',
    'const { Date: clock } = { Date };',
    "const m = import('./b.ts');",
    'const t = performance.now();',
    'const id = crypto.randomUUID();',
    'const order = a.localeCompare(b);',
    "const f = new Function('return 1');",
  ])('would be found impure: %s', (text) => {
    expect(inSource(impurities, 'src/domain/a.ts', text).length).toBeGreaterThan(0);
  });

  it.each([
    'const verdict = { process: 1, Date: 2 }.process;',
    'interface A { readonly fetch: string }',
    "const max = Math.max(1, 2); const kind = 'Promise';",
    'import type { process as p } from "./b.ts";',
  ])('is not disturbed by names alone: %s', (text) => {
    expect(inSource(impurities, 'src/domain/a.ts', text)).toEqual([]);
  });

  it.each([
    "import { randomBytes } from 'node:crypto';",
    "import crypto from 'node:crypto';",
    "import * as crypto from 'node:crypto';",
    "import { createHash, sign } from 'node:crypto';",
  ])('would be found to take more than hashing: %s', (text) => {
    expect(inSource(domainCrypto, 'src/domain/a.ts', text)).toHaveLength(1);
  });

  it('may hash', () => {
    const text = "import { createHash, createHmac, type BinaryLike } from 'node:crypto';";
    expect(inSource(domainCrypto, 'src/domain/a.ts', text)).toEqual([]);
  });
});

describe('the style', () => {
  it.each([
    ['no any', anyTypes, sources],
    ['no file over 400 and no function over 50 lines', tooLong, src],
    ['a header on every file', missingHeader, sources],
    ['names that say something', badNames, sources],
    ['a TSDoc comment on every export', undocumentedExports, src],
    ['no check switched off and no test skipped', evasions, sources],
  ])('has %s', (_, rule, from) => {
    expect(found(rule, from)).toEqual([]);
  });

  it('has tests beside the code', () => {
    expect(src.flatMap((source) => strayTests(source, paths))).toEqual([]);
  });

  const lines = (count: number): string => Array.from({ length: count }, () => 'f();').join('\n');
  it.each<[string, (source: Source) => string[], string, string]>([
    ['any', anyTypes, 'src/a/a.ts', 'const a: Record<string, any> = {};'],
    ['as any', anyTypes, 'src/a/a.test.ts', 'f(a as any);'],
    ['a long file', tooLong, 'src/a/a.ts', lines(401)],
    ['a long function', tooLong, 'src/a/a.ts', `function g() {\n${lines(49)}\n}`],
    ['a long arrow', tooLong, 'src/a/a.ts', `const g = () => {\n${lines(49)}\n};`],
    ['a long method', tooLong, 'src/a/a.ts', `class A { m() {\n${lines(49)}\n} }`],
    ['no header', missingHeader, 'src/a/a.ts', "import 'node:fs';"],
    ['a header after an empty line', missingHeader, 'src/a/a.ts', '\n// What it decides.\n'],
    ['a long header', missingHeader, 'src/a/a.ts', '// a\n'.repeat(6)],
    ['utils', badNames, 'src/a/utils.ts', ''],
    ['helpers', badNames, 'src/helpers/a.ts', ''],
    ['common', badNames, 'src/a/common-types.ts', ''],
    ['manager', badNames, 'src/a/policy-manager.test.ts', ''],
    ['camel case', badNames, 'src/a/policyIndex.ts', ''],
    ['an undocumented function', undocumentedExports, 'src/a/a.ts', 'export function f() {}'],
    ['an undocumented constant', undocumentedExports, 'src/a/a.ts', '// no TSDoc\nexport const a = 1;'],
    ['an undocumented type', undocumentedExports, 'src/a/a.ts', '/** b */\ntype B = 1;\nexport type A = B;'],
    [
      'an undocumented interface',
      undocumentedExports,
      'src/api/a.ts',
      'export interface A { readonly a: 1 }',
    ],
    ['an undocumented default', undocumentedExports, 'src/a/a.ts', 'export default class {}'],
    ['a check switched off', evasions, 'src/a/a.ts', '// @ts-ignore\nf();'],
    ['a rule switched off', evasions, 'src/a/a.ts', '/* oxlint-disable */'],
    ['a skipped test', evasions, 'src/a/a.test.ts', "it.skip('x', () => {});"],
    ['a test alone', evasions, 'src/a/a.test.ts', "describe.only('x', () => {});"],
  ])('would be found: %s', (_, rule, path, text) => {
    expect(inSource(rule, path, text)).toHaveLength(1);
  });

  it.each<[string, (source: Source) => string[], string, string]>([
    ['a function of 50 lines', tooLong, 'src/a/a.ts', `function g() {\n${lines(48)}\n\n// why\n}`],
    [
      'a header behind a shebang',
      missingHeader,
      'src/cli/a.ts',
      '#!/usr/bin/env node\n// What it decides.\n',
    ],
    ['a documented export', undocumentedExports, 'src/a/a.ts', '/** What. */\nexport const a = 1;'],
    ['a re-export', undocumentedExports, 'src/a/a.ts', "export { a } from './b.ts';"],
    ['an inferred type of a kind', undocumentedExports, 'src/api/a.ts', 'export type A = z.infer<typeof a>;'],
  ])('is kept by %s', (_, rule, path, text) => {
    expect(inSource(rule, path, text)).toEqual([]);
  });

  it('would find a test that lies beside no code', () => {
    const stray = parse('src/a/tests/a.test.ts', '');
    expect(strayTests(stray, new Set(['src/a/a.ts', 'src/a/tests/a.test.ts']))).toHaveLength(1);
  });
});
