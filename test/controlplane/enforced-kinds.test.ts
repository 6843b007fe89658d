// INV-1: Enforced is said of each policy by itself: of one that names nothing that the cluster serves nothing is proven, whatever
// the canary shows of the others; and as soon as it is served, agents are held and the policy says so.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalPolicy } from '../../src/api/approval-policy.ts';
import { OURS, startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/namespaces/agents/widgets';
const DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    scope: 'Namespaced',
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

let assent: Assent;
let agent: string;
beforeAll(async () => {
  assent = await startAssent();
  agent = (await assent.plane.serviceAccount('agents', 'bot')).kubeconfig;
  await grantEverything(assent, ['agents/bot']);
  await holdConfigMaps(assent, 'held', [{ serviceAccount: 'agents/bot' }]);
  const rules = [{ apiGroups: ['example.com'], resources: ['widgets'], operations: ['*' as const] }];
  await assent.policy('widgets', { agents: [{ serviceAccount: 'agents/bot' }], match: { rules } });
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
}, 120_000);
afterAll(() => assent.stop());

const says = (policy: string, status: string, reason: string) =>
  waitFor(
    async () => {
      const { json } = await assent.admin('GET', `${OURS}/approvalpolicies/${policy}`);
      const found = (json as ApprovalPolicy).status?.conditions?.find(({ type }) => type === 'Enforced');
      expect(found).toMatchObject({ status, reason });
      return true;
    },
    { what: `${policy} to say ${reason}`, timeoutMs: 20_000 },
  );

async function counted(): Promise<Record<string, number>> {
  const [one] = assent.operator.processes;
  const text = one ? await assent.operator.metrics(one) : '';
  const found = text.matchAll(/^assent_policies_enforced\{enforced="(\w+)"\} (\d+)/gm);
  return Object.fromEntries([...found].map(([, enforced, count]) => [enforced, Number(count)]));
}

describe('INV-1: a policy about what the cluster does not serve', () => {
  it('is not told to be enforced because another one is', async () => {
    await says('held', 'True', 'Seen');
    await says('widgets', 'Unknown', 'NothingNamed');
    await waitFor(async () => (await counted())['nothing'] === 1, { what: 'it to be counted apart' });
    expect(await counted()).toEqual({ true: 1, false: 0, unknown: 0, nothing: 1 });
  });

  it('is, as soon as it is served: agents are held', async () => {
    await assent.admin('POST', DEFINITIONS, DEFINITION);
    await waitFor(
      async () => (await assent.send(assent.plane.adminKubeconfig, 'GET', WIDGETS)).status === 200,
      {
        what: 'widgets to be served',
      },
    );
    const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one' } };
    expect((await assent.send(agent, 'POST', WIDGETS, widget)).message).toContain('request:');
    await says('widgets', 'True', 'Seen');
    await says('held', 'True', 'Seen');
  });

  it('is not any more when that is gone', async () => {
    await assent.admin('DELETE', `${DEFINITIONS}/widgets.example.com`);
    await says('widgets', 'Unknown', 'NothingNamed');
    expect((await assent.send(assent.plane.adminKubeconfig, 'GET', WIDGETS)).status).toBe(404);
    await says('held', 'True', 'Seen');
  });
});
