// Puts a gate together and runs it: caches, keys, the HTTPS server with its three routes, and the loops that flush attempts
// and take up renewed certificates.
import { ourResource } from '../api/group.ts';
import type { OwnUsers } from '../api/installation.ts';
import { denial, type DenialFacts } from '../domain/message/denial.ts';
import { isAgent } from '../domain/policy/agents.ts';
import { isOneTooMany, TOO_MANY_AGENTS } from '../domain/policy/fit.ts';
import { validatePolicy } from '../domain/policy/validate.ts';
import { clusterUid } from '../kube/cluster-uid.ts';
import type { KubeObject } from '../kube/object.ts';
import { observeCaches } from '../kube/reflector-metrics.ts';
import { resource } from '../kube/resource.ts';
import type { KubeClient } from '../kube/transport.ts';
import type { Keyring } from '../platform/keyring.ts';
import type { Logger } from '../platform/log.ts';
import type { Metrics } from '../platform/metrics.ts';
import type { ServedTls } from '../platform/mounted-tls.ts';
import { deny } from './answer.ts';
import { Attempts } from './attempts.ts';
import { BODY_LIMIT } from './body.ts';
import { makeCaches, type Caches } from './caches.ts';
import { compile } from './compile.ts';
import type { Refusal } from './exchange.ts';
import { gateRoute, type GatePorts } from './gate.ts';
import { accessGrounds } from './live-access.ts';
import { liveApi } from './live-api.ts';
import { Opener } from './open-request.ts';
import { guardRoute, stampRoute, type OwnKindsPorts } from './own-kinds.ts';
import { gateObserver, observeCertificates, observeServer, ownKindsObserver } from './observe.ts';
import { Quota } from './quota.ts';
import { Refusals } from './refusals.ts';
import { Reserver, type Sealer } from './reserve.ts';
import { AdmissionServer } from './server.ts';

/** What a gate is made of. */
export interface GateInput {
  readonly client: KubeClient;
  readonly keyring: Keyring;
  readonly namespace: string;
  readonly own: OwnUsers;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The clock of this machine, epoch ms. */
  readonly now: () => number;
  readonly stopping: AbortSignal;
}

/** A running gate. */
export interface Gate {
  readonly server: AdmissionServer;
  readonly caches: Caches;
  ready(): { readonly ok: boolean; readonly why: string };
  /** Serves another certificate from now on; a pair that does not work throws and changes nothing. */
  setTls(tls: ServedTls): void;
  stop(): Promise<void>;
}

/** Attempts are written this often. ms. */
const FLUSH_MS = 1_000;
const FLUSH_LIMIT_MS = 10_000;

/**
 * Starts the caches and the server's parts; `server.listen` opens the door.
 * @throws when the cluster cannot be told apart from others
 */
export async function startGate(input: GateInput): Promise<Gate> {
  const { client, keyring, now, log } = input;
  // An approval of one cluster is worth nothing in another (T75).
  const cluster = await clusterUid(client);
  const caches = makeCaches(client, compile, log);
  const api = liveApi(client, input.namespace);
  const sealer: Sealer = {
    sign: (bytes) => keyring.seals.sign(bytes),
    verify: (bytes, seal) => keyring.seals.verify(bytes, seal),
  };
  const attempts = new Attempts(api, now, (err) => log.warn({ err }, 'attempts could not be counted yet'));
  // One for both ways to ask: claims of an agent take turns.
  const quota = new Quota(api);
  const parts = { api, facts: caches, sealer, attempts, cluster, quota };
  const gatePorts = gatePortsOf(input, parts);
  const ready = () => readiness(caches, input);
  const ownKinds = ownKindsPorts(input, { api, sealer, caches, cluster, quota });
  const server = new AdmissionServer({
    certificate: certificateOf(keyring.tls),
    routes: { gate: gateRoute(gatePorts), guard: guardRoute(ownKinds), stamp: stampRoute(ownKinds) },
    isSegment: (candidate) => keyring.paths.matches(candidate),
    refuse,
    ready,
    failed: (err, review) => log.error({ review, err }, 'a review could not be answered'),
    now,
  });
  caches.start();
  observeServer(input.metrics, server);
  observeCertificates(input.metrics, keyring.tls);
  observeCaches(input.metrics, caches.observed, now);
  const flushing = setInterval(() => void attempts.flush(AbortSignal.timeout(FLUSH_LIMIT_MS)), FLUSH_MS);
  return {
    server,
    caches,
    ready,
    setTls(tls) {
      server.setCertificate(certificateOf(tls));
      observeCertificates(input.metrics, tls);
    },
    async stop() {
      clearInterval(flushing);
      await server.drain();
      await server.close();
      await attempts.flush(AbortSignal.timeout(FLUSH_LIMIT_MS));
      await caches.stop();
    },
  };
}

