// The leaves of a kind, read from the OpenAPI v3 schema that the API server publishes: every path that an object may have
// a value at, with values to put there.
import type { Json } from '../../../src/domain/change/json.ts';

/** A step of a path: a field or key of a map, or the first element of a list. */
export type Step = string | 0;

/** A path as one word: `spec.ports.[0].name`. */
export const textOf = (path: readonly Step[]): string =>
  path.map((step) => (step === 0 ? '[0]' : step)).join('.');

/** A path and what may stand there; the values differ from each other. */
export interface Leaf {
  readonly path: readonly Step[];
  readonly values: readonly Json[];
}

/** As much of an OpenAPI v3 schema as is read. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly Json[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string;
    readonly version: string;
    readonly kind: string;
  }[];
}

/** Schemas of one group and version, by name. */
export type Schemas = Readonly<Record<string, Schema>>;

/** A type that contains itself (JSONSchemaProps does) is opened this many times on one path. */
const NESTED = 1;
const REFERENCE = '#/components/schemas/';

/** The schema of a kind. */
export function schemaOf(
  schemas: Schemas,
  { group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string },
): Schema | undefined {
  return Object.values(schemas).find((schema) =>
    schema['x-kubernetes-group-version-kind']?.some(
      (one) => one.group === group && one.version === version && one.kind === kind,
    ),
  );
}

/** Every leaf below a schema, in the order of the document. */
export function leavesOf(schemas: Schemas, root: Schema): readonly Leaf[] {
  const found: Leaf[] = [];
  walk({ schemas, found }, root, [], []);
  return found;
}

interface Walk {
  readonly schemas: Schemas;
  readonly found: Leaf[];
}

function walk(to: Walk, schema: Schema, path: readonly Step[], open: readonly string[]): void {
  const name = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined);
  if (name === undefined) {
    walkInto(to, schema, path, open);
    return;
  }
  const target = to.schemas[name.slice(REFERENCE.length)];
  const times = open.filter((one) => one === name).length;
  if (target !== undefined && times <= NESTED) walk(to, target, path, [...open, name]);
}

function walkInto(to: Walk, schema: Schema, path: readonly Step[], open: readonly string[]): void {
  const { properties, additionalProperties, items } = schema;
  if (items !== undefined) {
    leaf(to, path, [[]]);
    walk(to, items, [...path, 0], open);
  } else if (properties !== undefined) {
    leaf(to, path, [{}]);
    for (const [key, child] of Object.entries(properties)) walk(to, child, [...path, key], open);
    if (schema['x-kubernetes-preserve-unknown-fields'] === true) leaf(to, [...path, 'unknown'], ANYTHING);
  } else if (typeof additionalProperties === 'object') {
    leaf(to, path, [{}]);
    for (const key of KEYS) walk(to, additionalProperties, [...path, key], open);
  } else leaf(to, path, valuesOf(schema));
}

/** Two ordinary keys of a map, one that is written in some paths with quotes, and one that is not a field like others. */
const KEYS = ['sweep', 'example.com/sweep', '__proto__'] as const;
const ANYTHING: readonly Json[] = [{ a: 1 }, { a: 2 }, { a: [1, 1] }, { a: [1] }];

function leaf({ found }: Walk, path: readonly Step[], values: readonly Json[]): void {
  if (path.length > 0) found.push({ path, values });
}

/** Beyond the integers that a double holds: two neighbours, which would be one if they were not kept exactly. */
const LARGE: readonly Json[] = [9_007_199_254_740_993n, 9_007_199_254_740_992];

function valuesOf(schema: Schema): readonly Json[] {
  if (schema['x-kubernetes-int-or-string'] === true || schema.oneOf !== undefined) {
    return [80, '80', 81, 'sweep'];
  }
  if (schema.enum !== undefined) return schema.enum;
  switch (schema.type) {
    case 'string':
      return stringsOf(schema.format);
    case 'integer':
      return schema.format === 'int32' ? [0, 1001, 1002] : [0, 1001, 1002, ...LARGE];
    case 'number':
      return [0.5, 0.25];
    case 'boolean':
      return [true, false];
    case undefined:
    default:
      return ANYTHING;
  }
}

function stringsOf(format: string | undefined): readonly Json[] {
  if (format === 'byte') return ['YQ==', 'Yg=='];
  if (format === 'date-time') return ['2026-01-02T03:04:05Z', '2026-01-02T03:04:06Z'];
  return ['sweep', 'Sweep', ''];
}
