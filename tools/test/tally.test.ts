// The count line never says that all is well when it is not.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditLogs, clearOldRuns } from './runs.ts';
import { hasControlPlaneTests, tally, type Report } from './tally.ts';

const file = (statuses: readonly string[], status = 'passed', name = '/x/src/a.test.ts') => ({
  name,
  status,
  assertionResults: statuses.map((one, index) => ({ status: one, fullName: `test ${index}` })),
});
const report = (...files: Report['testResults']): Report => ({ testResults: files });

describe('the count of a test run', () => {
  it.each<
    [string, Report | undefined, { code: number; chosen: boolean }, { passed: number; failed: number }]
  >([
    ['all passed', report(file(['passed', 'passed'])), { code: 0, chosen: false }, { passed: 2, failed: 0 }],
    [
      'one failed',
      report(file(['passed', 'failed'], 'failed')),
      { code: 1, chosen: false },
      { passed: 1, failed: 1 },
    ],
    [
      'a skipped test counts as failed',
      report(file(['passed', 'skipped'])),
      { code: 0, chosen: false },
      { passed: 1, failed: 1 },
    ],
    [
      'a test to do counts as failed',
      report(file(['passed', 'todo'])),
      { code: 0, chosen: false },
      { passed: 1, failed: 1 },
    ],
    [
      'tests left out by name do not',
      report(file(['passed', 'skipped'])),
      { code: 0, chosen: true },
      { passed: 1, failed: 0 },
    ],
    [
      'a file that does not load',
      report(file(['passed']), file([], 'failed')),
      { code: 1, chosen: false },
      { passed: 1, failed: 1 },
    ],
    [
      'a hook that fails where tests are chosen',
      report(file(['skipped'], 'failed')),
      { code: 1, chosen: true },
      { passed: 0, failed: 1 },
    ],
    [
      'an error outside every test',
      report(file(['passed'])),
      { code: 1, chosen: false },
      { passed: 1, failed: 1 },
    ],
    ['no test at all', report(), { code: 0, chosen: false }, { passed: 0, failed: 1 }],
    ['no report', undefined, { code: 1, chosen: false }, { passed: 0, failed: 1 }],
  ])('%s', (_, given, run, expected) => {
    const counted = tally(given, run);
    expect({ passed: counted.passed, failed: counted.failed }).toEqual(expected);
  });

  it('says what no test says', () => {
    expect(tally(report(file(['skipped'])), { code: 0, chosen: false }).notes).toEqual([
      'skipped: test 0 (a test that did not run proves nothing)',
    ]);
    expect(tally(report(file([], 'failed')), { code: 1, chosen: false }).notes).toEqual([
      '/x/src/a.test.ts failed outside its tests',
    ]);
  });

  it('names each failed test with the first line of its reason', () => {
    const [one] = file(['failed'], 'failed').assertionResults;
    const failed = {
      ...file([], 'failed'),
      assertionResults: [
        {
          status: 'failed',
          fullName: 'INV-1 holds',
          failureMessages: ['\u001B[31mno\u001B[39m way\n  at x'],
        },
        ...(one === undefined ? [] : [one]),
      ],
    };
    expect(tally(report(failed), { code: 1, chosen: false }).notes).toEqual([
      'failed: INV-1 holds (/x/src/a.test.ts): no way',
      'failed: test 0 (/x/src/a.test.ts)',
    ]);
    const broken = { ...file([], 'failed'), message: 'cannot import y\n  at z' };
    expect(tally(report(broken), { code: 1, chosen: false }).notes).toEqual([
      '/x/src/a.test.ts failed outside its tests: cannot import y',
    ]);
  });

  it('knows whether audit logs must be there', () => {
    expect(hasControlPlaneTests(report(file(['passed'])))).toBe(false);
    expect(hasControlPlaneTests(report(file(['passed'], 'passed', '/x/test/controlplane/a.test.ts')))).toBe(
      true,
    );
    expect(hasControlPlaneTests(undefined)).toBe(false);
  });
});

describe('the folders of test runs', () => {
  it('are removed when their process is gone, and only then', async () => {
    const root = await mkdtemp(join(tmpdir(), 'runs-'));
    const gone = 2 ** 22 + 1;
    for (const name of [`test-${gone}`, `process-${gone}`, 'test-1', 'kept', `test-${process.pid}`]) {
      await mkdir(join(root, name, 'cluster'), { recursive: true });
      await writeFile(join(root, name, 'cluster', 'audit.jsonl'), '');
    }
    await clearOldRuns(root);
    expect((await readdir(root)).sort()).toEqual(['kept', 'test-1']);
    expect(await auditLogs(join(root, 'test-1'))).toEqual([join(root, 'test-1', 'cluster', 'audit.jsonl')]);
    await rm(root, { recursive: true });
  });

  it('may be absent', async () => {
    await clearOldRuns('/nowhere/at/all');
    expect(await auditLogs('/nowhere/at/all')).toEqual([]);
  });
});
