// `expect(answer).toEndAsPromised()`: checks an answer of the API server against what the catalogue promises for the test
// that asks. Tests are named after their try: `bypass 12: the eviction of a pod`.
import { expect } from 'vitest';
import type { Tried } from '../controlplane/main-path-story.ts';
import { ROWS } from './catalogue.ts';
import { notHeld, notPassed } from './endings.ts';
import { testName, type Try } from './row.ts';

declare module 'vitest' {
  interface Matchers<R extends void | Promise<void> = void | Promise<void>, T = unknown> {
    /** The answer is what the catalogue promises for the test that is running. */
    toEndAsPromised: (this: Matchers<R, T>) => R;
  }
}

const PROMISES = new Map<string, Try>(
  ROWS.flatMap((row) => row.tries.map((one) => [testName(row, one), one] as const)),
);

/** What is wrong with an answer; undefined when it is as promised. */
function problem(test: string, answer: Tried): string | undefined {
  const promised = PROMISES.get(test);
  if (promised === undefined) return `the catalogue has no try '${test}'`;
  if ('untried' in promised) return 'the catalogue says that this is not tried';
  return 'passes' in promised ? notPassed(answer) : notHeld(promised.by, answer);
}

expect.extend({
  toEndAsPromised(answer: Tried) {
    const test = this.currentTestName?.split(' > ').at(-1) ?? '';
    const wrong = problem(test, answer);
    return {
      pass: wrong === undefined,
      message: () => `${wrong ?? 'it ended as promised'}\nanswered ${answer.status}: ${answer.message}`,
    };
  },
});
