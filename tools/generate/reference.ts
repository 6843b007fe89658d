// docs/reference/kinds.md: every field with its path, type, default, limit and meaning; states, rules and columns.
import { customResourceDefinition } from '../../src/api/crd.ts';
import { API_VERSION } from '../../src/api/group.ts';
import { KINDS, type KindDefinition } from '../../src/api/kinds.ts';
import { REQUEST_STEPS } from '../../src/api/request-rules.ts';
import { defaultOf, limitOf, limitsInWords, type Structural } from '../../src/api/structural.ts';
import { GENERATED } from './yaml.ts';

/** The whole page, as Markdown. */
export function kindsReference(): string {
  return [
    `<!-- ${GENERATED} -->`,
    '# Kinds',
    INTRODUCTION,
    table(
      ['Kind', 'Resource', 'Short name', 'What it is'],
      KINDS.map((kind) => [code(kind.kind), code(kind.plural), code(kind.shortName), kind.description]),
    ),
    ...KINDS.flatMap(kindSection),
    '',
  ].join('\n\n');
}

const INTRODUCTION = `All kinds are cluster-scoped and served as \`${API_VERSION}\`; \`kubectl get assent\` lists all of them. \`kubectl explain\` says the same as this page.

Text fields refuse control characters and marks that change the direction of text, so that nothing an agent writes can
move a terminal's cursor; only CEL and the messages of conditions may contain tab and newline. Fields that are not listed
here are refused by name in what people write, whatever client they use, and dropped from what Assent writes.`;

function kindSection(kind: KindDefinition): string[] {
  const schema = customResourceDefinition(kind).spec.versions[0]?.schema.openAPIV3Schema.properties;
  if (!schema) throw new Error(`${kind.kind} has no version`);
  return [
    `## ${kind.kind}`,
    kind.description,
    '### Fields',
    fieldTable('spec', schema.spec, true),
    ...(schema.status
      ? ['Status, written by Assent alone:', fieldTable('status', schema.status, false)]
      : []),
    ...(kind.initialStatus ? ['### States', statesTable()] : []),
    ...rulesSection(kind, schema.spec),
    '### Columns',
    table(
      ['Column', 'Field', 'Shown', 'What it says'],
      kind.columns.map((column) => [
        column.name,
        code(column.path),
        column.wide ? 'with `-o wide`' : 'always',
        column.description,
      ]),
    ),
    ...(kind.selectableFields.length === 0
      ? []
      : [`Field selectors: ${kind.selectableFields.map((path) => code(path.slice(1))).join(', ')}.`]),
  ];
}

function rulesSection(kind: KindDefinition, spec: Structural): string[] {
  const lines = [
    ...kind.rules.map((rule) => `- ${code((rule.fieldPath ?? '.').slice(1))}: ${rule.message}.`),
    ...rulesBelow('spec', spec),
  ];
  return lines.length === 0
    ? []
    : ['### Rules', 'Enforced by the API server on every write.', lines.join('\n')];
}

function rulesBelow(path: string, schema: Structural): string[] {
  const here = schema.items ? `${path}[]` : path;
  const rules = (schema.items ?? schema)['x-kubernetes-validations'] ?? [];
  // Rules of single values are limits, and stand in the table.
  const own = schema.type === 'string' ? [] : rules;
  return [
    ...own.map((rule) => `- ${code(`${here}${rule.fieldPath ?? ''}`)}: ${rule.message}.`),
    ...children(path, schema).flatMap(([below, field]) => rulesBelow(below, field)),
  ];
}

function statesTable(): string {
  return table(
    ['State', 'May become'],
    Object.entries(REQUEST_STEPS).map(([state, next]) => [
      code(state),
      next.length === 0 ? 'nothing: it is final' : next.map(code).join(', '),
    ]),
  );
}

function fieldTable(path: string, schema: Structural, needed: boolean): string {
  return table(['Field', 'Type', 'Default', 'Limit', 'Meaning'], fieldRows(path, schema, needed));
}

function fieldRows(path: string, schema: Structural, needed: boolean): string[][] {
  const row = [
    `${code(path)}${needed ? ' *(required)*' : ''}`,
    typeOf(schema),
    defaultOf(schema) ?? '',
    limitOf(schema)?.replace(/\.$/, '') ?? '',
    (schema.description ?? '').slice(0, -limitsInWords(schema).length || undefined),
  ];
  const required = new Set((schema.items ?? schema).required);
  return [
    row,
    ...children(path, schema).flatMap(([below, field, name]) => fieldRows(below, field, required.has(name))),
  ];
}

/** Fields below a field: of an object, or of the entries of a list. */
function children(path: string, schema: Structural): [path: string, field: Structural, name: string][] {
  const [fields, prefix] = schema.items ? [schema.items.properties, `${path}[]`] : [schema.properties, path];
  return Object.entries(fields ?? {}).map(([name, field]) => [`${prefix}.${name}`, field, name]);
}

function typeOf(schema: Structural): string {
  if (schema.items) return `list of ${typeOf(schema.items)}`;
  if (schema.additionalProperties) return `map of ${typeOf(schema.additionalProperties)}`;
  if (schema.enum) return schema.enum.map(code).join(' ');
  if (schema.format === 'date-time') return 'time';
  return schema.type;
}

const code = (text: string): string => `\`${text}\``;

// Left alone by the formatter: padding would change every line whenever the longest cell changes.
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', String.raw`\|`)).join(' | ')} |`;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  return ['<!-- prettier-ignore-start -->', lines.join('\n'), '<!-- prettier-ignore-end -->'].join('\n\n');
}
