// What Helm 3 and 4 send for one release, from their sources (pkg/kube/client.go and pkg/action of 3.22.0 and 4.3.1).
// Helm 4 applies on the server; Helm 3 creates, and patches what differs between the chart, the object and the release.
import { pathOf, collectionOf, type Kind, type Manifest } from './manifests.ts';
import { takeOver } from './managed-fields.ts';
import { strategicPatch } from './strategic-patch.ts';
import type { Outcome } from './script.ts';
import type { Reply, Wire } from './wire.ts';

/** Which Helm. */
export type Flavour = 'Helm 3' | 'Helm 4';

/** What a user runs, of this replay or of the real program. */
export interface HelmRelease {
  /** From here on it is another Helm, which applies on the server if it is Helm 4. */
  flavour: Flavour;
  /** `helm upgrade --install`, with `--rollback-on-failure` (Helm 3: `--atomic`) where asked. */
  deploy(manifests: readonly Manifest[], options?: { atomic?: boolean }): Promise<Outcome>;
  /** `helm rollback`. */
  rollback(version: number): Promise<Outcome>;
  /** `helm uninstall`. */
  uninstall(): Promise<Outcome>;
  /** Status of each revision, oldest first, as `helm history` tells it. */
  statuses(): Promise<readonly string[]>;
}

type Status =
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'
  | 'deployed'
  | 'superseded'
  | 'failed'
  | 'uninstalling';

/** One revision of a release, kept in a Secret of its own. */
interface Revision {
  readonly version: number;
  readonly objects: readonly Manifest[];
  readonly flavour: Flavour;
  status: Status;
}

const MANAGER = 'helm';
const INSTALL_ORDER: readonly Kind[] = [
  'ServiceAccount',
  'ConfigMap',
  'RoleBinding',
  'Service',
  'Deployment',
];
const UNINSTALL_ORDER: readonly Kind[] = [
  'Service',
  'Deployment',
  'RoleBinding',
  'ConfigMap',
  'ServiceAccount',
];
const DONE: Outcome = { ok: true, message: '' };

/** One release. */
export class Release implements HelmRelease {
  flavour: Flavour;
  private readonly history: Revision[] = [];
  private readonly wire: Wire;
  private readonly name: string;
  private readonly namespace: string;

  constructor(wire: Wire, flavour: Flavour, where: { name: string; namespace: string }) {
    this.wire = wire;
    this.flavour = flavour;
    this.name = where.name;
    this.namespace = where.namespace;
  }

  deploy(manifests: readonly Manifest[], options: { atomic?: boolean } = {}): Promise<Outcome> {
    const objects = ordered(manifests.map((one) => this.owned(one)));
    const last = this.history.at(-1);
    const isAtomic = options.atomic ?? false;
    if (last === undefined) return this.install(objects, isAtomic);
    const current = this.history.findLast((one) => one.status === 'deployed');
    if (current !== undefined) return this.upgrade(current, objects, isAtomic);
    const isBase = last.status === 'failed' || last.status === 'superseded';
    if (isBase) return this.upgrade(last, objects, isAtomic);
    return Promise.resolve(failure(`"${this.name}" has no deployed releases`));
  }

  async rollback(version: number): Promise<Outcome> {
    const target = this.history.find((one) => one.version === version);
    const current = this.history.at(-1);
    if (!target || !current) return failure(`release has no ${version} version`);
    const next = this.revision(target.objects, 'pending-rollback');
    const stored = await this.store(next);
    if (stored.status >= 300) return failure(stored.message);
    const outcome = await this.update(current.objects, next.objects, true);
    const deployed = this.history.filter((one) => one.status === 'deployed');
    if (!outcome.ok) await this.set(current, 'superseded');
    else for (const one of deployed) await this.set(one, 'superseded');
    await this.set(next, outcome.ok ? 'deployed' : 'failed');
    return outcome;
  }

  statuses(): Promise<readonly string[]> {
    return Promise.resolve(this.history.map(({ status }) => status));
  }

  /** Helm drops the message of whatever refused it. */
  async uninstall(): Promise<Outcome> {
    const last = this.history.at(-1);
    if (last === undefined) return failure('release: not found');
    await this.set(last, 'uninstalling');
    const objects = last.objects.toSorted(by(UNINSTALL_ORDER));
    let isDone = true;
    for (const object of objects) {
      const { status } = await this.wire.delete(pathOf(object), 'Background');
      isDone &&= status < 300 || status === 404;
    }
    if (!isDone) return failure(`failed to delete release: ${this.name}`);
    for (const one of this.history.splice(0)) await this.wire.delete(this.pathOf(one), 'Background');
    return DONE;
  }

  private async install(objects: readonly Manifest[], isAtomic: boolean): Promise<Outcome> {
    const next = this.revision(objects, 'pending-install');
    const stored = await this.store(next);
    if (stored.status >= 300) return failure(stored.message);
    const replies: Reply[] = [];
    for (const object of objects) replies.push(await this.create(object));
    const failed = replies.filter(({ status }) => status >= 300);
    if (failed.length === 0) {
      await this.set(next, 'deployed');
      return DONE;
    }
    const message = failed.map((one) => one.message).join('\n');
    if (isAtomic) return this.undo(message, () => this.uninstall());
    await this.set(next, 'failed');
    return failure(message);
  }

