import { describe, expect, it } from 'vitest';
import { certificatesIn, makeCa } from './certificates.ts';
import { nextTrust, trustBundle, trustFromSecret, trustToSecret } from './trust.ts';
import { toSecretData } from './secret-store.ts';

const NOW = Date.UTC(2026, 10, 23);
const HOUR = 3_600_000;
const pems = await Promise.all(Array.from({ length: 12 }, async () => (await makeCa(NOW)).certificatePem));
const [a = '', b = '', c = '', own = ''] = pems;
const trusted = (trust: Parameters<typeof trustBundle>[0], now = NOW) =>
  certificatesIn(trustBundle(trust, now));

describe('nextTrust', () => {
  it('is the CA alone at first, and does not change with it', () => {
    const first = nextTrust(undefined, a, NOW);
    expect(first).toEqual({ current: a });
    expect(nextTrust(first, a, NOW + HOUR)).toBe(first);
  });

  it('keeps the CA before for a day, and no longer', () => {
    const next = nextTrust(nextTrust(undefined, a, NOW), b, NOW);
    expect(trusted(next)).toEqual([b, a]);
    expect(nextTrust(next, b, NOW + 23 * HOUR)).toBe(next);
    expect(trusted(next, NOW + 24 * HOUR)).toEqual([b]);
    expect(nextTrust(next, b, NOW + 24 * HOUR)).toEqual({ current: b });
  });

  it('keeps all that were trusted within a day, the newest first, and the one that comes back once', () => {
    const third = [a, b, c].reduce(
      (trust: ReturnType<typeof nextTrust> | undefined, ca) => nextTrust(trust, ca, NOW),
      undefined,
    );
    expect(trusted(third ?? { current: '' })).toEqual([c, b, a]);
    expect(trusted(nextTrust(third, a, NOW))).toEqual([a, c, b]);
  });

  it('is bounded, whatever the issuer does', () => {
    const last = pems.reduce(
      (trust: ReturnType<typeof nextTrust> | undefined, ca) => nextTrust(trust, ca, NOW),
      undefined,
    );
    expect(trusted(last ?? { current: '' })).toHaveLength(9);
  });

  it('keeps for a day what Assent made, when somebody else takes over, and the reverse', () => {
    const over = nextTrust(undefined, a, NOW, own);
    expect(trusted(over)).toEqual([a, own]);
    const back = nextTrust(over, '', NOW + 48 * HOUR);
    expect(trusted(back, NOW + 48 * HOUR)).toEqual([a]);
    expect(trusted(back, NOW + 73 * HOUR)).toEqual([]);
    expect(trusted(nextTrust(back, b, NOW + 49 * HOUR, own), NOW + 49 * HOUR)).toEqual([b, own, a]);
  });

  it('trusts none that has ended', () => {
    expect(trusted({ current: a }, NOW + 366 * 24 * HOUR)).toEqual([]);
  });
});

describe('the Secret', () => {
  it('gives back what was put in', () => {
    for (const trust of [nextTrust(undefined, a, NOW), nextTrust({ current: a }, b, NOW), { current: '' }])
      expect(trustFromSecret(trustToSecret(trust))).toEqual({ ok: true, value: trust });
  });

  it('is refused when half of it is missing', () => {
    const broken = [
      {},
      toSecretData({ 'ca.crt': a, 'before.crt': b }),
      toSecretData({ 'ca.crt': a, 'before.crt': b, 'before-until': 'soon' }),
    ];
    for (const data of broken) expect(trustFromSecret(data).ok).toBe(false);
  });
});
