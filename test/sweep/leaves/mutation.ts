// Sets one leaf of an object, and tells which leaves are not bound and why.
import { isList, isObject, putMember } from '../../../src/domain/change/json-tree.ts';
import type { Json, JsonObject } from '../../../src/domain/change/json.ts';
import type { Step } from './schema.ts';

/** The object with a value at the path; undefined removes it. Maps and lists on the way are made where they are missing. */
export function withLeaf(object: Json | undefined, path: readonly Step[], value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? null;
  const isRemoved = rest.length === 0 && value === undefined;
  if (step === 0) {
    const [head, ...tail] = isList(object) ? object : [];
    return isRemoved ? tail : [withLeaf(head, rest, value), ...tail];
  }
  const map = isObject(object) ? object : {};
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(map)) if (key !== step) putMember(copy, key, map[key] as Json);
  const child = Object.hasOwn(map, step) ? map[step] : undefined;
  if (!isRemoved) putMember(copy, step, withLeaf(child, rest, value));
  return copy;
}

/** What stands at a path; undefined when nothing does. */
export function leafAt(object: Json, path: readonly Step[]): Json | undefined {
  let found: Json | undefined = object;
  for (const step of path) {
    if (step === 0) found = isList(found) ? found[0] : undefined;
    else found = isObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found;
}

/** The same, owned by the client in managedFields: the API server writes down what it was sent before it fills in more. */
export function owned(object: JsonObject, path: readonly Step[], key: (list: Json) => string): JsonObject {
  let fields: Json = {};
  for (let end = path.length; end > 0; end -= 1) {
    const step = path[end - 1];
    const name = step === 0 ? key(leafAt(object, path.slice(0, end)) ?? null) : `f:${step}`;
    fields = { [name]: fields };
  }
  const metadata = object['metadata'] as JsonObject;
  const managers = isList(metadata['managedFields']) ? metadata['managedFields'] : [];
  const entry: Json = { manager: 'sweep', operation: 'Update', fieldsType: 'FieldsV1', fieldsV1: fields };
  return { ...object, metadata: { ...metadata, managedFields: [...managers, entry] } };
}
