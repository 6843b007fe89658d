// Who may not decide (INV-3), through the real API: the agent itself, its owner, the cluster-admin who asked, the same
// person under another name, another agent, a ServiceAccount with every right. Each is refused in words of its own.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIn, startAssent, type Answer, type Assent } from './assent.ts';
import { grantEverything, holdConfigMaps, writeApprover } from './people-stage.ts';

const CONFIGMAPS = '/api/v1/namespaces/default/configmaps';
const CLI = fileURLToPath(new URL('../../src/cli/kubectl-assent.ts', import.meta.url));

let assent: Assent;
let plugins: string;
/** Kubeconfigs by name. */
const who: Record<string, string> = {};
const as = (name: string): string => who[name] ?? expect.fail(`nobody is called ${name}`);

beforeAll(async () => {
  assent = await startAssent();
  const { plane } = assent;
  for (const name of ['deploy-bot', 'owned-bot', 'runner'])
    who[name] = (await plane.serviceAccount('agents', name)).kubeconfig;
  for (const name of ['carol', 'dana', 'build-robot'])
    who[name] = (await plane.user(name, ['system:masters'])).kubeconfig;
  for (const name of ['alice', 'olga', 'dana@corp']) who[name] = await assent.approver(name);
  await grantEverything(assent, ['agents/deploy-bot', 'agents/owned-bot', 'agents/runner']);
  await writeApprover(assent, 'olga', ['olga']);
  await writeApprover(assent, 'dana', ['dana', 'dana@corp']);
  await holdConfigMaps(assent, 'bots', [{ serviceAccount: 'agents/deploy-bot' }]);
  await holdConfigMaps(assent, 'owned', [{ serviceAccount: 'agents/owned-bot', owners: ['olga'] }]);
  await holdConfigMaps(assent, 'people', [{ user: 'carol' }]);
  await holdConfigMaps(assent, 'more-people', [{ user: 'dana' }]);
  await holdConfigMaps(assent, 'robots', [{ user: 'build-robot' }]);
  for (const name of ['deploy-bot', 'owned-bot', 'carol', 'dana', 'build-robot'])
    await assent.untilHeld(() => create(name, 'probe', '?dryRun=All'));
  plugins = await installPlugin();
});
afterAll(() => assent.stop());

/** Puts a kubectl-assent where kubectl looks for plugins. */
async function installPlugin(): Promise<string> {
  const folder = join(assent.plane.runDir, 'plugins');
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'kubectl-assent');
  await writeFile(path, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
  await chmod(path, 0o755);
  return folder;
}

const create = (name: string, object: string, query = ''): Promise<Answer> =>
  assent.send(as(name), 'POST', `${CONFIGMAPS}${query}`, { metadata: { name: object }, data: { a: '1' } });

/** Types `kubectl assent` with the kubeconfig of somebody. */
const assentAs = (name: string, ...words: readonly string[]) =>
  assent.plane.kubectl(as(name), ['assent', ...words], { path: [plugins] });

/** Has somebody ask. @returns the name of the request */
async function ask(name: string, object: string): Promise<string> {
  const held = await create(name, object);
  expect(held.status, held.message).toBe(403);
  const request = requestIn(held.message);
  expect(request, held.message).not.toBe('');
  return request;
}

/** Everybody of Done-when 5. */
const REFUSED = [
  { what: 'the agent itself', asks: 'deploy-bot', decides: 'deploy-bot', code: 'self-approval' },
  { what: 'its owner', asks: 'owned-bot', decides: 'olga', code: 'owner' },
  { what: 'a cluster-admin who made the request', asks: 'carol', decides: 'carol', code: 'self-approval' },
  {
    what: 'a second identity of the same person',
    asks: 'dana',
    decides: 'dana@corp',
    code: 'second-identity',
  },
  { what: 'another agent', asks: 'deploy-bot', decides: 'build-robot', code: 'agent' },
  {
    what: 'a ServiceAccount with every right',
    asks: 'deploy-bot',
    decides: 'runner',
    code: 'service-account',
  },
] as const;

