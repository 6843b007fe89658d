// The alerts as Prometheus reads them: each fires when it should and does not when it should not; what they and the dashboard
// ask of the API server's own metrics is what a real API server shows; and the chart installs them as they are.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import { ALERTS } from '../../tools/generate/alerts.ts';
import { ROWS } from '../../tools/generate/dashboard.ts';
import { ensurePrograms } from '../../tools/controlplane/ensure.ts';
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { CASES } from '../alerts/cases.ts';
import { promtool } from '../alerts/promtool.ts';
import { operatePage } from '../builders/operate-pages.ts';
import type { AlertCase, Moment } from '../alerts/series.ts';
import { helmTemplate } from '../chart/helm.ts';
import { startCluster } from './cluster.ts';

const RULES_FILE = fileURLToPath(new URL('../../dashboards/prometheus-rules.yaml', import.meta.url));
/** Where a program has to be built, that takes minutes, once. ms. */
const BUILD_MS = 1_800_000;
beforeAll(() => ensurePrograms(['promtool', 'helm']), BUILD_MS);

interface Rule {
  readonly alert: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly Rule[] }[];
}
const text = await readFile(RULES_FILE, 'utf8');
const rules = (parse(text) as Rules).groups.flatMap((group) => group.rules);

/** The words as Prometheus fills them in. */
function filled(rule: Rule, labels: Readonly<Record<string, string>>, value = ''): object {
  const fill = (words: string): string =>
    words
      .replaceAll(/\{\{ \$labels\.(\w+) \}\}/g, (_, name: string) => labels[name] ?? '')
      .replaceAll('{{ $value }}', value);
  return Object.fromEntries(Object.entries(rule.annotations).map(([key, words]) => [key, fill(words)]));
}

/** One moment, as promtool takes it. */
function trial(rule: Rule, moment: Moment, expected: readonly object[]): object {
  return {
    name: `${rule.alert}: ${moment.why}`,
    interval: '1m',
    input_series: Object.entries(moment.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: [{ eval_time: moment.at, alertname: rule.alert, exp_alerts: expected }],
  };
}

function trialsOf({ alert, fires, quiet }: AlertCase): object[] {
  const rule = rules.find((one) => one.alert === alert);
  if (rule === undefined) throw new Error(`there is no alert ${alert}`);
  const firing = fires.map((moment) => {
    const { labels = {}, value } = moment;
    const expected = {
      exp_labels: { ...rule.labels, ...labels },
      exp_annotations: filled(rule, labels, value),
    };
    return trial(rule, moment, [expected]);
  });
  return [...firing, ...quiet.map((moment) => trial(rule, moment, []))];
}

describe('the alerts', () => {
  it('are each on trial, firing and not firing', () => {
    expect(CASES.map(({ alert }) => alert)).toEqual(ALERTS.map(({ name }) => name));
    for (const { alert, fires, quiet } of CASES) {
      expect(fires.length, alert).toBeGreaterThan(0);
      expect(quiet.length, alert).toBeGreaterThan(0);
    }
  });

  it('are rules that Prometheus reads', async () => {
    const checked = await promtool(['check', 'rules', '--lint=all', '--lint-fatal', 'rules.yaml'], {
      'rules.yaml': text,
    });
    expect(checked.stderr).toBe('');
    expect(checked.stdout).toContain(`SUCCESS: ${ALERTS.length} rules found`);
    expect(checked.code).toBe(0);
  });

  it.each(CASES)('$alert fires when it should, and then only', async (one) => {
    const tests = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: trialsOf(one) };
    const tried = await promtool(['test', 'rules', 'trials.yaml'], {
      'rules.yaml': text,
      'trials.yaml': stringify(tests),
    });
    expect(`${tried.stdout}${tried.stderr}`).toContain('SUCCESS');
    expect(tried.code).toBe(0);
  });

  it('are found wrong by promtool when they do not fire', async () => {
    const [first] = CASES;
    const blunt = text.replace('or vector(0)) == 0', 'or vector(0)) == 7');
    if (first === undefined) throw new Error('no alert is on trial');
    const tests = { rule_files: ['rules.yaml'], evaluation_interval: '1m', tests: trialsOf(first) };
    const files = { 'rules.yaml': blunt, 'trials.yaml': stringify(tests) };
    expect((await promtool(['test', 'rules', 'trials.yaml'], files)).code).not.toBe(0);
  });
});

describe('the page for those without the operator', () => {
  it('says what Prometheus reads', async () => {
    const [, config = ''] = /```yaml\n(scrape_configs:[\s\S]*?)```/.exec(operatePage('README.md')) ?? [];
    expect(config).toContain('assent;health');
    const checked = await promtool(['check', 'config', '--syntax-only', 'prometheus.yaml'], {
      'prometheus.yaml': config,
    });
    expect(`${checked.stdout}${checked.stderr}`).toContain('SUCCESS');
    expect(checked.code).toBe(0);
  });
});

