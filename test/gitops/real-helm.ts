// The real Helm in place of helm-client.ts, to see that the replay still says what Helm does: HELM_3 and HELM_4 name the
// programs. Both are Go modules, but building one takes six minutes of CPU and 0.8 GB, so `make test` goes without.
import { execFile } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Flavour, HelmRelease } from './helm-client.ts';
import type { Manifest } from './manifests.ts';
import type { Outcome } from './script.ts';

/** Where the program is, who runs it, and where its charts go. */
export interface RealHelm {
  readonly programs: Readonly<Record<Flavour, string>>;
  readonly kubeconfig: string;
  readonly folder: string;
}

const PROGRAMS: Readonly<Record<Flavour, string>> = {
  'Helm 3': process.env['HELM_3'] ?? '',
  'Helm 4': process.env['HELM_4'] ?? '',
};

/** The programs, when the environment names both. */
export const realHelms = (): RealHelm['programs'] | undefined =>
  Object.values(PROGRAMS).includes('') ? undefined : PROGRAMS;

/** One release of the real Helm. */
export class RealRelease implements HelmRelease {
  flavour: Flavour;
  private readonly helm: RealHelm;
  private readonly name: string;
  private readonly namespace: string;

  constructor(helm: RealHelm, flavour: Flavour, where: { name: string; namespace: string }) {
    this.helm = helm;
    this.flavour = flavour;
    this.name = where.name;
    this.namespace = where.namespace;
  }

  async deploy(manifests: readonly Manifest[], options: { atomic?: boolean } = {}): Promise<Outcome> {
    const chart = join(this.helm.folder, `chart-${this.name}`);
    await rm(chart, { recursive: true, force: true });
    await mkdir(join(chart, 'templates'), { recursive: true });
    await writeFile(join(chart, 'Chart.yaml'), `apiVersion: v2\nname: ${this.name}\nversion: 1.0.0\n`);
    await writeFile(
      join(chart, 'templates/all.yaml'),
      manifests.map((one) => JSON.stringify(one)).join('\n---\n'),
    );
    const isFour = this.flavour === 'Helm 4';
    const atomic = [isFour ? '--rollback-on-failure' : '--atomic', '--timeout=20s'];
    const flags = [...(isFour ? ['--server-side=true'] : []), ...(options.atomic === true ? atomic : [])];
    return this.run('upgrade', '--install', ...flags, this.name, chart);
  }

  rollback(version: number): Promise<Outcome> {
    return this.run('rollback', this.name, `${version}`);
  }

  uninstall(): Promise<Outcome> {
    return this.run('uninstall', this.name);
  }

  async statuses(): Promise<readonly string[]> {
    const { stdout, code } = await this.call(['history', this.name, '-o', 'json']);
    return code === 0 ? (JSON.parse(stdout) as { status: string }[]).map(({ status }) => status) : [];
  }

  /** The message is what follows `Error:`, as Helm 4 tells it twice. */
  private async run(...args: string[]): Promise<Outcome> {
    const { code, stderr } = await this.call(args);
    const message = stderr.slice(Math.max(0, stderr.search(/^Error: /m)));
    return { ok: code === 0, message: code === 0 ? '' : message };
  }

  private call(args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const { programs, kubeconfig, folder } = this.helm;
    const env = { PATH: '/usr/bin:/bin', HOME: folder, KUBECONFIG: kubeconfig };
    return new Promise((resolve) => {
      execFile(programs[this.flavour], ['-n', this.namespace, ...args], { env }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : 1, stdout, stderr }),
      );
    });
  }
}
