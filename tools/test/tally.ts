// Counts a test run from vitest's JSON report. Doubt counts as failed: a skipped test, a file that could not be loaded, a
// run that ended badly without naming a test, a run without any test.
import { stripVTControlCharacters } from 'node:util';

/** The part of vitest's JSON report that is read. */
export interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    /** Why the file could not be loaded. */
    readonly message?: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages?: readonly string[];
    }[];
  }[];
}

/** What a run comes to, with a line for each failure: the end of a long log is what a reader sees first. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly notes: readonly string[];
}

type TestFile = Report['testResults'][number];

function tallyFile(file: TestFile, chosen: boolean): Tally {
  const having = (...statuses: string[]) =>
    file.assertionResults.filter((test) => statuses.includes(test.status));
  const passed = having('passed').length;
  const idle = chosen
    ? []
    : file.assertionResults.filter((test) => !having('passed', 'failed').includes(test));
  const notes = [
    ...having('failed').map((test) =>
      withReason(`failed: ${test.fullName} (${file.name})`, test.failureMessages?.[0]),
    ),
    ...idle.map((test) => `${test.status}: ${test.fullName} (a test that did not run proves nothing)`),
  ];
  const failed = having('failed').length + idle.length;
  if (file.status !== 'failed' || failed > 0) return { passed, failed, notes };
  return { passed, failed: 1, notes: [withReason(`${file.name} failed outside its tests`, file.message)] };
}

function withReason(what: string, message = ''): string {
  const [reason = ''] = stripVTControlCharacters(message).split('\n');
  return reason === '' ? what : `${what}: ${reason}`;
}

/**
 * @param report undefined when vitest wrote none.
 * @param run.code exit code of vitest.
 * @param run.chosen whether tests were chosen by name (`-t`), so that the others are rightly skipped.
 */
export function tally(report: Report | undefined, run: { code: number; chosen: boolean }): Tally {
  const files = (report?.testResults ?? []).map((file) => tallyFile(file, run.chosen));
  const sum = (key: 'passed' | 'failed') => files.reduce((total, file) => total + file[key], 0);
  const [passed, failed, notes] = [sum('passed'), sum('failed'), files.flatMap((file) => file.notes)];
  if (passed + failed === 0) return { passed, failed: 1, notes: ['no test ran'] };
  if (run.code === 0 || failed > 0) return { passed, failed, notes };
  return { passed, failed: 1, notes: [`vitest ended with code ${run.code}, although every test passed`] };
}

/** Whether a report has a test file that starts control planes, so that audit logs must be there. */
export const hasControlPlaneTests = (report: Report | undefined): boolean =>
  (report?.testResults ?? []).some((file) =>
    /\/test\/(?:controlplane|bypass|faults|gitops|sweep)\//.test(file.name),
  );
