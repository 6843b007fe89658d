// Unknown fields of what people write, found by CEL inside the API server (security.md T5): a misspelt field of a
// policy must not silently mean less. The schema keeps unknown fields (KindDefinition.writtenByPeople), this finds them.
import type { Structural } from './structural.ts';

/**
 * CEL that yields the paths of all unknown fields below `value` as a list of strings; entries of one list element are
 * joined by a comma. `value` must be CEL for an object of type dyn; `path` is CEL for the path of that object.
 */
export function unknownFieldsExpression(schema: Structural, value: string, path: string, depth = 0): string {
  const fields = Object.entries(schema.properties ?? {});
  const known = fields.map(([name]) => literal(name)).join(', ');
  const key = `k${depth}`;
  const here = `${value}.filter(${key}, !(${key} in [${known}])).map(${key}, ${then(path, '.')} + ${key})`;
  const below = fields.flatMap(([name, field]) => {
    const nested = unknownBelow(field, `${value}.${name}`, then(path, `.${name}`), depth + 1);
    return nested === undefined ? [] : [`(${literal(name)} in ${value} ? ${nested} : [])`];
  });
  return [here, ...below].join(' + ');
}

function unknownBelow(field: Structural, value: string, path: string, depth: number): string | undefined {
  if (field.properties) return unknownFieldsExpression(field, value, path, depth);
  if (!field.items?.properties) return undefined;
  const [index, item] = [`i${depth}`, `v${depth}`];
  const inItem = unknownFieldsExpression(
    field.items,
    item,
    `${then(path, '[')} + string(${index}) + ']'`,
    depth + 1,
  );
  return `${value}.transformList(${index}, ${item}, (${inItem}).join(', ')).filter(s, s != '')`;
}

const literal = (text: string): string => `'${text}'`;

/** Appends text to CEL for a string that ends in a literal. */
const then = (path: string, text: string): string => `${path.slice(0, -1)}${text}'`;
