import { expect, it } from 'vitest';
import { demoOptions, howToPlay } from './options.ts';

it.each<[string[], string | undefined, object]>([
  [[], undefined, { kind: 'play', stays: false }],
  [[], '1', { kind: 'play', stays: true }],
  [[], '', { kind: 'play', stays: false }],
  [['--stay'], undefined, { kind: 'play', stays: true }],
  [['--help'], undefined, { kind: 'help' }],
  [['--stay', '-h'], undefined, { kind: 'help' }],
  [['--frobnicate'], undefined, { kind: 'wrong', message: 'the demo takes no --frobnicate' }],
  [['six'], '1', { kind: 'wrong', message: 'the demo takes no six' }],
  [[], 'yes', { kind: 'wrong', message: 'STAY is 1 or 0, not yes' }],
])('the demo with %j and STAY=%s', (words, stay, options) => {
  expect(demoOptions(words, stay)).toEqual(options);
});

it('what is printed for playing can be pasted into a shell as it is', () => {
  const cast = { agent: '/run/agent', fixer: '/run/fixer', approver: '/run/alice', admin: '/run/admin' };
  const lines = howToPlay({ cast, programs: '/run/programs', metricsPort: 1, runDir: '/run' });
  const exports = lines.filter((line) => line.includes('export '));
  expect(exports).toHaveLength(5);
  for (const line of exports) expect(line).toMatch(/^ {2}[a-z]+: +export [A-Z]+=\/run\/\S+$/);
});
