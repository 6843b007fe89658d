import { describe, expect, it } from 'vitest';
import { approvalDecisionSpec } from '../api/approval-decision.ts';
import { SETTINGS } from '../platform/config.ts';
import { parseCommand, parseDuration } from './arguments.ts';
import {
  helpPage,
  LONGEST_REASON,
  REQUEST_STATES,
  VERB_NAMES,
  verbPage,
  SLACK_FLAGS,
  VERBS,
} from './verbs.ts';

const common = { kubeconfig: undefined, context: undefined, output: 'text' };
const decision = {
  verb: 'approve',
  name: 'r1',
  reason: undefined,
  yes: false,
  forSeconds: undefined,
  ...common,
};

describe('parseCommand', () => {
  it.each([
    ['list', { verb: 'list', states: ['Pending', 'Approved'], ...common }],
    ['list --all', { verb: 'list', states: REQUEST_STATES, ...common }],
    ['list --state Pending -o wide', { verb: 'list', states: ['Pending'], ...common, output: 'wide' }],
    ['list --state denied,Expired', { verb: 'list', states: ['Denied', 'Expired'], ...common }],
    ['show r1 --context prod', { verb: 'show', name: 'r1', ...common, context: 'prod' }],
    [
      'list --as alice',
      { verb: 'list', states: ['Pending', 'Approved'], ...common, as: { user: 'alice', groups: [] } },
    ],
    [
      'deny r1 --as=alice@corp --as-group=a --as-group b,c',
      { ...decision, verb: 'deny', as: { user: 'alice@corp', groups: ['a', 'b,c'] } },
    ],
    ['show apr/r1', { verb: 'show', name: 'r1', ...common }],
    [
      'approve r1 --reason ok --yes',
      { verb: 'approve', name: 'r1', reason: 'ok', yes: true, forSeconds: undefined, ...common },
    ],
    ['deny r1', { ...decision, verb: 'deny' }],
    ['revoke apr/r1', { ...decision, verb: 'revoke' }],
    ['approve r1 --for 5m', { ...decision, forSeconds: 300 }],
    ['wait r1 --timeout 90s', { verb: 'wait', name: 'r1', timeoutMs: 90_000, ...common }],
    ['approve r1 -o json', { ...decision, output: 'json' }],
    ['wait r1 -o name', { verb: 'wait', name: 'r1', timeoutMs: 3_600_000, ...common, output: 'name' }],
    [
      'doctor slack --slack-channel C1 --slack-bot-token-file=a=b --config f -o json',
      {
        verb: 'doctor',
        chat: 'slack',
        settings: ['--config=f', '--slack-bot-token-file=a=b', '--slack-channel=C1'],
        output: 'json',
      },
    ],
    ['', { verb: 'help', about: undefined }],
    ['--help', { verb: 'help', about: undefined }],
    ['help', { verb: 'help', about: undefined }],
    ['help wait', { verb: 'help', about: 'wait' }],
    ['approve --help', { verb: 'help', about: 'approve' }],
    ['approve r1 r2 -h', { verb: 'help', about: 'approve' }],
    ['--version', { verb: 'version' }],
  ])('%s', (line, command) => {
    expect(parseCommand(line.split(' ').filter(Boolean))).toEqual({ ok: true, command });
  });

  it.each([
    [
      'aprove r1',
      'there is no verb aprove; there are list, show, approve, deny, ask, revoke, freeze, unfreeze, wait, link, doctor',
    ],
    [
      'aprove --help',
      'there is no verb aprove; there are list, show, approve, deny, ask, revoke, freeze, unfreeze, wait, link, doctor',
    ],
    [
      'help toString',
      'there is no verb toString; there are list, show, approve, deny, ask, revoke, freeze, unfreeze, wait, link, doctor',
    ],
    ['show r1 -o wide', '-o of show is one of text, json, yaml, name'],
    ['approve r1 -o wide', '-o of approve is one of text, json, yaml, name'],
    ['list --as-group a', '--as-group needs --as: whoever acts as a group acts as a user'],
    ['list --as jürgen', '--as and --as-group take names of printable ASCII'],
    ['list --as= ', '--as and --as-group take names of printable ASCII'],
    ['list --as alice --as-group=\t', '--as and --as-group take names of printable ASCII'],
    ['doctor slack --as alice', 'doctor slack has no flag --as'],
    ['list --version', 'list has no flag --version'],
    ['approve', 'approve needs the name of a request; see: kubectl assent list'],
    ['approve r1 r2', 'one word too many: r2'],
    ['approve r1 --timeout 1h', 'approve has no flag --timeout'],
    [
      'list --state Pendign',
      'there is no state "Pendign"; --state takes one or more of Pending, Approved, Reserved, Admitted, Denied, Expired, Superseded, Withdrawn, Ended',
    ],
    ['list --all --state Denied', 'use --all or --state, not both'],
    ['list -n payments', 'list has no flag -n'],
    ['deny r1 --for 5m', 'deny has no flag --for'],
    ['approve r1 --for 25h', '--for is a duration such as 90s, 10m or 1h, at most 24h'],
    ['list --frobnicate=1', 'there is no flag --frobnicate'],
    ['approve r1 --reason', '--reason needs a value'],
    ['approve r1 --reason --yes', '--reason needs a value'],
    ['list -o', '--output needs a value'],
    ['approve r1 --yes=no', '--yes takes no value'],
    ['list r1', 'list takes no name; use: kubectl assent show r1'],
    ['doctor teams', 'doctor looks at the cluster, or at a chat: slack'],
    ['doctor --slack-channel C1', 'doctor has no flag --slack-channel without a chat: slack'],
    ['doctor -n a -n b', 'Assent runs in one namespace'],
    ['doctor slack --kubeconfig k', 'doctor slack has no flag --kubeconfig'],
    ['doctor slack -n a', 'doctor slack has no flag --namespace'],
    ['doctor slack --slack-bot-token xoxb-1', 'there is no flag --slack-bot-token'],
    ['doctor slack -o name', '-o of doctor is one of text, json, yaml'],
    ['link slack --slack-channel C1', 'link has no flag --slack-channel'],
    ['list -o table', '-o of list is one of text, wide, json, yaml, name'],
    ['wait r1 --timeout soon', '--timeout is a duration such as 90s, 15m or 1h'],
  ])('refuses: %s', (line, message) => {
    expect(parseCommand(line.split(' '))).toMatchObject({ ok: false, message });
  });

  it.each([
    ['two\nlines', 'a reason is one line'],
    ['two\r\nlines', 'a reason is one line'],
    ['two\u2028lines', 'a reason is one line'],
    [
      'a \u001b[31mred',
      'a reason is plain text: no tabs, no control characters, no marks that turn its direction',
    ],
    ['x'.repeat(1_025), 'a reason has at most 1024 characters'],
  ])('refuses a reason that could not be stored: %j', (reason, message) => {
    for (const verb of ['approve', 'deny'])
      expect(parseCommand([verb, 'r1', '--reason', reason])).toEqual({ ok: false, message, about: verb });
  });

  it('takes every reason that can be stored, and an empty one for none', () => {
    expect(parseCommand(['deny', 'r1', '--reason', ''])).toMatchObject({ command: { reason: undefined } });
    const longest = 'x'.repeat(LONGEST_REASON);
    expect(parseCommand(['deny', 'r1', '--reason', longest])).toMatchObject({ command: { reason: longest } });
    const { reason } = approvalDecisionSpec.shape;
    expect([reason.safeParse(longest).success, reason.safeParse(`${longest}x`).success]).toEqual([
      true,
      false,
    ]);
  });
});

