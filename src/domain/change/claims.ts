// Which fields a last-applied-configuration claims for the first time. The next `kubectl apply`, by anybody, deletes what it
// claims and the manifest of that person does not say: so a claim of what somebody else has set is a change, however true
// it is (INV-1). What cannot be read claims too much (INV-7).
import type { Json, JsonObject } from './json.ts';
import { parseLosslessText } from './json.ts';
import {
  isList,
  isObject,
  listAt,
  member,
  memberAt,
  sameJson,
  stringAt,
  withoutMembers,
} from './json-tree.ts';
import { agreesWith, LAST_APPLIED, lastAppliedOf } from './last-applied.ts';
import { elementKey, elementKeys } from './merge-keys.ts';

const OWN_KEY = `f:${LAST_APPLIED}`;
/** What names the object, or is set by the API server: no apply deletes it. */
const IDENTITY: ReadonlySet<string> = new Set(['name', 'namespace', 'generateName', 'creationTimestamp']);
const TYPE: ReadonlySet<string> = new Set(['apiVersion', 'kind']);
/** Lists of plain values from which an apply takes single ones away (patchStrategy merge in k8s.io/api). */
const SETS: ReadonlySet<string> = new Set(['finalizers', 'podCIDRs']);

/** A node of fieldsV1; a leaf owns all below. Undefined: nothing here is owned. */
type Owned = Json | undefined;

/** One place in the manifest, and what stands there elsewhere. */
interface Place {
  /** The manifest that was applied before. */
  readonly before: Json | undefined;
  /** The old object. */
  readonly stored: Json | undefined;
  /** The new object. */
  readonly actual: Json | undefined;
  /** What whoever wrote the old annotation owns, and what each of the others does. */
  readonly own: Owned;
  readonly others: readonly Owned[];
}

/** Whether last-applied stays, goes, or says only what the object says, and claims nothing that somebody else has set. */
export function isHarmless(object: JsonObject, oldObject: JsonObject): boolean {
  const [fresh, old] = [lastAppliedOf(object), lastAppliedOf(oldObject)];
  if (fresh === undefined || sameJson(fresh, old)) return true;
  return agreesWith(fresh, object) && claimsOnlyItsOwn({ fresh, old }, object, oldObject);
}

/**
 * Whether a manifest that agrees with its object claims nothing new that somebody else has set. Each field that it claims
 * was claimed before, or is set by this very change, or belongs to whoever wrote the annotation before, and to nobody else.
 * A first manifest may claim all when one manager owns whatever anybody owns: then nobody else has set anything.
 */
function claimsOnlyItsOwn(
  { fresh, old }: { readonly fresh: Json; readonly old: Json | undefined },
  object: JsonObject,
  oldObject: JsonObject,
): boolean {
  const applied = manifestOf(fresh);
  if (applied === undefined) return false;
  const trees = listAt(oldObject, 'metadata', 'managedFields')
    .filter((entry) => stringAt(entry, 'subresource') === '')
    .map((entry) => member(entry, 'fieldsV1'));
  if (old === undefined && trees.some((one) => trees.every((other) => covers(one, other)))) return true;
  const before = manifestOf(old ?? null);
  const writers =
    old === undefined
      ? []
      : trees.filter((tree) => memberAt(tree, 'f:metadata', 'f:annotations', OWN_KEY) !== undefined);
  const candidates = writers.length === 0 ? [undefined] : writers;
  return candidates.some((own) => {
    const others = trees.filter((tree) => tree !== own);
    return isOwn(applied, { before, stored: oldObject, actual: object, own, others }, '');
  });
}

