// Where a change comes from, as far as the client says so: shown to approvers, decides nothing.
import type { Json } from './json.ts';
import { madeUpPrefix } from './normalise/metadata.ts';
import type { Review } from './review.ts';

/** What the client says about itself. */
export interface ChangeSource {
  readonly fieldManager?: string;
  /** GitOps owner by label or annotation, such as `Kustomization flux-system/apps`. */
  readonly managedBy?: string;
}

/** A prefix that the API server completes, or the name itself. */
export interface ObjectName {
  /** Empty when the API server makes the name up. */
  readonly name: string;
  readonly generateName?: string;
}

/** Reads the source of a change from options, labels and annotations. */
export function changeSource(review: Review): ChangeSource {
  const fieldManager = text(review.options?.['fieldManager']);
  const managedBy = owner(review);
  return {
    ...(fieldManager === '' ? {} : { fieldManager }),
    ...(managedBy === '' ? {} : { managedBy }),
  };
}

/**
 * The name of the object, or its prefix: a name that the API server made up differs on each attempt. A name that was
 * chosen beside generateName is a name.
 */
export function objectName(review: Review): ObjectName {
  const { operation, subResource, object, name } = review;
  const isNew = operation === 'CREATE' && subResource === '' && object !== null;
  const generateName = isNew ? madeUpPrefix(object) : undefined;
  return generateName === undefined ? { name } : { name: '', generateName };
}

/** The namespace of the object. A Namespace is in itself, so that one whose name is made up is in none. */
export function objectNamespace(review: Review): string {
  const { group, resource } = review.resource;
  const isNamespace = group === '' && resource === 'namespaces';
  return isNamespace && objectName(review).generateName !== undefined ? '' : review.namespace;
}

function owner(review: Review): string {
  const object = review.object ?? review.oldObject;
  const label = (key: string) => text(member(object, 'metadata', 'labels', key));
  const note = (key: string) => text(member(object, 'metadata', 'annotations', key));
  for (const kind of ['kustomize', 'helm'] as const) {
    const name = label(`${kind}.toolkit.fluxcd.io/name`);
    const title = kind === 'helm' ? 'HelmRelease' : 'Kustomization';
    if (name !== '') return `${title} ${label(`${kind}.toolkit.fluxcd.io/namespace`)}/${name}`;
  }
  const application = note('argocd.argoproj.io/tracking-id').split(':')[0] ?? '';
  if (application !== '') return `Application ${application}`;
  const release = note('meta.helm.sh/release-name');
  return release === '' ? '' : `Helm release ${note('meta.helm.sh/release-namespace')}/${release}`;
}

function member(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let at = value;
  for (const key of keys) {
    if (at === null || typeof at !== 'object' || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, Json>>)[key];
  }
  return at;
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
