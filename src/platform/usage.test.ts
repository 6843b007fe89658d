import { describe, expect, it } from 'vitest';
import { parseConfig, SETTINGS } from './config.ts';
import { askedOf } from './usage.ts';

const words = (text: string) => text.split(' ').filter(Boolean);
const told = (text: string): string => {
  const asked = askedOf(words(text), '1.2.3');
  return asked.kind === 'told' ? asked.text : expect.fail(`${text} is not told anything`);
};

describe('the words after assent', () => {
  it.each(['run', 'gate', 'controller'])('start the %s with its flags', (part) => {
    expect(askedOf([part, '--gate-port', '1'], '1.2.3')).toEqual({
      kind: 'start',
      part,
      argv: ['--gate-port', '1'],
    });
  });

  it.each(['--help', '-h', 'help'])('are told what there is: %s', (text) => {
    for (const part of ['run', 'gate', 'controller']) expect(told(text)).toContain(`assent ${part}`);
  });

  it('are told the version', () => expect(told('--version')).toBe('assent 1.2.3'));

  it.each(['run --help', 'run --gate-port 1 -h', 'help run'])('are told every flag: %s', (text) => {
    const page = told(text);
    expect(page).toMatch(/^assent run \[flags\]: /);
    for (const { flag, env } of SETTINGS) expect(page).toMatch(new RegExp(`^  ${flag}\\b.* ${env}$`, 'm'));
    expect(page).toContain(
      '--gate-port NUMBER   ASSENT_GATE_PORT\n      Port the gate listens on. 0 takes a free one. Default: 8443.\n',
    );
    expect(page).toContain('--log-level debug|info|warn|error|silent ');
    expect(page).toContain('--leader-election[=false] ');
    expect(page).not.toContain('`');
    for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
  });

  it.each([
    ['', 'assent needs to know what to start: one of run, gate, controller, check, uninstall'],
    ['start', 'assent has nothing called start: one of run, gate, controller, check, uninstall'],
    ['toString', 'assent has nothing called toString: one of run, gate, controller, check, uninstall'],
  ])('are refused with what there is: "%s"', (text, message) => {
    expect(askedOf(words(text), '1.2.3')).toEqual({ kind: 'wrong', text: `${message}\nsee: assent --help` });
  });
});

describe('the values that are printed at the start', () => {
  const printed = (...argv: string[]) => {
    const result = parseConfig({ argv, env: {}, readFile: () => '' });
    return result.ok ? result.printed : expect.fail(result.errors.join());
  };

  it('name the Service only where it is used', () => {
    expect(printed()).toMatchObject({ 'webhook.service.name': 'assent-gate (default)' });
    const keys = Object.keys(printed('--webhook-url', 'https://gate.example'));
    expect(keys).toContain('webhook.url');
    expect(keys.filter((key) => key.startsWith('webhook.service'))).toEqual([]);
  });
});
