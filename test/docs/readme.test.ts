import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PROOFS } from '../../tools/proofs/catalogue.ts';
import { STORY } from '../../tools/demo/whole-story.ts';

const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
const recorded = /<!-- demo:begin -->([\s\S]*)<!-- demo:end -->/.exec(readme)?.[1] ?? '';

describe('the recorded demo in the README', () => {
  it('has every step of the story, in order, all as told', () => {
    const titles = STORY.map((step, i) => `${i + 1}  ${step.title}`);
    const found = recorded.split('\n').filter((line) => /^\d+ {2}\S/.test(line));
    expect(found).toEqual(titles);
    expect(recorded).toContain(`demo: ${STORY.length} steps, all as told`);
    expect(recorded).not.toContain('NOT AS TOLD');
  });

  it('names no path of a machine', () => {
    expect(recorded).not.toMatch(/\/(?:home|root|tmp|work|Users)\//);
  });
});

describe('the proofs in the README', () => {
  const section = readme.split('## How it is shown')[1]?.split('\n## ')[0] ?? '';

  it('are all there, with the page that explains them', () => {
    const named = [...section.matchAll(/^make (\w+) /gm)].map(([, name]) => name);
    expect(new Set(named)).toEqual(new Set(PROOFS.map(({ name }) => name)));
    expect(section).toContain('(docs/reference/proofs.md)');
  });
});
