// certificates.k8s.io. The requests and the certificates were made once, their private keys thrown away.
import type { Stub } from '../stub.ts';

const GROUP = 'certificates.k8s.io';

/** An empty PKCS#10 request of an Ed25519 key, DER. */
const REQUEST_DER =
  'MIGPMEMCAQAwEDEOMAwGA1UEAwwFc3dlZXAwKjAFBgMrZXADIQCy7MN4TES3cseNjy02OlUOGBQjfgfWkWoL+uiLvXeZBqAAMAUGAytlcANBAMvNpma/Uktmcn5gCMJLYHjQvgRavPgf8uNp4JjexqVkKcNde/MKqhHZ4AKViBBRZ0xJh9yEPhH6DsCzA8ZeOAg=';

const certificate = (...lines: readonly string[]): string =>
  ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
const RED = certificate(
  'MIIBPDCB76ADAgECAhQOT7pq3knBeR06A9WQRZSXx5ekXTAFBgMrZXAwEzERMA8G',
  'A1UEAwwIc3dlZXAtY2EwIBcNMjYxMTIyMDYyMzAyWhgPMjEyNjEwMjkwNjIzMDJa',
  'MBMxETAPBgNVBAMMCHN3ZWVwLWNhMCowBQYDK2VwAyEAb0zQ8w/KaLSUGNaYy0s4',
  'OnGxaDLiACRsfmlShVYXoZijUzBRMB0GA1UdDgQWBBRFHpoQNMaij+SvmgL+oHuE',
  'FL2SkDAfBgNVHSMEGDAWgBRFHpoQNMaij+SvmgL+oHuEFL2SkDAPBgNVHRMBAf8E',
  'BTADAQH/MAUGAytlcANBAEC2zW7fpfeX/0smFjl9YUy07ll8i6lMaEdZbczato3W',
  '21aZMCdc6GQRAHmbb7/G65SPsZxsBHL63gRaq7rqPAA=',
);
const BLUE = certificate(
  'MIIBPDCB76ADAgECAhQiB4XoCzPW4OzzVCcRRSv0+bvyWzAFBgMrZXAwEzERMA8G',
  'A1UEAwwIc3dlZXAtY2IwIBcNMjYxMTIyMDYyMzAyWhgPMjEyNjEwMjkwNjIzMDJa',
  'MBMxETAPBgNVBAMMCHN3ZWVwLWNiMCowBQYDK2VwAyEAF6qLmkzNEly3HtDm6IGy',
  '0kZzvMc3fLrBnW+hkoRmrFmjUzBRMB0GA1UdDgQWBBRZcGgTws2jZhYr97zmj6Rn',
  'Kn7XfDAfBgNVHSMEGDAWgBRZcGgTws2jZhYr97zmj6RnKn7XfDAPBgNVHRMBAf8E',
  'BTADAQH/MAUGAytlcANBALxiLEYuiw5Y3GkcIt7UuR7iIiF88ravk0Eb4xMug1GU',
  'KMMabve3MIBlFycQm3AU85y9oZFvEossjdO1/XDLdw0=',
);

/** An Ed25519 key, DER, and the pod's uid signed with it: what 1.34 has for the request. */
const PUBLIC_KEY = 'MCowBQYDK2VwAyEAmcB74dKahrJ8oTf5Mk7DK+PDP5L5wU4zGLND237DNl0=';
const PROOF = 'A/tEt+tQBBF/pgwUE7/mf8TyXlQoAQetEJaAc5XdsQxaM7dfE/zZxaVbYPp72luBBXVWJNNNFFWFR6A8mvhFBA==';

const pem = `-----BEGIN CERTIFICATE REQUEST-----\n${REQUEST_DER.replaceAll(/.{1,64}/g, '$&\n')}-----END CERTIFICATE REQUEST-----\n`;

const OF_POD = {
  signerName: 'example.com/sweep',
  podName: 'app',
  podUID: '11111111-2222-4333-8444-555555555555',
  serviceAccountName: 'default',
  serviceAccountUID: '11111111-2222-4333-8444-666666666666',
  nodeName: 'sweep-node',
  nodeUID: '11111111-2222-4333-8444-777777777777',
};

/** Kinds of the group certificates.k8s.io. */
export const CERTIFICATES: readonly Stub[] = [
  {
    group: GROUP,
    resource: 'certificatesigningrequests',
    manifest: {
      spec: {
        request: Buffer.from(pem, 'utf8').toString('base64'),
        signerName: 'example.com/sweep',
        usages: ['client auth'],
      },
    },
    change: { metadata: { labels: { colour: 'blue' } } },
    subresources: {
      approval: {
        change: {
          status: { conditions: [{ type: 'Approved', status: 'True', reason: 'Sweep', message: 'a' }] },
        },
      },
      status: {
        change: {
          status: { conditions: [{ type: 'Failed', status: 'True', reason: 'Sweep', message: 'a' }] },
        },
      },
    },
  },
  {
    group: GROUP,
    resource: 'clustertrustbundles',
    manifest: { spec: { trustBundle: RED } },
    change: { spec: { trustBundle: BLUE } },
  },
  {
    group: GROUP,
    resource: 'podcertificaterequests',
    manifest: { spec: { ...OF_POD, stubPKCS10Request: REQUEST_DER } },
    on: {
      '1.34': { manifest: { spec: { ...OF_POD, pkixPublicKey: PUBLIC_KEY, proofOfPossession: PROOF } } },
    },
    change: { metadata: { labels: { colour: 'blue' } } },
    subresources: {
      status: {
        change: {
          status: {
            conditions: [
              {
                type: 'Denied',
                status: 'True',
                reason: 'Sweep',
                message: 'a',
                lastTransitionTime: '2026-01-02T03:04:05Z',
              },
            ],
          },
        },
      },
    },
  },
];
