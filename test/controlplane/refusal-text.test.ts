// What a real API server and a real kubectl say when RBAC refuses, read back: the command that is printed asks for exactly what
// was tried. Nothing of Assent runs here.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAdvice, refusedDeeds } from '../../src/domain/grant/refusal-text.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster } from './cluster.ts';

let cluster: ControlPlane;
let agent: string;
beforeAll(async () => {
  cluster = await startCluster();
  await cluster.kubectl(cluster.adminKubeconfig, ['create', 'namespace', 'shop']);
  agent = (await cluster.serviceAccount('agents', 'fixer-bot')).kubeconfig;
});
afterAll(() => cluster.stop());

const CONFIG = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: shop }\n';
const ROLE = 'rbac.authorization.k8s.io/v1';
const BAD_BINDING = `apiVersion: ${ROLE}
kind: RoleBinding
metadata: { name: nowhere, namespace: shop }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: not-there }
subjects: [{ kind: ServiceAccount, name: fixer-bot, namespace: agents }]
`;

/** What the agent types, and what it then has to ask for. */
const TRIED: readonly (readonly [typed: string, asked: string, input?: string])[] = [
  ['delete pod web-7 -n shop', '--verb delete --resource pods --name web-7 -n shop'],
  ['get pods -n shop', '--verb list --resource pods -n shop'],
  ['get deployments.apps api -n shop', '--verb get --resource deployments.apps --name api -n shop'],
  ['create configmap a -n shop --from-literal=x=y', '--verb create --resource configmaps -n shop'],
  ['apply -f -', '--verb get --resource configmaps --name a -n shop', CONFIG],
  [
    'patch deployment api -n shop -p {"spec":{"replicas":0}}',
    '--verb get --resource deployments.apps --name api -n shop',
  ],
  ['get --raw /api/v1/namespaces/shop/pods/web-7/log', '--verb get --resource pods/log --name web-7 -n shop'],
  [
    'create --raw /api/v1/namespaces/shop/pods/web-7/eviction -f -',
    '--verb create --resource pods/eviction --name web-7 -n shop',
    '{}',
  ],
  [
    'replace --raw /apis/apps/v1/namespaces/shop/deployments/api/scale -f -',
    '--verb update --resource deployments.apps/scale --name api -n shop',
    '{}',
  ],
];

async function advised(typed: string, input?: string) {
  const done = await cluster.kubectl(agent, typed.split(' '), input === undefined ? {} : { input });
  expect(done.code, done.stdout).toBe(1);
  return refusedDeeds(done.stderr).map((deed) => askAdvice(deed, { time: '10m', reason: 'why' }));
}

describe('a refusal of a real API server', () => {
  it.each(TRIED.map(([typed, asked, input]) => ({ typed, asked, input })))(
    'kubectl $typed',
    async (tried) => {
      const { typed, asked, input } = tried;
      expect(await advised(typed, input)).toEqual([
        { kind: 'ask', command: `kubectl assent ask ${asked} --for 10m --reason 'why'` },
      ]);
    },
  );

  it('is read where RBAC adds that a role of a binding is missing', async () => {
    const admin = cluster.adminKubeconfig;
    const bound = await cluster.kubectl(admin, ['create', '-f', '-'], { input: BAD_BINDING });
    expect(bound.code, bound.stderr).toBe(0);
    expect(await advised('delete pod web-8 -n shop')).toHaveLength(1);
    await cluster.kubectl(admin, ['delete', 'rolebinding', 'nowhere', '-n', 'shop']);
  });

  it.each([
    ['get nodes', 'nobody can ask for nodes: it is not in a namespace'],
    ['delete pods --all -n shop --wait=false', ''],
  ])('kubectl %s', async (typed, words) => {
    const [first] = await advised(typed);
    expect(first?.kind === 'never' ? first.why : '').toContain(words);
  });

  it('is not read where nothing was refused', async () => {
    const done = await cluster.kubectl(agent, ['auth', 'can-i', 'delete', 'pods', '-n', 'shop']);
    expect(refusedDeeds(done.stdout + done.stderr)).toEqual([]);
  });
});
