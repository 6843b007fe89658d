// Reads kubeconfigs and merges them as kubectl does: of each name the first one counts, and of the current contexts. A
// decision made with our CLI goes to the cluster that kubectl would have sent it to, or nowhere.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import type { CredentialSource } from './credentials.ts';
import { Entry } from './kubeconfig-entry.ts';

/** What one context of the kubeconfigs stands for. */
export interface Chosen {
  readonly context: string;
  readonly cluster: Entry;
  /** None where the context names no user: the calls are anonymous. */
  readonly user: Entry | undefined;
  readonly namespace: string;
}

type Kind = 'cluster' | 'user' | 'context';

/**
 * Reads the kubeconfigs and picks a context.
 *
 * @throws Error when there is no kubeconfig, no such context, or an entry that cannot be read
 */
export function chooseContext(source: CredentialSource): Chosen {
  const files = pathsOf(source).map((path) => new KubeconfigFile(path));
  if (files.length === 0) throw new Error('no kubeconfig was found: there is no ~/.kube/config');
  const named = source.context ?? files.map((file) => file.currentContext).find((one) => one !== undefined);
  if (named === undefined) throw new Error('the kubeconfig has no current context');
  const find = (kind: Kind, name: string): Entry | undefined =>
    files.map((file) => file.find(kind, name)).find((entry) => entry !== undefined);
  const context = find('context', named);
  if (context === undefined) throw new Error(`the kubeconfig has no context "${named}"`);
  const wanted = (kind: 'cluster' | 'user', name: string): Entry => {
    const found = find(kind, name);
    if (found === undefined) throw context.wrong(kind, `"${name}" is not in the kubeconfig`);
    return found;
  };
  const cluster = context.text('cluster');
  const user = context.text('user');
  if (cluster === undefined) throw context.wrong('cluster', 'is missing');
  return {
    context: named,
    cluster: wanted('cluster', cluster),
    user: user === undefined ? undefined : wanted('user', user),
    namespace: context.text('namespace') ?? 'default',
  };
}

/** The files to read. Of those in KUBECONFIG the missing ones are skipped; when all are, the first one is told. */
function pathsOf({ kubeconfig }: CredentialSource): string[] {
  if (kubeconfig !== undefined) return [kubeconfig];
  const named = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (named.length === 0) return [join(homedir(), '.kube', 'config')].filter((path) => existsSync(path));
  const present = named.filter((path) => existsSync(path));
  return present.length > 0 ? present : named.slice(0, 1);
}

class KubeconfigFile {
  readonly #path: string;
  readonly #folder: string;
  readonly #root: Entry;

  constructor(path: string) {
    this.#path = path;
    this.#folder = dirname(resolve(path));
    this.#root = new Entry(path, this.#folder, contentOf(path));
  }

  get currentContext(): string | undefined {
    return this.#root.text('current-context');
  }

  /** The entry of that name. kubectl reads no file that holds a name twice, and neither do we. */
  find(kind: Kind, name: string): Entry | undefined {
    const found = this.#root.entries(`${kind}s`).filter((entry) => entry.text('name') === name);
    if (found.length > 1) throw this.#root.wrong(`${kind}s`, `holds "${name}" twice`);
    const [one] = found;
    return one && new Entry(`${this.#path}: ${kind} "${name}"`, this.#folder, one.raw(kind));
  }
}

function contentOf(path: string): unknown {
  const text = readFileSync(path, 'utf8');
  try {
    return parse(text) ?? {};
  } catch {
    // The parser quotes what it could not read, and that may be a key.
    throw new Error(`${path} is no YAML`);
  }
}
