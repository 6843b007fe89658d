// docs/reference/dependencies.md: the packages that run in production, counted from the lockfile, and why each direct one is
// there. The generator fails when a direct one has no reason, and when there are more packages than we allow ourselves.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { markdownTable } from '../../src/platform/markdown.ts';
import { OWNERS } from '../../test/architecture/imports.ts';

/** Most packages that the image may hold. To go beyond is a decision, not an accident of an update. */
export const MOST_PACKAGES = 60;

/** A package as package-lock.json has it. */
interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly devOptional?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/** The part of package-lock.json that is read; the key `''` is the project itself. */
export interface Lockfile {
  readonly packages: Readonly<Record<string, Locked>>;
}

interface Reason {
  /** What it does for us. */
  readonly does: string;
  /** Why that is not code of our own. */
  readonly why: string;
}

const REASONS: Readonly<Record<string, Reason>> = {
  '@marcbachmann/cel-js': {
    does: "parses and runs Kubernetes' CEL",
    why: 'a language with a grammar and types of its own ([ADR 0001](../adr/0001-cel-engine.md))',
  },
  '@peculiar/x509': {
    does: 'writes the CA and the serving certificates; loaded only while one is made',
    why: 'Node reads certificates and does not write them; DER by hand is where a mistake costs trust ([ADR 0006](../adr/0006-certificates.md))',
  },
  '@slack/socket-mode': {
    does: "Slack's socket: opening, acknowledging, opening again",
    why: "Slack's own client, and it changes with Slack",
  },
  '@slack/web-api': {
    does: "calls of Slack's API, with its limits and its errors",
    why: "Slack's own client, and it changes with Slack",
  },
  pino: {
    does: 'the log, in JSON',
    why: 'it writes without blocking and loses no line at the end of the process',
  },
  'prom-client': {
    does: 'metrics in the format of Prometheus',
    why: 'the format and its histograms are exact and well known',
  },
  re2js: {
    does: 'regular expressions that take linear time',
    why: 'expressions of strangers must not stop the gate ([ADR 0001](../adr/0001-cel-engine.md))',
  },
  'reflect-metadata': {
    does: 'nothing for us: `@peculiar/x509` wants it to be loaded first',
    why: 'it goes with that one',
  },
  undici: {
    does: 'HTTP to the API server, with pools that can be replaced',
    why: "TLS, proxies and pools; Slack's client brings it too ([ADR 0002](../adr/0002-own-reflector.md))",
  },
  yaml: {
    does: 'reads configuration and kubeconfigs, and writes what people read',
    why: 'YAML is larger than it looks; the package brings no other',
  },
  zod: {
    does: 'the one source of our kinds, and the check of what is read from outside',
    why: 'schemas, types and CRDs say the same by being the same; the package brings no other',
  },
};

const END = `What is there for development only (types, tests, checks, Node itself) is not in the image. Kubeconfigs, exec plugins
and the route for callbacks are our own code: [ADR 0021](../adr/0021-fewer-packages.md) says why.`;

/** Paths in the lockfile of all that `npm ci --omit=dev --omit=optional` installs. */
export function productionPackages({ packages }: Lockfile): string[] {
  return Object.keys(packages).filter((path) => {
    const { dev, optional, devOptional } = packages[path] ?? {};
    return path !== '' && dev !== true && optional !== true && devOptional !== true;
  });
}

/** How many packages one direct dependency comes to, itself among them. Some are shared with others. */
function comesTo(name: string, { packages }: Lockfile): number {
  const found = new Set<string>();
  const visit = (from: string, wanted: string): void => {
    const path = located(from, wanted, packages);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    for (const next of Object.keys(packages[path]?.dependencies ?? {})) visit(path, next);
  };
  visit('', name);
  return found.size;
}

/** As Node looks for it: beside the package, then in each folder above. */
function located(from: string, name: string, packages: Lockfile['packages']): string | undefined {
  const path = `${from === '' ? '' : `${from}/`}node_modules/${name}`;
  if (path in packages) return path;
  if (from === '') return undefined;
  const above = from.lastIndexOf('/node_modules/');
  return located(above === -1 ? '' : from.slice(0, above), name, packages);
}

/**
 * The page, as Markdown.
 * @throws Error when a direct dependency has no reason here, a reason no dependency, or there are more than {@link MOST_PACKAGES}
 */
export function dependenciesMarkdown(lock: Lockfile = lockfile()): string {
  const direct = Object.keys(lock.packages['']?.dependencies ?? {});
  const unexplained = [
    ...direct.filter((name) => !(name in REASONS)),
    ...Object.keys(REASONS).filter((name) => !direct.includes(name)),
  ];
  if (unexplained.length > 0) throw new Error(`a dependency or a reason too many: ${unexplained.join(', ')}`);
  const count = productionPackages(lock).length;
  if (count > MOST_PACKAGES) throw new Error(`${count} packages in production; at most ${MOST_PACKAGES}`);
  const rows = direct.map((name) => [
    `\`${name}\``,
    lock.packages[`node_modules/${name}`]?.version ?? '',
    (OWNERS[name] ?? []).map((folder) => `\`src/${folder}\``).join(', '),
    String(comesTo(name, lock)),
    REASONS[name]?.does ?? '',
    REASONS[name]?.why ?? '',
  ]);
  return [
    '<!-- Generated from package-lock.json by `npm run generate`. Do not edit. -->',
    '# Dependencies',
    `${count} packages run in production; ${MOST_PACKAGES} are the most we allow. ${direct.length} of them are ours to choose:`,
    markdownTable(['package', 'version', 'imported by', 'packages', 'what for', 'why not our own'], rows),
    'The column "packages" counts what the package brings, itself among it; some bring the same.',
    END,
    '',
  ].join('\n\n');
}

function lockfile(): Lockfile {
  const path = join(import.meta.dirname, '../../package-lock.json');
  return JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
}
