import { describe, expect, it } from 'vitest';
import { parseCommand, parseDuration, REQUEST_STATES, USAGE } from './arguments.ts';

const common = { kubeconfig: undefined, context: undefined, output: 'text' };

describe('parseCommand', () => {
  it.each([
    ['list', { verb: 'list', states: ['Pending', 'Approved', 'Reserved'], ...common }],
    ['list --all', { verb: 'list', states: REQUEST_STATES, ...common }],
    ['list --state Pending -o wide', { verb: 'list', states: ['Pending'], ...common, output: 'wide' }],
    ['list --state denied,Expired', { verb: 'list', states: ['Denied', 'Expired'], ...common }],
    ['show r1 --context prod', { verb: 'show', name: 'r1', ...common, context: 'prod' }],
    ['show apr/r1', { verb: 'show', name: 'r1', ...common }],
    ['approve r1 --reason ok --yes', { verb: 'approve', name: 'r1', reason: 'ok', yes: true, ...common }],
    ['deny r1', { verb: 'deny', name: 'r1', reason: undefined, yes: false, ...common }],
    ['wait r1 --timeout 90s', { verb: 'wait', name: 'r1', timeoutMs: 90_000, ...common }],
    ['', { verb: 'help' }],
    ['approve --help', { verb: 'help' }],
  ])('%s', (line, command) => {
    expect(parseCommand(line.split(' ').filter(Boolean))).toEqual({ ok: true, command });
  });

  it.each([
    ['aprove r1', 'there is no verb aprove'],
    ['approve', 'approve needs the name of a request; see: kubectl assent list'],
    ['approve r1 r2', 'one word too many: r2'],
    ['approve r1 --timeout 1h', 'approve has no flag --timeout'],
    [
      'list --state Pendign',
      'there is no state "Pendign"; --state takes one or more of Pending, Approved, Reserved, Admitted, Denied, Expired, Superseded, Withdrawn',
    ],
    ['list --all --state Denied', 'use --all or --state, not both'],
    ['list -n payments', 'there is no flag -n'],
    ['list --frobnicate=1', 'there is no flag --frobnicate'],
    ['approve r1 --reason', '--reason needs a value'],
    ['approve r1 --reason --yes', '--reason needs a value'],
    ['list -o', '--output needs a value'],
    ['approve r1 --yes=no', '--yes takes no value'],
    ['list r1', 'list takes no name; use: kubectl assent show r1'],
    ['list -o table', '-o is one of text, wide, json, yaml, name'],
    ['wait r1 --timeout soon', '--timeout is a duration such as 90s, 15m or 1h'],
  ])('refuses: %s', (line, message) => {
    expect(parseCommand(line.split(' '))).toEqual({ ok: false, message });
  });

  it('names every state and every output in its help', () => {
    for (const word of [...REQUEST_STATES, 'text|wide|json|yaml|name', '--all'])
      expect(USAGE).toContain(word);
  });
});

describe('parseDuration', () => {
  it.each([
    ['1h', 3_600_000],
    ['1h30m', 5_400_000],
    ['90s', 90_000],
    ['', undefined],
    ['1d', undefined],
    ['-1s', undefined],
  ])('%s', (text, ms) => expect(parseDuration(text)).toBe(ms));
});
