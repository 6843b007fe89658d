// A certificate that somebody else makes, as cert-manager's is mounted: its CA is what the API server trusts, a new leaf and a
// new CA are taken up without one failed call, and what does not fit together is never served (INV-7).
import { X509Certificate } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { certificatesIn, issueLeaf, makeCa, type CertificatePair } from '../../src/platform/certificates.ts';
import { aCertificate } from '../builders/certificate.ts';
import type { OperatorProcess } from '../../tools/operator/start.ts';
import { startAssent, type Assent } from './assent.ts';
import { waitFor } from './cluster.ts';
import { createMap, grantEverything } from './people-stage.ts';

const GUARD = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assent-guard';
const SECRETS = '/api/v1/namespaces/assent-system/secrets';
const NAMES = { dnsNames: [], ipAddresses: ['127.0.0.1'] };
const AGENT = { serviceAccount: 'agents/deploy-bot' };

let folder: string;
let assent: Assent;
let agent: string;
let versions = 0;

/** As the kubelet does: a new folder, and one link that is swapped. */
async function mount(leaf: CertificatePair, ca: string): Promise<void> {
  const version = `..${(versions += 1)}`;
  await mkdir(join(folder, version));
  const files = { 'tls.crt': leaf.certificatePem, 'tls.key': leaf.keyPem, 'ca.crt': ca };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, version, name), text);
    if (versions === 1) await symlink(join('..data', name), join(folder, name));
  }
  await symlink(version, join(folder, '..next'));
  await rename(join(folder, '..next'), join(folder, '..data'));
}
const leafOf = (ca: CertificatePair) => issueLeaf(ca, NAMES, Date.now());

/** The certificate that a gate shows, whoever trusts it. */
async function shownBy({ port }: OperatorProcess): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerX509Certificate()?.fingerprint256 ?? '';
  } finally {
    socket.destroy();
  }
}
const shownByAll = () => Promise.all(assent.operator.processes.map(shownBy));
const printOf = ({ certificatePem }: CertificatePair) => new X509Certificate(certificatePem).fingerprint256;

async function registered(): Promise<string[]> {
  const { json } = await assent.admin('GET', GUARD);
  const { webhooks } = json as { webhooks: { clientConfig: { caBundle: string } }[] };
  return certificatesIn(Buffer.from(webhooks[0]?.clientConfig.caBundle ?? '', 'base64').toString('utf8'));
}

/** One write of the agent over connections that are new. Its status, and 0 when the gate did not see it. */
async function write(): Promise<number> {
  assent.operator.front.cut();
  const { status, warnings, message } = await createMap(assent, agent, 'probe', '?dryRun=All');
  if (status !== 201) throw new Error(message);
  return warnings.length;
}

/** Writes one after the other until all gates show this certificate. How many there were; each reached a gate. */
async function writeUntilShown(leaf: CertificatePair): Promise<number> {
  let writes = 0;
  await waitFor(
    async () => {
      // A failed write ends the test, not the look.
      const warned = await write().catch((error: unknown) => error);
      if (typeof warned !== 'number' || warned === 0) return { failed: warned };
      writes += 1;
      return (await shownByAll()).every((print) => print === printOf(leaf));
    },
    { what: 'all gates to show the new certificate', timeoutMs: 90_000, everyMs: 100 },
  ).then((found) => expect(found).toBe(true));
  return writes;
}

let ca: CertificatePair;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mounted-'));
  ca = await makeCa(Date.now());
  await mount(await leafOf(ca), ca.certificatePem);
  assent = await startAssent({ operator: { run: true, env: { ASSENT_TLS_FOLDER: folder } } });
  await assent.operator.add('gate');
  agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot']);
  await assent.policy('maps', {
    agents: [AGENT],
    mode: 'Warn',
    match: {
      rules: [{ apiGroups: [''], resources: ['configmaps'], operations: ['CREATE'] }],
      namespaces: { names: ['default'] },
    },
  });
  await waitFor(async () => (await write()) > 0, { what: 'the gate to be asked' });
});
afterAll(async () => {
  await assent?.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('a mounted certificate', () => {
  it('is trusted by its CA alone, and Assent makes none', async () => {
    expect(await registered()).toEqual([ca.certificatePem]);
    const { status } = await assent.send(assent.plane.adminKubeconfig, 'GET', `${SECRETS}/assent-tls`);
    expect(status).toBe(404);
    const { json } = await assent.admin('GET', `${SECRETS}/assent-trust`);
    expect(Object.keys((json as { data: object }).data)).toEqual(['ca.crt']);
  });

  it('is taken up when it is renewed, without one failed call', async () => {
    const leaf = await leafOf(ca);
    await mount(leaf, ca.certificatePem);
    expect(await writeUntilShown(leaf)).toBeGreaterThan(5);
  });

  it('is taken up under a new CA, without one failed call; the old CA is trusted beside it', async () => {
    const next = await makeCa(Date.now());
    const leaf = await leafOf(next);
    await mount(leaf, next.certificatePem);
    expect(await writeUntilShown(leaf)).toBeGreaterThan(5);
    expect(await registered()).toEqual([next.certificatePem, ca.certificatePem]);
    ca = next;
  });

  it('is refused while its parts do not fit, and what was served stays', async () => {
    const shown = await shownByAll();
    const [one, other] = [await leafOf(ca), await leafOf(ca)];
    await mount({ certificatePem: one.certificatePem, keyPem: other.keyPem }, ca.certificatePem);
    for (const gate of assent.operator.processes)
      await waitFor(
        async () =>
          /certificate_reloads_total\{outcome="refused"\} [1-9]/.test(await assent.operator.metrics(gate)),
        { what: 'the gate to refuse it' },
      );
    expect(await shownByAll()).toEqual(shown);
    expect(await write()).toBeGreaterThan(0);
  });

  it('may be its own CA, as that of a self-signed issuer is', async () => {
    const { cert, key } = aCertificate();
    const leaf = { certificatePem: cert, keyPem: key };
    await mount(leaf, cert);
    expect(await writeUntilShown(leaf)).toBeGreaterThan(5);
    expect(await registered()).toContain(cert);
  });

  it('keeps a gate from starting that could not be trusted', async () => {
    const stranger = await issueLeaf(await makeCa(Date.now()), NAMES, Date.now());
    await mount(stranger, ca.certificatePem);
    await expect(assent.operator.add('gate')).rejects.toThrow('was not signed by a CA in ca.crt');
  });
});
