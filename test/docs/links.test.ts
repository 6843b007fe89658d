// Links of all pages: the file is there, and so is the heading.
import { existsSync, globSync, readFileSync } from 'node:fs';
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

describe('links', () => {
  it.each(pages)('of %s lead somewhere', (page) => expect(broken(page)).toEqual([]));
  it('are looked at', () => {
    const all = pages.flatMap((page) => [...textOf(page).matchAll(LINK)]);
    expect(all.length).toBeGreaterThan(60);
  });
});
