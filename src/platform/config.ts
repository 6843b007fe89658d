// The configuration of the process: flags win over ASSENT_* variables, those over the file, those over defaults.
// One schema gives types, checks and docs/reference/configuration.md. An unknown key stops the start: a misspelt one
// that is silently ignored would leave a gate in another state than its operator believes.
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { LOG_LEVELS } from './log.ts';
import { markdownTable } from './markdown.ts';
import { scrubText } from './scrub.ts';
import {
  envLayer,
  fileLayer,
  flagLayer,
  nest,
  settingsOf,
  type Given,
  type Layer,
  type Setting,
} from './settings.ts';

const dnsName = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be a DNS label: lower-case letters, digits and dashes');
const port = z.int().min(0).max(65_535);
const text = (max: number) => z.string().min(1).max(max);

const schema = z.strictObject({
  kubeconfig: text(4096)
    .optional()
    .describe('Path of a kubeconfig. Without one, the ServiceAccount of the pod is used.'),
  gateKubeconfig: text(4096)
    .optional()
    .describe('Path of a kubeconfig for the gate alone, with `assent run`. Without one, `kubeconfig`.'),
  namespace: dnsName
    .default('assent-system')
    .describe('Namespace that holds the keys, the leases and the Services of Assent.'),
  gateHost: text(253).optional().describe('Address the gate listens on. Without one, all addresses.'),
  gatePort: port.default(8443).describe('Port the gate listens on. 0 takes a free one.'),
  metricsHost: text(253)
    .optional()
    .describe('Address of /metrics, /healthz and /readyz. Without one, all addresses.'),
  metricsPort: port.default(8080).describe('Port of /metrics, /healthz and /readyz. 0 takes a free one.'),
  webhook: z
    .strictObject({
      url: z
        .url({ protocol: /^https$/, error: 'must be an https URL' })
        .max(512)
        .refine((url) => !/[?#@]/.test(url), 'must have no user, query or fragment')
        .optional()
        .describe('Base URL at which the API server reaches the gate, for a gate outside the cluster.'),
      service: z
        .strictObject({
          name: dnsName.default('assent-gate').describe('Service at which the API server reaches the gate.'),
          namespace: dnsName.optional().describe('Namespace of that Service. By default, `namespace`.'),
          port: port.min(1).default(443).describe('Port of that Service.'),
        })
        .prefault({}),
    })
    .prefault({}),
  tls: z
    .strictObject({
      folder: text(4096)
        .optional()
        .describe(
          'Folder with tls.crt, tls.key, ca.crt that somebody else renews. Without one, Assent makes its own.',
        ),
    })
    .prefault({}),
  ownUsers: z
    .strictObject({
      gate: text(256)
        .optional()
        .describe('User name of the gate. By default, the ServiceAccount assent-gate of `namespace`.'),
      controller: text(256)
        .optional()
        .describe(
          'User name of the controller. By default, the ServiceAccount assent-controller of `namespace`.',
        ),
    })
    .prefault({}),
  clusterName: text(63)
    .regex(/^[A-Za-z0-9][A-Za-z0-9.-]*$/, 'must be letters, digits, dots and dashes')
    .default('kubernetes')
    .describe('Name of the cluster that people are shown, and of this installation in buttons.'),
  slack: z
    .strictObject({
      botTokenFile: text(4096)
        .optional()
        .describe('Path of a file with the bot token of the Slack app. Without one, Slack is off.'),
      appTokenFile: text(4096)
        .optional()
        .describe('Path of a file with its app token: clicks come through Socket Mode.'),
      signingSecretFile: text(4096)
        .optional()
        .describe(
          'Path of a file with its signing secrets, one on each line: clicks come by signed callbacks.',
        ),
      channel: text(31)
        .regex(/^[CG][A-Z0-9]{2,30}$/, 'must be the id of a channel, such as C0123ABCD')
        .optional()
        .describe('Id of the channel that shows the requests.'),
      apiUrl: z
        .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
        .max(512)
        .optional()
        .describe("Base URL of Slack's API. By default, Slack's own."),
    })
    .prefault({}),
  connectorHost: text(253).optional().describe('Address of the callbacks. Without one, all addresses.'),
  connectorPort: port
    .default(8081)
    .describe('Port of the callbacks, where a chat is set up for them. 0 takes a free one.'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('From which level on log lines are written.'),
  leaderElection: z
    .boolean()
    .default(true)
    .describe('Whether controllers elect a leader. Turn it off only where one process runs.'),
});

/** Where the API server reaches the gate. */
export type WebhookEndpoint =
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number }
  | { readonly kind: 'url'; readonly base: string };

/** How Slack is reached; without a bot token it is off. */
export interface SlackConfig {
  readonly botTokenFile?: string | undefined;
  readonly appTokenFile?: string | undefined;
  readonly signingSecretFile?: string | undefined;
  /** Where requests are shown. */
  readonly channel?: string | undefined;
  readonly apiUrl?: string | undefined;
}

/** The checked configuration. Absent hosts mean all addresses; an absent kubeconfig means the pod's own account. */
export interface Config {
  readonly kubeconfig?: string;
  /** With `assent run`: the gate's own identity. */
  readonly gateKubeconfig?: string;
  readonly namespace: string;
  readonly gateHost?: string;
  readonly gatePort: number;
  readonly metricsHost?: string;
  readonly metricsPort: number;
  readonly webhook: WebhookEndpoint;
  /** Where somebody else's certificate lies; without a folder Assent makes its own. */
  readonly tls: { readonly folder?: string | undefined };
  /** User names under which the API server sees our own two processes. */
  readonly ownUsers: { readonly gate: string; readonly controller: string };
  /** Name of the cluster for people, and of this installation in buttons. */
  readonly clusterName: string;
  readonly slack: SlackConfig;
  readonly connectorHost?: string;
  readonly connectorPort: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly leaderElection: boolean;
}

/** The outcome: a configuration with its effective values for printing, or every error with the key it concerns. */
export type ConfigResult =
  | { readonly ok: true; readonly config: Config; readonly printed: Readonly<Record<string, string>> }
  | { readonly ok: false; readonly errors: readonly string[] };

/** Where configuration comes from. `argv` holds the words after the sub-command. */
export interface ConfigInput {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads a file as text; throws when it cannot. */
  readonly readFile: (path: string) => string;
}

const FILE: Setting = {
  path: 'config',
  flag: '--config',
  env: 'ASSENT_CONFIG',
  kind: 'text',
  description: 'Path of a YAML or JSON file with these settings.',
  fallback: undefined,
  choices: [],
  secret: false,
};
/** Every setting, in the order of the reference page. */
export const SETTINGS: readonly Setting[] = [FILE, ...settingsOf(schema)];

/** Reads and checks the configuration. Reads at most one file, through `input.readFile`; otherwise pure. */
export function parseConfig(input: ConfigInput): ConfigResult {
  const errors: string[] = [];
  const flags = flagLayer(SETTINGS, input.argv, errors);
  const env = envLayer(SETTINGS, input.env, errors);
  const path = (flags.get('config') ?? env.get('config'))?.value;
  const file = typeof path === 'string' ? readLayer(path, input.readFile, errors) : new Map<string, Given>();
  const layer: Layer = new Map([...file, ...env, ...flags]);
  layer.delete('config');
  if (layer.has('webhook.url') && [...layer.keys()].some((key) => key.startsWith('webhook.service.'))) {
    errors.push('webhook.url and webhook.service cannot both be set');
  }
  errors.push(...slackTrouble(layer));
  const parsed = schema.safeParse(nest(layer));
  if (!parsed.success) errors.push(...parsed.error.issues.map((issue) => sentence(issue, layer)));
  if (errors.length > 0 || !parsed.success) return { ok: false, errors };
  const used = layer.has('webhook.url')
    ? SETTINGS.filter(({ path: key }) => !key.startsWith('webhook.service.'))
    : SETTINGS;
  return { ok: true, config: complete(parsed.data), printed: printSettings(used, layer) };
}

/** A token without a channel, and the reverse, is a mistake that nobody would notice before a request waits. */
function slackTrouble(layer: Layer): string[] {
  const given = (key: string): boolean => layer.has(`slack.${key}`);
  if (given('botTokenFile') !== given('channel'))
    return ['slack.botTokenFile and slack.channel must be set together'];
  const [app, secret] = [given('appTokenFile'), given('signingSecretFile')];
  if ((app || secret) && !given('botTokenFile'))
    return ['slack.appTokenFile and slack.signingSecretFile need slack.botTokenFile'];
  return app && secret
    ? ['slack.appTokenFile and slack.signingSecretFile are two ways for clicks: set one']
    : [];
}

function readLayer(path: string, readFile: ConfigInput['readFile'], errors: string[]): Layer {
  let content: string;
  try {
    content = readFile(path);
  } catch (error) {
    errors.push(
      `the file ${path} cannot be read: ${error instanceof Error ? error.message : 'unknown error'}`,
    );
    return new Map();
  }
  const document = parseDocument(content, { prettyErrors: false });
  const broken = [...document.errors, ...document.warnings];
  for (const { code, pos } of broken) {
    errors.push(
      `the file ${path} is not valid YAML: ${code} in line ${content.slice(0, pos[0]).split('\n').length}`,
    );
  }
  return broken.length > 0
    ? new Map()
    : fileLayer(SETTINGS.slice(1), document.toJS({ maxAliasCount: 0 }), errors);
}

function sentence(issue: z.core.$ZodIssue, layer: Layer): string {
  const path = issue.path.map(String).join('.');
  const source = layer.get(path)?.source;
  return `${path}${source === undefined ? '' : ` (from ${source})`}: ${issue.message}`;
}

function complete(given: z.infer<typeof schema>): Config {
  const { webhook, ownUsers, kubeconfig, gateKubeconfig, gateHost, metricsHost, connectorHost, ...rest } =
    given;
  const { namespace } = given;
  const account = (name: string): string => `system:serviceaccount:${namespace}:${name}`;
  return {
    ...rest,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(gateKubeconfig === undefined ? {} : { gateKubeconfig }),
    ...(gateHost === undefined ? {} : { gateHost }),
    ...(metricsHost === undefined ? {} : { metricsHost }),
    ...(connectorHost === undefined ? {} : { connectorHost }),
    webhook:
      webhook.url === undefined
        ? { ...webhook.service, kind: 'service', namespace: webhook.service.namespace ?? namespace }
        : { kind: 'url', base: webhook.url.replace(/\/+$/, '') },
    ownUsers: {
      gate: ownUsers.gate ?? account('assent-gate'),
      controller: ownUsers.controller ?? account('assent-controller'),
    },
  };
}

/** Effective values with their source, for the start-up log line. Secret ones are masked. */
export function printSettings(settings: readonly Setting[], layer: Layer): Record<string, string> {
  const printed: Record<string, string> = {};
  for (const { path, secret, fallback } of settings) {
    const given = layer.get(path);
    if (given) printed[path] = `${secret ? '[masked]' : scrubText(String(given.value))} (${given.source})`;
    else if (fallback !== undefined) printed[path] = `${fallback} (default)`;
  }
  return printed;
}

/** The reference page of the configuration, generated from the schema. */
export function configurationMarkdown(): string {
  const rows = SETTINGS.map(({ path, flag, env, description, fallback, choices }) => [
    path === 'config' ? '' : `\`${path}\``,
    `\`${flag}\``,
    `\`${env}\``,
    fallback === undefined ? '' : `\`${fallback}\``,
    choices.length > 0
      ? `${description} One of ${choices.map((choice) => `\`${choice}\``).join(', ')}.`
      : description,
  ]);
  return `# Configuration

Generated from \`src/platform/config.ts\`; do not edit.

The same settings can be given as a flag, as an environment variable or in a file. A flag wins over a variable, a variable
over the file, and the file over the default. An unknown key stops the start. An empty variable counts as not set.

${markdownTable(['Key in the file', 'Flag', 'Variable', 'Default', 'Meaning'], rows)}
Set either \`webhook.url\` or \`webhook.service\`, not both. Keys with a dot are nested maps in the file:

\`\`\`yaml
namespace: assent-system
webhook:
  service:
    name: assent-gate
    port: 443
\`\`\`
`;
}
