// TLS of the admission server: rules that hold for every connection, and the check of a certificate before it is used,
// so that a bad pair never replaces one that works.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { constants } from 'node:crypto';
import { createSecureContext } from 'node:tls';

/** A certificate chain and its private key, both PEM, leaf first. */
export interface CertificatePair {
  readonly cert: string;
  readonly key: string;
}

/** TLS 1.2 and 1.3, forward secrecy and authenticated encryption only, for an ECDSA leaf. */
export const TLS_RULES = {
  minVersion: 'TLSv1.2',
  ciphers: [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ].join(':'),
  // The API server speaks HTTP/1.1 to webhooks in any case; naming nothing else keeps the HTTP/2 attacks out.
  ALPNProtocols: ['http/1.1'],
  secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
} as const;

/**
 * Returns the pair if a server can use it.
 * @throws Error when it is not PEM, not ECDSA, or the key is another certificate's
 */
export function checkedCertificate(pair: CertificatePair): CertificatePair {
  const leaf = new X509Certificate(pair.cert);
  if (leaf.publicKey.asymmetricKeyType !== 'ec') throw new Error('the certificate is not an ECDSA one');
  if (!leaf.checkPrivateKey(createPrivateKey(pair.key))) {
    throw new Error('the private key does not belong to the certificate');
  }
  createSecureContext({ ...TLS_RULES, ...pair });
  return { cert: pair.cert, key: pair.key };
}
