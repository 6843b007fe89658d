// Chapter "What runs for the agent" of the catalogue, tried against a real API server with Assent running.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { requestIn } from '../controlplane/assent.ts';
import { CORE, MERGE, STRATEGIC, stored, type Tried } from '../controlplane/main-path-story.ts';
import { grantEverything } from '../controlplane/people-stage.ts';
import { definition, maker, POD_HOLDERS, podSpec } from './pods.ts';
import { approved, command, requestOf, startStage, unasked, untilServed, type Stage } from './stage.ts';
import './ending-matcher.ts';

const NODE = 'node-1';
let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
  const { assent } = stage;
  // Nothing listens there: whoever gets through admission is told so.
  const status = { addresses: [{ type: 'InternalIP', address: '127.0.0.1' }] };
  await assent.admin('POST', '/api/v1/nodes', { metadata: { name: NODE }, status });
  for (const [namespace, account] of [
    ['argocd', 'argocd-server'],
    ['flux-system', 'kustomize-controller'],
  ] as const)
    await assent.plane.serviceAccount(namespace, account);
  for (const [namespace, serviceAccountName] of [
    ['shop', 'app'],
    ['argocd', 'argocd-server'],
  ] as const)
    await assent.admin('POST', `/api/v1/namespaces/${namespace}/pods`, {
      metadata: { name: 'web' },
      spec: podSpec({ nodeName: NODE, serviceAccountName }),
    });
});
afterAll(() => stage.assent.stop());

const send = (method: string, path: string, body?: unknown, type = MERGE) =>
  stage.assent.send(stage.agent, method, path, body, method === 'PATCH' ? type : undefined);

describe('pods', () => {
  const REACHES: readonly (readonly [what: string, spec: object])[] = [
    ['hostPID', { hostPID: true }],
    ['hostNetwork', { hostNetwork: true }],
    ['hostIPC', { hostIPC: true }],
    ['hostPath', { volumes: [{ name: 'node', hostPath: { path: '/' } }] }],
    ['privileged', { containers: [{ name: 'app', image: 'app:1', securityContext: { privileged: true } }] }],
    [
      'privileged-init',
      { initContainers: [{ name: 'init', image: 'app:1', securityContext: { privileged: true } }] },
    ],
  ];

  it('bypass 6: host access or privilege in every kind that holds a pod', async () => {
    for (const { kind, path, object } of POD_HOLDERS) {
      for (const [what, spec] of REACHES) {
        const answer = await send('POST', path('shop'), object(what.toLowerCase(), podSpec(spec)));
        expect(answer.message, `${what} in a ${kind}`).toContain('agents-no-node-access');
        expect(answer).toEndAsPromised();
      }
      const { json } = await stage.assent.admin('GET', path('shop'));
      const names = (json as { items: { metadata: { name: string } }[] }).items.map(
        (one) => one.metadata.name,
      );
      expect(names.filter((name) => name !== 'web')).toEqual([]);
    }
  });

  it('bypass 6: a privileged container beside the others, by kubectl debug', async () => {
    const args = ['debug', 'web', '-n', 'shop', '--image=busybox', '--profile=sysadmin', '--quiet'];
    const answer = await command(stage, [...args, '--', 'id']);
    expect(answer.message).toContain('agents-no-node-access');
    expect(answer).toEndAsPromised();
  });

  it('bypass 6: a pod with another ServiceAccount', async () => {
    await stage.assent.plane.serviceAccount('shop', 'powerful');
    const spec = podSpec({ serviceAccountName: 'powerful' });
    const answer = await send('POST', `${CORE}/pods`, { metadata: { name: 'borrowed' }, spec });
    expect(answer).toEndAsPromised();
    const { spec: request } = await requestOf(stage, answer);
    expect(request.change!.diff).toContainEqual(
      expect.objectContaining({ path: 'spec.serviceAccountName', to: { shown: '"powerful"' } }),
    );
  });

  it('bypass 6: a pod bound to a node by hand', async () => {
    await stage.assent.admin('POST', `${CORE}/pods`, { metadata: { name: 'unbound' }, spec: podSpec() });
    const target = { kind: 'Node', name: NODE };
    expect(
      await send('POST', `${CORE}/pods/unbound/binding`, { metadata: { name: 'unbound' }, target }),
    ).toEndAsPromised();
    expect(
      await send('POST', `${CORE}/bindings`, { metadata: { name: 'unbound' }, target }),
    ).toEndAsPromised();
    expect((await stored(stage, `${CORE}/pods/unbound`))?.spec?.['nodeName']).toBeUndefined();
  });
});

