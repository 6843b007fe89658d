// docs/operate/emergency.md and uninstall.md, typed as they stand, by the real kubectl: each step lets through what the page says and
// nothing else, is closed as it says, and the last one leaves nothing. Each test stands on the one before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { KubectlResult } from '../../tools/controlplane/kubectl.ts';
import { OPERATE_PAGES, operatePage, typedLines, type TypedLine } from '../builders/operate-pages.ts';
import { OURS, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const AGENTS = [{ serviceAccount: 'agents/deploy-bot' }, { serviceAccount: 'agents/other-bot' }];
const EMERGENCY = typedLines('emergency.md');

let assent: Assent;
let deployBot: string;
let otherBot: string;
let rita: string;
let maps = 0;

beforeAll(async () => {
  assent = await startAssent();
  const account = async (name: string) => (await assent.plane.serviceAccount('agents', name)).kubeconfig;
  deployBot = await account('deploy-bot');
  otherBot = await account('other-bot');
  rita = (await assent.plane.user('rita', ['system:masters'])).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot', 'agents/other-bot']);
  await holdConfigMaps(assent, 'payments', AGENTS);
  await assent.untilHeld(() => createMap(assent, deployBot, 'probe', '?dryRun=All'));
});
afterAll(() => assent.stop());

/** Types a line of the page. */
const type = ({ words }: TypedLine, who = assent.plane.adminKubeconfig): Promise<KubectlResult> =>
  assent.plane.kubectl(who, words.slice(1));
/** The first line of the page that begins so. */
function lineOf(begins: string): TypedLine {
  const found = EMERGENCY.find(({ line }) => line.startsWith(begins));
  if (found === undefined) throw new Error(`the page does not say ${begins}`);
  return found;
}
/** It, typed. */
async function must(begins: string, who?: string): Promise<void> {
  const { code, stderr } = await type(lineOf(begins), who);
  expect(code, stderr).toBe(0);
}
/** What the API server answers when an agent makes something new. */
const write = async (who: string): Promise<number> =>
  (await createMap(assent, who, `map-${(maps += 1)}`)).status;
const untilAnswered = (who: string, status: number): Promise<unknown> =>
  waitFor(
    async () => {
      const answered = await write(who);
      return answered === status && answered;
    },
    { what: `a write to be answered ${status}` },
  );
const stopAll = async (): Promise<void> => {
  for (const one of assent.operator.processes.slice()) await assent.operator.kill(one, 'SIGTERM');
};

describe('what runs', () => {
  it('says that it is ready and leads, as the alerts ask', async () => {
    const [running] = assent.operator.processes;
    if (running === undefined) throw new Error('nothing runs');
    const wanted = ['assent_ready{part="gate"} 1', 'assent_ready{part="controller"} 1', 'assent_leader 1'];
    const shown = await waitFor(
      async () => {
        const lines = (await assent.operator.metrics(running)).split('\n');
        return lines.includes('assent_leader 1') && lines;
      },
      { what: 'it to lead' },
    );
    expect(shown).toEqual(expect.arrayContaining(wanted));
  });
});

describe('one urgent change', () => {
  it('is let through where its policy only warns, and the next one is held again', async () => {
    expect(await write(deployBot)).toBe(403);
    await must('kubectl patch approvalpolicies payments');
    expect(await untilAnswered(deployBot, 201)).toBe(201);
    expect(operatePage('emergency.md')).toContain('{"spec":{"mode":"Enforce"}}');
    await assent.admin(
      'PATCH',
      `${OURS}/approvalpolicies/payments`,
      { spec: { mode: 'Enforce' } },
      'application/merge-patch+json',
    );
    expect(await untilAnswered(deployBot, 403)).toBe(403);
  });
});

describe('while Assent is down', () => {
  beforeAll(stopAll);

  it('one agent passes that is taken out, and no other', async () => {
    expect([await write(deployBot), await write(otherBot)]).toEqual([500, 500]);
    await must('kubectl patch validatingwebhookconfigurations assent-gate');
    expect(await untilAnswered(deployBot, 201)).toBe(201);
    expect(await write(otherBot)).toBe(500);
  });

  it('all agents pass without the configuration of the gate', async () => {
    await must('kubectl delete validatingwebhookconfigurations assent-gate');
    expect(await untilAnswered(otherBot, 201)).toBe(201);
  });

  it('a start closes both', async () => {
    await assent.operator.add('run');
    expect(await untilAnswered(deployBot, 403)).toBe(403);
    expect(await untilAnswered(otherBot, 403)).toBe(403);
  });
});

describe('people who are locked out', () => {
  it('may approve once they are given the right, as the page gives it', async () => {
    for (const begins of [
      'kubectl create clusterrole approve-payments',
      'kubectl create clusterrolebinding alice-approves-payments',
      'kubectl create clusterrolebinding alice-decides',
    ])
      await must(begins);
    const asked = lineOf('kubectl auth can-i approve');
    const said = await waitFor(async () => (await type(asked)).stdout.trim() === 'yes' && 'yes', {
      what: 'alice to be allowed',
    });
    expect(said).toBe('yes');
  });

  it('get out of a policy that names them, by what the page takes away and no less', async () => {
    await assent.policy('payments', {
      agents: [...AGENTS, { user: 'rita' }],
      match: { rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }] },
    });
    const remove = lineOf('kubectl delete approvalpolicies payments');
    await waitFor(async () => (await type(remove, rita)).stderr.includes('denied'), {
      what: 'rita to be held',
    });
    await stopAll();
    await must('kubectl delete validatingwebhookconfigurations assent-guard', rita);
    await waitFor(async () => (await type(remove, rita)).stderr.includes('ValidatingAdmissionPolicy'), {
      what: 'the admission policy alone to hold her',
    });
    await must('kubectl delete validatingadmissionpolicybindings assent-own-kinds', rita);
    await waitFor(async () => (await type(remove, rita)).code === 0, { what: 'the policy to be gone' });
    expect((await assent.send(rita, 'GET', `${OURS}/approvalpolicies/payments`)).status).toBe(404);
  });

  it('and a start puts back what was taken away', async () => {
    await assent.operator.add('run');
    const registered = (path: string) =>
      assent.send(assent.plane.adminKubeconfig, 'GET', `${ADMISSION}/${path}`);
    for (const path of [
      'validatingwebhookconfigurations/assent-guard',
      'validatingadmissionpolicybindings/assent-own-kinds',
    ]) {
      await waitFor(async () => (await registered(path)).status === 200, { what: path });
      expect((await registered(path)).status).toBe(200);
    }
  });
});

