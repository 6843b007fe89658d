// docs/guide/gitops.md against the tests: each claim of its last section names a test that there is, and each script of
// this folder is named there, so that neither is changed without the other.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const page = await readFile(join(ROOT, 'docs/guide/gitops.md'), 'utf8');
const [, section = ''] = page.split('## Where this is tested');

/** The lists of the section: a file, then the names of tests in quotes. */
const lists = section.split(/^(?=`)/m).flatMap((block) => {
  const file = /^`([\w./-]+)`:\n/.exec(block)?.[1];
  return file === undefined
    ? []
    : [{ file, names: [...block.matchAll(/^- [^]*?: "([^"]+)"$/gm)].map(([, name = '']) => name) }];
});
/** Quotes are written in the sources as they are here: no name has an apostrophe. */
const sourceOf = (file: string) => readFile(join(ROOT, file), 'utf8');

describe('docs/guide/gitops.md', () => {
  it('names tests', () => {
    expect(lists.length).toBeGreaterThan(4);
    expect(lists.flatMap(({ names }) => names).length).toBeGreaterThan(40);
  });

  it.each(lists)('names tests that there are in $file', async ({ file, names }) => {
    const source = await sourceOf(file);
    expect(names.filter((name) => !source.includes(`'${name}'`) && !source.includes(`"${name}"`))).toEqual(
      [],
    );
  });

  it('names every script', async () => {
    const files = (await readdir(import.meta.dirname)).filter((one) => one.endsWith('.test.ts'));
    const scripts = await Promise.all(
      files.map(async (file) => {
        const source = await sourceOf(join('test/gitops', file));
        return [...source.matchAll(/^\s+what: '([^']+)',$/gm)].map(([, what = '']) => `${file}: ${what}`);
      }),
    );
    const named = new Set(
      lists.flatMap(({ file, names }) => names.map((name) => `${file.replace('test/gitops/', '')}: ${name}`)),
    );
    expect(scripts.flat().filter((one) => !named.has(one))).toEqual([]);
  });
});