describe('makers of pods', () => {
  it('bypass 7: every built-in kind that makes pods', async () => {
    for (const { path, object } of POD_HOLDERS) {
      expect(await send('POST', path('shop'), object('asked', podSpec()))).toEndAsPromised();
      expect(await stored(stage, `${path('shop')}/asked`)).toBeUndefined();
    }
  });

  it('bypass 7: a kind that was installed a moment ago', async () => {
    const { assent } = stage;
    await untilServed(stage, [definition('workflows', 'argoproj.io', 'Workflow')]);
    const path = '/apis/argoproj.io/v1/namespaces/shop/workflows';
    const workflow = (name: string) => ({
      apiVersion: 'argoproj.io/v1',
      kind: 'Workflow',
      metadata: { name },
      spec: { templates: [{ container: { image: 'app:1' } }] },
    });
    // From the moment the controller has seen it; until then see row 26.
    await assent.untilHeld(() => send('POST', `${path}?dryRun=All`, workflow('probe')));
    expect(await send('POST', path, workflow('deputy'))).toEndAsPromised();
  });
});

const connections = (namespace: string): readonly (readonly [method: string, path: string])[] => {
  const pod = `/api/v1/namespaces/${namespace}/pods/web`;
  return [
    ['POST', `${pod}/exec?command=id&container=app&stdout=true`],
    ['GET', `${pod}/exec?command=sh&container=app&stdin=true&tty=true&stdout=true`],
    ['POST', `${pod}/attach?container=app&stdout=true`],
    ['POST', `${pod}/portforward?ports=8080`],
    ['GET', `${pod}/proxy/metrics`],
    ['GET', `/api/v1/namespaces/${namespace}/services/web:http/proxy/api`],
  ];
};

/** What stands behind the API server does not answer here, so an answer from there means that admission said yes. */
function carriedOut(answer: Tried): Tried {
  expect([400, 404, 500, 502, 503], `answered: ${answer.message}`).toContain(answer.status);
  expect(answer.message).not.toMatch(/denied the request|failed calling webhook|cannot \w+ resource/);
  return { ...answer, status: 200 };
}

describe('connections', () => {
  it('bypass 8: exec, attach, port-forward and proxy where controllers run', async () => {
    for (const [method, path] of connections('argocd')) expect(await send(method, path)).toEndAsPromised();
  });

  it('bypass 8: an ephemeral container where controllers run', async () => {
    const ephemeralContainers = [{ name: 'spy', image: 'app:1', targetContainerName: 'app' }];
    const path = '/api/v1/namespaces/argocd/pods/web/ephemeralcontainers';
    expect(await send('PATCH', path, { spec: { ephemeralContainers } }, STRATEGIC)).toEndAsPromised();
  });

  it('bypass 8: exec, attach, port-forward and proxy elsewhere', async () => {
    for (const [method, path] of connections('shop')) expect(await send(method, path)).toEndAsPromised();
  });

  it('bypass 9: nodes/proxy by any method', async () => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
      expect(await send(method, `/api/v1/nodes/${NODE}/proxy/run/shop/web/app?cmd=id`)).toEndAsPromised();
  });

  it('bypass 9: nodes/proxy, by an agent with the advised role', async () => {
    expect(
      await stage.assent.send(stage.careful, 'GET', `/api/v1/nodes/${NODE}/proxy/pods`),
    ).toEndAsPromised();
  });

  const service = `${CORE}/services/http:prometheus:9090/proxy`;

  it('bypass 10: a proxied request to a service or pod', async () => {
    for (const path of [`${service}/api/v1/admin/tsdb/delete_series`, `${CORE}/pods/web:8080/proxy/reset`]) {
      const answer = await send('POST', path);
      expect(answer).toEndAsPromised();
      expect((await requestOf(stage, answer)).spec.target).toMatch(/prometheus:9090|web:8080/);
    }
  });

  it('bypass 10: a proxied request where controllers run', async () => {
    expect(
      await send('POST', '/api/v1/namespaces/argocd/services/argocd-server:80/proxy/api/v1/session'),
    ).toEndAsPromised();
  });

  it('bypass 10: another path than the approved one', async () => {
    const approvedPath = await approved(stage, await send('GET', `${service}/healthy`));
    expect(await send('GET', `${service}/quit`)).toEndAsPromised();
    expect((await stage.assent.request(approvedPath.metadata.name)).status?.state).toBe('Approved');
  });

  it('bypass 10: another method on the approved path', async () => {
    await approved(stage, await send('GET', `${service}/api/rules`));
    expect(carriedOut(await unasked(stage, () => send('DELETE', `${service}/api/rules`)))).toEndAsPromised();
  });
});

