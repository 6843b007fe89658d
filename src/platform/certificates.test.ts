import { createServer as createTlsServer, connect, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  bundle,
  covers,
  isWhole,
  issueLeaf,
  makeCa,
  needsRotation,
  validity,
  type CertificatePair,
} from './certificates.ts';

const NOW = Date.now();
const DAY = 86_400_000;
const NAMES = { dnsNames: ['assent-gate.assent-system.svc'], ipAddresses: ['127.0.0.1', '::1'] };

/** What a TLS client that trusts `caPem` says about a server with this certificate: authorized, or the error code. */
const handshake = async (leaf: CertificatePair, caPem: string, servername?: string): Promise<string> => {
  const server = createTlsServer({ cert: leaf.certificatePem, key: leaf.keyPem, minVersion: 'TLSv1.2' });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket: TLSSocket = connect({
    port,
    host: '127.0.0.1',
    ca: caPem,
    ...(servername ? { servername } : {}),
  });
  try {
    await once(socket, 'secureConnect');
    return 'authorized';
  } catch (error) {
    return (error as { code: string }).code;
  } finally {
    socket.destroy();
    server.close();
  }
};

describe('makeCa and issueLeaf', () => {
  it('make a chain that a TLS client verifies, by name and by address', async () => {
    const ca = await makeCa(NOW);
    const leaf = await issueLeaf(ca, NAMES, NOW);
    expect(await handshake(leaf, ca.certificatePem, 'assent-gate.assent-system.svc')).toBe('authorized');
    expect(await handshake(leaf, ca.certificatePem)).toBe('authorized');
  });

  it('are refused by a client that trusts another CA, or asks for another name', async () => {
    const [ca, stranger] = [await makeCa(NOW), await makeCa(NOW)];
    const leaf = await issueLeaf(ca, NAMES, NOW);
    expect(await handshake(leaf, stranger.certificatePem)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE');
    expect(await handshake(leaf, ca.certificatePem, 'other.svc')).toBe('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('are refused by a client once they have ended', async () => {
    const then = NOW - 91 * DAY;
    const ca = await makeCa(then);
    const leaf = await issueLeaf(ca, NAMES, then);
    expect(await handshake(leaf, ca.certificatePem)).toBe('CERT_HAS_EXPIRED');
  });

  it('are accepted through a bundle of the old and the new CA, whichever signed (rotation)', async () => {
    const [older, newer] = [await makeCa(NOW - 200 * DAY), await makeCa(NOW)];
    const trusted = bundle([newer.certificatePem, older.certificatePem], NOW);
    for (const ca of [older, newer]) {
      expect(await handshake(await issueLeaf(ca, NAMES, NOW), trusted)).toBe('authorized');
    }
  });

  it('start an hour early and last 365 and 90 days', async () => {
    const ca = await makeCa(NOW);
    const leaf = await issueLeaf(ca, NAMES, NOW);
    const second = (ms: number) => Math.floor(ms / 1_000) * 1_000;
    expect(validity(ca.certificatePem)).toEqual({
      from: second(NOW - 3_600_000),
      to: second(NOW + 365 * DAY),
    });
    expect(validity(leaf.certificatePem)).toEqual({
      from: second(NOW - 3_600_000),
      to: second(NOW + 90 * DAY),
    });
  });

  it('never let a certificate outlive its CA', async () => {
    const ca = await makeCa(NOW - 300 * DAY);
    const leaf = await issueLeaf(ca, NAMES, NOW);
    expect(validity(leaf.certificatePem)?.to).toBe(validity(ca.certificatePem)?.to);
  });

  it('give the certificate its one use, and the CA no other', async () => {
    const ca = new X509Certificate((await makeCa(NOW)).certificatePem);
    const leaf = new X509Certificate((await issueLeaf(await makeCa(NOW), NAMES, NOW)).certificatePem);
    expect([ca.ca, leaf.ca]).toEqual([true, false]);
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(leaf.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' });
    expect(ca.subject).toMatch(/^CN=Assent admission CA [0-9a-f]{8}$/);
    expect(leaf.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });
});

describe('needsRotation', () => {
  it('is true from two thirds of the life on', async () => {
    const ca = await makeCa(NOW);
    const { certificatePem } = await issueLeaf(ca, NAMES, NOW);
    expect(needsRotation(certificatePem, NOW)).toBe(false);
    expect(needsRotation(certificatePem, NOW + 59 * DAY)).toBe(false);
    expect(needsRotation(certificatePem, NOW + 60 * DAY)).toBe(true);
    expect(needsRotation(certificatePem, NOW + 91 * DAY)).toBe(true);
  });

  it('is true for what cannot be read or is not valid yet', async () => {
    expect(needsRotation('nonsense', NOW)).toBe(true);
    expect(needsRotation((await makeCa(NOW)).certificatePem, NOW - DAY)).toBe(true);
  });
});

describe('bundle', () => {
  it('leaves out what has ended, what is unreadable and what repeats', async () => {
    const [live, ended] = [await makeCa(NOW), await makeCa(NOW - 366 * DAY)];
    const pem = bundle([live.certificatePem, ended.certificatePem, 'nonsense', live.certificatePem], NOW);
    expect(pem).toBe(live.certificatePem);
  });
});

describe('covers', () => {
  it.each([
    [NAMES, true],
    [{ dnsNames: ['x.svc'], ipAddresses: [] }, false],
    [{ dnsNames: [], ipAddresses: ['10.0.0.1'] }, false],
    [{ dnsNames: ['127.0.0.1'], ipAddresses: [] }, false],
  ])('checks %o: %s', async (names, good) => {
    const leaf = await issueLeaf(await makeCa(NOW), NAMES, NOW);
    expect(covers(leaf.certificatePem, names)).toBe(good);
    expect(covers('nonsense', names)).toBe(false);
  });
});

describe('isWhole', () => {
  it('wants the key of the certificate and an issuer that signed it', async () => {
    const [ca, stranger] = [await makeCa(NOW), await makeCa(NOW)];
    const leaf = await issueLeaf(ca, NAMES, NOW);
    expect(isWhole(leaf, [stranger.certificatePem, ca.certificatePem])).toBe(true);
    expect(isWhole(leaf, [stranger.certificatePem])).toBe(false);
    expect(isWhole({ ...leaf, keyPem: ca.keyPem }, [ca.certificatePem])).toBe(false);
    expect(isWhole({ ...leaf, keyPem: 'nonsense' }, [ca.certificatePem])).toBe(false);
  });
});
