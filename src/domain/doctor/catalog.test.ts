import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { AREAS } from './catalog.ts';

const all = AREAS.flatMap(({ weaknesses }) => weaknesses);
const page = readFileSync(join(import.meta.dirname, '../../../docs/reference/doctor.md'), 'utf8').replaceAll(
  /\s+/g,
  ' ',
);
const plain = (text: string): string => text.replaceAll(/[\\*_`]/g, '');

it('gives every id once, in the form that never changes', () => {
  const ids = all.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.filter((id) => !/^ASSENT-W[1-9][0-9]{2}$/.test(id))).toEqual([]);
  expect(ids.length).toBeGreaterThanOrEqual(25);
});

it.each(all)('$id has a reason and a remedy on the page', ({ id, title, reason, remedy, severity }) => {
  for (const text of [reason, remedy]) {
    expect(text.length).toBeGreaterThan(20);
    expect(plain(page)).toContain(plain(text));
  }
  expect(plain(page)).toContain(plain(`### ${id}: ${title}`));
  expect(page).toContain(`- ${severity}. `);
});
