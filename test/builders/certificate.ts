// A self-signed certificate for tests and benchmarks, written as DER by hand: needs nothing but node:crypto.
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import type { CertificatePair } from '../../src/gate/tls.ts';

const DAY_MS = 86_400_000;

/**
 * Makes a certificate for localhost and 127.0.0.1, valid from yesterday until tomorrow.
 * @param name common name, to tell certificates apart
 * @param kind P-256 unless said otherwise
 */
export function aCertificate(name = 'localhost', kind: 'ec' | 'ed25519' = 'ec'): CertificatePair {
  const keys =
    kind === 'ec' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('ed25519');
  return {
    cert: pem('CERTIFICATE', selfSigned(name, keys, kind)),
    key: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  };
}

function selfSigned(
  name: string,
  keys: { publicKey: KeyObject; privateKey: KeyObject },
  kind: string,
): Buffer {
  const now = Date.now();
  const algorithm = sequence(
    oid(kind === 'ec' ? [0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02] : [0x2b, 0x65, 0x70]),
  );
  const subject = sequence(tlv(0x31, sequence(oid([0x55, 0x04, 0x03]), tlv(0x0c, Buffer.from(name)))));
  const alternatives = sequence(tlv(0x82, Buffer.from('localhost')), tlv(0x87, Buffer.from([127, 0, 0, 1])));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.from([1])),
    algorithm,
    subject,
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    subject,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(sequence(oid([0x55, 0x1d, 0x11]), tlv(0x04, alternatives)))),
  );
  const signature = sign(kind === 'ec' ? 'sha256' : null, body, keys.privateKey);
  return sequence(body, algorithm, tlv(0x03, Buffer.from([0]), signature));
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const value = Buffer.concat(parts);
  const size = value.length;
  let length = [size];
  if (size > 0xff) length = [0x82, size >> 8, size & 0xff];
  else if (size > 0x7f) length = [0x81, size];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function oid(bytes: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from(bytes));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tlv(0x17, Buffer.from(digits.slice(2)));
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').replaceAll(/.{1,64}/g, '$&\n');
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
