// Exec plugins of a kubeconfig (KEP-541, client.authentication.k8s.io): runs the command and reads the credential it prints.
// What it prints goes nowhere else, not even into an error (INV-10); an answer that is not whole is no credential (INV-7).
import { spawn } from 'node:child_process';
import type { KubeClock } from './clock.ts';
import type { Entry } from './kubeconfig-entry.ts';

/** What a plugin gave. At least a token, or a certificate with its key. */
export interface PluginCredential {
  readonly token: string | undefined;
  /** PEM. */
  readonly cert: string | undefined;
  /** PEM. */
  readonly key: string | undefined;
  /** Epoch ms. */
  readonly endsAt: number;
}

interface Plugin {
  readonly apiVersion: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly installHint: string | undefined;
  readonly isInteractive: boolean;
  readonly cluster: object | undefined;
}

const GROUP = 'client.authentication.k8s.io';
const VERSIONS = [`${GROUP}/v1`, `${GROUP}/v1beta1`];
const MODES = ['Never', 'IfAvailable', 'Always'];
/** A plugin that nobody can talk to has this long. One that may ask somebody has all the time they take. ms. */
const LONGEST_RUN_MS = 120_000;
const LONGEST_ANSWER = 1_048_576;
/** The end of a credential that names none: it is good until the server refuses it. The last moment that a Date can be. */
const FOREVER = '+275760-09-13T00:00:00Z';

/**
 * Runs the plugin.
 *
 * @param exec the `exec` of a user
 * @param cluster where `provideClusterInfo` is set, the plugin is told of it
 * @throws Error that names the plugin and says what is wrong
 */
export async function runExecPlugin(
  exec: Entry,
  cluster: Entry,
  clock: Pick<KubeClock, 'after'>,
): Promise<PluginCredential> {
  const plugin = readPlugin(exec, cluster);
  const answer = await run(plugin, clock);
  return credentialIn(answer, plugin);
}

function readPlugin(exec: Entry, cluster: Entry): Plugin {
  const apiVersion = exec.text('apiVersion') ?? '';
  if (!VERSIONS.includes(apiVersion)) throw exec.wrong('apiVersion', `is none of ${VERSIONS.join(', ')}`);
  const named = exec.text('command');
  if (named === undefined) throw exec.wrong('command', 'is missing');
  return {
    apiVersion,
    // A bare name is looked for on the PATH; with a slash in it, it is a path like the others in the file.
    command: /[/\\]/.test(named) ? (exec.path('command') ?? named) : named,
    args: exec.texts('args'),
    env: Object.fromEntries(
      exec.entries('env').map((one) => [one.text('name') ?? '', one.text('value') ?? '']),
    ),
    installHint: exec.text('installHint'),
    isInteractive: mayAsk(exec, apiVersion),
    cluster: exec.flag('provideClusterInfo') ? clusterInfo(cluster) : undefined,
  };
}

/** Whether the plugin may talk to somebody at a terminal. */
function mayAsk(exec: Entry, apiVersion: string): boolean {
  const mode = exec.text('interactiveMode') ?? (apiVersion === `${GROUP}/v1` ? '' : 'IfAvailable');
  if (!MODES.includes(mode)) throw exec.wrong('interactiveMode', `is none of ${MODES.join(', ')}`);
  if (mode === 'Always' && !process.stdin.isTTY)
    throw exec.wrong('command', 'has to ask, and nobody is at a terminal');
  return mode !== 'Never' && process.stdin.isTTY;
}

const CLUSTER_FIELDS = [
  'server',
  'tls-server-name',
  'insecure-skip-tls-verify',
  'certificate-authority-data',
  'proxy-url',
];

function clusterInfo(cluster: Entry): object {
  const extension = cluster.entries('extensions').find((one) => one.text('name') === `${GROUP}/exec`);
  const fields = CLUSTER_FIELDS.map((name) => [name, cluster.raw(name)]);
  return { ...Object.fromEntries(fields), config: extension?.raw('extension') };
}

function run({ command, args, env, ...plugin }: Plugin, clock: Pick<KubeClock, 'after'>): Promise<string> {
  const spec = { interactive: plugin.isInteractive, cluster: plugin.cluster };
  const info = JSON.stringify({ apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec });
  return new Promise((resolve, reject) => {
    const failed = (why: string): void => reject(new Error(words(`${command} ${why}`, plugin.installHint)));
    // Its complaints and questions are for the person who started us, as with kubectl.
    const child = spawn(command, args, {
      env: { ...process.env, ...env, KUBERNETES_EXEC_INFO: info },
      stdio: [plugin.isInteractive ? 'inherit' : 'ignore', 'pipe', 'inherit'],
    });
    // Neither a plugin that will not stop nor what it started, and what holds its output open, is waited for.
    const stop = (): void => {
      child.kill('SIGKILL');
      child.stdout.destroy();
    };
    const forget = plugin.isInteractive ? () => undefined : clock.after(LONGEST_RUN_MS, stop);
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      answer += chunk;
      if (answer.length > LONGEST_ANSWER) stop();
    });
    child.on('error', ({ code }: NodeJS.ErrnoException) => {
      forget();
      failed(`could not be started (${code ?? 'unknown'})`);
    });
    child.on('close', (code, signal) => {
      forget();
      if (code === 0) resolve(answer);
      else failed(`gave no credential: it ended with ${signal ?? `code ${code ?? '?'}`}`);
    });
  });
}

const words = (text: string, hint: string | undefined): string =>
  `the exec plugin ${text}${hint === undefined ? '' : `\n${hint}`}`;

function credentialIn(answer: string, { apiVersion, command }: Plugin): PluginCredential {
  const no = (why: string): Error => new Error(words(`${command} ${why}`, undefined));
  const told = parsed(answer);
  if (told?.kind !== 'ExecCredential') throw no('printed no ExecCredential');
  if (told.apiVersion !== apiVersion) throw no(`did not answer in ${apiVersion}`);
  const { token, clientCertificateData: cert, clientKeyData: key } = told.status ?? {};
  if (![token, cert, key].every(isTextOrNone)) throw no('printed a credential that is no text');
  if ((cert === undefined) !== (key === undefined)) {
    throw no('printed a certificate or a key without the other');
  }
  if (token === undefined && cert === undefined) throw no('printed no credential');
  const endsAt = Date.parse(told.status?.expirationTimestamp ?? FOREVER);
  if (Number.isNaN(endsAt)) throw no('printed an expirationTimestamp that is no time');
  return { token, cert, key, endsAt };
}

const isTextOrNone = (value: unknown): boolean =>
  value === undefined || (typeof value === 'string' && value !== '');

interface ExecCredential {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly status?: {
    readonly token?: string;
    readonly clientCertificateData?: string;
    readonly clientKeyData?: string;
    readonly expirationTimestamp?: string;
  };
}

function parsed(answer: string): ExecCredential | undefined {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}