describe('the pages', () => {
  it.each(VERB_NAMES)('%s says its flags, its outputs, its defaults, an example', (verb) => {
    const page = verbPage(verb);
    for (const flag of Object.keys(VERBS[verb].flags)) expect(page).toContain(`--${flag}`);
    for (const output of VERBS[verb].outputs) expect(page).toMatch(new RegExp(`FORM .*\\b${output}\\b`));
    expect(page).toMatch(/Default: /);
    expect(page).toMatch(new RegExp(`Examples?:\\n  kubectl assent ${verb}\\b`));
    for (const line of page.split('\n')) expect(line.length).toBeLessThanOrEqual(120);
    expect(helpPage()).toContain(`kubectl assent ${VERBS[verb].usage}`);
  });

  it('of the doctor has the settings of Slack as the server has them, and the flags of a cluster', () => {
    const wanted = SETTINGS.filter(({ path }) => path === 'config' || path.startsWith('slack.'));
    expect(Object.keys(SLACK_FLAGS).toSorted()).toEqual(
      wanted.map(({ flag }) => flag.slice('--'.length)).toSorted(),
    );
    expect(VERBS.doctor.flags).toMatchObject(SLACK_FLAGS);
    expect(verbPage('doctor')).toMatch(/0 when .*1 when\s.*2 when /s);
    expect(verbPage('doctor')).toContain('--kubeconfig');
    expect(verbPage('list')).toContain('--kubeconfig');
  });

  it('say what each state is for, and every exit code', () => {
    for (const state of REQUEST_STATES) expect(verbPage('list')).toContain(state);
    expect(verbPage('list')).toContain('Reserved: let through once.');
    expect(verbPage('wait')).toMatch(/0 when .*3 when .*4 when .*5 when .*1 when /s);
    expect(verbPage('approve')).toMatch(/0 when .*1 when .*6 when .*7 when /s);
  });

  it('shows examples that can be typed', () => {
    for (const example of VERB_NAMES.flatMap((verb) => VERBS[verb].examples)) {
      const [, ...words] = (example.split(' && ')[0] ?? '').match(/"[^"]*"|\S+/g) ?? [];
      expect(parseCommand(words.slice(1).map((word) => word.replaceAll('"', ''))), example).toMatchObject({
        ok: true,
      });
    }
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
