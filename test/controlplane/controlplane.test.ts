// The harness itself: what every other control-plane test relies on is real.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { startCluster, waitFor } from './cluster.ts';

interface AuditEvent {
  readonly verb: string;
  readonly level: string;
  readonly stage: string;
  readonly user: { readonly username: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string; readonly name?: string };
  readonly requestObject?: unknown;
  readonly responseObject?: unknown;
}

const auditEvents = async (cluster: ControlPlane): Promise<AuditEvent[]> =>
  (await readFile(cluster.auditLog, 'utf8'))
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as AuditEvent);

const auditEvent = (cluster: ControlPlane, resource: string, name: string, verb = 'create') =>
  waitFor(
    async () =>
      (await auditEvents(cluster)).find(
        (event) =>
          event.verb === verb && event.objectRef?.resource === resource && event.objectRef.name === name,
      ),
    { what: `the audit event of ${verb} ${resource} ${name}` },
  );

const whoAmI = async (cluster: ControlPlane, who: string) => {
  const answer = await cluster.raw(who, 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  expect(answer.status).toBe(201);
  return (answer.json as { status: { userInfo: Record<string, unknown> } }).status.userInfo;
};

const pod = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'app', image: 'example.com/app:1' }] },
});

const running = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('a control plane without controllers', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.stop());

  it('has ServiceAccount admission on: a pod needs its ServiceAccount and gets its token volume', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const refused = await cluster.raw(cluster.adminKubeconfig, 'POST', pods, { body: pod('early') });
    expect(refused.status).toBe(403);
    expect(refused.text).toContain('error looking up service account default/default');
    await cluster.serviceAccount('default', 'default');
    const made = await cluster.raw(cluster.adminKubeconfig, 'POST', pods, { body: pod('later') });
    expect(made.status).toBe(201);
    expect(made.text).toContain('kube-api-access-');
  });

  it('gives ServiceAccounts real bound tokens, without the extras of a pod', async () => {
    const bot = await cluster.serviceAccount('agents', 'bot');
    const info = await whoAmI(cluster, bot.token);
    expect(info['username']).toBe('system:serviceaccount:agents:bot');
    expect(info['groups']).toEqual([
      'system:serviceaccounts',
      'system:serviceaccounts:agents',
      'system:authenticated',
    ]);
    expect(Object.keys(info['extra'] as object)).toEqual(['authentication.kubernetes.io/credential-id']);
    expect(await whoAmI(cluster, bot.kubeconfig)).toEqual(info);
    const claims = JSON.parse(Buffer.from(bot.token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp: number;
      iat: number;
    };
    expect(claims.exp - claims.iat).toBe(3600);
  });

  it('lets a person in by a client certificate, with groups, and RBAC decides', async () => {
    const alice = await cluster.user('alice', ['team:payments']);
    const info = await whoAmI(cluster, alice.kubeconfig);
    expect(info['username']).toBe('alice');
    expect(info['groups']).toEqual(['team:payments', 'system:authenticated']);
    const kubectl = await cluster.kubectl(alice.kubeconfig, ['get', 'secrets']);
    expect(kubectl.code).toBe(1);
    expect(kubectl.stdout).toBe('');
    expect(kubectl.stderr).toContain('User "alice" cannot list resource "secrets"');
  });

  it('has its programs named for every worker before the first test starts', () => {
    expect(existsSync(join(process.env['KUBEBUILDER_ASSETS'] ?? '', 'kube-apiserver'))).toBe(true);
  });

  it('runs the real kubectl with input and nothing of the caller’s environment', async () => {
    const input = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'by-kubectl' } });
    const created = await cluster.kubectl(cluster.adminKubeconfig, ['create', '-f', '-'], { input });
    expect(created).toEqual({ code: 0, stdout: 'configmap/by-kubectl created\n', stderr: '' });
    const version = await cluster.kubectl(cluster.adminKubeconfig, ['version', '-o', 'json']);
    expect(version.stdout).toContain('"serverVersion"');
  });

  it('audits a ConfigMap with its body, a Secret without, a token request without the token', async () => {
    const post = (path: string, body: unknown) =>
      cluster.raw(cluster.adminKubeconfig, 'POST', path, { body });
    const metadata = { name: 'audited' };
    await post('/api/v1/namespaces/default/configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { colour: 'heliotrope' },
    });
    await post('/api/v1/namespaces/default/secrets', {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      stringData: { password: 'correct-horse' },
    });
    const token = (await cluster.serviceAccount('agents', 'audited')).token;
    const configMap = await auditEvent(cluster, 'configmaps', 'audited');
    expect(configMap).toMatchObject({
      level: 'RequestResponse',
      stage: 'ResponseComplete',
      user: { username: 'admin' },
      requestObject: { data: { colour: 'heliotrope' } },
      responseObject: { metadata: { name: 'audited' } },
    });
    const secret = await auditEvent(cluster, 'secrets', 'audited');
    expect(secret.level).toBe('Metadata');
    expect(secret).not.toHaveProperty('requestObject');
    expect(secret).not.toHaveProperty('responseObject');
    const log = await readFile(cluster.auditLog, 'utf8');
    expect(log).not.toContain('correct-horse');
    expect(log).not.toContain(Buffer.from('correct-horse').toString('base64'));
    expect(log).not.toContain(token);
  });

  it('audits a CONNECT that arrives as a GET', async () => {
    await cluster.raw(cluster.adminKubeconfig, 'GET', '/api/v1/namespaces/default/pods/none/exec?command=id');
    const event = await auditEvent(cluster, 'pods', 'none', 'get');
    expect(event.objectRef?.subresource).toBe('exec');
  });

  it('keeps everything over a restart of kube-apiserver, on the same address', async () => {
    const before = await cluster.raw(cluster.adminKubeconfig, 'GET', '/api/v1/namespaces/default');
    await cluster.stopApiServer();
    await expect(cluster.raw(cluster.adminKubeconfig, 'GET', '/readyz')).rejects.toThrow('ECONNREFUSED');
    await cluster.startApiServer();
    const after = await cluster.raw(cluster.adminKubeconfig, 'GET', '/api/v1/namespaces/default');
    expect(after.json).toEqual(before.json);
  });

  it('can freeze kube-apiserver and let it go on', async () => {
    await cluster.pauseApiServer();
    const answer = cluster.raw(cluster.adminKubeconfig, 'GET', '/readyz');
    const early = await Promise.race([
      answer,
      new Promise((resolve) => {
        setTimeout(resolve, 300, 'no answer');
      }),
    ]);
    await cluster.resumeApiServer();
    expect(early).toBe('no answer');
    expect((await answer).status).toBe(200);
  });

  it('stands beside another one: neither sees the other’s objects or credentials', async () => {
    const other = await startCluster();
    try {
      expect(other.url).not.toBe(cluster.url);
      expect(other.runDir).not.toBe(cluster.runDir);
      await other.serviceAccount('only-there', 'bot');
      const here = await cluster.raw(cluster.adminKubeconfig, 'GET', '/api/v1/namespaces/only-there');
      expect(here.status).toBe(404);
      const foreign = await cluster.serviceAccount('agents', 'bot');
      expect((await other.raw(foreign.token, 'GET', '/api')).status).toBe(401);
    } finally {
      await other.stop();
    }
  });
});

