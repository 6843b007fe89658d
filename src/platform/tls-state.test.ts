import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isWhole, makeCa, validity } from './certificates.ts';
import { toSecretData, type SecretData } from './secret-store.ts';
import {
  caBundle,
  makeTls,
  renewTls,
  servingNames,
  tlsFromSecret,
  tlsToSecret,
  type TlsState,
} from './tls-state.ts';

const NOW = Date.UTC(2026, 10, 22);
const DAY = 86_400_000;
const NAMES = { dnsNames: ['assent-gate.assent-system.svc'], ipAddresses: [] };
const trusts = (state: TlsState, now: number) =>
  caBundle(state, now)
    .split(/(?<=-----END CERTIFICATE-----\n)/)
    .filter((pem) => pem !== '');

describe('renewTls', () => {
  it('changes nothing while there is nothing to do', async () => {
    const state = await makeTls(NAMES, NOW);
    expect(await renewTls(state, NAMES, NOW + 59 * DAY)).toBe(state);
  });

  it('renews only the serving certificate after two thirds of its life', async () => {
    const state = await makeTls(NAMES, NOW);
    const next = await renewTls(state, NAMES, NOW + 61 * DAY);
    expect(next.ca).toBe(state.ca);
    expect(next.leaf.certificatePem).not.toBe(state.leaf.certificatePem);
  });

  it('renews the serving certificate when its names change', async () => {
    const state = await makeTls(NAMES, NOW);
    const next = await renewTls(state, { dnsNames: [], ipAddresses: ['127.0.0.1'] }, NOW);
    expect(new X509Certificate(next.leaf.certificatePem).subjectAltName).toBe('IP Address:127.0.0.1');
  });

  it('publishes a new CA a day before it signs, and trusts the old one until it ends', async () => {
    const first = await renewTls(await makeTls(NAMES, NOW), NAMES, NOW + 244 * DAY);
    expect(first.nextCa).toBeDefined();
    expect(isWhole(first.leaf, [first.ca.certificatePem])).toBe(true);
    expect(trusts(first, NOW + 244 * DAY)).toHaveLength(2);
    expect(await renewTls(first, NAMES, NOW + 244 * DAY + DAY / 2)).toBe(first);

    const second = await renewTls(first, NAMES, NOW + 245 * DAY);
    expect(second.ca).toBe(first.nextCa);
    expect(second.previousCaPem).toBe(first.ca.certificatePem);
    expect(second.nextCa).toBeUndefined();
    expect(isWhole(second.leaf, [second.ca.certificatePem])).toBe(true);
    expect(trusts(second, NOW + 245 * DAY)).toHaveLength(2);

    const third = await renewTls(second, NAMES, NOW + 366 * DAY);
    expect(third.previousCaPem).toBeUndefined();
    expect(trusts(third, NOW + 366 * DAY)).toHaveLength(1);
  });

  it('always serves what the bundle of the step before trusted already, over three years of daily runs', async () => {
    let state = await makeTls(NAMES, NOW);
    for (let day = 1; day < 3 * 365; day++) {
      const now = NOW + day * DAY;
      const trusted = trusts(state, now);
      state = await renewTls(state, NAMES, now);
      expect(isWhole(state.leaf, trusted)).toBe(true);
      expect(validity(state.leaf.certificatePem)?.to).toBeGreaterThan(now);
    }
  });

  it('trusts what was stored a moment ago beside what is stored now, each CA once', async () => {
    const [before, now] = [await makeTls(NAMES, NOW), await makeTls(NAMES, NOW)];
    const both = caBundle(now, NOW, before);
    for (const { ca } of [before, now]) expect(both.split(ca.certificatePem.trim())).toHaveLength(2);
    expect(caBundle(now, NOW, now)).toBe(caBundle(now, NOW));
  });

  it('starts again when everything ended while nobody ran', async () => {
    const now = NOW + 800 * DAY;
    const state = await renewTls(await makeTls(NAMES, NOW), NAMES, now);
    expect(isWhole(state.leaf, trusts(state, now))).toBe(true);
    expect(trusts(state, now)).toEqual([state.ca.certificatePem]);
  });
});

describe('tlsFromSecret', () => {
  it('reads back every field', async () => {
    const state = {
      ...(await makeTls(NAMES, NOW)),
      nextCa: await makeCa(NOW),
      previousCaPem: (await makeCa(NOW)).certificatePem,
    };
    expect(tlsFromSecret(tlsToSecret(state))).toEqual({ ok: true, value: state });
  });

  it('accepts certificates that have ended', async () => {
    expect(tlsFromSecret(tlsToSecret(await makeTls(NAMES, NOW - 900 * DAY))).ok).toBe(true);
  });

  it('refuses a Secret whose parts do not belong together', async () => {
    const [one, other] = [tlsToSecret(await makeTls(NAMES, NOW)), tlsToSecret(await makeTls(NAMES, NOW))];
    const broken: [SecretData, string][] = [
      [{}, 'ca.crt and ca.key'],
      [{ ...one, 'ca.key': other['ca.key'] ?? '' }, 'ca.crt and ca.key'],
      [{ ...one, 'tls.key': other['tls.key'] ?? '' }, 'tls.crt does not belong'],
      [
        { ...one, 'tls.crt': other['tls.crt'] ?? '', 'tls.key': other['tls.key'] ?? '' },
        'tls.crt does not belong',
      ],
      [{ ...one, ...toSecretData({ 'next-ca.crt': 'x', 'next-ca.key': 'y' }) }, 'next-ca.crt'],
    ];
    for (const [data, why] of broken) {
      const result = tlsFromSecret(data);
      expect(result.ok ? '' : result.why).toContain(why);
    }
  });
});

describe('servingNames', () => {
  it.each([
    [
      { kind: 'service', name: 'assent-gate', namespace: 'a', port: 443 } as const,
      { dnsNames: ['assent-gate.a.svc'], ipAddresses: [] },
    ],
    [{ kind: 'url', base: 'https://127.0.0.1:9443' } as const, { dnsNames: [], ipAddresses: ['127.0.0.1'] }],
    [{ kind: 'url', base: 'https://[::1]:9443/x' } as const, { dnsNames: [], ipAddresses: ['::1'] }],
    [{ kind: 'url', base: 'https://gate.example' } as const, { dnsNames: ['gate.example'], ipAddresses: [] }],
  ])('of %o are %o', (endpoint, names) => {
    expect(servingNames(endpoint)).toEqual(names);
  });
});
