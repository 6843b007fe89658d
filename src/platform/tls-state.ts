// The serving certificate and its CAs as one Secret, and the plan by which they are replaced without a moment in which the
// API server does not trust what the gate serves: a new CA is published first, signs a day later, and the old one stays
// trusted until it ends (INV-7: a certificate that is not trusted denies every agent).
import { isIP } from 'node:net';
import {
  bundle,
  CLOCK_SKEW_MS,
  covers,
  issueLeaf,
  isWhole,
  makeCa,
  needsRotation,
  validity,
  type CertificatePair,
  type ServingNames,
} from './certificates.ts';
import type { WebhookEndpoint } from './config.ts';
import { secretText, toSecretData, type Parsed, type SecretData } from './secret-store.ts';

/** How long a new CA is only trusted before it signs: many times what webhook configurations need to follow. */
const OVERLAP_MS = 24 * 3_600_000;

/** Everything about TLS that is stored. */
export interface TlsState {
  /** Signs serving certificates now. */
  readonly ca: CertificatePair;
  /** Trusted already, signs next. */
  readonly nextCa?: CertificatePair;
  /** Signed before; trusted until it ends. PEM. */
  readonly previousCaPem?: string;
  /** What the gate serves. */
  readonly leaf: CertificatePair;
}

/** Names that the API server checks: the Service's DNS name, or the host of the URL. */
export function servingNames(endpoint: WebhookEndpoint): ServingNames {
  if (endpoint.kind === 'service') {
    // The API server takes this very form for the server name, whatever the cluster's domain is.
    return { dnsNames: [`${endpoint.name}.${endpoint.namespace}.svc`], ipAddresses: [] };
  }
  const host = new URL(endpoint.base).hostname.replaceAll(/[[\]]/g, '');
  return isIP(host) > 0 ? { dnsNames: [], ipAddresses: [host] } : { dnsNames: [host], ipAddresses: [] };
}

/** Makes a CA and a first serving certificate. */
export async function makeTls(names: ServingNames, now: number): Promise<TlsState> {
  const ca = await makeCa(now);
  return { ca, leaf: await issueLeaf(ca, names, now) };
}

/**
 * The next state of the certificates. Run it every hour or so: each run takes at most one step of a CA's replacement.
 * @returns the same object when nothing has to change
 */
export async function renewTls(state: TlsState, names: ServingNames, now: number): Promise<TlsState> {
  const next = await renewCa(state, now);
  const { leaf, ca } = next;
  const good = !needsRotation(leaf.certificatePem, now) && covers(leaf.certificatePem, names);
  if (good && isWhole(leaf, [ca.certificatePem])) return next;
  return { ...next, leaf: await issueLeaf(ca, names, now) };
}

async function renewCa(state: TlsState, now: number): Promise<TlsState> {
  const { ca, nextCa, previousCaPem, leaf } = state;
  const old = previousCaPem !== undefined && !hasEnded(previousCaPem, now) ? { previousCaPem } : {};
  if (nextCa && (hasEnded(ca.certificatePem, now) || isPublished(nextCa, now))) {
    return { ca: nextCa, previousCaPem: ca.certificatePem, leaf };
  }
  // Ended while nobody ran: there is nothing left to overlap with.
  if (hasEnded(ca.certificatePem, now)) return { ca: await makeCa(now), leaf };
  if (!nextCa && needsRotation(ca.certificatePem, now))
    return { ca, ...old, nextCa: await makeCa(now), leaf };
  return previousCaPem !== undefined && !('previousCaPem' in old)
    ? { ca, ...(nextCa ? { nextCa } : {}), leaf }
    : state;
}

const hasEnded = (pem: string, now: number): boolean => (validity(pem)?.to ?? 0) <= now;

const isPublished = (pair: CertificatePair, now: number): boolean =>
  now >= (validity(pair.certificatePem)?.from ?? now) + CLOCK_SKEW_MS + OVERLAP_MS;

/**
 * The CAs that the API server must trust now, for `caBundle` of webhook configurations. PEM.
 * @param before what was stored a moment ago and may still be served
 */
export function caBundle(state: TlsState, now: number, before?: TlsState): string {
  const states = before ? [state, before] : [state];
  const pems = states.flatMap(({ ca, nextCa, previousCaPem }) => [
    ca.certificatePem,
    nextCa?.certificatePem,
    previousCaPem,
  ]);
  return bundle(
    pems.filter((pem) => pem !== undefined),
    now,
  );
}

/** The state as `data` of a Secret. */
export function tlsToSecret(state: TlsState): SecretData {
  return toSecretData({
    'ca.crt': state.ca.certificatePem,
    'ca.key': state.ca.keyPem,
    'next-ca.crt': state.nextCa?.certificatePem,
    'next-ca.key': state.nextCa?.keyPem,
    'previous-ca.crt': state.previousCaPem,
    'tls.crt': state.leaf.certificatePem,
    'tls.key': state.leaf.keyPem,
  });
}

/** Reads the Secret. Certificates that have ended are accepted: renewing them is the usual work, not damage. */
export function tlsFromSecret(data: SecretData): Parsed<TlsState> {
  const ca = pairOf(data, 'ca');
  const leaf = pairOf(data, 'tls');
  const nextCa = pairOf(data, 'next-ca');
  const previousCaPem = secretText(data, 'previous-ca.crt');
  if (!ca || !isWhole(ca, [ca.certificatePem]))
    return { ok: false, why: 'ca.crt and ca.key do not belong together' };
  if (nextCa && !isWhole(nextCa, [nextCa.certificatePem])) {
    return { ok: false, why: 'next-ca.crt and next-ca.key do not belong together' };
  }
  const issuers = [ca.certificatePem, ...(previousCaPem === undefined ? [] : [previousCaPem])];
  if (!leaf || !isWhole(leaf, issuers)) {
    return { ok: false, why: 'tls.crt does not belong to tls.key, or was not signed by ca.crt' };
  }
  return {
    ok: true,
    value: {
      ca,
      leaf,
      ...(nextCa ? { nextCa } : {}),
      ...(previousCaPem === undefined ? {} : { previousCaPem }),
    },
  };
}

function pairOf(data: SecretData, name: string): CertificatePair | undefined {
  const certificatePem = secretText(data, `${name}.crt`);
  const keyPem = secretText(data, `${name}.key`);
  return certificatePem === undefined || keyPem === undefined ? undefined : { certificatePem, keyPem };
}
