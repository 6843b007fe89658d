// The operator's entry: `assent gate`, `assent controller`, or both in one process with `assent run`. The only place that
// wires everything; it decides nothing.
import { hostname } from 'node:os';
import { readFileSync } from 'node:fs';
import { PART_OF } from './api/installation.ts';
import { VERSION } from './api/version.ts';
import { check } from './cli/check.ts';
import { checkPorts } from './cli/check-ports.ts';
import { uninstall } from './cli/uninstall.ts';
import { uninstallPorts } from './cli/uninstall-ports.ts';
import { startConnector } from './connector/server.ts';
import { slackOf, type Clicks } from './connector/slack.ts';
import { startControllers } from './controllers/start.ts';
import { compile } from './gate/compile.ts';
import { startGate } from './gate/start.ts';
import { loadCredentials } from './kube/credentials.ts';
import { kubeLeaseStorage } from './kube/lease-storage.ts';
import { LeaderElector } from './kube/lease.ts';
import { secretStore } from './kube/secret-store.ts';
import { KubeClient } from './kube/transport.ts';
import { systemClock, type Clock } from './platform/clock.ts';
import { parseConfig, type Config } from './platform/config.ts';
import { failpoint } from './platform/failpoint.ts';
import { startHealthServer } from './platform/health-server.ts';
import { loadKeyring, loadPaths, loadVerifier } from './platform/keyring.ts';
import { createLogger, type Logger } from './platform/log.ts';
import { Metrics, watchProcess } from './platform/metrics.ts';
import type { SecretStore } from './platform/secret-store.ts';
import { listening, PortError } from './platform/port-error.ts';
import { Shutdown } from './platform/shutdown.ts';
import { ServingFollower, servingOf, type Serving } from './platform/serving.ts';
import { servingNames } from './platform/tls-state.ts';
import { lineWriter } from './platform/stdout.ts';
import { askedOf, type Command, type Part } from './platform/usage.ts';

/** A gate looks at its certificate this often: made by Assent, by somebody else, and until it is trusted. ms. */
const TLS_MS = { own: 30_000, mounted: 10_000, untrusted: 1_000 };
const STOP_MS = 20_000;
/** How long `assent check` waits for a start that is under way. ms. */
const CHECK_MS = 90_000;
const KEYS_POLL_MS = 200;
/**
 * A leader that is killed holds its Lease to the end: with the start and the catching up of the next one, that stays
 * below 15 s. ms.
 */
const ELECTION = { leaseMs: 8_000, renewMs: 5_500, retryMs: 1_200 };

interface Process {
  readonly part: Part;
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  /** Why each part is not ready yet; empty when all are. */
  readonly waiting: Map<'gate' | 'controller', () => { readonly ok: boolean; readonly why: string }>;
  readonly instance: string;
}

