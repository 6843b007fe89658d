// The annotation in which `kubectl apply` keeps the manifest it applied. Whether it agrees with its object decides if it
// counts as a change: a manifest that claims more makes a later apply by a person delete those fields (admission.md 2.5).
// Whatever is not plainly in agreement is kept, so that it is bound and the path is shown (INV-1).
import type { Json, JsonObject } from './json.ts';
import { parseLosslessText } from './json.ts';
import { isList, isObject, member, memberAt, stringAt } from './json-tree.ts';
import { elementKey, elementKeys } from './merge-keys.ts';
import { sameQuantity } from './quantity.ts';

/** Name of the annotation. Its value is a whole manifest and may hold secrets: it is never shown. */
export const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/** The annotation of an object; undefined when there is none. */
export function lastAppliedOf(object: JsonObject | null): Json | undefined {
  return memberAt(object ?? undefined, 'metadata', 'annotations', LAST_APPLIED);
}

/**
 * Whether the manifest in the annotation agrees with the object that carries it: every leaf is the same there, save
 * that amounts may be written differently, empty values may be missing, and `stringData` has become `data`.
 */
export function agreesWith(annotation: Json, object: JsonObject): boolean {
  if (typeof annotation !== 'string') return false;
  const parsed = parseLosslessText(annotation);
  if (!parsed.ok || !isObject(parsed.value)) return false;
  return Object.keys(parsed.value).every((key) =>
    key === 'stringData'
      ? isMerged(member(parsed.value, key), object)
      : agrees(member(parsed.value, key), member(object, key), key),
  );
}

function agrees(applied: Json | undefined, actual: Json | undefined, field: string): boolean {
  if (actual === undefined) return isBlank(applied);
  if (isObject(applied)) {
    return (
      isObject(actual) &&
      Object.keys(applied).every((key) => agrees(member(applied, key), member(actual, key), key))
    );
  }
  if (isList(applied)) return isList(actual) && listAgrees(applied, actual, field);
  // manifests made by Go tools say `creationTimestamp: null`; the object has one
  return sameScalar(applied, actual) || (applied === null && field === 'creationTimestamp');
}

/** Elements go by their merge key where they have one, else by index; the object may have more (injected, defaulted). */
function listAgrees(applied: readonly Json[], actual: readonly Json[], field: string): boolean {
  const keys = elementKeys(field, actual);
  const byKey = keys && new Map(keys.map((key, index) => [key.value, actual[index]]));
  return applied.every((element, index) => {
    const match = byKey === undefined ? actual[index] : byKey.get(elementKey(field, element)?.value ?? '');
    return match !== undefined && agrees(element, match, '');
  });
}

function sameScalar(applied: Json | undefined, actual: Json): boolean {
  if (applied === actual) return true;
  const [a, b] = [amountText(applied), amountText(actual)];
  return a !== undefined && b !== undefined && sameQuantity(a, b);
}

function amountText(value: Json | undefined): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
}

/** Whether Go leaves the value out when it is empty, or an empty value stands for nothing. */
function isBlank(value: Json | undefined): boolean {
  if (isObject(value)) return Object.keys(value).every((key) => isBlank(member(value, key)));
  if (isList(value)) return value.length === 0;
  return value === undefined || value === null || value === '' || value === 0 || value === false;
}

/** Whether every entry of a Secret's `stringData` stands in `data`, encoded. */
function isMerged(stringData: Json | undefined, object: JsonObject): boolean {
  if (object['kind'] !== 'Secret') return isBlank(stringData);
  return (
    isObject(stringData) &&
    Object.keys(stringData).every((key) => {
      const plain = member(stringData, key);
      return typeof plain === 'string' && base64(plain) === stringAt(object, 'data', key);
    })
  );
}

function base64(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}
