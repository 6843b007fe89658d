// Certificates on a real API server: replaced under load, lost, made by many at once, and by machines whose clocks are wrong.
// Whoever writes meets a gate that the API server trusts, at every moment.
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueLeaf, makeCa, type ServingNames } from '../../src/platform/certificates.ts';
import { caBundle, tlsFromSecret, tlsToSecret, type TlsState } from '../../src/platform/tls-state.ts';
import { startOperator } from '../../tools/operator/start.ts';
import { startAssent, type Assent } from './assent.ts';
import { startCluster, waitFor } from './cluster.ts';
import { createMap, grantEverything, holdConfigMaps } from './people-stage.ts';

const CLOCK = fileURLToPath(new URL('../faults/races-clock.ts', import.meta.url));
const YEAR_MS = 365 * 24 * 3_600_000;
const SECRET = '/api/v1/namespaces/assent-system/secrets/assent-tls';
const GATE = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/assent-gate';
const NAMES: ServingNames = { dnsNames: [], ipAddresses: ['127.0.0.1'] };
/** Gates and controllers look every half minute. */
const PATIENCE = { timeoutMs: 75_000, everyMs: 200 };
const WRITERS = 4;

interface Stored {
  readonly data: Record<string, string>;
  readonly metadata: { readonly uid: string; readonly resourceVersion: string };
}

/** The certificate that a port serves to whoever trusts these CAs. @throws Error when it is not trusted */
function served(port: number, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });
}

async function held(assent: Assent): Promise<string> {
  const agent = (await assent.plane.serviceAccount('agents', 'deploy-bot')).kubeconfig;
  await grantEverything(assent, ['agents/deploy-bot']);
  await holdConfigMaps(assent, 'bots', [{ serviceAccount: 'agents/deploy-bot' }]);
  await assent.untilHeld(() => createMap(assent, agent, 'probe', '?dryRun=All'));
  return agent;
}

const storedIn = async (assent: Assent): Promise<Stored> =>
  (await assent.admin('GET', SECRET)).json as Stored;
const stateIn = ({ data }: Stored): TlsState => {
  const parsed = tlsFromSecret(data);
  if (!parsed.ok) throw new Error(parsed.why);
  return parsed.value;
};
const trustedBy = async (assent: Assent): Promise<string> => {
  const { json } = await assent.admin('GET', GATE);
  const [webhook] = (json as { webhooks: { clientConfig: { caBundle: string } }[] }).webhooks;
  return Buffer.from(webhook?.clientConfig.caBundle ?? '', 'base64').toString('utf8');
};

