// Reference pages that are made from code say what the code says.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, it } from 'vitest';
import { CHANGE_KINDS } from '../../src/domain/change/change.ts';
import { GENERAL_RULES, KIND_RULES } from '../../src/domain/change/normalise/registry.ts';
import { configurationMarkdown } from '../../src/platform/config.ts';
import { metricsMarkdown } from '../../src/platform/metrics.ts';
import { fingerprintReference } from '../../tools/generate/fingerprint.ts';
import { proofsMarkdown } from '../../tools/proofs/page.ts';
import { protocolMarkdown } from '../model/protocol-page.ts';

const REFERENCE = join(import.meta.dirname, '../../docs/reference');

it.each([
  ['metrics.md', metricsMarkdown],
  ['configuration.md', configurationMarkdown],
  ['protocol.md', protocolMarkdown],
  ['fingerprint.md', fingerprintReference],
  ['proofs.md', proofsMarkdown],
])('docs/reference/%s is up to date: run npm run generate', async (name, page) => {
  const filepath = join(REFERENCE, name);
  const wanted = await format(page(), { ...(await resolveConfig(filepath)), filepath });
  expect(readFileSync(filepath, 'utf8')).toBe(wanted);
});

it('the page of the fingerprint says each rule, each sort of change and each word, with its reason', () => {
  const page = readFileSync(join(REFERENCE, 'fingerprint.md'), 'utf8').replaceAll(/\s+/g, ' ');
  const rules = [...GENERAL_RULES, ...[...KIND_RULES.values()].flat()];
  for (const { name, why, words = {} } of rules) {
    expect(page).toContain(`- **${name}**: `);
    expect(page.replaceAll(/[\\*_]/g, '')).toContain(why.replaceAll(/[\\*_]/g, ''));
    for (const [word, means] of Object.entries(words)) expect(page).toContain(`- \`${word}\`: ${means}.`);
  }
  for (const key of KIND_RULES.keys()) expect(page).toContain(`\`${key.split('/')[1] ?? ''}\``);
  for (const kind of CHANGE_KINDS) expect(page).toContain(`- \`${kind}\` (used once`);
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