describe('GitOps controllers', () => {
  const FOLLOWED = [
    ['applications', 'argoproj.io', 'Application'],
    ['kustomizations', 'kustomize.toolkit.fluxcd.io', 'Kustomization'],
    ['helmreleases', 'helm.toolkit.fluxcd.io', 'HelmRelease'],
    ['gitrepositories', 'source.toolkit.fluxcd.io', 'GitRepository'],
  ] as const;

  it('bypass 11: an edit of what Argo CD and Flux follow', async () => {
    await untilServed(
      stage,
      FOLLOWED.map(([plural, group, kind]) => definition(plural, group, kind)),
    );
    for (const [plural, group, kind] of FOLLOWED) {
      const path = `/apis/${group}/v1/namespaces/shop/${plural}`;
      const object = { apiVersion: `${group}/v1`, kind, metadata: { name: 'shop' }, spec: { path: 'a' } };
      await stage.assent.admin('POST', path, object);
      const edit = { spec: { path: 'b' } };
      await stage.assent.untilHeld(() => send('PATCH', `${path}/shop?dryRun=All`, edit));
      expect(await send('PATCH', `${path}/shop`, edit)).toEndAsPromised();
      expect(await send('DELETE', `${path}/shop`)).toEndAsPromised();
    }
  });

  const deployment = (name: string) => maker('Deployment', name).object;
  const deployments = '/apis/apps/v1/namespaces/shop/deployments';
  const flux = async () =>
    (await stage.assent.plane.serviceAccount('flux-system', 'kustomize-controller')).kubeconfig;

  it('bypass 11: a push to Git that Flux then applies', async () => {
    await grantEverything(stage.assent, ['flux-system/kustomize-controller']);
    const account = await flux();
    expect(
      await unasked(stage, () => stage.assent.send(account, 'POST', deployments, deployment('pushed'))),
    ).toEndAsPromised();
  });

  it('bypass 11: the same where a policy names the account of Flux', async () => {
    const { assent } = stage;
    const rule = { apiGroups: ['apps'], resources: ['deployments'], operations: ['*' as const] };
    await assent.policy('flux-asks', {
      agents: [{ serviceAccount: 'flux-system/kustomize-controller' }],
      match: { rules: [rule] },
    });
    const account = await flux();
    await assent.untilHeld(() =>
      assent.send(account, 'POST', `${deployments}?dryRun=All`, deployment('probe')),
    );
    expect(await assent.send(account, 'POST', deployments, deployment('pushed-again'))).toEndAsPromised();
  });
});

describe('static pods', () => {
  it('bypass 37: a pod that writes into the folder of static pods', async () => {
    const volumes = [{ name: 'manifests', hostPath: { path: '/etc/kubernetes/manifests' } }];
    expect(
      await send('POST', `${CORE}/pods`, { metadata: { name: 'writer' }, spec: podSpec({ volumes }) }),
    ).toEndAsPromised();
  });

  it('bypass 37: a pod that says it mirrors a static one', async () => {
    const annotations = { 'kubernetes.io/config.mirror': 'made-up' };
    const { containers } = podSpec();
    const spec = { nodeName: NODE, containers };
    expect(
      await send('POST', `${CORE}/pods`, { metadata: { name: `mirror-${NODE}`, annotations }, spec }),
    ).toEndAsPromised();
  });
});

describe('images', () => {
  const deployments = '/apis/apps/v1/namespaces/shop/deployments';
  const tagged = (name: string) => maker('Deployment', name).object;

  it('bypass L10: a tag, approved and admitted', async () => {
    await approved(stage, await send('POST', deployments, tagged('tagged')));
    expect(await unasked(stage, () => send('POST', deployments, tagged('tagged')))).toEndAsPromised();
    const object = await stored(stage, `${deployments}/tagged`);
    expect(JSON.stringify(object?.spec)).toContain('"image":"registry.example/app:1"');
  });

  it('bypass L10: a tag, where a policy wants digests', async () => {
    const rule = {
      apiGroups: ['apps'],
      resources: ['deployments'],
      operations: ['CREATE', 'UPDATE'] as const,
    };
    const expression = "object.spec.template.spec.containers.exists(c, !c.image.contains('@sha256:'))";
    await stage.assent.policy('digests', {
      agents: [{ serviceAccount: 'agents/*' }],
      action: 'Deny',
      match: {
        rules: [{ ...rule, operations: [...rule.operations] }],
        conditions: [{ name: 'tag', expression }],
      },
    });
    await stage.assent.untilHeld(() => send('POST', `${deployments}?dryRun=All`, tagged('probe')));
    const answer = await send('POST', deployments, tagged('moved'));
    expect(requestIn(answer.message)).toBe('');
    expect(answer).toEndAsPromised();
  });
});
