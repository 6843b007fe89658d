import { describe, expect, it } from 'vitest';
import { configurationMarkdown, parseConfig, printSettings, type Config } from './config.ts';
import { settingsOf } from './settings.ts';
import { z } from 'zod';

const parse = (argv: string[] = [], env: Record<string, string> = {}, files: Record<string, string> = {}) =>
  parseConfig({
    argv,
    env,
    readFile: (path) => {
      const text = files[path];
      if (text === undefined) throw new Error(`no such file: ${path}`);
      return text;
    },
  });
const configOf = (...given: Parameters<typeof parse>): Config => {
  const result = parse(...given);
  if (!result.ok) throw new Error(result.errors.join('; '));
  return result.config;
};
const errorsOf = (...given: Parameters<typeof parse>): readonly string[] => {
  const result = parse(...given);
  return result.ok ? [] : result.errors;
};

describe('parseConfig', () => {
  it('works without anything given', () => {
    expect(configOf()).toEqual({
      namespace: 'assent-system',
      gatePort: 8443,
      metricsPort: 8080,
      webhook: { kind: 'service', namespace: 'assent-system', name: 'assent-gate', port: 443 },
      ownUsers: {
        gate: 'system:serviceaccount:assent-system:assent-gate',
        controller: 'system:serviceaccount:assent-system:assent-controller',
      },
      tls: {},
      clusterName: 'kubernetes',
      slack: {},
      connectorPort: 8081,
      logLevel: 'info',
      leaderElection: true,
    });
  });

  it.each([
    [['--slack-channel', 'C0123'], /slack.botTokenFile and slack.channel must be set together/],
    [['--slack-bot-token-file', 'bot'], /must be set together/],
    [
      ['--slack-app-token-file', 'app'],
      /slack.appTokenFile and slack.signingSecretFile need slack.botTokenFile/,
    ],
    [['--slack-bot-token-file', 'bot', '--slack-channel', '#ops'], /must be the id of a channel/],
  ])('refuses half of Slack: %j', (argv, words) => {
    const result = parseConfig({ argv, env: {}, readFile: () => '' });
    expect(result.ok ? '' : result.errors.join()).toMatch(words);
  });

  it('lets flags win over variables, variables over the file, the file over defaults', () => {
    const files = { 'a.yaml': 'gatePort: 1\nmetricsPort: 1\nlogLevel: warn\n' };
    const config = configOf(
      ['--config', 'a.yaml', '--gate-port=3'],
      { ASSENT_GATE_PORT: '2', ASSENT_METRICS_PORT: '2' },
      files,
    );
    expect([config.gatePort, config.metricsPort, config.logLevel, config.namespace]).toEqual([
      3,
      2,
      'warn',
      'assent-system',
    ]);
  });

  it('takes the path of the file from a variable, and JSON as well as YAML', () => {
    const files = { 'a.json': '{"webhook": {"service": {"port": 9443}}, "ownUsers": {"gate": "g"}}' };
    const config = configOf([], { ASSENT_CONFIG: 'a.json' }, files);
    expect(config.webhook).toEqual({
      kind: 'service',
      namespace: 'assent-system',
      name: 'assent-gate',
      port: 9443,
    });
    expect(config.ownUsers).toEqual({
      gate: 'g',
      controller: 'system:serviceaccount:assent-system:assent-controller',
    });
  });

  it('moves everything that depends on the namespace with it', () => {
    const config = configOf(['--namespace', 'guard']);
    expect(config.webhook).toMatchObject({ namespace: 'guard' });
    expect(config.ownUsers.gate).toBe('system:serviceaccount:guard:assent-gate');
  });

  it('reads a URL in place of a Service', () => {
    const config = configOf(['--webhook-url', 'https://127.0.0.1:9443/']);
    expect(config.webhook).toEqual({ kind: 'url', base: 'https://127.0.0.1:9443' });
  });

  it('keeps the kubeconfig of the gate apart from that of the controller', () => {
    const config = configOf(['--kubeconfig', 'a', '--gate-kubeconfig', 'b']);
    expect([config.kubeconfig, config.gateKubeconfig]).toEqual(['a', 'b']);
  });

  it('reads a switch with and without a value', () => {
    expect(configOf(['--leader-election=false']).leaderElection).toBe(false);
    expect(configOf(['--leader-election', '--gate-port', '1']).leaderElection).toBe(true);
  });

  it('counts an empty variable as not set', () => {
    expect(configOf([], { ASSENT_KUBECONFIG: '' })).not.toHaveProperty('kubeconfig');
  });

  it('does not take the variables that Kubernetes sets for a Service called assent-gate', () => {
    const links = {
      ASSENT_GATE_SERVICE_HOST: '10.0.0.1',
      ASSENT_GATE_SERVICE_PORT: '443',
      ASSENT_GATE_SERVICE_PORT_HTTPS: '443',
      ASSENT_GATE_PORT: 'tcp://10.0.0.1:443',
      ASSENT_GATE_PORT_443_TCP: 'tcp://10.0.0.1:443',
      ASSENT_GATE_PORT_443_TCP_ADDR: '10.0.0.1',
      ASSENT_GATE_PORT_443_TCP_PORT: '443',
      ASSENT_GATE_PORT_443_TCP_PROTO: 'tcp',
    };
    expect(configOf([], links).gatePort).toBe(8443);
  });

  it('leaves the variables of fault injection and tests to their readers', () => {
    expect(errorsOf([], { ASSENT_FAILPOINT: 'x', ASSENT_TEST_SEED: '1' })).toEqual([]);
  });

  it.each<[string, Parameters<typeof parse>, string]>([
    ['an unknown flag', [['--gate-prot=1']], 'unknown flag --gate-prot'],
    ['a stray word', [['gate']], 'an argument that belongs to no flag'],
    ['a flag without a value', [['--namespace']], '--namespace needs a value'],
    ['a flag given twice', [['--gate-port=1', '--gate-port=2']], '--gate-port is given twice'],
    ['an unknown variable', [[], { ASSENT_GATE_PROT: '1' }], 'unknown environment variable ASSENT_GATE_PROT'],
    ['an unknown key', [['--config=f'], {}, { f: 'gateProt: 1' }], 'unknown key gateProt in the file'],
    [
      'an unknown nested key',
      [['--config=f'], {}, { f: 'webhook: {service: {nome: x}}' }],
      'unknown key webhook.service.nome in the file',
    ],
    [
      'a prototype key',
      [['--config=f'], {}, { f: '__proto__: {a: 1}' }],
      'unknown key __proto__ in the file',
    ],
    ['a map that is none', [['--config=f'], {}, { f: 'webhook: 3' }], 'webhook in the file must be a map'],
    ['a file that is none', [['--config=f'], {}, { f: '- a' }], 'the file must be a map'],
    ['a file that is absent', [['--config=f']], 'the file f cannot be read: no such file: f'],
    [
      'broken YAML',
      [['--config=f'], {}, { f: 'a: 1\na: 2\n' }],
      'the file f is not valid YAML: DUPLICATE_KEY in line 2',
    ],
    ['a port that is no number', [[], { ASSENT_GATE_PORT: '84x' }], 'gatePort (from ASSENT_GATE_PORT): '],
    ['a port out of range', [['--gate-port=70000']], 'gatePort (from --gate-port): '],
    ['a level that does not exist', [['--log-level=loud']], 'logLevel (from --log-level): '],
    [
      'a URL without TLS',
      [['--webhook-url=http://a']],
      'webhook.url (from --webhook-url): must be an https URL',
    ],
    [
      'a URL with a user',
      [['--webhook-url=https://u:p@a']],
      'webhook.url (from --webhook-url): must have no user',
    ],
    ['a namespace that is none', [['--namespace=A_b']], 'namespace (from --namespace): must be a DNS label'],
    [
      'a URL and a Service',
      [['--webhook-url=https://a', '--webhook-service-name=b']],
      'webhook.url and webhook.service cannot both be set',
    ],
  ])('refuses %s by name', (_, given, words) => {
    const errors = errorsOf(...given);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(words);
    expect(errors[0]).not.toContain('u:p');
  });

  it('reports all errors at once', () => {
    expect(errorsOf(['--gate-port=x', '--nope'], { ASSENT_NOPE: '1' })).toHaveLength(3);
  });

  it('prints effective values with their source', () => {
    const result = parse(['--gate-port=1'], { ASSENT_LOG_LEVEL: 'debug' });
    expect(result.ok && result.printed).toMatchObject({
      gatePort: '1 (--gate-port)',
      logLevel: 'debug (ASSENT_LOG_LEVEL)',
      namespace: 'assent-system (default)',
    });
  });

  it('prints a secret setting masked', () => {
    const settings = settingsOf(z.object({ password: z.string().optional().meta({ secret: true }) }));
    const layer = new Map([['password', { value: 'canary', source: '--password' }]]);
    expect(printSettings(settings, layer)).toEqual({ password: '[masked] (--password)' });
  });
});

describe('settingsOf', () => {
  it('gives every setting a flag and a variable of its own', () => {
    const page = configurationMarkdown();
    const flags = page.match(/`--[a-z-]+`/g) ?? [];
    expect(flags.length).toBeGreaterThan(10);
    expect(new Set(flags).size).toBe(flags.length);
  });

  it('refuses a leaf that no flag can express', () => {
    expect(() => settingsOf(z.object({ list: z.array(z.string()) }))).toThrow('list has a type');
  });
});
