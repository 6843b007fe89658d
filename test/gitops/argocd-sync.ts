// What Argo CD's application controller does in one sync, from its source (gitops-engine, utils/kube/resource_ops.go and
// sync/sync_context.go as of 2026-08). It runs kubectl's own code for each object; here it is the real kubectl.
import type { ControlPlane } from '../../tools/controlplane/start.ts';
import { takeOver, type Former } from './managed-fields.ts';
import { pathOf, type Kind, type Manifest } from './manifests.ts';
import type { Outcome } from './script.ts';
import { expectHarmless, type Wire } from './wire.ts';

const MANAGER = 'argocd-controller';
const FORMER: readonly Former[] = [{ name: 'kubectl-client-side-apply', operation: 'Update' }];
const ON_SERVER = ['apply', '--server-side', '--force-conflicts', `--field-manager=${MANAGER}`];
/** The order of sync_tasks.go, as measured. */
const ORDER: readonly Kind[] = ['ServiceAccount', 'ConfigMap', 'RoleBinding', 'Service', 'Deployment'];

/** How the Application is configured. */
export interface SyncOptions {
  readonly serverSideApply: boolean;
}

/** One Application. */
export class Application {
  private readonly plane: ControlPlane;
  private readonly who: string;
  private readonly wire: Wire;
  private readonly options: SyncOptions;

  constructor(plane: ControlPlane, who: string, wire: Wire, options: SyncOptions) {
    this.plane = plane;
    this.who = who;
    this.wire = wire;
    this.options = options;
  }

  /** Tries every object once; a failed one stops no other. The message holds one line or block for each failure. */
  async sync(manifests: readonly Manifest[]): Promise<Outcome> {
    const errors: string[] = [];
    const objects = manifests.map((one) => tracked(one)).toSorted(byOrder);
    for (const object of objects) {
      const error = await (this.options.serverSideApply ? this.applyOnServer(object) : this.apply(object));
      if (error !== '') errors.push(`${object.kind} ${object.metadata.name}: ${error}`);
    }
    return { ok: errors.length === 0, message: errors.join('\n') };
  }

  /** Prune, and the cascade when an Application is deleted. */
  async prune(manifest: Manifest): Promise<Outcome> {
    const live = await this.wire.get(pathOf(manifest));
    if (live.status === 404 || live.object.metadata.deletionTimestamp !== undefined)
      return { ok: true, message: '' };
    const reply = await this.wire.delete(pathOf(manifest), 'Foreground');
    return { ok: reply.status < 300, message: reply.message };
  }

  /** What ServerSideDiff=true does for each object at each refresh. */
  async diff(manifest: Manifest): Promise<Outcome> {
    const error = await this.kubectl([...ON_SERVER, '--dry-run=server', '-f', '-'], tracked(manifest));
    return { ok: error === '', message: error };
  }

  /** Without server-side apply RBAC is reconciled first: `kubectl auth reconcile` can change a roleRef. */
  private async apply(object: Manifest): Promise<string> {
    if (object.kind === 'RoleBinding') {
      const error = await this.kubectl(['auth', 'reconcile', '-f', '-'], object);
      if (error !== '') return `error running kubectl auth reconcile: ${error}`;
    }
    return this.kubectl(['apply', '--overwrite', `--field-manager=${MANAGER}`, '-f', '-'], object);
  }

  private async applyOnServer(object: Manifest): Promise<string> {
    const error = await this.migrate(object);
    if (error !== '') return `Failed to perform client-side apply migration: ${error}`;
    return this.kubectl([...ON_SERVER, '-f', '-'], object);
  }

  /** performCSAUpgradeMigration: a JSON patch of managedFields alone, with no field manager of its own. */
  private async migrate(object: Manifest): Promise<string> {
    const { status, object: live } = await this.wire.get(pathOf(object));
    if (status === 404) return '';
    const { managedFields = [], resourceVersion } = live.metadata;
    const value = takeOver(managedFields, MANAGER, FORMER);
    if (value === undefined) return '';
    const reply = await this.wire.jsonPatch(pathOf(object), [
      { op: 'replace', path: '/metadata/managedFields', value },
      { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion },
    ]);
    return reply.message;
  }

  /** What it printed to stderr, when it failed. */
  private async kubectl(args: readonly string[], object: Manifest): Promise<string> {
    const input = JSON.stringify(object);
    const { code, stderr } = await this.plane.kubectl(this.who, args, { input });
    expectHarmless(stderr);
    return code === 0 ? '' : stderr;
  }
}

const byOrder = (a: Manifest, b: Manifest): number => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);

/** The label by which an Application knows its objects. */
function tracked(object: Manifest): Manifest {
  const annotations = {
    ...object.metadata.annotations,
    'argocd.argoproj.io/tracking-id': `app:${object.kind}:${object.metadata.namespace}/${object.metadata.name}`,
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}
