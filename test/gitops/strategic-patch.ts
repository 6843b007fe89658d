// The three-way strategic merge patch that Helm 3 sends, for the kinds of these tests: what the chart says and the object
// does not, as text (so `cpu: "0.1"` is sent for 100m every time), and null for what the release had and the chart has not.
import type { Manifest } from './manifests.ts';

type Tree = Readonly<Record<string, unknown>>;

/** Lists that merge by a key; every other list is replaced as a whole. */
const MERGE_KEYS: Readonly<Record<string, string>> = { containers: 'name', ports: 'port' };

/** Undefined when there is nothing to send. */
export function strategicPatch(original: Manifest, target: Manifest, live: Tree): Tree | undefined {
  return objectPatch(original, target, live);
}

function objectPatch(original: Tree, target: Tree, live: Tree): Tree | undefined {
  const patch: Record<string, unknown> = {};
  for (const [key, wanted] of Object.entries(target)) {
    const change = valuePatch(key, original[key], wanted, live[key]);
    if (change !== undefined) Object.assign(patch, change);
  }
  for (const key of Object.keys(original)) if (!(key in target) && key in live) patch[key] = null;
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function valuePatch(key: string, original: unknown, wanted: unknown, live: unknown): Tree | undefined {
  if (isTree(wanted) && isTree(live)) {
    const change = objectPatch(isTree(original) ? original : {}, wanted, live);
    return change === undefined ? undefined : { [key]: change };
  }
  const mergeKey = MERGE_KEYS[key];
  if (mergeKey !== undefined && isList(wanted) && isList(live)) {
    return listPatch({ key, mergeKey }, isList(original) ? original : [], wanted, live);
  }
  return isSame(wanted, live) ? undefined : { [key]: wanted };
}

function listPatch(
  field: { key: string; mergeKey: string },
  original: readonly Tree[],
  wanted: readonly Tree[],
  live: readonly Tree[],
): Tree | undefined {
  const { key, mergeKey } = field;
  const find = (list: readonly Tree[], one: Tree) => list.find((other) => other[mergeKey] === one[mergeKey]);
  const changed = wanted.flatMap((one) => {
    const current = find(live, one);
    const change = current === undefined ? one : objectPatch(find(original, one) ?? {}, one, current);
    return change === undefined ? [] : [{ ...change, [mergeKey]: one[mergeKey] }];
  });
  if (changed.length === 0) return undefined;
  const order = wanted.map((one) => ({ [mergeKey]: one[mergeKey] }));
  return { [`$setElementOrder/${key}`]: order, [key]: changed };
}

/** Lists without a merge key, and scalars: a list may carry defaults beside what the chart says. */
function isSame(wanted: unknown, live: unknown): boolean {
  return JSON.stringify(wanted) === JSON.stringify(live);
}

const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is readonly Tree[] => Array.isArray(value) && value.every(isTree);
