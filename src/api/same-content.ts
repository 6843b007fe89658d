// Whether two objects of the API server say the same, whatever the order of their fields: by this the controller puts right what
// somebody edited, and the doctor finds it (INV-1). What is empty is the same as what is not there, since the API server drops
// some of it and fills some in.

/** Whether two values say the same; an empty one is the same as none. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isEmpty(one) && isEmpty(other)) return true;
  if (Array.isArray(one)) {
    return (
      Array.isArray(other) && one.length === other.length && one.every((item, at) => isSame(item, other[at]))
    );
  }
  if (!isMap(one) || !isMap(other)) return one === other;
  const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...keys].every((key) => isSame(one[key], other[key]));
}

/** Fields by name. */
export type Content = Readonly<Record<string, unknown>>;

/** Whether it has fields. */
export const isMap = (value: unknown): value is Content =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Its fields; none where it has none. */
export const mapOf = (value: unknown): Content => (isMap(value) ? value : {});

/** Whether it holds nothing. */
export function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
