// Records the kept log of a gate that was forced to allow: a real API server, a policy, and in the gate's place a webhook
// that admits everything. The oracle must be red on it. Run by hand when the format of the log changes:
//   node tools/audit/record-forced-allow.ts
import { createServer } from 'node:https';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { issueLeaf, makeCa } from '../../src/platform/certificates.ts';
import { startControlPlane, type ControlPlane } from '../controlplane/start.ts';
import { install } from '../operator/install.ts';
import { DEPLOYMENT, POLICY } from '../demo/scene.ts';

const KEPT = fileURLToPath(new URL('../../test/golden/audit/forced-allow.jsonl', import.meta.url));
const AGENT = 'system:serviceaccount:agents:deploy-bot';

/** A webhook that admits everything. */
async function allowEverything() {
  const now = Date.now();
  const ca = await makeCa(now);
  const leaf = await issueLeaf(ca, { dnsNames: [], ipAddresses: ['127.0.0.1'] }, now);
  const server = createServer({ cert: leaf.certificatePem, key: leaf.keyPem }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { request: review } = JSON.parse(Buffer.concat(chunks).toString()) as {
        request: { uid: string };
      };
      const answer = { uid: review.uid, allowed: true };
      response.end(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: answer }),
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const caBundle = Buffer.from(ca.certificatePem).toString('base64');
  return { server, clientConfig: { url: `https://127.0.0.1:${port}/`, caBundle } };
}

const as = (plane: ControlPlane, who: string) => async (method: string, path: string, body?: unknown) => {
  const answer = await plane.raw(who, method, path, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.text}`);
};

const plane = await startControlPlane({ name: 'forced-allow' });
const { server, clientConfig } = await allowEverything();
try {
  await install(plane);
  const admin = as(plane, plane.adminKubeconfig);
  const agent = await plane.serviceAccount('agents', 'deploy-bot');
  await admin('POST', '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
    metadata: { name: 'agent' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'deploy-bot', namespace: 'agents' }],
  });
  await admin('POST', '/api/v1/namespaces', { metadata: { name: 'payments' } });
  await admin('POST', '/apis/apps/v1/namespaces/payments/deployments', parse(DEPLOYMENT));
  await admin('POST', '/apis/assent.dev/v1alpha1/approvalpolicies', parse(POLICY));
  await admin('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', {
    metadata: { name: 'assent-gate' },
    webhooks: [
      {
        name: 'gate.assent.dev',
        clientConfig,
        rules: [{ apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'], operations: ['*'] }],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      },
    ],
  });
  // The oracle grants policies a second before they must hold.
  await new Promise((resume) => {
    setTimeout(resume, 2_500);
  });
  await as(plane, agent.kubeconfig)('DELETE', '/apis/apps/v1/namespaces/payments/deployments/api');
} finally {
  await plane.stop();
  server.close();
}
const lines = (await readFile(plane.auditLog, 'utf8')).split('\n').filter((line) => {
  if (line === '') return false;
  const { user, objectRef } = JSON.parse(line) as {
    user: { username: string };
    objectRef?: { resource: string };
  };
  const isOurs = ['approvalpolicies', 'validatingwebhookconfigurations', 'deployments'].includes(
    objectRef?.resource ?? '',
  );
  return user.username === AGENT || isOurs;
});
await writeFile(KEPT, `${lines.join('\n')}\n`);
console.log(`${lines.length} events kept in ${join('test', 'golden', 'audit')}`);
