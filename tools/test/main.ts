// `npm test`: every vitest project, then the audit oracle over the audit logs that the run left. Its last line is
// `N passed, N failed`. Arguments go to vitest: `npm test -- test/controlplane/one.test.ts`.
import { spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkAuditLog, describeVerdict } from '../audit/check.ts';
import { RUN_ROOT } from '../controlplane/start.ts';
import { auditLogs, clearOldRuns } from './runs.ts';
import { hasControlPlaneTests, tally, type Report } from './tally.ts';

const CHECKOUT = fileURLToPath(new URL('../../', import.meta.url));
const VITEST = join(dirname(fileURLToPath(import.meta.resolve('vitest/package.json'))), 'vitest.mjs');

function runVitest(args: readonly string[], folder: string, reportFile: string): Promise<number> {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [VITEST, 'run', ...reporters, ...args], {
    cwd: CHECKOUT,
    stdio: 'inherit',
    env: { ...process.env, [RUN_ROOT]: folder },
  });
  // Ctrl-C reaches vitest by itself; this process stays to count what was run.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

const readReport = async (file: string): Promise<Report | undefined> => {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Report;
  } catch {
    return undefined;
  }
};

/** Judges every audit log of the run; each counts as one test. */
async function judgeLogs(folder: string, expected: boolean): Promise<{ passed: number; failed: number }> {
  let [passed, failed] = [0, 0];
  for (const log of await auditLogs(folder)) {
    const verdict = await checkAuditLog(log);
    console.log(`audit oracle: ${describeVerdict(relative(folder, dirname(log)), verdict)}`);
    if (verdict.violations.length === 0) passed += 1;
    else failed += 1;
  }
  if (passed + failed === 0 && expected) {
    console.log('audit oracle: there is no audit log to judge');
    failed = 1;
  }
  return { passed, failed };
}

const args = process.argv.slice(2);
const root = join(CHECKOUT, '.run');
const folder = join(root, `test-${process.pid}`);
await clearOldRuns(root);
await mkdir(folder, { recursive: true });
const reportFile = join(folder, 'vitest.json');
const code = await runVitest(args, folder, reportFile);
const report = await readReport(reportFile);
const chosen = args.some((arg) => /^(-t|--testNamePattern)/.test(arg));
const tests = tally(report, { code, chosen });
const logs = await judgeLogs(folder, args.length === 0 || hasControlPlaneTests(report));
const failed = tests.failed + logs.failed;
process.exitCode = failed === 0 ? 0 : 1;
// The logs are judged: what failed leaves them to people.
if (failed === 0) await rm(folder, { recursive: true, force: true });
for (const note of tests.notes) console.log(note);
console.log(`${tests.passed + logs.passed} passed, ${failed} failed`);
