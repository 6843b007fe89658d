// Whether two objects say the same, whatever the order of their fields. What is empty is the same as what is not there, since
// the API server drops some of it and fills some in.

/** Whether the two say the same. */
export const saysTheSame = (one: unknown, other: unknown): boolean =>
  JSON.stringify(bare(one) ?? null) === JSON.stringify(bare(other) ?? null);

/** Without empty parts, its fields in order; undefined where nothing is left. */
function bare(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => bare(item) ?? null);
  if (typeof value !== 'object') return value;
  const fields = Object.entries(value)
    .map(([key, part]): [string, unknown] => [key, bare(part)])
    .filter(([, part]) => part !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}
