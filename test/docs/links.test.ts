// Links of all pages: the file is there, and so is the heading; and from the README a reader gets to every page of docs.
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const pages = ['*.md', 'docs/**/*.md', 'charts/*/README.md', 'tools/*/README.md'].flatMap((pattern) =>
  globSync(pattern, { cwd: ROOT }),
);
const LINK = /(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g;

/** The page without what is code: nothing in it is a link. */
const textOf = (page: string): string =>
  readFileSync(join(ROOT, page), 'utf8')
    .replaceAll(/^ *```[\s\S]*?^ *```$/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''));

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(page: string): Set<string> {
  const headings = [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => heading);
  return new Set(
    headings.map((heading) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-'),
    ),
  );
}

/** The links of a page that lead nowhere. */
function broken(page: string): string[] {
  return [...textOf(page).matchAll(LINK)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .filter((target) => {
      const [path = '', anchor] = target.split('#');
      const file = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path));
      if (!existsSync(join(ROOT, file))) return true;
      return anchor !== undefined && file.endsWith('.md') && !anchorsOf(file).has(anchor);
    });
}

/** Where the links of a page lead. A link to a folder leads to all that is in it. */
const ledTo = (page: string): string[] =>
  [...textOf(page).matchAll(LINK)]
    .map(([, target = '']) => target.split('#')[0] ?? '')
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target))
    .map((target) => relative(ROOT, join(ROOT, dirname(page), target)))
    .flatMap((path) =>
      statSync(join(ROOT, path)).isDirectory()
        ? globSync('*.md', { cwd: join(ROOT, path) }).map((name) => join(path, name))
        : [path],
    );

/** All pages to which somebody gets by links alone. */
function reachedFrom(page: string, reached = new Set<string>()): ReadonlySet<string> {
  if (reached.has(page) || !page.endsWith('.md')) return reached;
  reached.add(page);
  for (const next of ledTo(page)) reachedFrom(next, reached);
  return reached;
}

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => expect(broken(page)).toEqual([]));
  it('lead from the README to every page of docs', () => {
    const reached = reachedFrom('README.md');
    expect(pages.filter((page) => page.startsWith('docs/') && !reached.has(page))).toEqual([]);
  });
  it('are looked at', () => {
    const all = pages.flatMap((page) => [...textOf(page).matchAll(LINK)]);
    expect(all.length).toBeGreaterThan(60);
  });
});