/** What kubectl says to a word that it does not know. */
const NOT_A_COMMAND =
  /unknown (?:flag|command|shorthand)|resource type|error parsing|unable to (?:parse|match)|invalid argument|must be specified|Usage:/;
/** The one about uninstalling is played to its end below. */
const PAGES = OPERATE_PAGES.filter((page) => page !== 'uninstall.md');

describe('every command of the pages', () => {
  const reading = PAGES.flatMap(typedLines)
    .filter(
      ({ words: [program, verb] }) => program === 'kubectl' && verb !== 'assent' && verb !== 'port-forward',
    )
    .filter(({ words: [, verb = ''] }) => !['apply', 'delete', 'create', 'patch'].includes(verb));
  it('are many', () => expect(reading.length).toBeGreaterThan(50));
  it.each(reading)('$page: $line', async (line) => {
    expect((await type(line)).stderr).not.toMatch(NOT_A_COMMAND);
  });
});

describe('taking it out by hand', () => {
  it('leaves nothing', async () => {
    await stopAll();
    const lines = typedLines('uninstall.md').filter(({ words: [program] }) => program === 'kubectl');
    const byHand = lines.slice(lines.findIndex(({ words: [, verb] }) => verb === 'scale'));
    for (const line of byHand.filter(({ words: [, verb] }) => verb === 'delete')) {
      const { code, stderr } = await type(line);
      expect(code, `${line.line}: ${stderr}`).toBe(0);
    }
    const left = byHand.filter(({ words: [, verb] }) => verb === 'get');
    expect(left.length).toBeGreaterThan(2);
    for (const line of left) expect((await type(line)).stdout, line.line).toBe('');
    expect(await write(otherBot)).toBe(201);
  });
});
