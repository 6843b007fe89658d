// Values that expressions work on: JSON turned into maps and 64-bit integers, as Kubernetes' CEL sees it.
// Plain objects never reach the engine, so that no name (`constructor`, `__proto__`) can mean anything but a key.

/** A value inside an expression. Objects are maps, whole numbers that fit 64 bits are bigints. */
export type CelValue =
  null | boolean | number | bigint | string | readonly CelValue[] | ReadonlyMap<string, CelValue>;

/** The variables of one evaluation, each converted by {@link toCel}. */
export type CelInput = Readonly<Record<string, CelValue>>;

/** Deepest nesting that is converted: the same bound as the JSON parser's. */
export const MAX_DEPTH = 512;

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

/**
 * Converts parsed JSON for evaluation. Do it once for each value and share the result between policies: it costs more
 * than any evaluation. `metadata.managedFields` of the value itself is left out (an expression sees it as absent).
 *
 * @throws RangeError if the value is nested deeper than {@link MAX_DEPTH}, TypeError if it is not JSON.
 */
export function toCel(value: unknown): CelValue {
  if (!isObject(value)) return convert(value, 0);
  return convertObject(value, (key, item) =>
    key === 'metadata' && isObject(item) ? convertObject(item, leaveOutManagedFields) : convert(item, 1),
  );
}

function convert(value: unknown, depth: number): CelValue {
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'object') return convertContainer(value, depth);
  if (typeof value === 'bigint') return fitInt64(value);
  if (typeof value !== 'number') throw new TypeError(`a ${typeof value} is not JSON`);
  return Number.isSafeInteger(value) ? BigInt(value) : value;
}

/** Kubernetes decodes what does not fit int64 as a double, too. */
function fitInt64(value: bigint): bigint | number {
  return value > INT64_MAX || value < INT64_MIN ? Number(value) : value;
}

function convertContainer(value: object, depth: number): CelValue {
  if (depth >= MAX_DEPTH) throw new RangeError(`value is nested deeper than ${MAX_DEPTH}`);
  if (Array.isArray(value)) return value.map((item) => convert(item, depth + 1));
  return convertObject(value as Record<string, unknown>, (_key, item) => convert(item, depth + 1));
}

function leaveOutManagedFields(key: string, item: unknown): CelValue | undefined {
  return key === 'managedFields' ? undefined : convert(item, 2);
}

/** Own keys only; a key whose value is undefined is left out, as JSON does. */
function convertObject(
  value: Readonly<Record<string, unknown>>,
  each: (key: string, item: unknown) => CelValue | undefined,
): Map<string, CelValue> {
  const converted = new Map<string, CelValue>();
  for (const key of Object.keys(value)) {
    const item = value[key];
    const result = item === undefined ? undefined : each(key, item);
    if (result !== undefined) converted.set(key, result);
  }
  return converted;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
