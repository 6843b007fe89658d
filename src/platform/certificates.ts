// Certificates that Assent makes for itself: a CA for a year, a serving certificate for 90 days, both replaced after two
// thirds of their life. Everything is ECDSA P-256. Reading uses node:crypto; the library for writing costs 25 MB and
// 140 ms, so it is loaded only when something is made.
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import type * as X509 from '@peculiar/x509';

/** A certificate with its private key, both PEM. */
export interface CertificatePair {
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Names under which a server is reached. A DNS name may not stand for an address or the other way round. */
export interface ServingNames {
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const CA_LIFE = 365 * DAY;
const LEAF_LIFE = 90 * DAY;
/** Certificates start this much earlier, for readers whose clock is behind. Milliseconds. */
export const CLOCK_SKEW_MS = HOUR;
const KEY = { name: 'ECDSA', namedCurve: 'P-256' };
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' };

/** Loads the library that writes certificates. It needs a polyfill of decorator metadata to be there first. */
async function library(): Promise<typeof X509> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}

/**
 * Makes a CA whose only use is to sign our serving certificates.
 * @param now epoch ms
 */
export async function makeCa(now: number): Promise<CertificatePair> {
  const x509 = await library();
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  // Each CA has a name of its own: during rotation two are trusted, and clients look issuers up by name.
  const name = `CN=Assent admission CA ${randomBytes(4).toString('hex')}`;
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name,
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(now + CA_LIFE),
    signingAlgorithm: SIGNING,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await keyPem(keys.privateKey) };
}

/**
 * Issues a serving certificate. It never outlives its CA.
 * @param now epoch ms
 */
export async function issueLeaf(
  ca: CertificatePair,
  names: ServingNames,
  now: number,
): Promise<CertificatePair> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(ca.certificatePem);
  const keys = await webcrypto.subtle.generateKey(KEY, true, ['sign', 'verify']);
  const alternatives = [
    ...names.dnsNames.map((name) => new x509.GeneralName('dns', name)),
    ...names.ipAddresses.map((address) => new x509.GeneralName('ip', address)),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: 'CN=Assent gate',
    issuer: issuer.subject,
    notBefore: new Date(now - CLOCK_SKEW_MS),
    notAfter: new Date(Math.min(now + LEAF_LIFE, issuer.notAfter.getTime())),
    signingAlgorithm: SIGNING,
    publicKey: keys.publicKey,
    signingKey: await signingKey(ca.keyPem),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth], false),
      new x509.SubjectAlternativeNameExtension(alternatives, false),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return { certificatePem: `${certificate.toString('pem')}\n`, keyPem: await keyPem(keys.privateKey) };
}

/** Twenty bytes at most and positive, as RFC 5280 4.1.2.2 wants. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

async function keyPem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der.replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END PRIVATE KEY-----\n`;
}

function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const der = Buffer.from(pem.replaceAll(/-----[A-Z ]+-----|\s/g, ''), 'base64');
  return webcrypto.subtle.importKey('pkcs8', der, KEY, false, ['sign']);
}

/** When a certificate is valid, epoch ms; undefined when the PEM cannot be read. */
export function validity(pem: string): { readonly from: number; readonly to: number } | undefined {
  try {
    const certificate = new X509Certificate(pem);
    return { from: certificate.validFromDate.getTime(), to: certificate.validToDate.getTime() };
  } catch {
    return undefined;
  }
}

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, in its order; those that cannot be read are left out. */
export function certificatesIn(pem: string): string[] {
  return (pem.match(CERTIFICATE) ?? []).filter((one) => validity(one) !== undefined).map((one) => `${one}\n`);
}

/** When the certificates of a `caBundle` end, epoch ms; none for what holds none that can be read. */
export function endsIn(caBundle: string): readonly number[] {
  const pems = certificatesIn(Buffer.from(caBundle, 'base64').toString('utf8'));
  return pems.flatMap((pem) => validity(pem)?.to ?? []);
}

/** Whether two thirds of a certificate's life are over. One that cannot be read, or is not yet valid, needs it too. */
export function needsRotation(pem: string, now: number): boolean {
  const life = validity(pem);
  return !life || now < life.from || now >= life.from + ((life.to - life.from) * 2) / 3;
}

/** Joins CA certificates into one PEM bundle, without those that have ended and without repetitions. */
export function bundle(pems: readonly string[], now: number): string {
  const live = pems.filter((pem) => (validity(pem)?.to ?? 0) > now);
  return [...new Set(live.map((pem) => `${pem.trim()}\n`))].join('');
}

/** Whether a serving certificate is good for all these names. */
export function covers(pem: string, names: ServingNames): boolean {
  try {
    const certificate = new X509Certificate(pem);
    return (
      names.dnsNames.every((name) => certificate.checkHost(name, { subject: 'never' }) !== undefined) &&
      names.ipAddresses.every((address) => certificate.checkIP(address) !== undefined)
    );
  } catch {
    return false;
  }
}

/** Whether certificate and private key belong together, and the certificate was issued by one of these CAs. */
export function isWhole(pair: CertificatePair, issuers: readonly string[]): boolean {
  try {
    const certificate = new X509Certificate(pair.certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(pair.keyPem))) return false;
    return issuers.some((pem) => isIssuedBy(certificate, new X509Certificate(pem)));
  } catch {
    return false;
  }
}

const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
