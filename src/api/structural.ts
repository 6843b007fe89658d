// From a zod schema to the structural schema that a CRD takes. Every field must say what it is and be bounded: CEL cost
// estimates, the 64 KiB bound and `kubectl explain` stand on it. Where that fails, generation fails, with the path.
import { z } from 'zod';
import type { SchemaRule } from './request-rules.ts';

/** A structural schema, as far as our kinds use it. */
export interface Structural {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly description?: string;
  readonly format?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural;
  readonly items?: Structural;
  readonly 'x-kubernetes-validations'?: readonly SchemaRule[];
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-preserve-unknown-fields'?: true;
}

/** What zod emits, plus the facts that our schemas add with `meta`. */
type Emitted = Omit<Structural, 'properties' | 'additionalProperties' | 'items'> & {
  readonly properties?: Readonly<Record<string, Emitted>>;
  readonly additionalProperties?: Emitted | false;
  readonly items?: Emitted;
};

const COPIED = [
  'format',
  'default',
  'enum',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'maxProperties',
  'required',
  'x-kubernetes-validations',
  'x-kubernetes-list-type',
  'x-kubernetes-list-map-keys',
] as const satisfies readonly (keyof Structural)[];

/**
 * Makes the structural schema of `schema`. With `keepUnknown`, unknown fields are stored instead of dropped, so that
 * admission can see and refuse them. Throws an Error that names the path of a field which is undescribed or unbounded.
 */
export function structural(schema: z.ZodType, path: string, keepUnknown: boolean): Structural {
  const emitted = z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' }) as unknown as Emitted;
  return convert(emitted, path, keepUnknown);
}

function convert(node: Emitted, path: string, keepUnknown: boolean): Structural {
  const wrong = fault(node);
  if (wrong !== undefined) throw new Error(`${path}: ${wrong}`);
  const { properties, items, additionalProperties } = node;
  return {
    type: node.type,
    description: `${node.description}${limitsInWords(node)}`,
    ...Object.fromEntries(COPIED.flatMap((key) => (node[key] === undefined ? [] : [[key, node[key]]]))),
    ...(node.pattern !== undefined && { pattern: toRe2(node.pattern) }),
    ...(node.type === 'integer' && { format: (node.maximum ?? 0) < 2 ** 31 ? 'int32' : 'int64' }),
    ...(items && { items: convert(items, `${path}[]`, keepUnknown) }),
    ...(additionalProperties && {
      additionalProperties: convert(additionalProperties, `${path}.*`, keepUnknown),
    }),
    ...(properties && keepUnknown && { 'x-kubernetes-preserve-unknown-fields': true as const }),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, field]) => [
          name,
          convert(field, `${path}.${name}`, keepUnknown),
        ]),
      ),
    }),
  };
}

// What a field of each type must say before it is shipped.
const BOUNDS: Readonly<Record<string, readonly (keyof Emitted)[]>> = {
  string: ['maxLength', 'pattern'],
  integer: ['minimum', 'maximum'],
  array: ['maxItems', 'items'],
  object: ['maxProperties'],
  boolean: [],
};

/** What keeps a field from being shipped, if anything. */
function fault(node: Emitted): string | undefined {
  if (!node.description?.endsWith('.')) return 'needs a description that ends with a full stop';
  const needs = BOUNDS[node.type];
  if (!needs) return 'has no type; a union needs a discriminating field and a CEL rule instead';
  if (node.enum ?? node.properties) return undefined;
  const missing = needs.filter((key) => node[key] === undefined);
  return missing.length === 0 ? undefined : `needs ${missing.join(' and ')}`;
}

/** The limit of a field as a sentence, made from its keywords; undefined when its type says it all. */
export function limitOf(node: Emitted | Structural): string | undefined {
  if (node.type === 'array') return range(node.minItems, node.maxItems, ' entries');
  if (node.type === 'integer') return range(node.minimum, node.maximum, '');
  if (node.type === 'object') return range(undefined, node.maxProperties, ' entries');
  if (node.type !== 'string' || node.enum || node.format) return undefined;
  const rule = node['x-kubernetes-validations']?.[0]?.message;
  return rule === undefined
    ? range(node.minLength, node.maxLength, ' characters')
    : `${rule.slice(0, 1).toUpperCase()}${rule.slice(1)}.`;
}

/** The default of a field in words; undefined when it has none, or is an object whose fields have their own. */
export function defaultOf(node: Emitted | Structural): string | undefined {
  if (node.default === undefined || node.type === 'object') return undefined;
  const shown = typeof node.default === 'string' ? node.default : JSON.stringify(node.default);
  return shown === '[]' ? 'empty' : shown;
}

/** What follows the meaning of a field in its description, so that `kubectl explain` tells limit and default. */
export function limitsInWords(node: Emitted | Structural): string {
  const [limit, byDefault] = [limitOf(node), defaultOf(node)];
  return `${limit === undefined ? '' : ` ${limit}`}${byDefault === undefined ? '' : ` Default: ${byDefault}.`}`;
}

function range(min = 0, max: number | undefined, unit: string): string | undefined {
  if (max === undefined) return undefined;
  if (max === Number.MAX_SAFE_INTEGER) return `At least ${min}.`;
  return min === 0 && unit !== '' ? `At most ${max}${unit}.` : `${min} to ${max}${unit}.`;
}

/** RE2, which the API server uses, writes a code point as \x{...} and needs no escape before a slash. */
function toRe2(pattern: string): string {
  return pattern.replaceAll(/\\u([0-9a-f]{4})/g, String.raw`\x{$1}`).replaceAll(String.raw`\/`, '/');
}