/** The manifest without what names the object; the `stringData` of a Secret as the `data` that it becomes. */
function manifestOf(annotation: Json): JsonObject | undefined {
  const parsed = typeof annotation === 'string' ? parseLosslessText(annotation) : undefined;
  if (parsed?.ok !== true || !isObject(parsed.value)) return undefined;
  const { metadata, stringData, ...rest } = withoutMembers(parsed.value, TYPE);
  const data = isObject(stringData)
    ? { ...(isObject(rest['data']) ? rest['data'] : {}), ...stringData }
    : rest['data'];
  return {
    ...rest,
    ...(data === undefined ? {} : { data }),
    ...(isObject(metadata) ? { metadata: withoutMembers(metadata, IDENTITY) } : {}),
  };
}

function isOwn(applied: Json | undefined, place: Place, field: string): boolean {
  // nothing is there that could be deleted
  if (place.actual === undefined) return true;
  if (isObject(applied) && Object.keys(applied).length > 0) {
    return Object.keys(applied).every((key) => isOwn(member(applied, key), below(place, key), key));
  }
  if (isObject(applied)) return place.stored === undefined || isOwnLeaf(place);
  if (isList(applied) && isList(place.actual)) return isOwnList(applied, place.actual, place, field);
  return !sameJson(place.stored, place.actual) || isOwnLeaf(place);
}

const isOwnLeaf = ({ before, own, others }: Place): boolean =>
  before !== undefined || (own !== undefined && others.every((other) => other === undefined));

function below({ before, stored, actual, own, others }: Place, key: string): Place {
  const step = (tree: Owned): Owned => (isLeaf(tree) ? tree : member(tree, `f:${key}`));
  return {
    before: member(before, key),
    stored: member(stored, key),
    actual: member(actual, key),
    own: step(own),
    others: others.map(step),
  };
}

function isOwnList(applied: readonly Json[], actual: readonly Json[], place: Place, field: string): boolean {
  const isKeyed = elementKeys(field, actual) !== undefined;
  const isMerged = isKeyed || SETS.has(field) || [place.own, ...place.others].some(hasElements);
  // any other list is replaced as a whole, whatever its elements were
  if (!isMerged) return !sameJson(place.stored, actual) || isOwnLeaf(place);
  return applied.every((element) => {
    const isSame = (other: Json): boolean =>
      isKeyed
        ? elementKey(field, other)?.value === elementKey(field, element)?.value
        : sameJson(other, element);
    const find = (list: Json | undefined): Json | undefined => (isList(list) ? list.find(isSame) : undefined);
    const step = (tree: Owned): Owned => ownedElement(tree, element);
    const at: Place = {
      before: find(place.before),
      stored: find(place.stored),
      actual: find(actual),
      own: step(place.own),
      others: place.others.map(step),
    };
    return at.actual === undefined ? at.before !== undefined : isOwn(element, at, '');
  });
}

/** The node of an element: `v:` and the value, or `k:` and its keys; a key that the manifest leaves to a default fits any. */
function ownedElement(tree: Owned, element: Json): Owned {
  if (!isObject(tree) || isLeaf(tree)) return tree;
  const key = Object.keys(tree).find((one) => {
    const parsed = parseLosslessText(one.slice(2));
    if (!parsed.ok) return false;
    const { value } = parsed;
    if (one.startsWith('v:')) return sameJson(value, element);
    if (!one.startsWith('k:') || !isObject(value)) return false;
    return Object.keys(value).every((name) => {
      const given = member(element, name);
      return given === undefined || sameJson(given, member(value, name));
    });
  });
  return key === undefined ? undefined : tree[key];
}

const hasElements = (tree: Owned): boolean =>
  isObject(tree) && Object.keys(tree).some((key) => key.startsWith('k:') || key.startsWith('v:'));

const isLeaf = (tree: Owned): boolean => isObject(tree) && Object.keys(tree).length === 0;

/** Whether all that the second tree owns is owned by the first; the annotation itself is of no account. */
function covers(tree: Owned, other: Owned): boolean {
  if (!isObject(tree) || !isObject(other)) return false;
  if (isLeaf(tree) || isLeaf(other)) return isLeaf(tree);
  return Object.keys(other).every(
    (key) => key === '.' || key === OWN_KEY || covers(member(tree, key), member(other, key)),
  );
}