type GateParts = Pick<GatePorts, 'api' | 'facts' | 'sealer' | 'attempts' | 'cluster'> & {
  readonly quota: Quota;
};

function gatePortsOf(input: GateInput, parts: GateParts): GatePorts {
  return {
    ...parts,
    now: input.now,
    sharedNow: sharedClock(input),
    reserver: new Reserver(parts.api, parts.sealer),
    opener: new Opener(parts),
    keys: fingerprintKeys(input),
    observer: gateObserver(input),
  };
}

const fingerprintKeys = ({ keyring }: GateInput) => {
  const { current, previous } = keyring.hmac;
  return () => (previous ? [current, previous] : [current]);
};

/** The one clock that all replicas have: windows, and the times that are sealed, go by it (INV-2). */
const sharedClock =
  ({ client }: GateInput) =>
  (signal: AbortSignal): Promise<number> =>
    client.knownServerTime(signal);

const certificateOf = ({ leaf }: ServedTls) => ({ cert: leaf.certificatePem, key: leaf.keyPem });

function readiness(caches: Caches, input: GateInput): { ok: boolean; why: string } {
  if (input.stopping.aborted) return { ok: false, why: 'stopping' };
  const fresh = caches.freshness(input.now());
  return fresh.ok ? { ok: true, why: '' } : fresh;
}

/** The denial for a review that no handler answers. */
function refuse(uid: string, why: Refusal): Buffer {
  const facts: DenialFacts =
    why === 'too-large'
      ? { kind: 'too-large', limitBytes: BODY_LIMIT }
      : {
          kind: 'cannot-decide',
          what: 'this request',
          broken: REFUSALS[why],
          tell: 'whoever runs Assent in this cluster',
        };
  const { httpCode: code, reason, message, causes } = denial(facts);
  return deny(uid, { code, reason, message, causes, auditAnnotations: { decision: 'error' } });
}

const REFUSALS: Readonly<Record<Exclude<Refusal, 'too-large'>, string>> = {
  truncated: 'the review arrived incomplete',
  failed: 'the gate failed while it judged',
  deadline: 'the gate could not decide in time',
  malformed: 'the review is malformed',
  overloaded: 'the gate has too much to do at once',
};

function ownKindsPorts(
  input: GateInput,
  parts: Pick<OwnKindsPorts, 'api' | 'sealer'> & {
    readonly caches: Caches;
    readonly cluster: string;
    readonly quota: Quota;
  },
): OwnKindsPorts {
  const { api, sealer, caches, cluster, quota } = parts;
  return {
    api,
    sealer,
    asks: {
      facts: caches,
      policies: () => caches.all(),
      grounds: accessGrounds(input.client),
      quota,
      refusals: new Refusals(),
      keys: fingerprintKeys(input),
      cluster,
      namespace: input.namespace,
      now: input.now,
      opened: () => input.metrics.count('requestsCreated', {}),
    },
    async hasObjects(plural, signal) {
      const kind = resource<KubeObject>(input.client, ourResource(plural));
      for await (const { items } of kind.list({ limit: 1, signal })) if (items.length > 0) return true;
      return false;
    },
    own: input.own,
    sharedNow: sharedClock(input),
    isAgent: (user) => caches.all().some((policy) => isAgent(policy.spec, user) !== undefined),
    areAgentsGroups: () =>
      caches.all().some(({ spec }) => spec.agents.some(({ group }) => group !== undefined)),
    checkPolicy(policy) {
      const { errors, warnings } = validatePolicy(policy.spec, { namespace: input.namespace }, compile);
      const crowded = isOneTooMany(caches.all(), policy) ? [`spec.agents: ${TOO_MANY_AGENTS}`] : [];
      return { errors: [...errors.map(({ path, message }) => `${path}: ${message}`), ...crowded], warnings };
    },
    ...ownKindsObserver(input),
  };
}