describe('under load', () => {
  let assent: Assent;
  let agent: string;
  beforeAll(async () => {
    assent = await startAssent({ operator: { gates: 2, controllers: 1 } });
    agent = await held(assent);
  });
  afterAll(() => assent.stop());

  /** Writes, and new connections, all the while that `during` takes. */
  async function underLoad(during: () => Promise<void>): Promise<{ writes: number; failed: string[] }> {
    const tally = { writes: 0, failed: [] as string[] };
    const over = new AbortController();
    const write = async (index: number) => {
      while (!over.signal.aborted) {
        const answer = await createMap(assent, agent, `load-${index}`, '?dryRun=All');
        tally.writes += 1;
        if (answer.status !== 201) tally.failed.push(answer.message);
      }
    };
    const look = async () => {
      while (!over.signal.aborted) {
        const ca = await trustedBy(assent);
        for (const { port, part } of assent.operator.processes) {
          if (part !== 'gate') continue;
          await served(port, ca).catch((error: Error) => tally.failed.push(`${port}: ${error.message}`));
        }
      }
    };
    const load = Promise.all([...Array.from({ length: WRITERS }, (_, index) => write(index)), look()]);
    try {
      await during();
    } finally {
      over.abort();
      await load;
    }
    return tally;
  }

  async function store(state: TlsState): Promise<void> {
    const { metadata } = await storedIn(assent);
    const body = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'assent-tls', resourceVersion: metadata.resourceVersion },
    };
    await assent.admin('PUT', SECRET, { ...body, type: 'Opaque', data: tlsToSecret(state) });
  }

  const untilServed = async (): Promise<void> => {
    const state = stateIn(await storedIn(assent));
    const ports = assent.operator.processes.filter(({ part }) => part === 'gate').map(({ port }) => port);
    await waitFor(
      async () => {
        const seen = await Promise.all(ports.map((port) => served(port, caBundle(state, Date.now()))));
        return new Set(seen).size === 1 && leafOf(state) === seen[0];
      },
      { what: 'both gates to serve what is stored', ...PATIENCE },
    );
  };

  it('a serving certificate and its CA are replaced, and no write fails', async () => {
    const { writes, failed } = await underLoad(async () => {
      const now = Date.now();
      const first = stateIn(await storedIn(assent));
      await store({ ...first, leaf: await issueLeaf(first.ca, NAMES, now) });
      await untilServed();
      const nextCa = await makeCa(now);
      await store({ ...stateIn(await storedIn(assent)), nextCa });
      const pem = nextCa.certificatePem.trim();
      await waitFor(async () => (await trustedBy(assent)).includes(pem), {
        what: 'the next CA to be trusted',
        ...PATIENCE,
      });
      const { ca } = stateIn(await storedIn(assent));
      await store({
        ca: nextCa,
        previousCaPem: ca.certificatePem,
        leaf: await issueLeaf(nextCa, NAMES, now),
      });
      await untilServed();
      expect(await trustedBy(assent)).toContain(ca.certificatePem.trim());
    });
    expect(failed).toEqual([]);
    expect(writes).toBeGreaterThan(100);
  }, 240_000);

  it('the Secret is deleted: the same certificates are put back, and no write fails', async () => {
    const before = await storedIn(assent);
    // The controller puts back what it saw last, so let it see the last step of the test before.
    const wanted = caBundle(stateIn(before), Date.now());
    await waitFor(async () => (await trustedBy(assent)) === wanted, {
      what: 'the controller to look',
      ...PATIENCE,
    });
    const { failed } = await underLoad(async () => {
      await assent.admin('DELETE', SECRET);
      await waitFor(
        async () => (await assent.send(assent.plane.adminKubeconfig, 'GET', SECRET)).status === 200,
        {
          what: 'the Secret to be back',
          ...PATIENCE,
        },
      );
      await untilServed();
    });
    const after = await storedIn(assent);
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(after.data).toEqual(before.data);
    expect(failed).toEqual([]);
  }, 240_000);
});

/** Fingerprint of the serving certificate of a state, as {@link served} tells it. */
const leafOf = ({ leaf }: TlsState): string => new X509Certificate(leaf.certificatePem).fingerprint256;

it('five gates that start at once make one CA', async () => {
  const plane = await startCluster();
  const operator = await startOperator(plane, { gates: 0, controllers: 0 });
  try {
    const gates = await Promise.all(Array.from({ length: 5 }, () => operator.launch('gate')));
    const answer = await waitFor(
      async () => {
        const got = await plane.raw(plane.adminKubeconfig, 'GET', SECRET);
        return got.status === 200 ? got : undefined;
      },
      { what: 'the Secret', ...PATIENCE },
    );
    const state = stateIn(answer.json as Stored);
    const ca = caBundle(state, Date.now());
    const seen = await Promise.all(
      gates.map(({ port }) =>
        waitFor(() => served(port, ca).catch(() => undefined), { what: 'a gate', ...PATIENCE }),
      ),
    );
    expect(new Set(seen)).toEqual(new Set([leafOf(state)]));
  } finally {
    await operator.stop();
    await plane.stop();
  }
});

describe.each([
  ['ahead', YEAR_MS],
  ['behind', -YEAR_MS],
])('on a machine whose clock is a year %s', (_, offset) => {
  it('certificates are good by the clock of the API server, and the gate is asked', async () => {
    const env = { NODE_OPTIONS: `--import=${CLOCK}`, FAULTS_CLOCK_MS: String(offset) };
    const assent = await startAssent({ operator: { run: true, env } });
    try {
      const agent = await held(assent);
      expect((await createMap(assent, agent, 'asked')).message).toContain('Approval required');
    } finally {
      await assent.stop();
    }
  });
});
