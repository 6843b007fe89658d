// ignore[] of a policy: parts of an object that are left out of the fingerprint, since they differ on each attempt.
import type { Json, JsonObject } from './json.ts';
import { isList, isObject, putMember } from './json-tree.ts';
import { compilePath, type CompiledPath, type PathState } from './path.ts';

const compiled = new WeakMap<readonly string[], readonly CompiledPath[]>();

/** The object without everything at and below the given field paths. The object itself when nothing matches. */
export function prune(object: JsonObject, paths: readonly string[]): JsonObject {
  if (paths.length === 0) return object;
  const patterns = patternsOf(paths);
  return pruneObject(
    object,
    patterns.map((pattern) => ({ pattern, state: pattern.start })),
  );
}

interface Walk {
  readonly pattern: CompiledPath;
  readonly state: PathState;
}

/** A path that does not compile ignores nothing: doubt asks. Policies with such a path are refused when written. */
function patternsOf(paths: readonly string[]): readonly CompiledPath[] {
  let patterns = compiled.get(paths);
  if (patterns === undefined) {
    patterns = paths.map((path) => compilePath(path)).filter((path) => path.ok);
    compiled.set(paths, patterns);
  }
  return patterns;
}

/** The walks one step further down; undefined when one of them has arrived, so that the value goes. */
function descend(
  walks: readonly Walk[],
  segment: string | number,
  element?: Json,
): readonly Walk[] | undefined {
  const further: Walk[] = [];
  for (const { pattern, state } of walks) {
    const next = pattern.step(state, segment, element);
    if (pattern.accepts(next)) return undefined;
    if (next !== 0) further.push({ pattern, state: next });
  }
  return further;
}

function pruneValue(value: Json, walks: readonly Walk[]): Json {
  if (walks.length === 0) return value;
  if (isObject(value)) return pruneObject(value, walks);
  return isList(value) ? pruneList(value, walks) : value;
}

function pruneObject(object: JsonObject, walks: readonly Walk[]): JsonObject {
  const copy: Record<string, Json> = {};
  let changed = false;
  for (const key of Object.keys(object)) {
    const value = object[key] as Json;
    const further = descend(walks, key);
    const kept = further === undefined ? undefined : pruneValue(value, further);
    changed ||= kept !== value;
    if (kept !== undefined) putMember(copy, key, kept);
  }
  return changed ? copy : object;
}

function pruneList(list: readonly Json[], walks: readonly Walk[]): readonly Json[] {
  const copy: Json[] = [];
  let changed = false;
  for (const [index, element] of list.entries()) {
    const further = descend(walks, index, element);
    const kept = further === undefined ? undefined : pruneValue(element, further);
    changed ||= kept !== element;
    if (kept !== undefined) copy.push(kept);
  }
  return changed ? copy : list;
}
