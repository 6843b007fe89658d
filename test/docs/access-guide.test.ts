// The pages about access against the code: every command of ours that they show can be typed, every manifest fits its kind, and
// what they say about ends, exit codes and what is never granted is what the code does.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { access, grantStatus } from '../../src/api/access.ts';
import { approvalPolicySpec } from '../../src/api/approval-policy.ts';
import { parseCommand } from '../../src/cli/arguments.ts';
import { askFrom } from '../../src/cli/commands/ask.ts';
import { EXIT } from '../../src/cli/screen.ts';
import { GRANT_ANNOTATIONS, GRANT_LABEL, grantName } from '../../src/domain/grant/objects.ts';
import { isWithin, type PolicyRule } from '../../src/domain/grant/rules.ts';
import { GRANTABLE_VERBS } from '../../src/domain/grant/verbs.ts';
import { aFakeScreen } from '../builders/cli.ts';
import { GuidePage } from '../builders/guide-page.ts';

const DOCS = join(import.meta.dirname, '../../docs');
const page = new GuidePage('just-in-time-access.md');
const guide = readFileSync(join(DOCS, 'guide/just-in-time-access.md'), 'utf8');
const operate = readFileSync(join(DOCS, 'operate/grants.md'), 'utf8');
const blocks = (text: string, language: string): string[] =>
  [...text.matchAll(/^```([a-z]*)\n([\s\S]*?)^```$/gm)]
    .filter(([, given]) => given === language)
    .map(([, , block = '']) => block);

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: { readonly access: object };
  readonly rules?: readonly PolicyRule[];
}
const manifests = blocks(guide, 'yaml').flatMap((yaml) =>
  parseAllDocuments(yaml).map((one) => one.toJS() as Manifest),
);
const manifest = (kind: string, name: string): Manifest => {
  const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
  if (found === undefined) throw new Error(`the guide has no ${kind} ${name}`);
  return found;
};

/** Words as a shell makes them of a line: one program, before any `&&`. */
const wordsOf = (line: string): string[] =>
  (line.split(' && ')[0]?.match(/'[^']*'|"[^"]*"|\S+/g) ?? []).map((word) =>
    word.replaceAll(/^(['"])(.*)\1$/g, '$2'),
  );
const ours = [guide, operate]
  .flatMap((text) => blocks(text, ''))
  .flatMap((block) => block.split('\n'))
  .filter((line) => line.startsWith('kubectl assent '));

describe('the pages about access', () => {
  it.each(ours)('shows what can be typed: %s', (line) => {
    expect(parseCommand(wordsOf(line).slice(2))).toMatchObject({ ok: true });
  });
  it('show what is typed', () => expect(ours.length).toBeGreaterThan(5));

  it('offer what the ceiling holds, in a policy that can be used', () => {
    const policy = manifest('ApprovalPolicy', 'shop-fixes');
    const spec = approvalPolicySpec.parse(policy.spec);
    const [offer] = spec.access;
    const role = manifest('ClusterRole', offer?.role ?? '');
    const json = /-p '(.*)'/.exec(page.block('kubectl patch clusterrole assent-grant-ceiling'))?.[1] ?? '';
    const ceiling = (JSON.parse(json) as { rules: PolicyRule[] }).rules;
    expect(isWithin(role.rules as never, ceiling)).toBe(true);
    const approve = manifest('ClusterRole', 'approve-shop-fixes').rules?.[0];
    expect(approve?.resourceNames).toEqual(['shop-fixes']);
  });

  it('have an ask that the policy offers, the same with and without the plugin', () => {
    const typed = parseCommand(wordsOf(page.block('kubectl assent ask').split('\n')[1] ?? '').slice(2));
    const yaml = /<<'YAML'\n([\s\S]*)YAML\n/.exec(page.block('kubectl create -f -', 'sh'))?.[1] ?? '';
    const sent = (parse(yaml) as { spec: { access: object; reason: string } }).spec;
    expect(typed).toMatchObject({ ok: true, command: { access: sent.access, reason: sent.reason } });
    const whole = { role: 'pod-fixer', whole: false, once: true, ...sent.access };
    expect(isWithin(access.parse(whole).rules, manifest('ClusterRole', 'pod-fixer').rules ?? [])).toBe(true);
  });

  it('have a refusal from which that ask is made', () => {
    const screen = aFakeScreen();
    const refusal = page.block('$ kubectl delete pod', 'text');
    const asked = askFrom({ verb: 'ask-from', text: '-', seconds: 600, reason: undefined }, refusal, screen);
    expect(asked).toBe(EXIT.ok);
    const told = screen.lines[0]?.replace(/ --reason .*/, '') ?? '';
    expect(page.block('kubectl assent ask')).toContain(told);
  });

  it('name every end, and no other', () => {
    const ends = page.table('What').map(([, why]) => why);
    expect(ends).toEqual(grantStatus.shape.endedWhy.unwrap().options);
  });

  it('name what an ask holds, the verbs that are granted, and the exit codes', () => {
    const fields = page.table('In an ask').map(([field]) => field);
    const known = Object.keys(access.shape).filter((field) => field !== 'whole');
    expect(new Set(fields)).toEqual(new Set(known));
    expect(page.says(/any verb but ([a-z, ]+) \(so no/)).toBe(GRANTABLE_VERBS.join(', '));
    const codes = page.says(/Exit codes of `wait`: (.*?)\. ?(?=[A-Z])/);
    for (const code of [EXIT.ok, EXIT.denied, EXIT.expired, EXIT.pending])
      expect(codes).toMatch(new RegExp(`\\b${code}\\b`));
  });

  it('find grants by the label, the name and the annotations that they have', () => {
    expect(operate).toContain(`-l ${GRANT_LABEL}\n`);
    expect(operate).toContain(`\`${grantName('')}\` and the uid`);
    for (const key of Object.values(GRANT_ANNOTATIONS)) expect(operate).toContain(`\`${key}\``);
  });
});
