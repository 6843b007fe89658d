// Roles and RoleBindings of grants as they are stored: whose they are, and whether they are still what Assent wrote. Nothing is
// adopted: an object counts as ours only by the name that the uid gives, and by label or owner (INV-4).
import { canonicalJson, type Json } from '../../domain/change/json.ts';
import {
  GRANT_ANNOTATIONS,
  GRANT_LABEL,
  grantName,
  type GrantBinding,
  type GrantRole,
} from '../../domain/grant/objects.ts';
import { parseInstant } from '../../domain/request/instant.ts';
import { toJson } from '../../domain/request/sealed.ts';
import type { KubeObject } from '../../kube/object.ts';

/** The two kinds of a grant. */
export type GrantKind = 'Role' | 'RoleBinding';

/** A Role or RoleBinding as the API server sends it. */
export interface StoredObject extends KubeObject {
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
}

/** What is kept of one. */
export interface GrantObject {
  readonly kind: GrantKind;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  /** Value of its label: metadata.uid of a request, or ''. */
  readonly grant: string;
  /** Name of the request that it says it is of; '' where it says none. */
  readonly request: string;
  readonly owners: readonly string[];
  /** Epoch ms. */
  readonly createdAt: number;
  /** Whether it is deleted already, and only somebody's finalizer keeps it. */
  readonly isGoing: boolean;
  /** Everything about it that Assent writes, as one text. */
  readonly content: string;
}

/** The small form of a stored object. */
export function grantObject(kind: GrantKind, object: StoredObject): GrantObject {
  const { metadata } = object;
  const owners = metadata.ownerReferences ?? [];
  return {
    kind,
    namespace: metadata.namespace ?? '',
    name: metadata.name,
    uid: metadata.uid,
    grant: metadata.labels?.[GRANT_LABEL] ?? '',
    request: metadata.annotations?.[GRANT_ANNOTATIONS.request] ?? owners[0]?.name ?? '',
    owners: owners.map((owner) => owner.uid),
    createdAt: parseInstant(metadata.creationTimestamp) ?? 0,
    isGoing: metadata.deletionTimestamp !== undefined,
    content: contentOf(object),
  };
}

/** Whether a stored object is what Assent would write. */
export const isAsWritten = (stored: GrantObject, wanted: GrantRole | GrantBinding): boolean =>
  stored.content === contentOf(wanted);

/**
 * Whether Assent made it for this request: by its name, and by its label or owner, since somebody may have taken one of them
 * off. What is older than the request was made by somebody else.
 */
export function isMadeFor(
  stored: GrantObject,
  request: { readonly uid: string; readonly creationTimestamp?: string | undefined },
): boolean {
  const born = parseInstant(request.creationTimestamp) ?? 0;
  return (
    stored.name === grantName(request.uid) &&
    (stored.grant === request.uid || stored.owners.includes(request.uid)) &&
    stored.createdAt >= Math.floor(born / 1_000) * 1_000
  );
}

/** Whether an object is named and labelled as those of a grant are: only such a one is ever taken away. */
export const isNamedAsGrant = ({ name, grant }: Pick<GrantObject, 'name' | 'grant'>): boolean =>
  grant !== '' && name === grantName(grant);

/** `RoleBinding shop/assent-grant-1234`. */
export const placeOf = ({
  kind,
  namespace,
  name,
}: Pick<GrantObject, 'kind' | 'namespace' | 'name'>): string => `${kind} ${namespace}/${name}`;

const OUR_LABELS = ['app.kubernetes.io/part-of', GRANT_LABEL];
const OUR_ANNOTATIONS = Object.values(GRANT_ANNOTATIONS);

interface Content {
  readonly metadata: {
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly object[];
    readonly finalizers?: readonly string[];
  };
  readonly rules?: unknown;
  readonly roleRef?: unknown;
  readonly subjects?: unknown;
}

/** Labels and annotations of others are theirs. An empty value is the same as none: the API server drops those. */
function contentOf({ metadata, rules, roleRef, subjects }: Content): string {
  const { labels = {}, annotations = {}, ownerReferences, finalizers } = metadata;
  const ours = {
    labels: OUR_LABELS.map((key) => labels[key] ?? null),
    annotations: OUR_ANNOTATIONS.map((key) => annotations[key] ?? null),
    ownerReferences,
    finalizers,
    rules,
    roleRef,
    subjects,
  };
  return canonicalJson(withoutEmpty(toJson(ours)));
}

function withoutEmpty(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(
    ([, one]) => !(one === '' || (Array.isArray(one) && one.length === 0)),
  );
  return Object.fromEntries(kept.map(([key, one]): [string, Json] => [key, withoutEmpty(one)]));
}
