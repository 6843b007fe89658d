import { describe, expect, it } from 'vitest';
import { policyWarning } from './warning.ts';

describe('a warning about a policy that somebody writes', () => {
  it.each([
    ['starter-secrets', 'Something is open.', 'starter-secrets: Something is open.'],
    ['', 'Something is open.', 'Something is open.'],
    ['a\u001B[2Jb', 'Something is open.', 'a[2Jb: Something is open.'],
    ['payments-production-workloads', `${'x'.repeat(99)}.`, `payments-producti…: ${'x'.repeat(99)}.`],
    ['payments', `${'x'.repeat(118)}.`, `${'x'.repeat(118)}.`],
  ])('%s: %s', (name, sentence, expected) => {
    expect(policyWarning(name, sentence)).toBe(expected);
  });

  it('fits into 120 characters with the whole sentence, however long the name is', () => {
    for (let length = 10; length <= 110; length += 1) {
      const sentence = `${'x'.repeat(length - 1)}.`;
      const told = policyWarning('n'.repeat(253), sentence);
      expect(told.length).toBeLessThanOrEqual(120);
      expect(told.endsWith(`…: ${sentence}`)).toBe(true);
    }
  });
});
