import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { aClusterOf, bound, there, type Planted } from '../../../test/builders/doctor-facts.ts';
import { aFakeScreen } from '../../../test/builders/cli.ts';
import type { Facts } from '../../domain/doctor/facts.ts';
import { parseCommand } from '../arguments.ts';
import { examineCluster } from './examine.ts';

const BOT = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' };
const impersonates = (name: string): Planted =>
  bound(name, [{ apiGroups: [''], resources: ['users'], verbs: ['impersonate'] }], BOT);
const UNREAD = { kind: 'unseen', why: 'they may not be read with these rights' } as const;

async function typed(line: string, planted: Planted, rest: Partial<Facts> = {}, looks: Planted[] = []) {
  const parsed = parseCommand(line.split(' '));
  if (!parsed.ok || parsed.command.verb !== 'examine') throw new Error(JSON.stringify(parsed));
  const screen = aFakeScreen();
  const namespaces: string[] = [];
  const facts = (namespace: string) => {
    namespaces.push(namespace);
    return Promise.resolve(aClusterOf(looks.shift() ?? planted, rest));
  };
  const code = await examineCluster(parsed.command, { facts }, screen, 0);
  return { code, out: screen.lines.join('\n'), errors: screen.errors, namespaces };
}

describe('kubectl assent doctor', () => {
  it('says that nothing was found, and ends with 0', async () => {
    expect(await typed('doctor', {})).toEqual({
      errors: [],
      code: 0,
      out: 'nothing found',
      namespaces: ['assent-system'],
    });
  });

  it('says in one line that Assent is not there, and ends with 1', async () => {
    const none = Object.fromEntries(Object.keys(aClusterOf({})).map((sort) => [sort, []])) as Planted;
    const seen = { kind: 'seen', items: [] } as const;
    expect(await typed('doctor -n other', none)).toMatchObject({
      code: 1,
      out: '',
      errors: ['Assent is not installed in other: the API server does not serve assent.dev'],
    });
    expect(await typed('doctor -o json', { ...none, definitions: there('definitions') })).toMatchObject({
      code: 1,
      out: '',
      errors: ['Assent is not installed in assent-system: only its kinds are there'],
    });
    const away = { deployments: seen, namespace: 'other' };
    expect(await typed('doctor -n other', {}, away)).toMatchObject({
      code: 1,
      errors: [
        'Assent is not installed in other, but in assent-system: kubectl assent doctor -n assent-system',
      ],
    });
  });

  it('INV-7: says what is missing where anything of Assent is there, or nobody can tell', async () => {
    const none = Object.fromEntries(Object.keys(aClusterOf({})).map((sort) => [sort, []])) as Planted;
    const some: Planted[] = [
      { deployments: there('deployments').slice(1) },
      { mutating: there('mutating') },
      { admissionBindings: there('admissionBindings').slice(1) },
    ];
    for (const one of some) {
      const { out, errors } = await typed('doctor', { ...none, ...one });
      expect(out).toContain('ASSENT-W201');
      expect(errors).toEqual([]);
    }
    const kept = { ...none, definitions: there('definitions') };
    const { out } = await typed('doctor', kept, { mutating: UNREAD });
    expect(out).toContain('skipped    mutatingwebhookconfigurations');
  });

  it('prints a line for each finding with its remedy, and ends with 1', async () => {
    const { code, out } = await typed('doctor -n other', { ...impersonates('bots'), budgets: [] });
    expect(out.split('\n')).toEqual([
      'dangerous  ASSENT-W101  ServiceAccount agents/bot: may impersonate users (ClusterRoleBinding bots). Take the right away: admission does not see it, so that no policy can hold it.',
      expect.stringMatching(/^advice {5}ASSENT-W223 {2}assent-system: /),
      'dangerous: 1, advice: 1',
    ]);
    expect(code).toBe(1);
  });

  it('looks twice at what follows the policies, and tells only what lasts', async () => {
    const missing = { admissionBindings: there('admissionBindings').slice(1) };
    expect(await typed('doctor', {}, {}, [missing])).toMatchObject({
      code: 0,
      out: 'nothing found',
      namespaces: ['assent-system', 'assent-system'],
    });
    expect((await typed('doctor', missing)).out).toContain('ASSENT-W212');
  });

  it('ends with 0 where there is only advice', async () => {
    expect(await typed('doctor', { budgets: [] })).toMatchObject({ code: 0 });
  });

  it('INV-7: ends with 1 where it could not look at everything, and says at what', async () => {
    const { code, out } = await typed('doctor', {}, { secrets: UNREAD });
    expect(out.split('\n')).toEqual([
      'skipped    secrets of assent-system: they may not be read with these rights',
      'nothing found; not looked at: 1, so this is not all',
    ]);
    expect(code).toBe(1);
  });

  it.each([
    ['json', JSON.parse as (text: string) => unknown],
    ['yaml', parse as (text: string) => unknown],
  ])('prints the same as %s', async (form, read) => {
    const { code, out } = await typed(`doctor -o ${form}`, impersonates('bots'), { secrets: UNREAD });
    expect(code).toBe(1);
    expect(read(out)).toMatchObject({
      ok: false,
      findings: [{ id: 'ASSENT-W101', severity: 'dangerous', policies: ['p'] }],
      skipped: [{ what: 'secrets of assent-system' }],
    });
  });

  it('lets no name move the cursor of a terminal', async () => {
    const { out } = await typed('doctor', impersonates('bots\u001B[2J\u202E'));
    expect(out).toContain('ASSENT-W101');
    for (const sign of ['\u001B', '\u202E']) expect(out).not.toContain(sign);
  });
});
