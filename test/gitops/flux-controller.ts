// What kustomize-controller sends for one Kustomization, from its source: fluxcd/pkg ssa (manager_apply.go, patch.go,
// manager_delete.go) as of 2026-07. A dry-run of everything, clean-up, then one real apply after another until one fails.
import { isDeepStrictEqual } from 'node:util';
import { takeOver, type Former } from './managed-fields.ts';
import { pathOf, type Kind, type Manifest } from './manifests.ts';
import type { Outcome } from './script.ts';
import { FATAL, type Live, type Reply, type Wire } from './wire.ts';

const MANAGER = 'kustomize-controller';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
/** The order of ssa/sort.go. */
const ORDER: readonly Kind[] = ['ServiceAccount', 'RoleBinding', 'ConfigMap', 'Service', 'Deployment'];
/** Managers whose fields Flux takes over: what kubectl wrote, and what the controller wrote before it applied. */
const FORMER: readonly Former[] = [
  { name: 'kubectl', operation: 'Apply' },
  { name: 'kubectl', operation: 'Update' },
  { name: 'before-first-apply', operation: 'Update' },
  { name: MANAGER, operation: 'Update' },
];

type Checked = { readonly error: string } | { readonly toApply: boolean };

/** One Kustomization: what it applied last, for prune, and whether it may re-create objects. */
export class Kustomization {
  private readonly wire: Wire;
  private readonly force: boolean;
  private inventory: readonly Manifest[] = [];

  constructor(wire: Wire, options: { force?: boolean } = {}) {
    this.wire = wire;
    this.force = options.force ?? false;
  }

  /** One reconciliation. The message is that of the condition Ready. */
  async reconcile(manifests: readonly Manifest[]): Promise<Outcome> {
    const objects = manifests.map(owned).toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    const checked = await Promise.all(objects.map((object) => this.check(object)));
    const failed = checked.find((one) => 'error' in one);
    if (failed !== undefined && 'error' in failed) return { ok: false, message: failed.error };
    for (const [i, object] of objects.entries()) {
      const found = checked[i];
      if (found === undefined || 'error' in found || !found.toApply) continue;
      const reply = await this.wire.apply(object, MANAGER, { force: true });
      if (reply.status >= 300) {
        return { ok: false, message: `${told(object)} apply failed: ${reply.message}` };
      }
    }
    const stale = this.inventory.filter((one) => !objects.some((object) => isSame(one, object)));
    const errors = await this.prune(stale);
    if (errors !== '') return { ok: false, message: `delete failed, errors: ${errors}` };
    this.inventory = objects;
    return { ok: true, message: '' };
  }

  /** Dry-run, then the clean-up of metadata, which is a real write. */
  private async check(object: Manifest): Promise<Checked> {
    const existing = await this.wire.get(pathOf(object));
    let dryRun = await this.wire.apply(object, MANAGER, { force: true, dryRun: true });
    if (dryRun.status >= 300 && existing.status === 200 && this.force && isImmutable(dryRun)) {
      const deleted = await this.wire.delete(pathOf(object), 'Background');
      if (deleted.status >= 300) {
        const words = 'immutable field detected, failed to delete object';
        return { error: `${told(object)} ${words}: ${deleted.message}` };
      }
      dryRun = await this.wire.apply(object, MANAGER, { force: true, dryRun: true });
      return dryRun.status < 300 ? { toApply: true } : { error: dryRunError(object, dryRun) };
    }
    if (dryRun.status >= 300) return { error: dryRunError(object, dryRun) };
    if (existing.status === 404) return { toApply: true };
    const patch = cleanUp(existing.object);
    if (patch.length === 0) return { toApply: hasDrifted(existing.object, dryRun.object) };
    const cleaned = await this.wire.jsonPatch(pathOf(object), patch, MANAGER);
    if (cleaned.status < 300) return { toApply: true };
    return { error: `${told(object)} metadata.managedFields cleanup failed: ${cleaned.message}` };
  }

  private async prune(stale: readonly Manifest[]): Promise<string> {
    let errors = '';
    for (const object of stale.toReversed()) {
      const existing = await this.wire.get(pathOf(object));
      if (existing.status === 404) continue;
      const reply = await this.wire.delete(pathOf(object), 'Background');
      if (reply.status >= 300) errors += `${told(object)} delete failed: ${reply.message};`;
    }
    return errors;
  }
}

const told = ({ kind, metadata }: Manifest): string => `${kind}/${metadata.namespace}/${metadata.name}`;
const isSame = (a: Manifest, b: Manifest): boolean => pathOf(a) === pathOf(b);
const dryRunError = (object: Manifest, { reason, message }: Reply): string =>
  `${told(object)} dry-run failed (${reason}): ${message}`;

/** The labels by which a Kustomization knows its objects. */
function owned(object: Manifest): Manifest {
  const prefix = 'kustomize.toolkit.fluxcd.io';
  const labels = {
    ...object.metadata.labels,
    [`${prefix}/name`]: 'apps',
    [`${prefix}/namespace`]: 'flux-system',
  };
  return { ...object, metadata: { ...object.metadata, labels } };
}

/** IsImmutableError: leave to delete and create again. */
const isImmutable = ({ status, reason, message }: Reply): boolean =>
  [409, 422].includes(status) ||
  ['Conflict', 'Invalid'].includes(reason) ||
  FATAL.some((words) => words.test(message));

function hasDrifted(existing: Live, dryRun: Live): boolean {
  const body = (object: Live) =>
    Object.fromEntries(Object.entries(object).filter(([key]) => key !== 'metadata' && key !== 'status'));
  const { labels = {}, annotations = {} } = existing.metadata;
  return !(
    isDeepStrictEqual(labels, dryRun.metadata.labels ?? {}) &&
    isDeepStrictEqual(annotations, dryRun.metadata.annotations ?? {}) &&
    isDeepStrictEqual(body(existing), body(dryRun))
  );
}

/** Removes what `kubectl apply` left, and takes over the fields of whoever came before. */
function cleanUp({ metadata }: Live): object[] {
  const { annotations = {}, managedFields = [] } = metadata;
  const path = `/metadata/annotations/${LAST_APPLIED.replaceAll('/', '~1')}`;
  const taken = takeOver(managedFields, MANAGER, FORMER);
  return [
    ...(LAST_APPLIED in annotations ? [{ op: 'remove', path }] : []),
    ...(taken === undefined ? [] : [{ op: 'replace', path: '/metadata/managedFields', value: taken }]),
  ];
}
