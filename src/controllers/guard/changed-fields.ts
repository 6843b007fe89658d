// Which fields of a registration somebody changed, as names for people. Names alone, but for a few settings whose values the
// API server holds to short lists: a registration carries the secret path of the gate, and what others write into one is
// not for messages (INV-10).
import { isMap, isSame, mapOf, type Content } from '../../api/same-content.ts';
import { contentOf, isAsWanted, type Wanted } from '../ensure.ts';
import type { KubeObject } from '../../kube/object.ts';

/** Settings whose values are told. */
const TOLD = new Set(['failurePolicy', 'matchPolicy', 'sideEffects', 'timeoutSeconds']);
/** Maps whose members are told apart. */
const OPENED = new Set(['spec', 'clientConfig', 'matchConstraints', 'matchResources']);
/** More are counted. */
const MOST = 8;

/**
 * Names of the fields by which what stands differs from what should, such as `webhooks/gate.assent.dev/failurePolicy (Ignore)`.
 *
 * @param right what was written last
 */
export function changedFields(stood: KubeObject, right: KubeObject | Wanted): string[] {
  const content = between('', contentOf(stood), contentOf(right));
  const all = [...content, ...metadataOf(stood, right)];
  const more = all.length - MOST;
  return more <= 0 ? all : [...all.slice(0, MOST), `${more} more`];
}

function metadataOf({ metadata }: KubeObject, right: KubeObject | Wanted): string[] {
  const bare = (fields: object): KubeObject => ({
    metadata: { name: '', uid: '', resourceVersion: '', ...fields },
  });
  const wants = (field: 'labels' | 'annotations') => mapOf((right.metadata as Content)[field]);
  const named = (['labels', 'annotations'] as const).filter(
    (field) =>
      !isAsWanted(bare({ [field]: metadata[field] }), {
        apiVersion: '',
        kind: '',
        metadata: { name: '', [field]: wants(field) },
      }),
  );
  const owned = (['ownerReferences', 'finalizers'] as const).filter((field) => !isSame(metadata[field], []));
  return [...named, ...owned].map((field) => `metadata/${field}`);
}

/** The differences of two maps, member by member. */
function between(at: string, stood: Content, right: Content): string[] {
  const keys = [...new Set([...Object.keys(right), ...Object.keys(stood)])].toSorted();
  return keys
    .filter((key) => !isSame(stood[key], right[key]))
    .flatMap((key) => {
      const here = at === '' ? key : `${at}/${key}`;
      const [now, before] = [stood[key], right[key]];
      // Without any there is no list.
      if (key === 'webhooks') return webhooks(listOf(now), listOf(before));
      if (OPENED.has(key) && isMap(now) && isMap(before)) return between(here, now, before);
      return [TOLD.has(key) && isScalar(now) ? `${here} (${now})` : here];
    });
}

/** Entries of a webhook configuration are told apart by their names, which are DNS names. */
function webhooks(stood: readonly unknown[], right: readonly unknown[]): string[] {
  const byName = (list: readonly unknown[]) =>
    new Map(list.filter(isMap).map((one) => [typeof one['name'] === 'string' ? one['name'] : '', one]));
  const [now, before] = [byName(stood), byName(right)];
  const names = [...new Set([...before.keys(), ...now.keys()])];
  const changes = names.flatMap((name) => {
    const at = `webhooks/${name}`;
    const [has, had] = [now.get(name), before.get(name)];
    if (has === undefined) return [`${at} (taken out)`];
    return had === undefined ? [`${at} (added)`] : between(at, has, had);
  });
  return changes.length === 0 ? ['webhooks (order)'] : changes;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);

const isScalar = (value: unknown): value is string | number =>
  typeof value === 'string' || typeof value === 'number';