async function main(): Promise<void> {
  const asked = askedOf(process.argv.slice(2), VERSION);
  if (asked.kind === 'command') return runCommand(asked.command, asked.argv);
  if (asked.kind !== 'start') {
    (asked.kind === 'told' ? process.stdout : process.stderr).write(`${asked.text}\n`);
    process.exitCode = asked.kind === 'told' ? 0 : 2;
    return;
  }
  const { part, argv } = asked;
  const parsed = parseConfig({ argv, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!parsed.ok) {
    process.stderr.write(`assent: ${parsed.errors.join('\nassent: ')}\nsee: assent ${part} --help\n`);
    process.exitCode = 2;
    return;
  }
  const { config } = parsed;
  const log = createLogger({ level: config.logLevel });
  const shutdown = new Shutdown({ log, deadlineMs: STOP_MS });
  shutdown.install(process);
  log.info({ part, config: parsed.printed }, 'starting');
  const metrics = new Metrics();
  shutdown.add('metrics', watchProcess(metrics));
  const instance = `${hostname()}-${process.pid}`;
  const one: Process = { part, config, log, metrics, shutdown, waiting: new Map(), instance };
  try {
    await serveHealth(one);
    if (part !== 'controller') await runGate(one);
    if (part !== 'gate') await runController(one);
  } catch (err) {
    if (err instanceof PortError) log.fatal(`the ${part} could not start: ${err.message}`);
    else log.fatal({ err }, `the ${part} could not start`);
    process.exit(1);
  }
}

async function serveHealth({ part, config, metrics, shutdown, waiting }: Process): Promise<void> {
  const parts = part === 'run' ? (['gate', 'controller'] as const) : [part];
  for (const name of parts) waiting.set(name, () => ({ ok: false, why: `the ${name} is starting` }));
  const ready = () =>
    [...waiting.values()].map((state) => state()).find((one) => !one.ok) ?? { ok: true, why: '' };
  metrics.onScrape(() => {
    for (const [name, state] of waiting) metrics.set('ready', { part: name }, state().ok ? 1 : 0);
  });
  const sources = { metrics: () => metrics.text(), contentType: metrics.contentType, ready };
  const server = await listening({ port: '--metrics-port', host: '--metrics-host' }, () =>
    startHealthServer(sources, config.metricsPort, config.metricsHost),
  );
  shutdown.add('health', () => server.close());
}

/** Of a kubeconfig, or where none is named of the pod. */
const credentialsBy = (kubeconfig: string | undefined) =>
  loadCredentials(kubeconfig === undefined ? { inCluster: true } : { kubeconfig });

async function connect(one: Process, kubeconfig: string | undefined, part: string): Promise<KubeClient> {
  const credentials = await credentialsBy(kubeconfig).catch((cause: unknown) => {
    const hint =
      kubeconfig === undefined ? 'outside of a pod, give --kubeconfig' : `check the file ${kubeconfig}`;
    throw new Error(`there is no way to the API server: ${hint}`, { cause });
  });
  const onWrite = failpoint(process.env['ASSENT_FAILPOINT'], part);
  const client = new KubeClient({
    credentials,
    userAgent: `assent-${part}`,
    ...(onWrite ? { onWrite } : {}),
  });
  one.shutdown.add(`${part} connections`, () => client.close());
  return client;
}

async function runGate(one: Process): Promise<void> {
  const { config, log, metrics, shutdown, waiting } = one;
  const client = await connect(one, config.gateKubeconfig ?? config.kubeconfig, 'gate');
  const store = secretStore(client, config.namespace, PART_OF);
  const serving = certificatesOf(config, store, clockOf(client));
  const keyring = await loadKeyring(store, {
    names: servingNames(config.webhook),
    clock: clockOf(client),
    ...(config.tls.folder === undefined ? {} : { mounted: () => serving.load() }),
  });
  if (keyring.created.length > 0) {
    log.warn({ secrets: keyring.created }, 'new keys were made: approvals under earlier keys are void');
  }
  const gate = await startGate({
    client,
    keyring,
    namespace: config.namespace,
    own: config.ownUsers,
    log,
    metrics,
    now: () => systemClock.now(),
    stopping: shutdown.signal,
  });
  shutdown.add('gate', () => gate.stop());
  await gate.caches.synced;
  const port = await listening({ port: '--gate-port', host: '--gate-host' }, () =>
    gate.server.listen(config.gatePort, config.gateHost),
  );
  const follower = new ServingFollower({
    serving,
    clock: clockOf(client),
    served: keyring.tls,
    take: (tls) => gate.setTls(tls),
  });
  waiting.set('gate', () => (follower.isTrusted ? gate.ready() : UNTRUSTED));
  await followTls(one, follower);
  log.info({ port }, 'the gate serves');
}

const UNTRUSTED = { ok: false, why: 'no controller has published yet that the certificate is to be trusted' };

const certificatesOf = ({ webhook, tls }: Config, store: SecretStore, clock: Clock) =>
  servingOf(store, { names: servingNames(webhook), clock, folder: tls.folder });

/** Takes up renewed certificates; what cannot be used leaves the present one in place. */
async function followTls(one: Process, follower: ServingFollower): Promise<void> {
  const { config, log, metrics, shutdown } = one;
  const calmMs = config.tls.folder === undefined ? TLS_MS.own : TLS_MS.mounted;
  let timer: NodeJS.Timeout | undefined;
  const look = async () => {
    try {
      if ((await follower.look()) === 'taken') metrics.count('certificateReloads', { outcome: 'loaded' });
    } catch (err) {
      metrics.count('certificateReloads', { outcome: 'refused' });
      log.error({ err }, 'the certificate could not be taken up');
    }
    if (shutdown.signal.aborted) return;
    timer = setTimeout(() => void look(), follower.isTrusted ? calmMs : TLS_MS.untrusted);
  };
  shutdown.add('certificate', () => clearTimeout(timer));
  await look();
}

/** The API server's clock: it is the one that says whether a certificate is good, whatever this machine's says. */
const clockOf = (client: KubeClient) => ({ now: () => client.serverTime() });

async function runController(one: Process): Promise<void> {
  const { config, log, metrics, shutdown, waiting, instance } = one;
  const client = await connect(one, config.kubeconfig, 'controller');
  const store = secretStore(client, config.namespace, PART_OF);
  const serving = certificatesOf(config, store, clockOf(client));
  const verifier = await waitForKeys(store, shutdown.signal);
  if (!verifier) return;
  const slack = slackOf({
    config: config.slack,
    clusterName: config.clusterName,
    log,
    metrics,
    now: () => systemClock.now(),
    stopping: shutdown.signal,
  });
  const controllers = startControllers({
    client,
    own: config.ownUsers,
    verify: (bytes, seal) => verifier.verify(bytes, seal),
    compile,
    sink: {
      write: lineWriter(process.stdout),
      eventFailed: (err) => log.warn({ err }, 'an Event could not be written'),
      instance,
    },
    installation: {
      webhookFacts: () => webhookFacts(config, store, serving),
      self: { namespace: config.namespace },
    },
    log,
    metrics,
    now: () => systemClock.now(),
    showing: slack,
  });
  shutdown.add('controllers', () => controllers.stop());
  // Nobody leads who does not know everything: it would keep the Lease from one who does.
  await controllers.synced;
  if (slack) await serveClicks(one, slack.listen(client, controllers.known));
  waiting.set('controller', () => ({ ok: true, why: '' }));
  lead(one, client, (signal) => controllers.lead(signal));
}

/** By a socket that Assent opens, or on a port that somebody lets Slack reach. */
async function serveClicks({ config, log, shutdown }: Process, clicks: Clicks): Promise<void> {
  if (clicks.kind === 'socket') shutdown.add('slack', () => clicks.socket.stop());
  if (clicks.kind !== 'callbacks') return;
  const server = await listening({ port: '--connector-port', host: '--connector-host' }, () =>
    startConnector(clicks.app, config.connectorPort, config.connectorHost),
  );
  shutdown.add('connector', () => server.close());
  log.info({ port: server.port }, 'the connector serves');
}

/** Waits until a gate has published the keys that seals are checked with. */
async function waitForKeys(store: SecretStore, signal: AbortSignal) {
  for (;;) {
    const verifier = await loadVerifier(store, systemClock);
    if (verifier || signal.aborted) return verifier;
    await new Promise((resume) => {
      setTimeout(resume, KEYS_POLL_MS);
    });
  }
}

/** Where the API server reaches the gate. Also renews certificates: this runs with every look at the registrations. */
async function webhookFacts(config: Config, store: SecretStore, serving: Serving) {
  const [caBundle, paths] = [await serving.caBundle(), await loadPaths(store)];
  return {
    endpoint: config.webhook,
    segment: paths.value.current,
    caBundle,
    own: config.ownUsers,
  };
}

/** Runs the leader's work under a Lease, or at once where no election is wanted. */
function lead(one: Process, client: KubeClient, work: (signal: AbortSignal) => Promise<void>): void {
  const { config, log, metrics, shutdown, instance } = one;
  const leading = async (signal: AbortSignal) => {
    metrics.set('leader', {}, 1);
    await work(signal);
    metrics.set('leader', {}, 0);
  };
  const ended = (err: unknown) => {
    log.fatal({ err }, 'the controllers stopped');
    process.exit(1);
  };
  if (!config.leaderElection) {
    const alone = leading(shutdown.signal);
    alone.catch(ended);
    shutdown.add('leader', () => alone);
    return;
  }
  const elector = new LeaderElector({
    storage: kubeLeaseStorage(client, { namespace: config.namespace, name: 'assent-controller' }),
    identity: instance,
    ...ELECTION,
    onStarted: leading,
    // Another one leads: a fresh start is the simplest correct state.
    onLost: () => process.exit(1),
    log,
  });
  const running = elector.run(shutdown.signal);
  running.catch(ended);
  shutdown.add('election', async () => void (await running));
}

/** Commands that are done once. They throw what hinders them. */
const DEEDS: Readonly<Record<Command, Deed>> = {
  check: {
    flag: '--once',
    failed: 'it does not work yet',
    run: (client, namespace, once) => check(checkPorts(client, namespace, tell), once ? 0 : CHECK_MS),
  },
  uninstall: {
    flag: '--keys',
    failed: 'it is not taken out',
    run: (client, namespace, keys) =>
      uninstall(uninstallPorts(client, namespace, tell), { patienceMs: STOP_MS * 3, keys }),
  },
};
interface Deed {
  /** The one flag that it has. */
  readonly flag: string;
  /** What is said first when it failed. */
  readonly failed: string;
  readonly run: (client: KubeClient, namespace: string, isFlagged: boolean) => Promise<void>;
}
const tell = (line: string): void => void process.stdout.write(`${line}\n`);

/** `assent uninstall`, `assent check`. */
async function runCommand(command: Command, words: readonly string[]): Promise<void> {
  const { flag, failed, run } = DEEDS[command];
  const argv = words.filter((word) => word !== flag);
  const parsed = parseConfig({ argv, env: process.env, readFile: (path) => readFileSync(path, 'utf8') });
  if (!parsed.ok) {
    process.stderr.write(`assent: ${parsed.errors.join('\nassent: ')}\n`);
    process.exitCode = 2;
    return;
  }
  const { kubeconfig, namespace } = parsed.config;
  let client: KubeClient | undefined;
  try {
    const credentials = await credentialsBy(kubeconfig);
    client = new KubeClient({ credentials, userAgent: `assent-${command}` });
    await run(client, namespace, argv.length < words.length);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'the API server does not answer';
    process.stderr.write(`assent: ${failed}: ${why}\n`);
    process.exitCode = 1;
  } finally {
    await client?.close();
  }
}

await main();
