// A serving certificate that somebody else makes and renews, read from a folder: the Secret of cert-manager, mounted. What
// does not fit together (half-written files, another name, an end in the past) is refused whole, and whoever asked keeps
// what it has (INV-7: a certificate that is not trusted denies every agent).
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { certificatesIn, covers, validity, type CertificatePair, type ServingNames } from './certificates.ts';
import type { Parsed } from './secret-store.ts';

/** What a gate serves, and who signed it. */
export interface ServedTls {
  /** `certificatePem` may hold a chain, leaf first. */
  readonly leaf: CertificatePair;
  /** The CAs that it leads to; one or several. */
  readonly ca: Pick<CertificatePair, 'certificatePem'>;
}

/** Names of the files, as they are in a Secret of type kubernetes.io/tls. */
export const TLS_FILES = { certificate: 'tls.crt', key: 'tls.key', ca: 'ca.crt' } as const;

/**
 * Reads the three files as they were at one moment.
 * @throws what the file system throws
 */
export async function readServedTls(folder: string): Promise<ServedTls> {
  const at = await versionIn(folder);
  const [certificatePem, keyPem, ca] = await Promise.all(
    [TLS_FILES.certificate, TLS_FILES.key, TLS_FILES.ca].map((name) => readFile(join(at, name), 'utf8')),
  );
  return {
    leaf: { certificatePem: certificatePem ?? '', keyPem: keyPem ?? '' },
    ca: { certificatePem: ca ?? '' },
  };
}

/**
 * Reads the CAs alone, for a process that must not hold the key.
 * @throws Error when there is no certificate in it; what the file system throws
 */
export async function readCas(folder: string): Promise<string> {
  const cas = certificatesIn(await readFile(join(folder, TLS_FILES.ca), 'utf8')).join('');
  if (cas === '') throw new Error(`${TLS_FILES.ca} in ${folder} holds no certificate`);
  return cas;
}

/** The kubelet swaps all files of a volume by one link: read through it, they are of one version. */
const versionIn = (folder: string): Promise<string> => realpath(join(folder, '..data')).catch(() => folder);

/** Checks what was read. `why` names files, never their content. */
export function checkServedTls(tls: ServedTls, names: ServingNames, now: number): Parsed<ServedTls> {
  const { certificate, key, ca } = TLS_FILES;
  const [leaf] = certificatesIn(tls.leaf.certificatePem);
  const refused = (why: string) => ({ ok: false, why }) as const;
  if (leaf === undefined) return refused(`${certificate} holds no certificate`);
  if (!belongs(leaf, tls.leaf.keyPem)) return refused(`${key} does not belong to ${certificate}`);
  if (!covers(leaf, names))
    return refused(`${certificate} is not for ${[...names.dnsNames, ...names.ipAddresses].join(', ')}`);
  if (!isForServers(leaf)) return refused(`${certificate} is not for servers`);
  if ((validity(leaf)?.to ?? 0) <= now) return refused(`${certificate} has ended`);
  if (!leadsTo(tls.leaf.certificatePem, tls.ca.certificatePem, now))
    return refused(`${certificate} was not signed by a CA in ${ca}`);
  return { ok: true, value: tls };
}

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const ANY_USAGE = '2.5.29.37.0';

/** A certificate that names no extended usage is for all of them; the API server goes by the same rule. */
function isForServers(leaf: string): boolean {
  const usages: readonly string[] = new X509Certificate(leaf).keyUsage ?? [SERVER_AUTH];
  return usages.some((usage) => usage === SERVER_AUTH || usage === ANY_USAGE);
}

function belongs(leaf: string, keyPem: string): boolean {
  try {
    return new X509Certificate(leaf).checkPrivateKey(createPrivateKey(keyPem));
  } catch {
    return false;
  }
}

/**
 * Whether a chain ends at one of the CAs that have not ended, as a TLS client goes along it: a leaf that is itself among
 * them is trusted as it is.
 */
export function leadsTo(chainPem: string, casPem: string, now: number): boolean {
  const live = (pem: string): boolean => (validity(pem)?.to ?? 0) > now;
  const [leaf, ...between] = certificatesIn(chainPem).map((pem) => new X509Certificate(pem));
  const cas = certificatesIn(casPem)
    .filter(live)
    .map((pem) => new X509Certificate(pem));
  let last = leaf;
  const left = new Set(between);
  while (last !== undefined) {
    const one: X509Certificate = last;
    if (cas.some((ca) => ca.fingerprint256 === one.fingerprint256 || isIssuedBy(one, ca))) return true;
    last = [...left].find((issuer) => isIssuedBy(one, issuer));
    if (last) left.delete(last);
  }
  return false;
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
