// The page of dependencies cannot be wrong without being noticed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dependenciesMarkdown, MOST_PACKAGES, productionPackages, type Lockfile } from './dependencies.ts';

const ROOT = join(import.meta.dirname, '../..');
const real = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lockfile;
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  dependencies: Readonly<Record<string, string>>;
};

const withRoot = (dependencies: Readonly<Record<string, string>>): Lockfile => ({
  packages: { ...real.packages, '': { ...real.packages[''], dependencies } },
});

it('says how many packages there are, and each direct one', () => {
  const page = dependenciesMarkdown();
  const names = Object.keys(manifest.dependencies);
  expect(page).toContain(`${productionPackages(real).length} packages run in production`);
  expect(page).toContain(`${names.length} of them are ours to choose`);
  for (const name of names) expect(page).toContain(`| \`${name}\` | ${manifest.dependencies[name]} |`);
});

it('counts what production installs, and nothing that development alone needs', () => {
  const paths = productionPackages(real);
  expect(paths).toContain('node_modules/undici');
  expect(paths.filter((path) => /vitest|typescript|node-linux|node-bin/.test(path))).toEqual([]);
  expect(paths.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
});

it('is not made with a direct package that has no reason, nor with a reason for none', () => {
  expect(() => dependenciesMarkdown(withRoot({ ...manifest.dependencies, lodash: '4.0.0' }))).toThrow(
    /lodash/,
  );
  const { zod: _, ...rest } = manifest.dependencies;
  expect(() => dependenciesMarkdown(withRoot(rest))).toThrow(/zod/);
});

it('is not made with too many packages', () => {
  const more = Array.from(
    { length: MOST_PACKAGES },
    (_, index) => [`node_modules/more-${index}`, {}] as const,
  );
  const lock = { packages: { ...real.packages, ...Object.fromEntries(more) } };
  expect(() => dependenciesMarkdown(lock)).toThrow(`at most ${MOST_PACKAGES}`);
});

it('versions are exact', () => {
  const loose = Object.entries(manifest.dependencies).filter(
    ([, version]) => !/^\d+\.\d+\.\d+$/.test(version),
  );
  expect(loose).toEqual([]);
});
