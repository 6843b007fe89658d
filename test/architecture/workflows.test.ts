// The public workflows: actions by commit, no rights but to read, and nothing run that this checkout does not have.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RELEASES } from '../../tools/controlplane/version.ts';

const ROOT = join(import.meta.dirname, '../..');
const FOLDER = join(ROOT, '.github/workflows');
const names = readdirSync(FOLDER);

interface Workflow {
  readonly permissions?: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: object;
        readonly 'timeout-minutes'?: number;
        readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly with?: object }[];
      }
    >
  >;
}

const textOf = (name: string): string => readFileSync(join(FOLDER, name), 'utf8');

/** Lines that use an action otherwise than by its commit, with the release beside it. */
const loose = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => /\buses:/.test(line))
    .filter((line) => !/uses: [\w.-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line));

describe.each(names)('%s', (name) => {
  const text = textOf(name);
  const workflow = parse(text) as Workflow;
  const jobs = Object.values(workflow.jobs);
  const steps = jobs.flatMap((job) => job.steps);

  it('names actions by commit, each by the same one everywhere', () => {
    expect(loose(text)).toEqual([]);
    const used = [...new Set(steps.flatMap(({ uses }) => uses ?? []))].map((one) => one.split('@')[0]);
    expect(used).toEqual([...new Set(used)]);
  });

  it('may read the code and nothing else, and leaves no credentials behind', () => {
    expect(workflow.permissions).toEqual({});
    for (const job of jobs) expect(job.permissions).toEqual({ contents: 'read' });
    for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'persist-credentials': false });
    }
    expect(text).not.toMatch(/pull_request_target|workflow_run|secrets\./);
  });

  it('ends, and puts no text of a stranger into a shell', () => {
    for (const job of jobs) expect(job['timeout-minutes']).toBeGreaterThan(0);
    for (const { run = '' } of steps) expect(run).not.toContain('${{');
  });

  it('runs what is there', () => {
    const commands = steps.flatMap(({ run }) => run?.split('\n') ?? []);
    const makefile = readFileSync(join(ROOT, 'Makefile'), 'utf8');
    for (const [, target] of commands.join('\n').matchAll(/\bmake (?:--\S+ )*([\w-]+)/g)) {
      expect(makefile).toMatch(new RegExp(`^${target}:`, 'm'));
    }
    for (const [, file = ''] of commands.join('\n').matchAll(/^(\.\S+)/gm)) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
    }
    for (const [, minor = ''] of commands.join('\n').matchAll(/K8S=(\S+)/g)) {
      expect(Object.keys(RELEASES)).toContain(minor);
    }
  });
});

it('an action by its tag would be found', () => {
  expect(loose('- uses: actions/checkout@v7')).toHaveLength(1);
  expect(loose(`- uses: actions/checkout@${'a'.repeat(40)}`)).toHaveLength(1);
});

it('somebody looks for advisories, scans the image and lists what is in it', () => {
  const text = names.map(textOf).join('\n');
  for (const wanted of [
    'npm audit --omit=dev',
    'trivy-action',
    'cyclonedx',
    'K8S=1.34',
    '.ci/run',
    'arm64',
  ]) {
    expect(text).toContain(wanted);
  }
});