describe('the dashboard', () => {
  it('asks what Prometheus understands', async () => {
    const queries = ROWS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
    const asked = queries.map(({ expr }, at) => ({
      record: `query:number_${at}`,
      expr: expr.replaceAll('$__rate_interval', '5m'),
    }));
    const file = stringify({ groups: [{ name: 'dashboard', rules: asked }] });
    const checked = await promtool(['check', 'rules', 'queries.yaml'], { 'queries.yaml': file });
    expect(`${checked.stdout}${checked.stderr}`).toContain(`SUCCESS: ${queries.length} rules found`);
  });
});

describe('the chart', () => {
  const render = async (
    metrics: object,
    more: object = {},
  ): Promise<Rules & { data?: Record<string, string> }> => {
    const { code, stdout, stderr } = await helmTemplate({ metrics, ...more });
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const found = parseAllDocuments(stdout)
      .map((one) => one.toJS() as { kind: string; metadata: { name: string }; spec?: Rules } | null)
      .filter((one) => one?.kind === 'PrometheusRule' || one?.metadata.name === 'assent-dashboard');
    const [only] = found;
    expect(found).toHaveLength(1);
    return { groups: [], ...only?.spec, ...only };
  };
  const names = ({ groups }: Rules): string[] =>
    groups.flatMap((group) => group.rules.map(({ alert }) => alert));

  it('installs the same alerts', async () => {
    expect((await render({ prometheusRule: { enabled: true } })).groups).toEqual(
      (parse(text) as Rules).groups,
    );
  });

  it('leaves out what its values say, and what cannot be with one gate', async () => {
    const few = await render(
      { prometheusRule: { enabled: true, without: ['AssentCapReached'] } },
      { gate: { replicas: 1 } },
    );
    const left = rules.map(({ alert }) => alert).filter((name) => !names(few).includes(name));
    expect(left).toEqual(['AssentGateNotRedundant', 'AssentCapReached']);
  });

  it('installs the same dashboard', async () => {
    const { data } = await render({ dashboard: { enabled: true } });
    const file = await readFile(join(RULES_FILE, '../assent.json'), 'utf8');
    expect(JSON.parse(data?.['assent.json'] ?? '')).toEqual(JSON.parse(file));
  });
});

describe("the API server's own metrics", () => {
  let plane: ControlPlane;
  beforeAll(async () => {
    plane = await startCluster();
  });
  afterAll(() => plane?.stop());

  /** A port on which nobody listens. */
  const deadPort = async (): Promise<number> => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => {
      server.once('listening', resolve);
    });
    const address = server.address();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    return typeof address === 'object' && address !== null ? address.port : 0;
  };
  const webhook = (name: string, port: number, failurePolicy: string, resource: string) => ({
    name,
    clientConfig: { url: `https://127.0.0.1:${port}/` },
    failurePolicy,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: [resource] }],
  });
  const isShown = (shown: string, series: string, label: string): boolean =>
    shown
      .split('\n')
      .some((line) => line.startsWith(series) && line.includes(label) && line.includes('.assent.dev"'));

  it('have the names and labels by which the alerts look', async () => {
    const port = await deadPort();
    const body = {
      metadata: { name: 'nobody-answers' },
      webhooks: [
        webhook('gate.assent.dev', port, 'Fail', 'configmaps'),
        webhook('guard.assent.dev', port, 'Ignore', 'secrets'),
      ],
    };
    const admin = (path: string, object: object) =>
      plane.raw(plane.adminKubeconfig, 'POST', path, { body: object });
    const made = await admin('/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', body);
    expect(made.status).toBe(201);
    let writes = 0;
    const metrics = async (): Promise<string> => {
      const name = `write-${(writes += 1)}`;
      for (const resource of ['configmaps', 'secrets'])
        await admin(`/api/v1/namespaces/default/${resource}`, { metadata: { name } });
      return (await plane.kubectl(plane.adminKubeconfig, ['get', '--raw', '/metrics'])).stdout;
    };
    // The API server takes up a new configuration within a second; until then nothing is counted.
    await expect
      .poll(
        async () => {
          const shown = await metrics();
          return [
            isShown(
              shown,
              'apiserver_admission_webhook_rejection_count{',
              'error_type="calling_webhook_error"',
            ),
            isShown(shown, 'apiserver_admission_webhook_fail_open_count{', 'name="guard.assent.dev"'),
          ];
        },
        { timeout: 30_000 },
      )
      .toEqual([true, true]);
  });
});
