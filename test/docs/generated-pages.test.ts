// Reference pages that are made from code say what the code says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { configurationMarkdown } from '../../src/platform/config.ts';
import { metricsMarkdown } from '../../src/platform/metrics.ts';
import { protocolMarkdown } from '../model/protocol-page.ts';

const REFERENCE = join(import.meta.dirname, '../../docs/reference');

it.each([
  ['metrics.md', metricsMarkdown],
  ['configuration.md', configurationMarkdown],
  ['protocol.md', protocolMarkdown],
])('docs/reference/%s is up to date: run npm run generate', async (name, page) => {
  const filepath = join(REFERENCE, name);
  const wanted = await format(page(), { ...(await resolveConfig(filepath)), filepath });
  expect(readFileSync(filepath, 'utf8')).toBe(wanted);
});

it('the reference says of every field that takes globs what a star does', () => {
  const page = readFileSync(join(REFERENCE, 'kinds.md'), 'utf8');
  const rowOf = (field: string) => page.split('\n').find((row) => row.startsWith(`| \`${field}\``)) ?? '';
  for (const field of [
    'spec.agents[].serviceAccount',
    'spec.agents[].group',
    'spec.agents[].user',
    'spec.match.rules[].resourceNames',
    'spec.match.namespaces.names',
  ])
    expect(rowOf(field), field).toContain('`*` stands for any run of characters');
});
