// managedFields as clients rewrite them when they take over an object: client-go's csaupgrade and Flux's patch.go do the
// same, which is to merge the fields of former managers into their own entry. To the gate that is bookkeeping.

/** Who owns which fields. */
export interface ManagedFields {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource?: string;
  readonly fieldsV1?: FieldTree;
  readonly [field: string]: unknown;
}

/** fieldsV1: a set of paths as a tree. */
interface FieldTree {
  readonly [key: string]: FieldTree;
}

/** A manager whose fields are taken over: the start of its name, and how it wrote. */
export interface Former {
  readonly name: string;
  readonly operation: ManagedFields['operation'];
}

/** The entries after `manager` took over the fields of all former managers; undefined when there is none of them. */
export function takeOver(
  entries: readonly ManagedFields[],
  manager: string,
  formers: readonly Former[],
): ManagedFields[] | undefined {
  const isFormer = (entry: ManagedFields) =>
    entry.subresource === undefined &&
    formers.some(({ name, operation }) => entry.manager.startsWith(name) && entry.operation === operation);
  const former = entries.filter(isFormer);
  const [first] = former;
  if (first === undefined) return undefined;
  const own = entries.find((entry) => entry.manager === manager && entry.operation === 'Apply');
  const rest = entries.filter((entry) => entry !== own && !isFormer(entry));
  const base = own ?? { ...first, manager, operation: 'Apply' as const };
  const merged = former.reduce<FieldTree>(
    (tree, { fieldsV1 = {} }) => union(tree, fieldsV1),
    base.fieldsV1 ?? {},
  );
  return [...rest, { ...base, fieldsV1: merged }];
}

function union(a: FieldTree, b: FieldTree): FieldTree {
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return Object.fromEntries([...keys].map((key) => [key, union(a[key] ?? {}, b[key] ?? {})]));
}
