// The chart's README: how to install it, and a table of its values from the comments of values.yaml, which alone is edited.
import { readFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

const VALUES = new URL('../../charts/assent/values.yaml', import.meta.url);
const SIGN = /^\s*--\s*/;

/** One value. */
export interface ChartValue {
  /** With dots. */
  readonly path: string;
  /** JSON. */
  readonly standard: string;
  readonly about: string;
}

/**
 * The values that a values.yaml describes, in its order.
 * @throws Error that names a value without a comment
 */
export function chartValues(text: string): ChartValue[] {
  const { contents } = parseDocument(text);
  if (!isMap(contents)) throw new Error('values.yaml is no map');
  return valuesOf(contents, [], contents.commentBefore ?? '');
}

/** @param first the comment above the map itself, which is that of its first key */
function valuesOf(map: YAMLMap, above: readonly string[], first: string): ChartValue[] {
  return map.items.flatMap((pair: Pair, index) => {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const own = isScalar(pair.key) ? pair.key.commentBefore : undefined;
    const about = aboutOf(own ?? (index === 0 ? first : ''));
    const path = [...above, key];
    if (about !== undefined)
      return [{ path: path.join('.'), standard: JSON.stringify(plain(pair.value)), about }];
    if (!isMap(pair.value) || pair.value.items.length === 0)
      throw new Error(`values.yaml says nothing about ${path.join('.')}`);
    return valuesOf(pair.value, path, pair.value.commentBefore ?? '');
  });
}

function aboutOf(comment: string): string | undefined {
  const line = comment.split('\n').findLast((one) => SIGN.test(one));
  return line?.replace(SIGN, '').trim();
}

const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'toJSON' in value
    ? (value as { toJSON(): unknown }).toJSON()
    : value;

/** The page. */
export function chartReadme(): string {
  const rows = chartValues(readFileSync(VALUES, 'utf8')).map(
    ({ path, standard, about }) => `| \`${path}\` | \`${standard}\` | ${about.replaceAll('|', '\\|')} |`,
  );
  return `# assent

Generated from \`values.yaml\`; do not edit.

\`\`\`
helm install assent charts/assent -n assent-system --create-namespace
\`\`\`

works with no values: two replicas of each part, certificates made by Assent itself, nothing gated until a policy exists. There is one
Assent in a cluster, since its kinds are cluster-wide. [Installing](../../docs/guide/install.md) says what comes next.

| Value | Default | Meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}