  private async upgrade(
    current: Revision,
    objects: readonly Manifest[],
    isAtomic: boolean,
  ): Promise<Outcome> {
    const next = this.revision(objects, 'pending-upgrade');
    const stored = await this.store(next);
    if (stored.status >= 300) return failure(stored.message);
    const outcome = await this.update(current.objects, objects, current.flavour !== this.flavour);
    await this.set(current, outcome.ok ? 'superseded' : current.status);
    await this.set(next, outcome.ok ? 'deployed' : 'failed');
    if (outcome.ok || !isAtomic) return outcome;
    const good = this.history.findLast((one) => one.status === 'deployed' || one.status === 'superseded');
    return this.undo(outcome.message, () => this.rollback(good?.version ?? 0));
  }

  private async undo(message: string, back: () => Promise<Outcome>): Promise<Outcome> {
    const outcome = await back();
    return failure(outcome.ok ? message : `${message}\n${outcome.message}`);
  }

  /** A failed creation stops what follows, failed updates do not; nothing is deleted after either. */
  private async update(
    originals: readonly Manifest[],
    targets: readonly Manifest[],
    takesOver: boolean,
  ): Promise<Outcome> {
    const errors: string[] = [];
    for (const target of targets) {
      const live = await this.wire.get(pathOf(target));
      const isNew = live.status === 404;
      const reply = isNew ? await this.create(target) : await this.change(originals, target, live, takesOver);
      if (reply === undefined || reply.status < 300) continue;
      if (isNew) return failure(`failed to create resource: ${reply.message}`);
      errors.push(reply.message);
    }
    if (errors.length > 0) return failure(errors.join(' && '));
    const dropped = originals.filter((one) => !targets.some((target) => pathOf(target) === pathOf(one)));
    for (const object of dropped) {
      if ((await this.wire.get(pathOf(object))).status === 404) continue;
      const { status, message } = await this.wire.delete(pathOf(object), 'Background');
      // Helm 3 only notes it in its debug log.
      if (status >= 300 && this.flavour === 'Helm 4') errors.push(message);
    }
    return errors.length === 0 ? DONE : failure(errors.join(' && '));
  }

  private create(object: Manifest): Promise<Reply> {
    return this.flavour === 'Helm 4'
      ? this.wire.apply(object, MANAGER, { force: false })
      : this.wire.create(collectionOf(object), object, MANAGER);
  }

  /** Undefined when there is nothing to send. */
  private async change(
    originals: readonly Manifest[],
    target: Manifest,
    live: Reply,
    takesOver: boolean,
  ): Promise<Reply | undefined> {
    if (this.flavour === 'Helm 4') {
      const { managedFields = [], resourceVersion } = live.object.metadata;
      const value = takesOver
        ? takeOver(managedFields, MANAGER, [{ name: MANAGER, operation: 'Update' }])
        : undefined;
      if (value !== undefined) {
        const moved = await this.wire.jsonPatch(
          pathOf(target),
          [
            { op: 'replace', path: '/metadata/managedFields', value },
            { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
          ],
          MANAGER,
        );
        if (moved.status >= 300) return moved;
      }
      return this.wire.apply(target, MANAGER, { force: false });
    }
    const original = originals.find((one) => pathOf(one) === pathOf(target)) ?? target;
    const patch = strategicPatch(original, target, live.object);
    return patch === undefined ? undefined : this.wire.strategicPatch(pathOf(target), patch, MANAGER);
  }

  private revision(objects: readonly Manifest[], status: Status): Revision {
    const version = (this.history.at(-1)?.version ?? 0) + 1;
    return { version, objects, flavour: this.flavour, status };
  }

  private pathOf({ version }: Revision): string {
    return `${this.secrets}/sh.helm.release.v1.${this.name}.v${version}`;
  }

  private get secrets(): string {
    return `/api/v1/namespaces/${this.namespace}/secrets`;
  }

  private async store(revision: Revision): Promise<Reply> {
    const reply = await this.wire.create(this.secrets, this.secret(revision));
    if (reply.status < 300) this.history.push(revision);
    return reply;
  }

  /** What cannot be stored is only logged: the revision in the cluster keeps its old status. */
  private async set(revision: Revision, status: Status): Promise<void> {
    const { status: code } = await this.wire.put(this.pathOf(revision), this.secret({ ...revision, status }));
    if (code < 300) revision.status = status;
  }

  private secret(revision: Revision) {
    const { version, status } = revision;
    return {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: {
        name: `sh.helm.release.v1.${this.name}.v${version}`,
        labels: {
          name: this.name,
          owner: 'helm',
          status,
          version: `${version}`,
          modifiedAt: `${Date.now()}`,
        },
      },
      type: 'helm.sh/release.v1',
      data: { release: Buffer.from(JSON.stringify(revision)).toString('base64') },
    };
  }

  /** The label and annotations by which a release knows its objects. */
  private owned(object: Manifest): Manifest {
    const labels = { ...object.metadata.labels, 'app.kubernetes.io/managed-by': 'Helm' };
    const annotations = {
      ...object.metadata.annotations,
      'meta.helm.sh/release-name': this.name,
      'meta.helm.sh/release-namespace': this.namespace,
    };
    return { ...object, metadata: { ...object.metadata, labels, annotations } };
  }
}

const failure = (message: string): Outcome => ({ ok: false, message });
const by =
  (order: readonly Kind[]) =>
  (a: Manifest, b: Manifest): number =>
    order.indexOf(a.kind) - order.indexOf(b.kind);
const ordered = (objects: readonly Manifest[]): Manifest[] => objects.toSorted(by(INSTALL_ORDER));