describe('a control plane with controllers', () => {
  let cluster: ControlPlane;
  beforeAll(async () => {
    cluster = await startCluster({ controllers: true });
  });
  afterAll(() => cluster.stop());

  it('makes default ServiceAccounts and finishes the deletion of a namespace with contents', async () => {
    const get = (path: string) => cluster.raw(cluster.adminKubeconfig, 'GET', path);
    const made = await cluster.kubectl(cluster.adminKubeconfig, ['create', 'namespace', 'short-lived']);
    expect(made.code).toBe(0);
    await waitFor(
      async () => (await get('/api/v1/namespaces/short-lived/serviceaccounts/default')).status === 200,
      { what: 'the default ServiceAccount' },
    );
    const deployment = ['create', 'deployment', 'web', '--image=example.com/web:1', '-n', 'short-lived'];
    expect((await cluster.kubectl(cluster.adminKubeconfig, deployment)).code).toBe(0);
    await waitFor(
      async () =>
        ((await get('/api/v1/namespaces/short-lived/pods')).json as { items: unknown[] }).items.length === 1,
      { what: 'the pod of the Deployment' },
    );
    const deleted = await cluster.raw(cluster.adminKubeconfig, 'DELETE', '/api/v1/namespaces/short-lived');
    expect(deleted.status).toBe(200);
    await waitFor(async () => (await get('/api/v1/namespaces/short-lived')).status === 404, {
      what: 'the end of the namespace',
      timeoutMs: 30_000,
    });
  });

  it('runs every controller under a ServiceAccount of its own, as a real cluster does', async () => {
    const actors = new Set((await auditEvents(cluster)).map((event) => event.user.username));
    expect(actors).toContain('system:serviceaccount:kube-system:service-account-controller');
  });
});

describe('a killed owner', () => {
  it('leaves no process behind, even when it had no chance to clean up', async () => {
    const script = fileURLToPath(new URL('owner.ts', import.meta.url));
    const owner = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(owner.stdout), 'line')) as [string];
    const { pids, runDir } = JSON.parse(line) as { pids: number[]; runDir: string };
    expect(pids).toHaveLength(2);
    expect(pids.filter(running)).toEqual(pids);
    owner.kill('SIGKILL');
    await waitFor(() => !pids.some(running), { what: 'the end of etcd and kube-apiserver' });
    await waitFor(() => !existsSync(join(runDir, 'etcd')), { what: 'the removal of its data' });
  });
});

describe('waiting', () => {
  it('returns what the condition yields', async () => {
    let looks = 0;
    const found = await waitFor(() => (looks += 1) > 2 && 'there', { what: 'the third look', everyMs: 1 });
    expect(found).toBe('there');
  });

  it('says what it waited for and how the last look went', async () => {
    const never = () => {
      throw new Error('still 404');
    };
    await expect(waitFor(never, { what: 'the pod', timeoutMs: 20, everyMs: 5 })).rejects.toThrow(
      'waited 20 ms for the pod: the last look failed: still 404',
    );
    await expect(waitFor(() => false, { what: 'nothing', timeoutMs: 1 })).rejects.toThrow(
      'waited 1 ms for nothing: it never became true',
    );
  });
});