describe('INV-3: a request is not approved by', () => {
  const sentences = new Map<string, string>();

  it.each(REFUSED)('$what', async ({ what, asks, decides, code }) => {
    const object = `asked-${REFUSED.findIndex((one) => one.what === what)}`;
    const request = await ask(asks, object);
    const refused = await assent.decide(as(decides), request);
    expect(refused.status, refused.message).toBe(403);
    const sentence = /refused: [^\n]+$/.exec(refused.message)?.[0] ?? '';
    expect(sentence).toMatch(new RegExp(`^refused: .+ \\(${code}\\)$`));
    sentences.set(what, sentence);

    const { status } = await assent.request(request);
    expect(status?.state ?? 'Pending').toBe('Pending');
    expect(status?.decisions ?? []).toEqual([]);
    const again = await create(asks, object);
    expect(again.status, 'it is still held').toBe(403);
    expect(requestIn(again.message)).toBe(request);
  });

  it('any of them in the words of another', () => {
    expect(sentences.size).toBe(REFUSED.length);
    expect(new Set(sentences.values()).size, [...sentences.values()].join('\n')).toBe(REFUSED.length);
  });

  it('any of them by a decision that is stored', async () => {
    const { json } = await assent.admin('GET', '/apis/assent.dev/v1alpha1/approvaldecisions');
    expect((json as { items: unknown[] }).items).toEqual([]);
  });

  it.each([REFUSED[0], REFUSED[2], REFUSED[3]])(
    '$what through kubectl assent',
    async ({ asks, decides, code }) => {
      const request = await ask(asks, `typed-${asks}`);
      const args = ['assent', 'approve', request, '--yes'];
      const typed = await assent.plane.kubectl(as(decides), args, { path: [plugins] });
      expect(typed.code, typed.stdout + typed.stderr).toBe(1);
      expect(typed.stderr).toMatch(new RegExp(`^refused: .+ \\(${code}\\)$`, 'm'));
      expect((await assent.request(request)).status?.state ?? 'Pending').toBe('Pending');
    },
  );

  it.each([REFUSED[0], REFUSED[3]])('$what as whom somebody else acts', async ({ asks, decides, code }) => {
    const name = decides.endsWith('-bot') ? `system:serviceaccount:agents:${decides}` : decides;
    const request = await ask(asks, `acted-${asks}`);
    const typed = await assentAs('build-robot', 'approve', request, '--yes', '--as', name);
    expect(typed.code, typed.stdout + typed.stderr).toBe(1);
    expect(typed.stderr).toMatch(new RegExp(`^refused: .+ \\(${code}\\)$`, 'm'));
    expect((await assent.request(request)).status?.state ?? 'Pending').toBe('Pending');
  });

  it('somebody who may not act as the approver', async () => {
    const request = await ask('deploy-bot', 'borrowed');
    const typed = await assentAs('olga', 'approve', request, '--yes', '--as=alice');
    expect(typed.code).toBe(1);
    expect(typed.stderr).toContain('User "olga" cannot impersonate');
    expect((await assent.request(request)).status?.state ?? 'Pending').toBe('Pending');
  });

  it('nobody but the right person as whom an administrator acts, and whose the decision is', async () => {
    const request = await ask('deploy-bot', 'lent');
    const typed = await assentAs('build-robot', 'approve', request, '--yes', '--as', 'alice');
    expect(typed.code, typed.stderr).toBe(0);
    const { status } = await assent.untilState(request, 'Approved');
    expect(status?.decisions?.map(({ person }) => person)).toEqual(['alice']);
  });

  it('the groups of whoever acts: only those count that are named', async () => {
    const stranger = ['--as', 'nobody-known'];
    expect((await assentAs('build-robot', 'list', ...stranger)).stderr).toContain(
      'User "nobody-known" cannot list',
    );
    const groups = ['--as-group', 'system:authenticated', '--as-group=system:masters'];
    expect(await assentAs('build-robot', 'list', ...stranger, ...groups)).toMatchObject({
      code: 0,
      stderr: '',
    });
  });

  it('nobody at all: the right person is believed, and the change is admitted', async () => {
    const request = await ask('deploy-bot', 'wanted');
    const decision = await assent.decide(as('alice'), request);
    expect(decision.status, decision.message).toBe(201);
    await assent.untilState(request, 'Approved');
    expect((await create('deploy-bot', 'wanted')).status).toBe(201);
  });

  it('an owner, who may however deny', async () => {
    const request = await ask('owned-bot', 'unwanted');
    expect((await assent.decide(as('olga'), request, 'Deny')).status).toBe(201);
    await assent.untilState(request, 'Denied');
  });

  it('the requester, who may not even deny', async () => {
    const request = await ask('carol', 'regretted');
    const refused = await assent.decide(as('carol'), request, 'Deny');
    expect(refused.message).toContain('(self-approval)');
  });
});
