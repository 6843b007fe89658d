// Writes everything that is made from the code: CRDs, roles, admission policies, reference docs.
// With --check it writes nothing and fails when a file is not what it would write.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { customResourceDefinition } from '../../src/api/crd.ts';
import { GROUP } from '../../src/api/group.ts';
import { NAMESPACE, OWN_USERS } from '../../src/api/installation.ts';
import { KINDS } from '../../src/api/kinds.ts';
import { ownKindsPolicies } from '../../src/api/own-kinds-policy.ts';
import { denialsMarkdown } from '../../src/domain/message/denials-page.ts';
import { configurationMarkdown } from '../../src/platform/config.ts';
import { metricsMarkdown } from '../../src/platform/metrics.ts';
import { limitsMarkdown } from '../../test/bypass/limits-page.ts';
import { protocolMarkdown } from '../../test/model/protocol-page.ts';
import { fingerprintReference } from './fingerprint.ts';
import { proofsMarkdown } from '../proofs/page.ts';
import { capacityMarkdown } from './capacity.ts';
import { chartReadme } from './chart-readme.ts';
import { chartTemplates } from './chart.ts';
import { namespaceObject, rbacObjects } from './rbac.ts';
import { dashboardJson } from './dashboard.ts';
import { kindsReference } from './reference.ts';
import { alertsMarkdown, rulesYaml } from './rules.ts';
import { toYaml } from './yaml.ts';

const ROOT = path.join(import.meta.dirname, '../..');

/** Every generated file: path from the root of the project, and content before formatting. */
function generatedFiles(): Map<string, string> {
  const crds = KINDS.map((kind): [string, string] => [
    `crds/${GROUP}_${kind.plural}.yaml`,
    toYaml([{ object: customResourceDefinition(kind) }]),
  ]);
  return new Map([
    ...crds,
    ['manifests/rbac.yaml', toYaml([namespaceObject, ...rbacObjects(NAMESPACE)])],
    ...chartTemplates(),
    ['charts/assent/README.md', chartReadme()],
    [
      'manifests/admission-policy.yaml',
      toYaml(ownKindsPolicies({ ownUsers: OWN_USERS }).map((object) => ({ object }))),
    ],
    ['dashboards/prometheus-rules.yaml', rulesYaml()],
    ['charts/assent/files/prometheus-rules.yaml', rulesYaml()],
    ['dashboards/assent.json', dashboardJson()],
    ['charts/assent/files/dashboard.json', dashboardJson()],
    ['docs/operate/capacity.md', capacityMarkdown()],
    ['docs/operate/alerts/README.md', alertsMarkdown()],
    ['docs/reference/kinds.md', kindsReference()],
    ['docs/reference/fingerprint.md', fingerprintReference()],
    ['docs/reference/denials.md', denialsMarkdown()],
    ['docs/reference/metrics.md', metricsMarkdown()],
    ['docs/reference/configuration.md', configurationMarkdown()],
    ['docs/reference/limits.md', limitsMarkdown()],
    ['docs/reference/protocol.md', protocolMarkdown()],
    ['docs/reference/proofs.md', proofsMarkdown()],
  ]);
}

async function formatted(file: string, content: string): Promise<string> {
  // Helm's signs are no YAML.
  if (file.startsWith('charts/assent/templates/')) return content;
  const config = await resolveConfig(path.join(ROOT, file));
  return format(content, { ...config, filepath: file });
}

/** Files in crds/ that no kind makes any more. */
async function leftovers(files: ReadonlyMap<string, string>): Promise<string[]> {
  const present = await readdir(path.join(ROOT, 'crds'));
  return present.map((name) => `crds/${name}`).filter((file) => !files.has(file));
}

async function differs(file: string, content: string): Promise<boolean> {
  const present = await readFile(path.join(ROOT, file), 'utf8').catch(() => undefined);
  return present !== content;
}

async function main(check: boolean): Promise<number> {
  await mkdir(path.join(ROOT, 'crds'), { recursive: true });
  const files = generatedFiles();
  const stale = await leftovers(files);
  for (const [file, content] of files) {
    const wanted = await formatted(file, content);
    if (!(await differs(file, wanted))) continue;
    stale.push(file);
    if (!check) await writeFile(path.join(ROOT, file), wanted);
  }
  if (check && stale.length > 0) {
    console.error(`Not up to date: ${stale.join(', ')}. Run: npm run generate`);
    return 1;
  }
  for (const file of stale.filter((name) => !files.has(name))) await rm(path.join(ROOT, file));
  console.log(`generate: ${files.size} files, ${check ? 'all up to date' : `${stale.length} changed`}`);
  return 0;
}

process.exitCode = await main(process.argv.includes('--check'));
