// The rules for Prometheus, from the table of alerts: one file for people without the chart, and the same for the chart, which
// leaves out what its values say.
import { ALERTS, type Alert } from './alerts.ts';
import { toYaml } from './yaml.ts';

const PAGES = 'https://github.com/assent-dev/assent/blob/main/docs/operate/alerts';

const ruleOf = ({ name, page, severity, for: since, expr, summary, description }: Alert): object => ({
  alert: name,
  expr,
  for: since,
  labels: { severity },
  annotations: { summary, description, runbook_url: `${PAGES}/${page}.md` },
});

/** A file of rules, as Prometheus reads it. */
export function rulesYaml(): string {
  const yaml = toYaml([{ object: { groups: [{ name: 'assent', rules: ALERTS.map(ruleOf) }] } }]);
  return yaml.replace(
    /^# .*\n---\n/,
    '# Generated from tools/generate/alerts.ts by `npm run generate`. Do not edit.\n',
  );
}

/** The page that lists the alerts. */
export function alertsMarkdown(): string {
  const rows = ALERTS.map(
    ({ name, page, severity, summary }) => `| [${name}](${page}.md) | ${severity} | ${inWords(summary)} |`,
  );
  return `# Alerts

Generated from \`tools/generate/alerts.ts\`; do not edit.

The rules are in [\`dashboards/prometheus-rules.yaml\`](../../../dashboards/prometheus-rules.yaml); the chart makes a PrometheusRule of
them with \`metrics.prometheusRule.enabled\`. \`critical\` is worth waking somebody, \`warning\` is for the day, \`info\` is for when you
wonder. Each leads to its page: what it means, what works still, where to look, what to do.

| Alert | Severity | What is so |
| --- | --- | --- |
${rows.join('\n')}

Those about webhooks need the metrics of the API server, which many clusters scrape already; the others need those of Assent
([metrics](../../reference/metrics.md)), which \`metrics.podMonitor.enabled\` has scraped.
`;
}

/** A summary without what Prometheus fills in: no one webhook, channel or certificate is meant on a page. */
export const inWords = (summary: string): string =>
  summary.replaceAll(/ \(\{\{ \$labels\.\w+ \}\}\)/g, '').replaceAll('{{ $value }}', 'Some');
