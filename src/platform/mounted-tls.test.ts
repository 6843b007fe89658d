import { KeyObject, webcrypto } from 'node:crypto';
import { mkdtemp, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { issueLeaf, makeCa } from './certificates.ts';
import { checkServedTls, leadsTo, readCas, readServedTls, type ServedTls } from './mounted-tls.ts';

const NOW = Date.UTC(2026, 10, 23);
const DAY = 86_400_000;
const NAMES = { dnsNames: ['assent-gate.assent-system.svc'], ipAddresses: [] };

const [one, other] = [await makeCa(NOW), await makeCa(NOW)];
const leaf = await issueLeaf(one, NAMES, NOW);
const good: ServedTls = { leaf, ca: one };
const whyOf = (tls: ServedTls, now = NOW): string => {
  const checked = checkServedTls(tls, NAMES, now);
  return checked.ok ? '' : checked.why;
};

describe('checkServedTls', () => {
  it('takes what fits together', () =>
    expect(checkServedTls(good, NAMES, NOW)).toEqual({ ok: true, value: good }));

  it('takes a leaf behind another certificate, and one that is its own CA', async () => {
    const stranger = await issueLeaf(other, NAMES, NOW);
    const chain = `${leaf.certificatePem}${one.certificatePem}`;
    expect(whyOf({ leaf: { ...leaf, certificatePem: chain }, ca: one })).toBe('');
    expect(whyOf({ leaf: stranger, ca: { certificatePem: stranger.certificatePem } })).toBe('');
    expect(
      whyOf({ leaf: stranger, ca: { certificatePem: `${one.certificatePem}${other.certificatePem}` } }),
    ).toBe('');
  });

  it('refuses what does not fit, naming the file and nothing of its content (INV-7)', async () => {
    const elsewhere = await issueLeaf(one, { dnsNames: ['other.svc'], ipAddresses: [] }, NOW);
    const next = await issueLeaf(one, NAMES, NOW);
    const cases: [ServedTls, string][] = [
      [{ ...good, leaf: { ...leaf, keyPem: next.keyPem } }, 'tls.key does not belong to tls.crt'],
      [
        { ...good, leaf: { ...leaf, keyPem: leaf.keyPem.slice(0, 60) } },
        'tls.key does not belong to tls.crt',
      ],
      [{ ...good, leaf: { ...leaf, certificatePem: '' } }, 'tls.crt holds no certificate'],
      [
        { ...good, leaf: { ...leaf, certificatePem: leaf.certificatePem.slice(0, 200) } },
        'tls.crt holds no certificate',
      ],
      [{ ...good, ca: other }, 'tls.crt was not signed by a CA in ca.crt'],
      [{ ...good, ca: { certificatePem: '' } }, 'tls.crt was not signed by a CA in ca.crt'],
      [{ leaf: elsewhere, ca: one }, 'tls.crt is not for assent-gate.assent-system.svc'],
    ];
    for (const [tls, why] of cases) expect(whyOf(tls)).toBe(why);
    expect(whyOf(good, NOW + 91 * DAY)).toBe('tls.crt has ended');
  });
});

/** A leaf like the good one, but for its extended usages. */
async function usedFor(...usages: string[]): Promise<ServedTls> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=any',
    notBefore: new Date(NOW),
    notAfter: new Date(NOW + DAY),
    signingAlgorithm: { name: 'ECDSA', hash: 'SHA-256' },
    keys,
    extensions: [
      new x509.SubjectAlternativeNameExtension(
        NAMES.dnsNames.map((name) => new x509.GeneralName('dns', name)),
      ),
      ...(usages.length > 0 ? [new x509.ExtendedKeyUsageExtension(usages)] : []),
    ],
  });
  const certificatePem = certificate.toString('pem');
  const keyPem = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { leaf: { certificatePem, keyPem }, ca: { certificatePem } };
}

it('a certificate for clients alone is refused, as the API server refuses it', async () => {
  const [server, client, any] = ['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '2.5.29.37.0'];
  expect(whyOf(await usedFor(client))).toBe('tls.crt is not for servers');
  for (const usages of [[], [server], [client, server], [any]])
    expect(whyOf(await usedFor(...usages))).toBe('');
});

describe('leadsTo', () => {
  it('goes to no CA that has ended, and is not led round by certificates that sign nothing', async () => {
    const long = await issueLeaf(one, NAMES, NOW);
    expect(leadsTo(long.certificatePem, one.certificatePem, NOW + 364 * DAY)).toBe(true);
    expect(leadsTo(long.certificatePem, one.certificatePem, NOW + 366 * DAY)).toBe(false);
    expect(leadsTo(`${leaf.certificatePem}${long.certificatePem}`, other.certificatePem, NOW)).toBe(false);
    expect(leadsTo('', one.certificatePem, NOW)).toBe(false);
  });
});

describe('the folder', () => {
  /** As the kubelet writes a volume: the files are links through one link to a folder of their version. */
  async function mount(folder: string, version: string, tls: ServedTls): Promise<void> {
    await mkdir(join(folder, version));
    const files = {
      'tls.crt': tls.leaf.certificatePem,
      'tls.key': tls.leaf.keyPem,
      'ca.crt': tls.ca.certificatePem,
    };
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, version, name), text);
    await symlink(version, join(folder, '..new'));
    await rename(join(folder, '..new'), join(folder, '..data'));
  }

  it('is read as of one version, and as plain files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mounted-tls-'));
    try {
      await mount(folder, 'one', good);
      expect(await readServedTls(folder)).toEqual({ leaf, ca: { certificatePem: one.certificatePem } });
      const next = { leaf: await issueLeaf(other, NAMES, NOW), ca: other };
      await mount(folder, 'two', next);
      expect((await readServedTls(folder)).leaf).toEqual(next.leaf);
      expect((await readServedTls(join(folder, 'one'))).leaf).toEqual(leaf);
      expect(await readCas(join(folder, 'two'))).toBe(other.certificatePem);
      await writeFile(join(folder, 'ca.crt'), 'nothing');
      await expect(readCas(folder)).rejects.toThrow('holds no certificate');
      await expect(readServedTls(join(folder, 'three'))).rejects.toThrow('ENOENT');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
