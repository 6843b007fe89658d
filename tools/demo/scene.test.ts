import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { expect, it } from 'vitest';
import { ASK_RIGHTS, CEILING_PATCH, OFFER } from './access-scene.ts';
import { AGENT_RIGHTS, POLICY, RIGHTS } from './scene.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec?: object;
}

const guide = await readFile(join(import.meta.dirname, '../../docs/guide/first-policy.md'), 'utf8');
const [, step1 = '', step2 = ''] = guide.split(/^## \d\. /m);
const manifestsIn = (text: string): Manifest[] =>
  [...text.matchAll(/```yaml\n(apiVersion:[\s\S]*?)```/g)].flatMap(([, yaml = '']) => documents(yaml));
const documents = (yaml: string): Manifest[] => parseAllDocuments(yaml).map((one) => one.toJS() as Manifest);

it('the demo has done step 1 of the guide, in mode Enforce', () => {
  const [policy] = manifestsIn(step1);
  expect(parse(POLICY)).toEqual({ ...policy, spec: { ...policy?.spec, mode: 'Enforce' } });
});

it('the demo has done step 2 of the guide, every manifest of it', () => {
  expect(documents(RIGHTS)).toEqual(manifestsIn(step2));
});

it('the agent of the demo may do everything but pose as somebody else or give itself more', () => {
  const [role] = documents(AGENT_RIGHTS) as unknown as [{ rules: { verbs: string[] }[] }];
  const verbs = role.rules.flatMap((rule) => rule.verbs);
  expect(verbs).toEqual(expect.arrayContaining(['create', 'update', 'patch', 'delete', 'approve']));
  for (const verb of ['*', 'impersonate', 'escalate', 'bind']) expect(verbs).not.toContain(verb);
});

it('the demo has done steps 1 to 3 of the guide of access, to the letter', async () => {
  const page = join(import.meta.dirname, '../../docs/guide/just-in-time-access.md');
  const text = await readFile(page, 'utf8');
  expect([...documents(OFFER), ...documents(ASK_RIGHTS)]).toEqual(manifestsIn(text));
  expect(text).toContain(`-p '${CEILING_PATCH}'`);
});
