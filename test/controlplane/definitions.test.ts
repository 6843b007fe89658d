// INV-1, INV-7: the definitions of our kinds. Nobody deletes one that is in use while the guard stands; and where one goes all
// the same, what was compiled from its objects stays, and the gate lets no agent through until they are there again.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TamperedLine } from '../../src/domain/record/tampered-line.ts';
import { OURS, startAssent, type Answer, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';
const GATE = `${ADMISSION}/validatingwebhookconfigurations/assent-gate`;
const GUARD = `${ADMISSION}/validatingwebhookconfigurations/assent-guard`;
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const POLICIES = `${DEFINITIONS}/approvalpolicies.assent.dev`;

let assent: Assent;
let agent: string;
beforeAll(async () => {
  assent = await startAssent({ operator: { gates: 2 } });
  agent = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(() => assent.stop());

const asAdmin = (method: string, path: string, body?: unknown): Promise<Answer> =>
  assent.send(assent.plane.adminKubeconfig, method, path, body);
const rules = async (): Promise<unknown> => {
  const { json } = await assent.admin('GET', GATE);
  return (json as { webhooks?: { rules: unknown; matchConditions: unknown }[] }).webhooks?.map((one) => [
    one.rules,
    one.matchConditions,
  ]);
};

describe('INV-1: the deletion of a definition', () => {
  it('is refused to an administrator while there are objects of it, with what would be lost and what to do', async () => {
    for (const query of ['', '?dryRun=All']) {
      const { status, message } = await asAdmin('DELETE', `${POLICIES}${query}`);
      expect(status, message).toBe(403);
      expect(message).toContain('nothing that agents do would need approval any more');
      expect(message).toContain('assent uninstall');
    }
    const { status } = await asAdmin(
      'DELETE',
      `${DEFINITIONS}?fieldSelector=metadata.name=approvalpolicies.assent.dev`,
    );
    expect(status).toBe(403);
    expect((await asAdmin('GET', `${OURS}/approvalpolicies/held`)).status).toBe(200);
  });

  it('is not, where there are none', async () => {
    const { status, message } = await asAdmin('DELETE', `${DEFINITIONS}/agentfreezes.assent.dev?dryRun=All`);
    expect(status, message).toBe(200);
  });

  it('of an object is as it was: policies can be deleted', async () => {
    await holdConfigMaps(assent, 'other', [{ group: 'others' }]);
    const before = await rules();
    await assent.dropPolicy('other');
    const after = await waitFor(
      async () => {
        const now = await rules();
        return JSON.stringify(now) !== JSON.stringify(before) && now;
      },
      { what: 'the conditions to be others' },
    );
    expect(JSON.stringify(after)).not.toContain('others');
  });
});

describe('INV-7: a definition that goes all the same', { timeout: 90_000 }, () => {
  const answers: { at: string; status: number; message: string }[] = [];
  let at = 'before';
  let definition: { metadata: { name: string; labels?: object; annotations?: object }; spec: object };
  let policy: { metadata: { name: string }; spec: object };
  const over = new AbortController();
  let hammering: Promise<void>;
  let compiled: unknown;

  const freed = () => answers.filter((one) => one.at !== 'away' && one.status < 400);

  beforeAll(async () => {
    definition = (await assent.admin('GET', POLICIES)).json as typeof definition;
    policy = (await assent.admin('GET', `${OURS}/approvalpolicies/held`)).json as typeof policy;
    compiled = await rules();
    hammering = (async () => {
      for (let n = 0; !over.signal.aborted; n += 1) {
        const { status, message } = await createMap(assent, agent, `forced-${n}`);
        answers.push({ at, status, message });
      }
    })();
    // The controller puts the guard back within moments, so this takes some tries.
    await waitFor(
      async () => {
        await asAdmin('DELETE', GUARD);
        return (await asAdmin('DELETE', POLICIES)).status === 200;
      },
      { what: 'the definition to be deleted', everyMs: 1 },
    );
    at = 'going';
    await waitFor(async () => (await asAdmin('GET', POLICIES)).status === 404, { what: 'it to be gone' });
    at = 'gone';
    await waitFor(() => answers.filter((one) => one.at === 'gone').length > 30, { what: 'thirty attempts' });
  }, 60_000);
  afterAll(async () => {
    over.abort();
    await hammering;
  });

  it('frees no agent: the gate cannot decide, and says why', () => {
    expect(freed()).toEqual([]);
    const last = answers.at(-1);
    expect(last?.status).toBe(500);
    expect(last?.message).toContain('ApprovalPolicies went with the definition of their kind');
  });

  it('leaves the webhook configuration as it was, and puts it back if somebody takes it away', async () => {
    expect(await rules()).toEqual(compiled);
    // Whoever takes it away frees everybody until it is there again: that is not what is looked at here.
    at = 'away';
    await assent.admin('DELETE', GATE);
    await waitFor(async () => JSON.stringify(await rules()) === JSON.stringify(compiled), {
      what: 'it to be there again',
    });
    await waitFor(() => answers.slice(-5).every(({ status }) => status >= 400), {
      what: 'the agent to be held',
    });
    at = 'put back';
  });

  it('is told', async () => {
    const told = await waitFor(
      () =>
        assent.operator.processes
          .flatMap((one) => one.stdout().split('\n'))
          .filter((line) => line.includes('"CustomResourceDefinition"'))
          .map((line) => JSON.parse(line) as TamperedLine)[0],
      { what: 'the record to tell it' },
    );
    expect(told).toMatchObject({
      object: { name: 'approvalpolicies.assent.dev' },
      deed: 'deleted',
      restored: false,
    });
  });

  it('made again without its policies frees nobody either', async () => {
    at = 'made again';
    const { name, labels, annotations } = definition.metadata;
    await assent.admin('POST', DEFINITIONS, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name, labels, annotations },
      spec: definition.spec,
    });
    await waitFor(async () => (await asAdmin('GET', `${OURS}/approvalpolicies`)).status === 200, {
      what: 'it to be served',
    });
    at = 'served';
    await waitFor(() => answers.filter((one) => one.at === 'served').length > 30, {
      what: 'thirty attempts',
    });
    expect(freed()).toEqual([]);
    expect(await rules()).toEqual(compiled);
  });

  it('with its policies, agents are asked again', async () => {
    const { name } = policy.metadata;
    await waitFor(
      async () => {
        const made = await asAdmin('POST', `${OURS}/approvalpolicies`, {
          apiVersion: 'assent.dev/v1alpha1',
          kind: 'ApprovalPolicy',
          metadata: { name },
          spec: policy.spec,
        });
        expect([201, 409]).toContain(made.status);
        return true;
      },
      { what: 'the policy to be there again' },
    );
    await waitFor(() => answers.at(-1)?.message.includes('request:') === true, {
      what: 'a request to be asked for again',
    });
    expect(freed()).toEqual([]);
  });
});
